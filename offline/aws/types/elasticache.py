"""ElastiCache: replication groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope
from offline.aws.types.elasticache_groups import TAGGING, difference

_NAMES = {
    "description": "ReplicationGroupDescription",
    "nodeType": "CacheNodeType",
    "parameterGroupName": "CacheParameterGroupName",
    "subnetGroupName": "CacheSubnetGroupName",
    "securityGroupNames": "CacheSecurityGroupNames",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "preferredCacheClusterAzs": "PreferredCacheClusterAZs",
    "multiAzEnabled": "MultiAZEnabled",
    "logDeliveryConfigurations": "",
}


def _delivery(entry: Mapping[str, Any]) -> dict[str, Any]:
    """AWS names a destination by what it is; the provider has one property for both kinds."""
    to_logs = entry["destinationType"] == "cloudwatch-logs"
    details = (
        {"CloudWatchLogsDetails": {"LogGroup": entry["destination"]}}
        if to_logs
        else {"KinesisFirehoseDetails": {"DeliveryStream": entry["destination"]}}
    )
    return {
        "LogType": entry["logType"],
        "DestinationType": entry["destinationType"],
        "DestinationDetails": details,
        "LogFormat": entry["logFormat"],
    }


def _deliveries(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Every log that is delivered, and an end to those that no longer are."""
    now = scope.get("logDeliveryConfigurations") or []
    before = scope.get("before", {}).get("logDeliveryConfigurations") or []
    gone = {entry["logType"] for entry in before} - {entry["logType"] for entry in now}
    ended = [{"LogType": kind, "Enabled": False} for kind in sorted(gone)]
    if "changed" in scope and "logDeliveryConfigurations" not in scope["changed"]:
        yield {}
    else:
        entries = [*(_delivery(entry) for entry in now), *ended]
        yield {"LogDeliveryConfigurations": entries} if entries else {}


def _known_deliveries(scope: Scope) -> Any:
    found = {}
    for entry in scope["item"].get("LogDeliveryConfigurations") or []:
        details = entry.get("DestinationDetails", {})
        found[entry["LogType"]] = {
            "destination": details.get("CloudWatchLogsDetails", {}).get("LogGroup")
            or details.get("KinesisFirehoseDetails", {}).get("DeliveryStream"),
            "destinationType": entry["DestinationType"],
            "logFormat": entry["LogFormat"],
            "logType": entry["LogType"],
        }
    given = [entry["logType"] for entry in scope.get("logDeliveryConfigurations") or []]
    order = [kind for kind in [*given, *sorted(set(found) - set(given))] if kind in found]
    return [found[kind] for kind in order] or paths.MISSING


