"""Alarms in a Slack channel, which can look and nothing else."""

import json
from collections.abc import Callable
from typing import Any

from components.access import Scope
from components.alarms.chat import SlackChannel, SlackChannelArgs

Run = Callable[..., Any]
SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/prod")


def channel(run: Run) -> Any:
    args = SlackChannelArgs(
        scope=SCOPE, team_id="T07EA123LEP", channel_id="C07EZ1ABC23", topic_arns=["warn-arn", "edge-warn-arn"]
    )
    return run(lambda: SlackChannel("slack-warn", args))


def test_a_channel_hears_topics_of_both_regions(run: Run) -> None:
    inputs = channel(run).one("chatbot/slackChannelConfiguration:SlackChannelConfiguration")["inputs"]
    assert inputs["configurationName"] == "headroom-prod-slack-warn"
    assert (inputs["slackTeamId"], inputs["slackChannelId"]) == ("T07EA123LEP", "C07EZ1ABC23")
    assert inputs["snsTopicArns"] == ["warn-arn", "edge-warn-arn"]


def test_nobody_in_the_channel_can_do_more_than_look(run: Run) -> None:
    stack = channel(run)
    inputs = stack.one("chatbot/slackChannelConfiguration:SlackChannelConfiguration")["inputs"]
    assert inputs["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]
    (statement,) = json.loads(stack.one("iam/rolePolicy:RolePolicy")["inputs"]["policy"])["Statement"]
    assert all(action.split(":")[1].startswith(("Get", "List")) for action in statement["Action"])


def test_the_role_serves_channels_of_this_account_only(run: Run) -> None:
    trust = json.loads(channel(run).one("iam/role:Role")["inputs"]["assumeRolePolicy"])
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "chatbot.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}
