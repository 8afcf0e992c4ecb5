"""SQS: queues, their policies, and who may use them for dead letters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.iam_text import as_given
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
"""Property to SQS's name of the attribute; all are text there."""

DEFAULTS = {
    "delaySeconds": 0,
    "fifoQueue": False,
    "maxMessageSize": 1_048_576,
    "messageRetentionSeconds": 345_600,
    "receiveWaitTimeSeconds": 0,
    "visibilityTimeoutSeconds": 30,
}
"""What a queue is when nothing is said, and so what a removed property goes back to."""

DOCUMENTS = ("policy", "redriveAllowPolicy", "redrivePolicy")


def _changed(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """All changed attributes in one request; an empty text takes a document, or a key, away."""
    names = sorted(set(scope["changed"]) & set(ATTRIBUTES))
    values = {name: scope.get(name, DEFAULTS.get(name, "")) for name in names}
    yield {"Attributes": {ATTRIBUTES[name]: _text(value) for name, value in values.items()}}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(name: str) -> Any:
    """An attribute in the property's own kind."""

    def value(scope: Scope) -> Any:
        found = scope["item"].get("Attributes", {}).get(ATTRIBUTES[name], paths.MISSING)
        if found is paths.MISSING:
            return found
        if name in DOCUMENTS:
            return as_given(scope, name, found or None)
        if found in ("true", "false"):
            return found == "true"
        return int(found) if found.isdigit() else found

    return value


def _given(name: str) -> Any:
    return lambda scope: scope.get(name)


def _arn(scope: Scope) -> Any:
    return scope["item"]["Attributes"]["QueueArn"]


_ASKED = {"QueueUrl": "$id", "AttributeNames": ["All"]}
FOUND = (Find(operation="get_queue_attributes", params=_ASKED, extended=True),)

QUEUE = ResourceType(
    token="aws:sqs/queue:Queue",
    service="sqs",
    create=(
        Call(
            operation="create_queue",
            names={"name": "QueueName", **{name: f"Attributes.{text}" for name, text in ATTRIBUTES.items()}},
            skip=("tags",),
            extended=True,
        ),
    ),
    id="{answer.QueueUrl}",
    find=FOUND,
    update=(
        Call(
            operation="set_queue_attributes",
            params={"QueueUrl": "$id"},
            names=dict.fromkeys(ATTRIBUTES, ""),
            only=tuple(ATTRIBUTES),
            each=_changed,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_queue", params={"QueueUrl": "$id"}),),
    replace=("name", "namePrefix", "fifoQueue"),
    unique=("name",),
    conflicts=(("name", "namePrefix"), ("kmsMasterKeyId", "sqsManagedSseEnabled")),
    autoname=Autoname(longest=80),
    documents=DOCUMENTS,
    on_removal={**dict.fromkeys(DOCUMENTS, ""), "kmsMasterKeyId": "", **DEFAULTS},
    reads={
        "name": lambda scope: _arn(scope).rpartition(":")[2],
        **{name: _read(name) for name in ATTRIBUTES},
    },
    outputs={
        "arn": _arn,
        "url": "{id}",
        "name": lambda scope: _arn(scope).rpartition(":")[2],
        # A QueuePolicy's, or a RedriveAllowPolicy's, is not the queue's own.
        **{name: _given(name) for name in DOCUMENTS},
        **{name: _read(name) for name in ATTRIBUTES if name not in DOCUMENTS},
    },
    predicted={"arn": "arn:{partition}:sqs:{region}:{account}:{name}"},
    tagging=Tagging(
        add=Call(operation="tag_queue", params={"QueueUrl": "$id", "Tags": "$tags_added_map"}),
        remove=Call(operation="untag_queue", params={"QueueUrl": "$id", "TagKeys": "$tags_removed"}),
        find=Find(operation="list_queue_tags", params={"QueueUrl": "$id"}, path="Tags"),
    ),
    note="the emulator's URL is its own; the one of AWS works there too",
)


def _document_of(name: str, kind: str) -> ResourceType:
    """A document that is a resource of its own, set as one attribute of a queue."""
    attribute = ATTRIBUTES[name]

    def given(scope: Scope) -> Iterator[Mapping[str, Any]]:
        value = scope.get(name, "")
        yield {"Attributes": {attribute: value if isinstance(value, str) else json.dumps(value)}}

    def put(where: str) -> Call:
        names = {"queueUrl": "QueueUrl", name: ""} if where == "$queueUrl" else {name: ""}
        params = {} if where == "$queueUrl" else {"QueueUrl": where}
        return Call(
            operation="set_queue_attributes",
            params=params,
            names=names,
            only=tuple(names),
            each=given,
            extended=True,
        )

    return ResourceType(
        token=f"aws:sqs/{kind[0].lower()}{kind[1:]}:{kind}",
        service="sqs",
        create=(put("$queueUrl"),),
        id="{queueUrl}",
        find=(
            Find(
                operation="get_queue_attributes",
                params=_ASKED,
                gone=lambda found: not found["Attributes"].get(attribute),
                extended=True,
            ),
        ),
        update=(put("$id"),),
        delete=(
            Call(
                operation="set_queue_attributes",
                params={"QueueUrl": "$id", "Attributes": {attribute: ""}},
                extended=True,
            ),
        ),
        replace=("queueUrl",),
        documents=(name,),
        reads={"queueUrl": lambda scope: scope["id"], name: _read(name)},
    )


TYPES = (
    QUEUE,
    _document_of("policy", "QueuePolicy"),
    _document_of("redriveAllowPolicy", "RedriveAllowPolicy"),
    _document_of("redrivePolicy", "RedrivePolicy"),
)
