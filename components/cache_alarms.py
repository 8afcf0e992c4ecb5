"""Alarm conditions of a cache's nodes, as plain data."""

from collections.abc import Mapping
from types import MappingProxyType

from components.alarm_conditions import Condition, Metric, Severity, Threshold
from components.cache_constraints import EVICTION, Use, max_clients
from components.links import WatchedNode

CACHE_METRICS = "docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html"

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "engine_cpu_percent": Threshold(70, f"O1; {CACHE_METRICS}"),
        "memory_percent": Threshold(80, f"O1; {CACHE_METRICS}"),
        "connections_share": Threshold(0.8, f"O1 for databases; {CACHE_METRICS}"),
        "cache_evictions": Threshold(100, "ours: a cache that is full drops a few keys a minute as a matter of course"),
        "session_evictions": Threshold(0, "ours: each one signs a user out"),
        "lag_seconds": Threshold(30, f"ours, as for databases; {CACHE_METRICS}"),
    }
)
"""Limits, and where they come from."""

WHEN_FULL: Mapping[Use, tuple[Severity, str]] = MappingProxyType(
    {
        "cache": ("warn", "at 100 % it drops what was used least lately"),
        "sessions": ("warn", "at 100 % it drops sessions"),
        "queue": ("page", "at 100 % it refuses every new job"),
    }
)
"""What a full node does, by use."""


def node_conditions(node: WatchedNode) -> list[Condition]:
    """A node short of CPU, memory or connections; one that evicts where it may; a replica that lags (O1).

    EngineCPUUtilization is the one thread that runs commands: the host's CPU looks idle while that thread is busy. A
    node reports every minute; that one reports nothing is told once, by its memory alarm.
    """

    def metric(name: str, statistic: str = "Average") -> Metric:
        dimensions = {"CacheClusterId": node.cluster_id, "CacheNodeId": "0001"}
        return Metric(namespace="AWS/ElastiCache", name=name, dimensions=dimensions, statistic=statistic)

    most = max_clients(node.node_class)
    severity, full = WHEN_FULL[node.use]
    conditions = [
        Condition(
            name="cache-cpu-high",
            severity="warn",
            what="the engine's CPU is above 70 %",
            first="look for slow commands in the slow log; read from replicas before choosing the next class",
            metrics={"cpu": metric("EngineCPUUtilization")},
            threshold=THRESHOLDS["engine_cpu_percent"].value,
            missing="notBreaching",
        ),
        Condition(
            name="cache-memory-high",
            severity=severity,
            what=f"more than 80 % of the memory is used ({full}), or the node has stopped reporting",
            first="look for keys without an end (TTL) or jobs that nobody takes; else choose the next class",
            metrics={"memory": metric("DatabaseMemoryUsagePercentage", "Maximum")},
            threshold=THRESHOLDS["memory_percent"].value,
            missing="breaching",
        ),
        Condition(
            name="cache-connections-high",
            severity="warn",
            what=f"more than 80 % of {most} connections are in use",
            first="look for a service that opens a connection a request, and let it share a few",
            metrics={"connections": metric("CurrConnections", "Maximum")},
            threshold=int(most * THRESHOLDS["connections_share"].value),
            missing="notBreaching",
        ),
    ]
    return [*conditions, *evictions(node.use, metric("Evictions", "Sum")), *lag(node, metric("ReplicationLag"))]


def evictions(use: Use, dropped: Metric) -> list[Condition]:
    """Only what may evict is watched: a queue refuses to write instead."""
    if EVICTION[use] == "noeviction":
        return []
    limit = THRESHOLDS["session_evictions" if use == "sessions" else "cache_evictions"].value
    return [
        Condition(
            name="cache-evictions",
            severity="warn",
            what=f"the cache is full and drops more than {limit:g} keys a minute",
            first="see whether requests miss more than before; choose the next class, or shorter lives for keys",
            metrics={"evictions": dropped},
            threshold=limit,
            missing="notBreaching",
        )
    ]


def lag(node: WatchedNode, behind: Metric) -> list[Condition]:
    """A replica that answers with old data. The primary reports no lag, and which node that is changes at a failover:
    every node is watched, and one that reports nothing is not wrong."""
    if not node.has_replicas:
        return []
    return [
        Condition(
            name="cache-replica-lag",
            severity="warn",
            what="the replica is more than 30 s behind",
            first="look for a burst of writes or for large keys; restart the node if it does not catch up",
            metrics={"lag": behind},
            threshold=THRESHOLDS["lag_seconds"].value,
            missing="notBreaching",
        )
    ]
