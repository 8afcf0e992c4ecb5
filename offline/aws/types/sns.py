"""SNS: topics, their policies, subscriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws.iam_text import as_given
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

_FEEDBACK = {
    f"{target}{outcome}": f"{aws}{member}"
    for target, aws in (
        ("application", "Application"),
        ("http", "HTTP"),
        ("lambda", "Lambda"),
        ("sqs", "SQS"),
        ("firehose", "Firehose"),
    )
    for outcome, member in (
        ("SuccessFeedbackRoleArn", "SuccessFeedbackRoleArn"),
        ("FailureFeedbackRoleArn", "FailureFeedbackRoleArn"),
        ("SuccessFeedbackSampleRate", "SuccessFeedbackSampleRate"),
    )
}
TOPIC_ATTRIBUTES = {
    "displayName": "DisplayName",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "fifoTopic": "FifoTopic",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "fifoThroughputScope": "FifoThroughputScope",
    "archivePolicy": "ArchivePolicy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    **_FEEDBACK,
}
SUBSCRIPTION_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "replayPolicy": "ReplayPolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}


def _setter(operation: str, parameter: str, table: Mapping[str, str]) -> Call:
    """SNS changes one attribute a request; an empty value takes it away."""

    def changed(scope: Scope) -> Iterator[Mapping[str, Any]]:
        for name, attribute in table.items():
            if name in scope["changed"]:
                value = scope.get(name, "")
                text = str(value).lower() if isinstance(value, bool) else str(value)
                yield {"AttributeName": attribute, "AttributeValue": text}

    return Call(
        operation=operation, params={parameter: "$id"}, names=dict.fromkeys(table, ""), only=tuple(table), each=changed
    )


def _paths(table: Mapping[str, str]) -> dict[str, str]:
    return {name: f"Attributes.{attribute}" for name, attribute in table.items()}


def _updatable(table: Mapping[str, str], *fixed: str) -> dict[str, str]:
    return {name: attribute for name, attribute in table.items() if name not in fixed}


TOPIC = ResourceType(
    token="aws:sns/topic:Topic",
    service="sns",
    create=(Call(operation="create_topic", names=_paths(TOPIC_ATTRIBUTES)),),
    id="{answer.TopicArn}",
    find=(Find(operation="get_topic_attributes", params={"TopicArn": "$id"}),),
    update=(_setter("set_topic_attributes", "TopicArn", _updatable(TOPIC_ATTRIBUTES, "fifoTopic")),),
    delete=(Call(operation="delete_topic", params={"TopicArn": "$id"}),),
    replace=("fifoTopic", "name", "namePrefix"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=256),
    on_removal=dict.fromkeys(_updatable(TOPIC_ATTRIBUTES, "fifoTopic"), ""),
    lost=tuple(_FEEDBACK),
    documents=("policy", "deliveryPolicy", "archivePolicy"),
    reads={"name": lambda scope: scope["item"]["Attributes"]["TopicArn"].rpartition(":")[2]},
    outputs={
        "arn": "Attributes.TopicArn",
        "owner": "Attributes.Owner",
        "policy": lambda scope: scope.get("policy"),  # AWS's default; a TopicPolicy's is not the topic's own
        "name": lambda scope: scope["item"]["Attributes"]["TopicArn"].rpartition(":")[2],
    },
    predicted={"arn": "arn:{partition}:sns:{region}:{account}:{name}"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"ResourceArn": "$id", "Tags": "$tags_added"}),
        remove=Call(operation="untag_resource", params={"ResourceArn": "$id", "TagKeys": "$tags_removed"}),
        find=Find(operation="list_tags_for_resource", params={"ResourceArn": "$id"}, path="Tags"),
    ),
)


def _default_policy(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Deleting a topic's policy gives it the one that AWS makes: its owner may do everything."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in ("GetTopicAttributes", "SetTopicAttributes", "Publish", "Subscribe")],
        "Resource": scope["arn"],
        "Condition": {"StringEquals": {"AWS:SourceOwner": scope["account"]}},
    }
    yield {"AttributeValue": json.dumps({"Version": "2008-10-17", "Statement": [statement]})}


TOPIC_POLICY = ResourceType(
    token="aws:sns/topicPolicy:TopicPolicy",
    service="sns",
    create=(
        Call(
            operation="set_topic_attributes",
            params={"AttributeName": "Policy"},
            names={"arn": "TopicArn", "policy": "AttributeValue"},
        ),
    ),
    id="{arn}",
    find=(Find(operation="get_topic_attributes", params={"TopicArn": "$id"}),),
    update=(
        Call(
            operation="set_topic_attributes",
            params={"TopicArn": "$id", "AttributeName": "Policy"},
            names={"policy": "AttributeValue"},
            only=("policy",),
        ),
    ),
    delete=(
        Call(
            operation="set_topic_attributes",
            params={"TopicArn": "$id", "AttributeName": "Policy"},
            each=_default_policy,
        ),
    ),
    replace=("arn",),
    documents=("policy",),
    reads={
        "arn": "Attributes.TopicArn",
        "policy": lambda scope: as_given(scope, "policy", scope["item"]["Attributes"].get("Policy")),
    },
    outputs={"owner": "Attributes.Owner"},
)

TOPIC_SUBSCRIPTION = ResourceType(
    token="aws:sns/topicSubscription:TopicSubscription",
    service="sns",
    create=(
        Call(
            operation="subscribe",
            params={"ReturnSubscriptionArn": True},
            names={"topic": "TopicArn", **_paths(SUBSCRIPTION_ATTRIBUTES)},
        ),
    ),
    id="{answer.SubscriptionArn}",
    find=(Find(operation="get_subscription_attributes", params={"SubscriptionArn": "$id"}),),
    update=(_setter("set_subscription_attributes", "SubscriptionArn", SUBSCRIPTION_ATTRIBUTES),),
    delete=(Call(operation="unsubscribe", params={"SubscriptionArn": "$id"}),),
    replace=("endpoint", "protocol", "topic"),
    on_removal=dict.fromkeys(SUBSCRIPTION_ATTRIBUTES, ""),
    local=("confirmationTimeoutInMinutes", "endpointAutoConfirms"),
    documents=("filterPolicy", "redrivePolicy", "deliveryPolicy", "replayPolicy"),
    reads={
        "topic": "Attributes.TopicArn",
        "protocol": "Attributes.Protocol",
        "endpoint": "Attributes.Endpoint",
    },
    outputs={
        "arn": "{id}",
        "ownerId": "Attributes.Owner",
        "pendingConfirmation": lambda scope: scope["item"]["Attributes"].get("PendingConfirmation") == "true",
        "confirmationWasAuthenticated": lambda scope: (
            scope["item"]["Attributes"].get("ConfirmationWasAuthenticated") == "true"
        ),
    },
    note="an e-mail subscription is confirmed at once",
)

TYPES = (TOPIC, TOPIC_POLICY, TOPIC_SUBSCRIPTION)
