"""Alarms in a Slack channel, by Amazon Q Developer in chat applications (AWS Chatbot)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope, Statement


@dataclass(frozen=True, kw_only=True)
class SlackChannelArgs:
    """Which channel hears of what."""

    scope: Scope
    """Account and name space of names and policies."""
    team_id: str
    """Slack workspace; authorize it once by hand in the console, AWS offers no API for that."""
    channel_id: str
    """Channel in it; in a private one invite the app first."""
    topic_arns: Sequence[pulumi.Input[str]]
    """Topics that it hears; of any region."""


class SlackChannel(pulumi.ComponentResource):
    """A channel that shows alarms with their graphs, and can do nothing but look.

    Its name in AWS is `<prefix>-<name>`. Without a guardrail AWS would allow the channel's members whatever the role
    allows, and set AdministratorAccess as the upper bound.
    Source: docs.aws.amazon.com/chatbot/latest/adminguide/understanding-permissions.html
    """

    def __init__(self, name: str, args: SlackChannelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:observability:SlackChannel", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        configuration = f"{args.scope.prefix}-{name}"
        role = aws.iam.Role(
            name,
            description=f"Slack channel {name}: shows alarms",
            assume_role_policy=json.dumps(chat_trust(args.scope)),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            name, role=role.name, policy=json.dumps(access.document(chat_statements())), opts=child
        )
        aws.chatbot.SlackChannelConfiguration(
            name,
            configuration_name=configuration,
            slack_team_id=args.team_id,
            slack_channel_id=args.channel_id,
            iam_role_arn=role.arn,
            sns_topic_arns=args.topic_arns,
            guardrail_policy_arns=[f"arn:{args.scope.partition}:iam::aws:policy/CloudWatchReadOnlyAccess"],
            logging_level="ERROR",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.register_outputs({"configurationName": configuration})


def chat_trust(scope: Scope) -> dict[str, object]:
    """The chat service may take the role, for channels of this account.

    Source: docs.aws.amazon.com/chatbot/latest/adminguide/cross-service-confused-deputy-prevention.html
    """
    return access.service_trust(scope, "chatbot", f"arn:{scope.partition}:chatbot::{scope.account}:*")


def chat_statements() -> list[Statement]:
    """What draws an alarm's graph. CloudWatch offers no resource for these actions.

    Source: docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    """
    return [
        access.allow(
            "DrawGraphs",
            ["cloudwatch:GetMetricData", "cloudwatch:GetMetricWidgetImage", "cloudwatch:ListMetrics"],
            ["*"],
        )
    ]
