"""What moto's ElastiCache lacks altogether: parameter groups, user groups, and changes of subnet groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from offline.aws.extensions.wrapping import wrap

ARNS = re.compile(r"^arn:[^:]+:elasticache:[^:]*:\d*:[a-z]+:.+$")


@dataclass
class ParameterGroup:
    """A parameter group and what it changes."""

    cache_parameter_group_name: str
    cache_parameter_group_family: str
    description: str
    arn: str
    is_global: bool = False
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class UserGroup:
    """Users that may sign in to a cache."""

    user_group_id: str
    engine: str
    user_ids: list[str]
    arn: str
    status: str = "active"
    minimum_engine_version: str = "6.0"


def install() -> None:
    """Adds the operations to moto's, and the groups to its backend."""
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elasticache.responses import ElastiCacheResponse

    wrap(ElastiCacheBackend, "__init__", make_backend)
    for operation in (
        create_cache_parameter_group,
        describe_cache_parameter_groups,
        describe_cache_parameters,
        modify_cache_parameter_group,
        reset_cache_parameter_group,
        delete_cache_parameter_group,
        create_user_group,
        describe_user_groups,
        modify_user_group,
        delete_user_group,
        modify_cache_subnet_group,
        delete_cache_subnet_group,
    ):
        setattr(ElastiCacheResponse, operation.__name__, operation)


def make_backend(original: Callable[..., None], backend: Any, region_name: str, account_id: str) -> None:
    """A backend with groups, whose tags can be read by every kind of ARN."""
    original(backend, region_name, account_id)
    backend.arn_regex = ARNS
    backend.parameter_groups, backend.user_groups, backend.serverless_caches = {}, {}, {}


def fault(code: str, message: str) -> Exception:
    """An error as AWS answers it."""
    from moto.elasticache.exceptions import ElastiCacheException

    error = ElastiCacheException(message)
    error.code = code
    return error


def arn_of(backend: Any, kind: str, name: str) -> str:
    """ARN of a resource of ElastiCache's."""
    partition = "aws-us-gov" if backend.region_name.startswith("us-gov-") else "aws"
    return f"arn:{partition}:elasticache:{backend.region_name}:{backend.account_id}:{kind}:{name}"


def answer(content: Any) -> Any:
    """An operation's answer, by botocore's model."""
    from moto.core.responses import ActionResult

    return ActionResult(content)


def refuse_second(groups: Mapping[str, Any], name: str, what: str) -> None:
    """Two things of a kind can't have the same name."""
    if name in groups:
        raise fault(f"{what}AlreadyExists", f"{what} {name} already exists")


def _parameter_group(response: Any) -> ParameterGroup:
    name = response._get_params()["CacheParameterGroupName"]
    found: ParameterGroup | None = response.elasticache_backend.parameter_groups.get(name)
    if found is None:
        raise fault("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found")
    return found


def create_cache_parameter_group(response: Any) -> Any:
    """CreateCacheParameterGroup."""
    params, backend = response._get_params(), response.elasticache_backend
    name = params["CacheParameterGroupName"].lower()
    refuse_second(backend.parameter_groups, name, "CacheParameterGroup")
    made = ParameterGroup(
        name, params["CacheParameterGroupFamily"], params["Description"], arn_of(backend, "parametergroup", name)
    )
    backend.parameter_groups[name] = made
    backend.tagging_service.tag_resource(made.arn, params.get("Tags") or [])
    return answer({"CacheParameterGroup": made})


def describe_cache_parameter_groups(response: Any) -> Any:
    """DescribeCacheParameterGroups, of one's own."""
    if response._get_params().get("CacheParameterGroupName"):
        return answer({"CacheParameterGroups": [_parameter_group(response)]})
    return answer({"CacheParameterGroups": list(response.elasticache_backend.parameter_groups.values())})


def describe_cache_parameters(response: Any) -> Any:
    """DescribeCacheParameters: those that were changed."""
    values = _parameter_group(response).values
    return answer(
        {"Parameters": [{"ParameterName": n, "ParameterValue": v, "Source": "user"} for n, v in sorted(values.items())]}
    )


def modify_cache_parameter_group(response: Any) -> Any:
    """ModifyCacheParameterGroup."""
    group = _parameter_group(response)
    given = response._get_params()["ParameterNameValues"]
    group.values |= {entry["ParameterName"]: str(entry["ParameterValue"]) for entry in given}
    return answer({"CacheParameterGroupName": group.cache_parameter_group_name})


