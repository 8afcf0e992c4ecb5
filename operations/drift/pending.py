"""What AWS has accepted and applies at its own time: in a maintenance window, or with the next reboot.

Read of RDS and ElastiCache, and only where the stack has something there. What AWS does not let us ask is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from operations.changes import Change, Run
from operations.drift.refusals import REFUSALS, reason

INSTANCES: Final = ("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance")
CLUSTER: Final = "aws:rds/cluster:Cluster"
CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"

DATABASE_NAMES: Final[Mapping[str, str]] = {
    "AllocatedStorage": "allocatedStorage",
    "BackupRetentionPeriod": "backupRetentionPeriod",
    "CACertificateIdentifier": "caCertIdentifier",
    "DBInstanceClass": "instanceClass",
    "DBInstanceIdentifier": "identifier",
    "DedicatedLogVolume": "dedicatedLogVolume",
    "EngineVersion": "engineVersion",
    "IAMDatabaseAuthenticationEnabled": "iamDatabaseAuthenticationEnabled",
    "Iops": "iops",
    "LicenseModel": "licenseModel",
    "MultiAZ": "multiAz",
    "Port": "port",
    "StorageThroughput": "storageThroughput",
    "StorageType": "storageType",
}
"""Names in RDS's PendingModifiedValues to properties."""
CACHE_NAMES: Final[Mapping[str, str]] = {
    "CacheNodeType": "nodeType",
    "EngineVersion": "engineVersion",
    "TransitEncryptionEnabled": "transitEncryptionEnabled",
    "TransitEncryptionMode": "transitEncryptionMode",
}
"""Names in ElastiCache's PendingModifiedValues to properties."""
UNDER_WAY: Final = frozenset({"scheduling", "scheduled", "waiting-to-start", "in-progress", "stopping"})
"""States of a service update of ElastiCache that goes on without anybody."""


@dataclass(frozen=True, kw_only=True)
class Pending:
    """What waits at one resource."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """Property -> the value that AWS will give it."""
    actions: Sequence[str] = ()
    """Other maintenance that AWS will do, a clause each."""
    window: str = ""
    """When: `in the window sun:03:00-sun:04:00`."""

    def joined(self, other: Pending) -> Pending:
        """Both."""
        return Pending(
            values={**self.values, **other.values},
            actions=(*self.actions, *other.actions),
            window=self.window or other.window,
        )


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits in a stack."""

    by_urn: Mapping[str, Pending] = field(default_factory=dict)
    notes: Sequence[str] = ()
    """What could not be asked."""


def waiting(run: Run, clients: Callable[[str], Any], *, offline: bool) -> Waiting:
    """Asks RDS and ElastiCache about what the stack has there."""
    databases = _named(run, *INSTANCES, key="identifier")
    clusters = _named(run, CLUSTER, key="clusterIdentifier")
    caches = _named(run, CACHE, key="replicationGroupId")
    found: dict[str, Pending] = {}
    notes: list[str] = []

    def add(what: str, known: Mapping[str, str], ask: Callable[[], Iterable[tuple[str, Pending]]]) -> None:
        try:
            for name, pending in ask() if known else ():
                if name in known and (pending.values or pending.actions):
                    urn = known[name]
                    found[urn] = found[urn].joined(pending) if urn in found else pending
        except REFUSALS as error:
            notes.append(f"{what} can't be told: {reason(error)}")

    add("what waits at databases", databases, lambda: _instances(clients("rds")))
    add("what waits at clusters", clusters, lambda: _clusters(clients("rds")))
    add("what waits at caches", caches, lambda: _caches(clients("elasticache")))
    if not offline:  # the emulator knows no maintenance
        add("maintenance of databases", databases | clusters, lambda: _maintenance(clients("rds")))
        add("updates of caches", caches, lambda: _updates(clients("elasticache")))
    return Waiting(by_urn=found, notes=tuple(notes))


def _named(run: Run, *types: str, key: str) -> dict[str, str]:
    """AWS's name of each resource of a type to its URN."""
    return {_name(change, key): change.urn for change in run.resources if change.type in types and change.old}


def _name(change: Change, key: str) -> str:
    state = change.old
    return str(state.outputs.get(key) or state.inputs.get(key) or state.id).lower() if state else ""


def _instances(rds: Any) -> Iterator[tuple[str, Pending]]:
    for page in rds.get_paginator("describe_db_instances").paginate():
        for instance in page["DBInstances"]:
            waits = [
                f"its parameters change with the next reboot ({group['DBParameterGroupName']})"
                for group in instance.get("DBParameterGroups") or ()
                if group.get("ParameterApplyStatus") == "pending-reboot"
            ]
            yield (
                instance["DBInstanceIdentifier"].lower(),
                Pending(
                    values=_values(instance.get("PendingModifiedValues"), DATABASE_NAMES),
                    actions=waits,
                    window=_window(instance),
                ),
            )


def _clusters(rds: Any) -> Iterator[tuple[str, Pending]]:
    for page in rds.get_paginator("describe_db_clusters").paginate():
        for cluster in page["DBClusters"]:
            values = _values(cluster.get("PendingModifiedValues"), DATABASE_NAMES)
            yield cluster["DBClusterIdentifier"].lower(), Pending(values=values, window=_window(cluster))


def _maintenance(rds: Any) -> Iterator[tuple[str, Pending]]:
    """Actions with a date; of those without one AWS only says that they may be had."""
    for page in rds.get_paginator("describe_pending_maintenance_actions").paginate():
        for resource in page["PendingMaintenanceActions"]:
            name = str(resource["ResourceIdentifier"]).rpartition(":")[2].lower()
            details = resource.get("PendingMaintenanceActionDetails") or ()
            yield name, Pending(actions=[_told(detail) for detail in details if _date(detail) is not None])


def _told(detail: Mapping[str, Any]) -> str:
    description = f" ({detail['Description']})" if detail.get("Description") else ""
    return f"{detail.get('Action', 'maintenance')}{description}, by {_date(detail):%Y-%m-%d}"


def _date(detail: Mapping[str, Any]) -> Any:
    dates = [detail.get(key) for key in ("CurrentApplyDate", "ForcedApplyDate", "AutoAppliedAfterDate")]
    return next((date for date in dates if date is not None), None)


def _caches(elasticache: Any) -> Iterator[tuple[str, Pending]]:
    for page in elasticache.get_paginator("describe_replication_groups").paginate():
        for group in page["ReplicationGroups"]:
            values = _values(group.get("PendingModifiedValues"), CACHE_NAMES)
            yield group["ReplicationGroupId"].lower(), Pending(values=values)
    for page in elasticache.get_paginator("describe_cache_clusters").paginate():
        for node in page["CacheClusters"]:
            values = _values(node.get("PendingModifiedValues"), CACHE_NAMES)
            yield str(node.get("ReplicationGroupId", "")).lower(), Pending(values=values, window=_window(node))


def _updates(elasticache: Any) -> Iterator[tuple[str, Pending]]:
    for page in elasticache.get_paginator("describe_update_actions").paginate():
        for update in page["UpdateActions"]:
            if update.get("UpdateActionStatus") in UNDER_WAY:
                told = f"service update {update.get('ServiceUpdateName')} ({update.get('ServiceUpdateSeverity')})"
                yield str(update.get("ReplicationGroupId", "")).lower(), Pending(actions=[told])


def _values(pending: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any]:
    return {names[key]: value for key, value in (pending or {}).items() if key in names and value is not None}


def _window(resource: Mapping[str, Any]) -> str:
    window = resource.get("PreferredMaintenanceWindow")
    return f"in the window {window} (UTC)" if window else ""
