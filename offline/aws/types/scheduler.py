"""EventBridge Scheduler: groups and schedules."""

from __future__ import annotations

from offline.aws.model import Autoname, Call, Find, ResourceType, Tagging

SCHEDULE_GROUP = ResourceType(
    token="aws:scheduler/scheduleGroup:ScheduleGroup",
    service="scheduler",
    create=(Call(operation="create_schedule_group", params={"Tags": "$tags_list"}),),
    id="{name}",
    find=(Find(operation="get_schedule_group", params={"Name": "$id"}),),
    delete=(Call(operation="delete_schedule_group", params={"Name": "$id"}, extended=True),),
    replace=("name", "namePrefix"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=64),
    outputs={"arn": "Arn"},
    predicted={"arn": "arn:{partition}:scheduler:{region}:{account}:schedule-group/{name}"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"ResourceArn": "$arn", "Tags": "$tags_added"}),
        remove=Call(operation="untag_resource", params={"ResourceArn": "$arn", "TagKeys": "$tags_removed"}),
        find=Find(operation="list_tags_for_resource", params={"ResourceArn": "$arn"}, path="Tags"),
    ),
)

# The provider spells AWS's `awsvpcConfiguration` as the network configuration itself.
_MEMBERS = {
    f"NetworkConfiguration.{name}": f"awsvpcConfiguration.{name[0].upper()}{name[1:]}"
    for name in ("subnets", "securityGroups", "assignPublicIp")
}
_WHERE = {"Name": "$name", "GroupName": "$groupName"}

SCHEDULE = ResourceType(
    token="aws:scheduler/schedule:Schedule",
    service="scheduler",
    create=(Call(operation="create_schedule", extended=True),),
    id=lambda scope: f"{scope.get('groupName', 'default')}/{scope['name']}",
    find=(Find(operation="get_schedule", params=_WHERE),),
    update=(Call(operation="update_schedule", params=_WHERE, skip=("name", "groupName")),),
    delete=(Call(operation="delete_schedule", params=_WHERE),),
    replace=("name", "namePrefix", "groupName"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=64),
    default={"scheduleExpressionTimezone": "UTC", "state": "ENABLED"},
    documents=("target.input",),
    unordered=(
        "target.ecsParameters.networkConfiguration.subnets",
        "target.ecsParameters.networkConfiguration.securityGroups",
        "target.ecsParameters.capacityProviderStrategies",
    ),
    members=_MEMBERS,
    lost=("startDate", "endDate", "actionAfterCompletion"),
    outputs={"arn": "Arn"},
    note="nothing runs at the times that it names",
)

TYPES = (SCHEDULE_GROUP, SCHEDULE)