def _changes(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """User groups come and go one by one; everything else is sent as it is."""
    request: dict[str, Any] = {"ApplyImmediately": bool(scope.get("applyImmediately"))}
    for extra in (
        _deliveries(scope),
        difference(scope, "userGroupIds", "UserGroupIdsToAdd", "UserGroupIdsToRemove"),
    ):
        for part in extra:
            request |= part
    yield request


def _count(scope: Scope) -> int:
    return int(scope.get("numCacheClusters") or 1)


def _count_before(scope: Scope) -> int:
    return int(scope.get("before", {}).get("numCacheClusters") or 1)


def _replicas(operation: str, wanted: Any) -> Call:
    return Call(
        operation=operation,
        params={"ReplicationGroupId": "$id", "ApplyImmediately": True},
        names={"numCacheClusters": ""},
        only=("numCacheClusters",),
        when=wanted,
        each=lambda scope: [{"NewReplicaCount": _count(scope) - 1}],
        extended=True,
    )


def _version(scope: Scope) -> tuple[int, ...]:
    return tuple(int(part) for part in str(scope.get("engineVersion") or "").split(".") if part.isdecimal())


def _refuse_downgrades(old: Scope, new: Scope) -> tuple[str, ...]:
    """A version goes up in place and Redis becomes Valkey, never back; before 7.0.5 TLS is for life."""
    found = []
    engines = (old.get("engine") or "redis", new.get("engine") or "redis")
    if engines == ("valkey", "redis"):
        found.append("engine")
    elif engines[0] == engines[1] and _version(new) < _version(old):
        found.append("engineVersion")
    if _version(old) and _version(old) < (7, 1) and engines[0] == "redis":
        found.append("transitEncryptionEnabled")
    return tuple(found)


def _member(found: list[Any], scope: Scope) -> Any:
    return next((item for item in found if item.get("ReplicationGroupId") == scope["id"]), None)


def _enabled(member: str) -> Any:
    def read(scope: Scope) -> bool:
        return scope["item"].get(member) in ("enabled", "enabling")

    return read


REPLICATION_GROUP = ResourceType(
    token="aws:elasticache/replicationGroup:ReplicationGroup",
    service="elasticache",
    create=(
        Call(
            operation="create_replication_group",
            names=_NAMES,
            skip=("authTokenWo",),
            each=_deliveries,
            extended=True,
        ),
    ),
    id="{replicationGroupId}",
    find=(
        Find(
            operation="describe_replication_groups",
            params={"ReplicationGroupId": "$id"},
            path="ReplicationGroups[0]",
        ),
        Find(operation="describe_cache_clusters", path="CacheClusters", pick=_member, into="Member", extended=True),
    ),
    update=(
        _replicas("increase_replica_count", lambda scope: _count(scope) > _count_before(scope)),
        Call(
            operation="modify_replication_group",
            params={"ReplicationGroupId": "$id"},
            names={
                **{k: v for k, v in _NAMES.items() if k not in ("subnetGroupName", "preferredCacheClusterAzs")},
                "userGroupIds": "",
            },
            skip=("authTokenWo", "securityGroupNames"),
            full=False,
            each=_changes,
            extended=True,
        ),
        _replicas("decrease_replica_count", lambda scope: _count(scope) < _count_before(scope)),
    ),
    delete=(
        Call(
            operation="delete_replication_group",
            params={"ReplicationGroupId": "$id", "FinalSnapshotIdentifier": "$finalSnapshotIdentifier"},
            extended=True,
        ),
    ),
    replace=(
        "atRestEncryptionEnabled",
        "dataTieringEnabled",
        "globalReplicationGroupId",
        "kmsKeyId",
        "networkType",
        "nodeGroupConfigurations",
        "port",
        "replicationGroupId",
        "securityGroupNames",
        "snapshotArns",
        "snapshotName",
        "subnetGroupName",
    ),
    replace_if=_refuse_downgrades,
    conflicts=(
        ("authToken", "userGroupIds"),
        ("numCacheClusters", "numNodeGroups"),
        ("numCacheClusters", "replicasPerNodeGroup"),
        ("preferredCacheClusterAzs", "nodeGroupConfigurations"),
    ),
    autoname=Autoname(property="replicationGroupId", longest=40, lower=True, prefix_property=""),
    default={"automaticFailoverEnabled": False, "multiAzEnabled": False},
    local=("applyImmediately", "finalSnapshotIdentifier", "preferredCacheClusterAzs", "authTokenUpdateStrategy"),
    hidden=("authToken",),
    lost=("numNodeGroups", "replicasPerNodeGroup", "nodeGroupConfigurations", "durability", "notificationTopicArn"),
    reads={
        "numCacheClusters": lambda scope: len(scope["item"].get("MemberClusters") or []) or paths.MISSING,
        "automaticFailoverEnabled": _enabled("AutomaticFailover"),
        "multiAzEnabled": _enabled("MultiAZ"),
        "dataTieringEnabled": _enabled("DataTiering"),
        "logDeliveryConfigurations": _known_deliveries,
        "description": "Description",
        "engineVersion": lambda scope: _short_version(scope),
        "port": "NodeGroups[0].PrimaryEndpoint.Port",
        "parameterGroupName": "Member.CacheParameterGroup.CacheParameterGroupName",
        "subnetGroupName": "Member.CacheSubnetGroupName",
        "maintenanceWindow": "Member.PreferredMaintenanceWindow",
        "securityGroupIds": lambda scope: [
            group["SecurityGroupId"] for group in (scope["item"].get("Member") or {}).get("SecurityGroups") or []
        ],
    },
    unordered=("securityGroupIds", "userGroupIds", "logDeliveryConfigurations", "snapshotArns"),
    outputs={
        "arn": "ARN",
        "clusterEnabled": "ClusterEnabled",
        "engineVersionActual": "Member.EngineVersion",
        "memberClusters": "MemberClusters",
        "primaryEndpointAddress": "NodeGroups[0].PrimaryEndpoint.Address",
        "readerEndpointAddress": "NodeGroups[0].ReaderEndpoint.Address",
        "configurationEndpointAddress": "ConfigurationEndpoint.Address",
    },
    predicted={"arn": "arn:{partition}:elasticache:{region}:{account}:replicationgroup:{replicationGroupId}"},
    secret=("authToken",),
    tagging=TAGGING,
)


def _short_version(scope: Scope) -> Any:
    """From 6 on a version is given as 7.1, and reported as 7.1.0."""
    actual = (scope["item"].get("Member") or {}).get("EngineVersion")
    return ".".join(str(actual).split(".")[:2]) if actual else paths.MISSING


TYPES = (REPLICATION_GROUP,)
