"""What alarms and dashboards need to know of an instance or a node."""

from dataclasses import dataclass

import pulumi

from components.caches.constraints import Use
from components.databases.connection import Protocol


@dataclass(frozen=True, kw_only=True)
class WatchedInstance:
    """What an alarm needs to know of an instance."""

    name: str
    """Logical name, first part of its alarms' names: the database's, with a number for a replica."""
    identifier: pulumi.Input[str]
    """Value of CloudWatch's DBInstanceIdentifier dimension."""
    instance_class: str
    """RDS class; its thresholds follow from it."""
    max_connections: int
    """Connections that it accepts."""
    storage_gib: int
    """Initial storage in GiB."""
    is_replica: bool
    """Only a replica lags."""
    protocol: Protocol = "postgres"
    """MySQL tells its replicas' lag in another way."""


@dataclass(frozen=True, kw_only=True)
class WatchedMember:
    """What an alarm needs to know of an instance of an Aurora cluster; any of them may write."""

    name: str
    """Logical name, first part of its alarms' names: the database's with the instance's number."""
    identifier: pulumi.Input[str]
    """Value of CloudWatch's DBInstanceIdentifier dimension."""
    instance_class: str
    """RDS class, or `db.serverless`."""
    max_connections: int
    """Connections that it accepts."""
    is_serverless: bool
    """Its capacity follows the load."""
    pauses: bool
    """It stops when nobody is connected, and then reports nothing."""
    is_scaled: bool
    """Readers are added when the readers' CPU is high."""


@dataclass(frozen=True, kw_only=True)
class WatchedServerlessCache:
    """What an alarm needs to know of a serverless cache."""

    name: str
    """Logical name, first part of its alarms' names."""
    cache_name: pulumi.Input[str]
    """Value of CloudWatch's clusterId dimension."""
    use: Use
    """`cache` or `sessions`; decides what being full means."""
    max_gb: int
    """Most data in GB (10^9 bytes)."""
    max_ecpu_per_second: int
    """Most ElastiCache processing units a second."""


@dataclass(frozen=True, kw_only=True)
class WatchedNode:
    """What an alarm needs to know of a cache's node."""

    name: str
    """Logical name, first part of its alarms' names: the cache's with the node's number."""
    cluster_id: pulumi.Input[str]
    """Value of CloudWatch's CacheClusterId dimension."""
    node_class: str
    """ElastiCache node type; the limit of its connections follows from it."""
    use: Use
    """`cache`, `queue` or `sessions`; decides what memory and evictions mean."""
    has_replicas: bool
    """Any node may be a replica after a failover, and only then it lags."""
