"""ElastiCache: subnet and parameter groups, users and user groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

TAGGING = Tagging(
    add=Call(operation="add_tags_to_resource", params={"ResourceName": "$arn", "Tags": "$tags_added"}),
    remove=Call(operation="remove_tags_from_resource", params={"ResourceName": "$arn", "TagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"ResourceName": "$arn"}, path="TagList"),
)

SUBNET_GROUP = ResourceType(
    token="aws:elasticache/subnetGroup:SubnetGroup",
    service="elasticache",
    create=(
        Call(
            operation="create_cache_subnet_group",
            names={"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"},
        ),
    ),
    id="{name}",
    find=(
        Find(
            operation="describe_cache_subnet_groups",
            params={"CacheSubnetGroupName": "$id"},
            path="CacheSubnetGroups[0]",
        ),
    ),
    update=(
        Call(
            operation="modify_cache_subnet_group",
            params={"CacheSubnetGroupName": "$id"},
            names={"description": "CacheSubnetGroupDescription"},
            only=("subnetIds", "description"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_cache_subnet_group", params={"CacheSubnetGroupName": "$id"}, extended=True),),
    replace=("name",),
    autoname=Autoname(lower=True, prefix_property=""),
    default={"description": "Managed by Pulumi"},
    reads={"subnetIds": lambda scope: [subnet["SubnetIdentifier"] for subnet in scope["item"].get("Subnets") or []]},
    unordered=("subnetIds",),
    outputs={"arn": "ARN", "vpcId": "VpcId", "name": "CacheSubnetGroupName"},
    predicted={"arn": "arn:{partition}:elasticache:{region}:{account}:subnetgroup:{name}"},
    tagging=TAGGING,
)


def _parameters(entries: Any) -> list[dict[str, str]]:
    return [{"ParameterName": entry["name"], "ParameterValue": str(entry["value"])} for entry in entries or []]


def _in_twenties(parameters: list[dict[str, str]]) -> Iterator[Mapping[str, Any]]:
    """ElastiCache takes 20 parameters a request."""
    for start in range(0, len(parameters), 20):
        yield {"ParameterNameValues": parameters[start : start + 20]}


def _set_parameters(scope: Scope) -> Iterator[Mapping[str, Any]]:
    before = _parameters(scope.get("before", {}).get("parameters"))
    yield from _in_twenties([entry for entry in _parameters(scope.get("parameters")) if entry not in before])


def _reset_parameters(scope: Scope) -> Iterator[Mapping[str, Any]]:
    now = {entry["name"] for entry in scope.get("parameters") or []}
    gone = [entry for entry in _parameters(scope["before"].get("parameters")) if entry["ParameterName"] not in now]
    yield from _in_twenties(gone)


def _known_parameters(scope: Scope) -> Any:
    """The group's own parameters, in the order they were given."""
    actual = {p["ParameterName"]: p.get("ParameterValue", "") for p in scope["item"].get("Parameters") or []}
    given = [entry["name"] for entry in scope.get("parameters") or []]
    names = [name for name in [*given, *sorted(set(actual) - set(given))] if name in actual]
    return [{"name": name, "value": actual[name]} for name in names] or paths.MISSING


_SET = Call(
    operation="modify_cache_parameter_group",
    params={"CacheParameterGroupName": "$id"},
    names={"parameters": ""},
    only=("parameters",),
    each=_set_parameters,
    extended=True,
)

PARAMETER_GROUP = ResourceType(
    token="aws:elasticache/parameterGroup:ParameterGroup",
    service="elasticache",
    create=(
        Call(
            operation="create_cache_parameter_group",
            names={"name": "CacheParameterGroupName", "family": "CacheParameterGroupFamily"},
            only=("name", "family", "description", "tags"),
            extended=True,
        ),
        _SET,
    ),
    id="{name}",
    find=(
        Find(
            operation="describe_cache_parameter_groups",
            params={"CacheParameterGroupName": "$id"},
            path="CacheParameterGroups[0]",
            extended=True,
        ),
        Find(
            operation="describe_cache_parameters",
            params={"CacheParameterGroupName": "$id", "Source": "user"},
            path="Parameters",
            into="Parameters",
            extended=True,
        ),
    ),
    update=(
        Call(
            operation="reset_cache_parameter_group",
            params={"CacheParameterGroupName": "$id", "ResetAllParameters": False},
            names={"parameters": ""},
            only=("parameters",),
            each=_reset_parameters,
            extended=True,
        ),
        _SET,
    ),
    delete=(Call(operation="delete_cache_parameter_group", params={"CacheParameterGroupName": "$id"}, extended=True),),
    replace=("description", "family", "name"),
    autoname=Autoname(lower=True, prefix_property=""),
    default={"description": "Managed by Pulumi"},
    reads={"parameters": _known_parameters},
    unordered=("parameters",),
    outputs={"arn": "ARN", "name": "CacheParameterGroupName"},
    predicted={"arn": "arn:{partition}:elasticache:{region}:{account}:parametergroup:{name}"},
    tagging=TAGGING,
)

USER = ResourceType(
    token="aws:elasticache/user:User",
    service="elasticache",
    create=(Call(operation="create_user", skip=("passwordsWo",)),),
    id="{userId}",
    find=(Find(operation="describe_users", params={"UserId": "$id"}, path="Users[0]"),),
    update=(
        Call(
            operation="modify_user",
            params={"UserId": "$id"},
            skip=("userName", "passwordsWo", "tags"),
            full=False,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_user", params={"UserId": "$id"}, extended=True),),
    replace=("userId", "userName"),
    unique=("userId",),
    default={"noPasswordRequired": False},
    hidden=("passwords", "authenticationMode", "noPasswordRequired"),
    outputs={"arn": "ARN"},
    predicted={"arn": "arn:{partition}:elasticache:{region}:{account}:user:{userId}"},
    secret=("passwords",),
    unordered=("passwords", "authenticationMode.passwords"),
    tagging=TAGGING,
)


def difference(scope: Scope, name: str, added: str, removed: str) -> Iterator[Mapping[str, Any]]:
    """What comes and what goes, as AWS wants sets changed; nothing where only other things change."""
    before, after = set(scope["before"].get(name) or []), set(scope.get(name) or [])
    yield {key: sorted(ids, key=str) for key, ids in ((added, after - before), (removed, before - after)) if ids}


USER_GROUP = ResourceType(
    token="aws:elasticache/userGroup:UserGroup",
    service="elasticache",
    create=(Call(operation="create_user_group", extended=True),),
    id="{userGroupId}",
    find=(Find(operation="describe_user_groups", params={"UserGroupId": "$id"}, path="UserGroups[0]", extended=True),),
    update=(
        Call(
            operation="modify_user_group",
            params={"UserGroupId": "$id"},
            names={"userIds": ""},
            only=("userIds",),
            each=lambda scope: difference(scope, "userIds", "UserIdsToAdd", "UserIdsToRemove"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_user_group", params={"UserGroupId": "$id"}, extended=True),),
    replace=("engine", "userGroupId"),
    unique=("userGroupId",),
    unordered=("userIds",),
    outputs={"arn": "ARN"},
    predicted={"arn": "arn:{partition}:elasticache:{region}:{account}:usergroup:{userGroupId}"},
    tagging=TAGGING,
)

TYPES = (SUBNET_GROUP, PARAMETER_GROUP, USER, USER_GROUP)
