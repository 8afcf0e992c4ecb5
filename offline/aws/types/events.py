"""EventBridge: rules on the events of a bus, and what they are sent to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

_RULE = Call(operation="put_rule", names={"isEnabled": ""}, params={"Tags": "$tags_list"})

EVENT_RULE = ResourceType(
    token="aws:cloudwatch/eventRule:EventRule",
    service="events",
    create=(_RULE,),
    id="{name}",
    find=(Find(operation="describe_rule", params={"Name": "$name|id", "EventBusName": "$eventBusName"}),),
    update=(Call(operation="put_rule", params={"Name": "$id"}, names={"isEnabled": ""}, skip=("name", "tags")),),
    delete=(Call(operation="delete_rule", params={"Name": "$id", "EventBusName": "$eventBusName"}),),
    replace=("name", "namePrefix", "eventBusName"),
    conflicts=(("name", "namePrefix"),),
    at_least_one_of=(("eventPattern", "scheduleExpression"),),
    autoname=Autoname(longest=64),
    default={"eventBusName": "default", "forceDestroy": False},
    local=("forceDestroy", "isEnabled"),
    documents=("eventPattern",),
    outputs={"arn": "Arn"},
    predicted={"arn": "arn:{partition}:events:{region}:{account}:rule/{name}"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"ResourceARN": "$arn", "Tags": "$tags_added"}),
        remove=Call(operation="untag_resource", params={"ResourceARN": "$arn", "TagKeys": "$tags_removed"}),
        find=Find(operation="list_tags_for_resource", params={"ResourceARN": "$arn"}, path="Tags"),
    ),
)

_TARGET = {
    "targetId": "Targets[0].Id",
    "arn": "Targets[0].Arn",
    "roleArn": "Targets[0].RoleArn",
    "input": "Targets[0].Input",
    "inputPath": "Targets[0].InputPath",
    "inputTransformer.inputTemplate": "Targets[0].InputTransformer.InputTemplate",
    "inputTransformer.inputPaths": "Targets[0].InputTransformer.InputPathsMap",
    "deadLetterConfig": "Targets[0].DeadLetterConfig",
    "retryPolicy": "Targets[0].RetryPolicy",
    "sqsTarget": "Targets[0].SqsParameters",
}
"""Targets of queues, topics, log groups and functions; those that need parameters of their own are left out."""


def _own(found: Any, scope: Scope) -> Any:
    """The target of this id among those of its rule, as it was put."""
    target = next((target for target in found if target["Id"] == scope["targetId"]), None)
    return {"Targets": [target]} if target else None


def _rule_and_bus(scope: Scope) -> Iterator[Mapping[str, Any]]:
    yield {"Rule": scope["rule"], **({"EventBusName": scope["eventBusName"]} if scope.get("eventBusName") else {})}


_PUT = Call(
    operation="put_targets",
    names={"rule": "", "eventBusName": "", **_TARGET},
    only=("rule", "eventBusName", *dict.fromkeys(name.partition(".")[0] for name in _TARGET)),
    each=_rule_and_bus,
)

EVENT_TARGET = ResourceType(
    token="aws:cloudwatch/eventTarget:EventTarget",
    service="events",
    create=(_PUT,),
    id="{rule}-{targetId}",
    find=(
        Find(
            operation="list_targets_by_rule",
            params={"Rule": "$rule", "EventBusName": "$eventBusName"},
            path="Targets",
            pick=_own,
        ),
    ),
    update=(_PUT,),
    delete=(
        Call(
            operation="remove_targets",
            params={"Rule": "$rule", "EventBusName": "$eventBusName", "Ids": ["$targetId"]},
        ),
    ),
    replace=("rule", "targetId", "eventBusName"),
    autoname=Autoname(property="targetId", longest=64, prefix_property=""),
    default={"eventBusName": "default", "forceDestroy": False},
    local=("forceDestroy",),
    documents=("input",),
    reads={
        "rule": lambda scope: scope.get("rule", paths.MISSING),
        "eventBusName": lambda scope: scope.get("eventBusName", paths.MISSING),
    },
)

TYPES = (EVENT_RULE, EVENT_TARGET)
