"""Application Auto Scaling: scalable targets, policies, scheduled actions."""

from __future__ import annotations

from offline.aws.model import Autoname, Call, Find, ResourceType, Tagging

_WHERE = ("resourceId", "scalableDimension", "serviceNamespace")
_WHERE_PARAMS = {
    "ServiceNamespace": "$serviceNamespace",
    "ResourceId": "$resourceId",
    "ScalableDimension": "$scalableDimension",
}

TARGET = ResourceType(
    token="aws:appautoscaling/target:Target",
    service="application-autoscaling",
    create=(Call(operation="register_scalable_target", names={"roleArn": "RoleARN"}),),
    id="{resourceId}",
    find=(
        Find(
            operation="describe_scalable_targets",
            params={
                "ServiceNamespace": "$serviceNamespace",
                "ResourceIds": ["$id"],
                "ScalableDimension": "$scalableDimension",
            },
            path="ScalableTargets[0]",
        ),
    ),
    update=(
        Call(
            operation="register_scalable_target",
            params=_WHERE_PARAMS,
            names={"roleArn": "RoleARN"},
            only=("minCapacity", "maxCapacity", "roleArn", "suspendedState"),
        ),
    ),
    delete=(Call(operation="deregister_scalable_target", params=_WHERE_PARAMS),),
    replace=_WHERE,
    lost=("roleArn", "tags"),
    outputs={"arn": "ScalableTargetARN"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"ResourceARN": "$arn", "Tags": "$tags_added_map"}, checked=True),
        remove=Call(
            operation="untag_resource", params={"ResourceARN": "$arn", "TagKeys": "$tags_removed"}, checked=True
        ),
    ),
)

_POLICY_NAMES = {"name": "PolicyName"}

POLICY = ResourceType(
    token="aws:appautoscaling/policy:Policy",
    service="application-autoscaling",
    create=(Call(operation="put_scaling_policy", names=_POLICY_NAMES),),
    id="{name}",
    find=(
        Find(
            operation="describe_scaling_policies",
            params={**_WHERE_PARAMS, "PolicyNames": ["$id"]},
            path="ScalingPolicies",
            pick=lambda found, scope: next((item for item in found if item["PolicyName"] == scope["id"]), None),
        ),
    ),
    update=(
        Call(
            operation="put_scaling_policy",
            params={**_WHERE_PARAMS, "PolicyName": "$name"},
            skip=("name", *_WHERE),
        ),
    ),
    delete=(Call(operation="delete_scaling_policy", params={**_WHERE_PARAMS, "PolicyName": "$id"}),),
    replace=("name", *_WHERE),
    unique=("name", *_WHERE),
    autoname=Autoname(prefix_property=""),
    default={"policyType": "StepScaling"},
    lost=("predictiveScalingPolicyConfiguration",),
    outputs={
        "arn": "PolicyARN",
        "alarmArns": lambda scope: [alarm["AlarmARN"] for alarm in scope["item"].get("Alarms") or []],
    },
)

SCHEDULED_ACTION = ResourceType(
    token="aws:appautoscaling/scheduledAction:ScheduledAction",
    service="application-autoscaling",
    create=(Call(operation="put_scheduled_action", names={"name": "ScheduledActionName"}),),
    id="{name}-{serviceNamespace}-{resourceId}",
    find=(
        Find(
            operation="describe_scheduled_actions",
            params={**_WHERE_PARAMS, "ScheduledActionNames": ["$name"]},
            path="ScheduledActions",
            pick=lambda found, scope: next(
                (item for item in found if item["ScheduledActionName"] == scope.get("name")), None
            ),
        ),
    ),
    update=(
        Call(
            operation="put_scheduled_action",
            params={**_WHERE_PARAMS, "ScheduledActionName": "$name"},
            skip=("name", *_WHERE),
        ),
    ),
    delete=(Call(operation="delete_scheduled_action", params={**_WHERE_PARAMS, "ScheduledActionName": "$name"}),),
    replace=("name", *_WHERE),
    unique=("name", *_WHERE),
    autoname=Autoname(prefix_property=""),
    lost=("startTime", "endTime"),
    outputs={"arn": "ScheduledActionARN"},
)

TYPES = (TARGET, POLICY, SCHEDULED_ACTION)
