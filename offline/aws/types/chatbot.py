"""Amazon Q Developer in chat applications (AWS Chatbot): Slack channels. moto lacks the service."""

from __future__ import annotations

from offline.aws.model import Call, ResourceType, Tagging

_NAMES = {"slackTeamId": "SlackTeamId", "slackChannelId": "SlackChannelId"}

_ARN = "arn:{partition}:chatbot::{account}:chat-configuration/slack-channel/{configurationName}"

SLACK_CHANNEL_CONFIGURATION = ResourceType(
    token="aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
    service="chatbot",
    create=(Call(operation="create_slack_channel_configuration", names=_NAMES, skip=("timeouts",), checked=True),),
    id=_ARN,
    update=(
        Call(
            operation="update_slack_channel_configuration",
            params={"ChatConfigurationArn": "$id"},
            skip=("configurationName", "slackTeamId", "tags", "timeouts"),
            checked=True,
        ),
    ),
    delete=(
        Call(operation="delete_slack_channel_configuration", params={"ChatConfigurationArn": "$id"}, checked=True),
    ),
    replace=("configurationName", "slackTeamId"),
    local=("timeouts",),
    unordered=("guardrailPolicyArns", "snsTopicArns"),
    predicted={"chatConfigurationArn": _ARN},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"ResourceARN": "$id", "Tags": "$tags_added"}, checked=True),
        remove=Call(
            operation="untag_resource", params={"ResourceARN": "$id", "TagKeys": "$tags_removed"}, checked=True
        ),
    ),
)

TYPES = (SLACK_CHANNEL_CONFIGURATION,)