def reset_cache_parameter_group(response: Any) -> Any:
    """ResetCacheParameterGroup."""
    group, params = _parameter_group(response), response._get_params()
    named = {entry["ParameterName"] for entry in params.get("ParameterNameValues") or []}
    all_of_them = params.get("ResetAllParameters", False)
    group.values = {n: v for n, v in group.values.items() if not all_of_them and n not in named}
    return answer({"CacheParameterGroupName": group.cache_parameter_group_name})


def delete_cache_parameter_group(response: Any) -> Any:
    """DeleteCacheParameterGroup; AWS refuses while a cache uses it."""
    group, backend = _parameter_group(response), response.elasticache_backend
    name = group.cache_parameter_group_name
    if any(cache.cache_parameter_group_name == name for cache in backend.replication_groups.values()):
        raise fault("InvalidCacheParameterGroupState", f"Cache parameter group {name} is in use")
    backend.parameter_groups.pop(name)
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return answer({})


def _user_group(response: Any) -> UserGroup:
    name = response._get_params()["UserGroupId"]
    found: UserGroup | None = response.elasticache_backend.user_groups.get(name)
    if found is None:
        raise fault("UserGroupNotFound", f"User group {name} not found")
    return found


def create_user_group(response: Any) -> Any:
    """CreateUserGroup; one of Redis needs a user named default."""
    params, backend = response._get_params(), response.elasticache_backend
    name, engine, users = params["UserGroupId"].lower(), params["Engine"].lower(), list(params.get("UserIds") or [])
    refuse_second(backend.user_groups, name, "UserGroup")
    known = [backend.describe_users(user)[0] for user in users]
    if engine == "redis" and not any(user.name == "default" for user in known):
        raise fault("DefaultUserRequired", "Redis user group needs to contain a user with the user name default.")
    made = UserGroup(name, engine, users, arn_of(backend, "usergroup", name))
    backend.user_groups[name] = made
    backend.tagging_service.tag_resource(made.arn, params.get("Tags") or [])
    return answer(made)


def describe_user_groups(response: Any) -> Any:
    """DescribeUserGroups."""
    if response._get_params().get("UserGroupId"):
        return answer({"UserGroups": [_user_group(response)]})
    return answer({"UserGroups": list(response.elasticache_backend.user_groups.values())})


def modify_user_group(response: Any) -> Any:
    """ModifyUserGroup."""
    group, params = _user_group(response), response._get_params()
    added, removed = params.get("UserIdsToAdd", []), params.get("UserIdsToRemove", [])
    group.user_ids = [user for user in [*group.user_ids, *added] if user not in removed]
    return answer(group)


def delete_user_group(response: Any) -> Any:
    """DeleteUserGroup."""
    group, backend = _user_group(response), response.elasticache_backend
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return answer(backend.user_groups.pop(group.user_group_id))


def _subnet_group(response: Any) -> Any:
    (found,) = response.elasticache_backend.describe_cache_subnet_groups(response._get_params()["CacheSubnetGroupName"])
    return found


def modify_cache_subnet_group(response: Any) -> Any:
    """ModifyCacheSubnetGroup: a group with other subnets in place of the old one."""
    from moto.elasticache.models import CacheSubnetGroup

    group, params, backend = _subnet_group(response), response._get_params(), response.elasticache_backend
    changed = CacheSubnetGroup(
        backend.account_id,
        backend.region_name,
        group.cache_subnet_group_name,
        params.get("CacheSubnetGroupDescription", group.cache_subnet_group_description),
        params.get("SubnetIds") or group.subnet_ids,
        group.tags,
    )
    backend.cache_subnet_groups[group.cache_subnet_group_name] = changed
    return answer({"CacheSubnetGroup": changed})


def delete_cache_subnet_group(response: Any) -> Any:
    """DeleteCacheSubnetGroup; AWS refuses while a cache uses it."""
    group, backend = _subnet_group(response), response.elasticache_backend
    name = group.cache_subnet_group_name
    if any(cache.cache_subnet_group_name == name for cache in backend.replication_groups.values()):
        raise fault("CacheSubnetGroupInUse", f"Cache subnet group {name} is in use")
    backend.cache_subnet_groups.pop(name)
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return answer({})
