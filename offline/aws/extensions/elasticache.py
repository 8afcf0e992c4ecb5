"""Caches: replication groups that change and end, their members, parameter groups and user groups, which moto lacks."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap
from offline.aws.regions import short

PLAIN_CHANGES: Mapping[str, str] = {
    "ReplicationGroupDescription": "description",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "CacheNodeType": "cache_node_type",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "SecurityGroupIds": "security_group_ids",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "NotificationTopicArn": "notification_topic_arn",
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
    "ClusterMode": "cluster_mode",
    "IpDiscovery": "ip_discovery",
}
"""Members of ModifyReplicationGroup to moto's attributes."""


def install() -> None:
    """Extends moto's replication groups and users, and adds what it lacks."""
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elasticache.responses import ElastiCacheResponse

    wrap(ElastiCacheBackend, "create_replication_group", create_replication_group)
    wrap(ElastiCacheBackend, "describe_cache_clusters", describe_cache_clusters)
    wrap(ElastiCacheBackend, "delete_user", delete_user)
    wrap(ElastiCacheResponse, "modify_replication_group", modify_replication_group)
    wrap(ElastiCacheResponse, "delete_replication_group", delete_replication_group)
    for operation in (increase_replica_count, decrease_replica_count, modify_user):
        setattr(ElastiCacheResponse, operation.__name__, operation)


def _group(backend: Any, params: Mapping[str, Any]) -> Any:
    (group,) = backend.describe_replication_groups(params["ReplicationGroupId"])
    return group


def create_replication_group(original: Callable[..., Any], backend: Any, **arguments: Any) -> Any:
    """moto ignores NumCacheClusters, puts every member into us-east-1 and has no reader endpoint."""
    if arguments.get("num_cache_clusters") and not arguments.get("replicas_per_node_group"):
        arguments["replicas_per_node_group"] = arguments["num_cache_clusters"] - 1
    group = original(backend, **arguments)
    partition = "aws-us-gov" if backend.region_name.startswith("us-gov-") else "aws"
    where = f"{backend.region_name}:{backend.account_id}"
    group.arn = f"arn:{partition}:elasticache:{where}:replicationgroup:{group.replication_group_id}"
    backend.tagging_service.tag_resource(group.arn, arguments.get("tags") or [])
    mark = "".join(secrets.choice(string.ascii_lowercase) for _ in range(6))
    group.domain = f"{mark}.{short(backend.region_name)}"
    _settle_members(backend, group, len(group.member_clusters))
    return group


def _zones(backend: Any, group: Any) -> list[str]:
    found = backend.cache_subnet_groups.get(group.cache_subnet_group_name)
    names = [subnet.get("subnet_availability_zone") for subnet in found.subnets] if found else []
    return [str(name) for name in names if name] or [f"{backend.region_name}a"]


def _settle_members(backend: Any, group: Any, count: int) -> None:
    """The members of a group without shards: names, zones in turn, roles and endpoints."""
    if group.cluster_mode == "enabled":
        return
    zones, name, end = _zones(backend, group), group.replication_group_id, f"{group.domain}.cache.amazonaws.com"
    group.member_clusters[:] = [f"{name}-{number:0>3}" for number in range(1, count + 1)]
    (node_group,) = group.node_groups
    node_group["node_group_members"] = [
        {
            "cache_cluster_id": member,
            "cache_node_id": "0001",
            "read_endpoint": {"address": f"{member}.{end}", "port": group.port},
            "preferred_availability_zone": zones[place % len(zones)],
            "current_role": "replica" if place else "primary",
        }
        for place, member in enumerate(group.member_clusters)
    ]
    node_group["primary_endpoint"] = {"address": f"master.{name}.{end}", "port": group.port}
    node_group["reader_endpoint"] = {"address": f"replica.{name}.{end}", "port": group.port}


def _members(backend: Any) -> Iterator[dict[str, Any]]:
    """The members of all groups, as DescribeCacheClusters shows them."""
    for group in backend.replication_groups.values():
        groups = [{"SecurityGroupId": i, "Status": "active"} for i in group.security_group_ids or []]
        for node in group.node_groups[0]["node_group_members"]:
            yield {
                "CacheClusterId": node["cache_cluster_id"],
                "ARN": f"{group.arn.partition(':replicationgroup:')[0]}:cluster:{node['cache_cluster_id']}",
                "CacheNodeType": group.cache_node_type,
                "Engine": group.engine,
                "EngineVersion": _whole_version(group.engine_version),
                "CacheClusterStatus": "available",
                "NumCacheNodes": 1,
                "PreferredAvailabilityZone": node["preferred_availability_zone"],
                "PreferredMaintenanceWindow": group.preferred_maintenance_window,
                "CacheParameterGroup": {"CacheParameterGroupName": group.cache_parameter_group_name},
                "CacheSubnetGroupName": group.cache_subnet_group_name,
                "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade,
                "SecurityGroups": groups,
                "ReplicationGroupId": group.replication_group_id,
                "SnapshotRetentionLimit": group.snapshot_retention_limit,
                "SnapshotWindow": group.snapshot_window,
                "AuthTokenEnabled": group.auth_token_enabled,
                "TransitEncryptionEnabled": group.transit_encryption_enabled,
                "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
                "TransitEncryptionMode": group.transit_encryption_mode,
            }


