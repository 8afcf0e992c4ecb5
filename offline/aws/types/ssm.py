"""Systems Manager: parameters."""

from __future__ import annotations

from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging


def _downgraded(before: Scope, after: Scope) -> tuple[str, ...]:
    """AWS makes an advanced parameter of a standard one, and never the other way round."""
    tiers = (before.get("tier"), after.get("tier"))
    return ("tier",) if tiers == ("Advanced", "Standard") else ()


_NAMES = {"value": "Value", "insecureValue": "Value"}

PARAMETER = ResourceType(
    token="aws:ssm/parameter:Parameter",
    service="ssm",
    create=(Call(operation="put_parameter", names=_NAMES),),
    id="{name}",
    find=(
        Find(operation="get_parameter", params={"Name": "$id", "WithDecryption": True}, path="Parameter"),
        Find(
            operation="describe_parameters",
            params={"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["$id"]}]},
            path="Parameters[0]",
        ),
    ),
    update=(
        Call(
            operation="put_parameter",
            params={"Name": "$name", "Overwrite": True},
            names=_NAMES,
            skip=("name", "tags", "overwrite"),
        ),
    ),
    delete=(Call(operation="delete_parameter", params={"Name": "$id"}),),
    replace=("name",),
    replace_if=_downgraded,
    one_of=(("value", "insecureValue"),),
    autoname=Autoname(longest=2048, prefix_property=""),
    local=("overwrite",),
    lost=("tier",),
    outputs={"arn": "ARN", "version": "Version", "hasValueWo": lambda scope: False},
    tagging=Tagging(
        add=Call(
            operation="add_tags_to_resource",
            params={"ResourceType": "Parameter", "ResourceId": "$id", "Tags": "$tags_added"},
        ),
        remove=Call(
            operation="remove_tags_from_resource",
            params={"ResourceType": "Parameter", "ResourceId": "$id", "TagKeys": "$tags_removed"},
        ),
        find=Find(
            operation="list_tags_for_resource",
            params={"ResourceType": "Parameter", "ResourceId": "$id"},
            path="TagList",
        ),
    ),
)

TYPES = (PARAMETER,)