def _whole_version(version: str | None) -> str | None:
    """AWS reports the patch release as well: 7.1.0 of 7.1."""
    return f"{version}.0" if version and version.count(".") == 1 else version


def describe_cache_clusters(original: Callable[..., Any], backend: Any, cache_cluster_id: str | None = None, *rest: Any,
                            **arguments: Any) -> Any:  # fmt: skip
    """moto does not know the members of replication groups."""
    members = [member for member in _members(backend) if cache_cluster_id in (None, member["CacheClusterId"])]
    if cache_cluster_id and members:
        return members
    return [*original(backend, cache_cluster_id, *rest, **arguments), *members]


def modify_replication_group(original: Callable[..., Any], response: Any) -> Any:
    """moto keeps six of the members; every one that Headroom's provider sends takes effect here, at once."""
    from moto.core.responses import ActionResult

    params = response._get_params()
    group = _group(response.elasticache_backend, params)
    for member, attribute in PLAIN_CHANGES.items():
        if member in params:
            setattr(group, attribute, params[member])
    for member, attribute in {"AutomaticFailoverEnabled": "automatic_failover", "MultiAZEnabled": "multi_az"}.items():
        if member in params:
            setattr(group, attribute, "enabled" if params[member] else "disabled")
    added, removed = params.get("UserGroupIdsToAdd", []), params.get("UserGroupIdsToRemove", [])
    group.user_group_ids = [i for i in [*group.user_group_ids, *added] if i not in removed]
    for delivery in params.get("LogDeliveryConfigurations", []):
        kept = [d for d in group.log_delivery_configurations if d["LogType"] != delivery["LogType"]]
        fresh = [] if delivery.get("Enabled") is False else group._get_log_delivery_configurations([delivery])
        group.log_delivery_configurations = [*kept, *fresh]
    return ActionResult({"ReplicationGroup": group})


def delete_replication_group(original: Callable[..., Any], response: Any) -> Any:
    """moto leaves it `deleting` for ever, and takes no final snapshot."""
    params = response._get_params()
    backend = response.elasticache_backend
    group = _group(backend, params)
    if params.get("FinalSnapshotIdentifier"):
        backend.create_snapshot(params["FinalSnapshotIdentifier"], params["ReplicationGroupId"], None, None, None)
    answer = original(response)
    backend.replication_groups.pop(params["ReplicationGroupId"])
    backend.tagging_service.delete_all_tags_for_resource(group.arn)
    return answer


def increase_replica_count(response: Any) -> Any:
    """IncreaseReplicaCount of a group without shards."""
    return _with_replicas(response)


def decrease_replica_count(response: Any) -> Any:
    """DecreaseReplicaCount of a group without shards; AWS refuses to end without one while failover is on."""
    from moto.elasticache.exceptions import InvalidParameterCombinationException

    params = response._get_params()
    group = _group(response.elasticache_backend, params)
    if params["NewReplicaCount"] == 0 and group.automatic_failover == "enabled":
        raise InvalidParameterCombinationException("Must have at least one replica while automatic failover is enabled")
    return _with_replicas(response)


def _with_replicas(response: Any) -> Any:
    from moto.core.responses import ActionResult

    params = response._get_params()
    group = _group(response.elasticache_backend, params)
    _settle_members(response.elasticache_backend, group, params["NewReplicaCount"] + 1)
    return ActionResult({"ReplicationGroup": group})


def modify_user(response: Any) -> Any:
    """ModifyUser, which moto lacks."""
    from moto.core.responses import ActionResult

    params = response._get_params()
    (user,) = response.elasticache_backend.describe_users(params["UserId"])
    user.access_string = params.get("AccessString", user.access_string)
    user.engine = params.get("Engine", user.engine).lower()
    mode = params.get("AuthenticationMode", {})
    passwords = params.get("Passwords") or mode.get("Passwords")
    if passwords:
        user.passwords, user.authentication_type, user.no_password_required = passwords, "password", False
    elif "Type" in mode or params.get("NoPasswordRequired"):
        user.authentication_type = mode.get("Type", "no-password-required")
        user.no_password_required, user.passwords = user.authentication_type == "no-password-required", []
    return ActionResult(user)


def delete_user(original: Callable[..., Any], backend: Any, user_id: str) -> Any:
    """moto keeps it until it is asked for once more."""
    user = original(backend, user_id)
    backend.users.pop(user_id, None)
    backend.tagging_service.delete_all_tags_for_resource(user.arn)
    for group in backend.user_groups.values():
        group.user_ids = [member for member in group.user_ids if member != user_id]
    return user
