"""Alarm conditions of a cache's nodes, as plain data."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from components.alarms.conditions import NO_EVENTS, RUNS_REPORTS, Condition, Metric, Severity, Threshold, told_by
from components.alarms.watched import WatchedNode, WatchedServerlessCache
from components.caches.constraints import Use, max_clients

CACHE_METRICS = "docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html"

SCALING = "docs.aws.amazon.com/AmazonElastiCache/latest/dg/Scaling.html"
HIT_RATES = (
    "aws.amazon.com/blogs/database/monitoring-best-practices-with-amazon-elasticache-for-redis-using-amazon-cloudwatch"
)

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "engine_cpu_percent": Threshold(70, f"O1; {CACHE_METRICS}"),
        "memory_percent": Threshold(80, f"O1; {CACHE_METRICS}"),
        "connections_share": Threshold(0.8, f"O1 for databases; {CACHE_METRICS}"),
        "misses_percent": Threshold(20, f"a hit rate below 80 % says that many keys are gone; {HIT_RATES}"),
        "evictions_minimum": Threshold(100, "ours: a full cache drops a few keys a minute as a matter of course"),
        "session_evictions": Threshold(0, "ours: each one signs a user out"),
        "lag_seconds": Threshold(30, f"ours, as for databases; {CACHE_METRICS}"),
        "serverless_percent": Threshold(75, f"AWS, of any limit that was set; {SCALING}"),
        "throttled": Threshold(0, f"AWS holds commands back; {SCALING}"),
    }
)
"""Limits, and where they come from."""

WHEN_FULL: Mapping[Use, tuple[Severity, str]] = MappingProxyType(
    {
        "sessions": ("warn", "at 100 % it drops sessions"),
        "queue": ("page", "at 100 % it refuses every new job"),
    }
)
"""What a full node does, by use. A cache is not in it: it fills up in normal use, and is full ever after."""

WITHOUT_TRAFFIC = "without traffic it reports nothing"


def node_conditions(node: WatchedNode) -> list[Condition]:
    """A node short of CPU, memory or connections; one that evicts where it may; a replica that lags (O1).

    EngineCPUUtilization is the one thread that runs commands: the host's CPU looks idle while that thread is busy. A
    node reports every minute; that one reports nothing is told once, by an alarm of its own.
    """

    def metric(name: str, statistic: str = "Average") -> Metric:
        dimensions = {"CacheClusterId": node.cluster_id, "CacheNodeId": "0001"}
        return Metric(namespace="AWS/ElastiCache", name=name, dimensions=dimensions, statistic=statistic)

    most = max_clients(node.node_class)
    conditions = [
        Condition(
            name="cache-cpu-high",
            severity="warn",
            what="the engine's CPU is above 70 %",
            first="look for slow commands in the slow log; read from replicas before choosing the next class",
            metrics={"cpu": metric("EngineCPUUtilization")},
            threshold=THRESHOLDS["engine_cpu_percent"].value,
            missing="notBreaching",
            silence=told_by("cache-silent"),
        ),
        Condition(
            name="cache-connections-high",
            severity="warn",
            what=f"more than 80 % of {most} connections are in use",
            first="look for a service that opens a connection a request, and let it share a few",
            metrics={"connections": metric("CurrConnections", "Maximum")},
            threshold=int(most * THRESHOLDS["connections_share"].value),
            missing="notBreaching",
            silence=told_by("cache-silent"),
        ),
        Condition(
            name="cache-silent",
            severity="page" if node.use == "queue" else "warn",
            what="the node has stopped reporting",
            first="see its events in ElastiCache: AWS replaces a node that failed, and a single one comes back empty",
            metrics={"connections": metric("CurrConnections", "Maximum")},
            above=False,
            # A count is never below it: only silence is wrong.
            threshold=0,
            missing="breaching",
            silence=RUNS_REPORTS,
        ),
    ]
    return [
        *conditions,
        *memory(node.use, metric("DatabaseMemoryUsagePercentage", "Maximum")),
        *evictions(node.use, metric),
        *lag(node, metric("ReplicationLag")),
    ]


def memory(use: Use, used: Metric) -> list[Condition]:
    """A node that must not be full, and soon is."""
    if use == "cache":
        return []
    severity, full = WHEN_FULL[use]
    return [
        Condition(
            name="cache-memory-high",
            severity=severity,
            what=f"more than 80 % of the memory is used ({full})",
            first="look for keys without an end (TTL) or jobs that nobody takes; else choose the next class",
            metrics={"memory": used},
            threshold=THRESHOLDS["memory_percent"].value,
            missing="notBreaching",
            silence=told_by("cache-silent"),
        )
    ]


def evictions(use: Use, metric: Callable[[str, str], Metric]) -> list[Condition]:
    """Sessions that were dropped; or a cache that is too small: it drops keys, and then is asked for them.

    That a full cache drops keys is how it works; it is wrong only if the misses grow with it. A queue drops nothing.
    """
    dropped = metric("Evictions", "Sum")
    if use == "sessions":
        return [
            Condition(
                name="cache-evictions",
                severity="warn",
                what="the memory is full, and sessions are dropped",
                first="choose the next class, or shorter lives for sessions",
                metrics={"evictions": dropped},
                threshold=THRESHOLDS["session_evictions"].value,
                missing="notBreaching",
                silence=NO_EVENTS,
            )
        ]
    if use == "queue":
        return []
    least = THRESHOLDS["evictions_minimum"].value
    return [
        Condition(
            name="cache-too-small",
            severity="warn",
            what="the cache drops keys because it is full, and more than 1 request in 5 misses",
            first="see whether the misses began with the evictions; choose the next class, or shorter lives for keys",
            metrics={
                "evictions": dropped,
                "hits": metric("CacheHits", "Sum"),
                "misses": metric("CacheMisses", "Sum"),
            },
            expression=f"IF(evictions > {least:g} AND misses > 0, 100 * misses / (hits + misses), 0)",
            threshold=THRESHOLDS["misses_percent"].value,
            missing="notBreaching",
            silence=NO_EVENTS,
        )
    ]


def serverless_conditions(cache: WatchedServerlessCache) -> list[Condition]:
    """A serverless cache near one of its limits, or held back (O1). Without traffic it reports nothing.

    Other than a node, it is not full as a matter of course: it grows with what is stored, up to a limit that somebody
    has set, and AWS advises to warn at 75 % of that whatever the use.
    """

    def metric(name: str, statistic: str) -> Metric:
        # Not CacheClusterId, as nodes have it.
        dimensions = {"clusterId": cache.cache_name}
        return Metric(namespace="AWS/ElastiCache", name=name, dimensions=dimensions, statistic=statistic)

    share = THRESHOLDS["serverless_percent"].value / 100
    return [
        Condition(
            name="cache-data-high",
            severity="warn",
            what=f"more than 75 % of {cache.max_gb} GB are stored; at 100 % keys that expire are dropped, and without "
            "any such key nothing can be written",
            first="look for keys without an end (TTL); else raise max_gb",
            metrics={"stored": metric("BytesUsedForCache", "Maximum")},
            threshold=int(cache.max_gb * 10**9 * share),
            missing="notBreaching",
            silence=WITHOUT_TRAFFIC,
        ),
        Condition(
            name="cache-ecpu-high",
            severity="warn",
            what=f"commands take more than 75 % of {cache.max_ecpu_per_second} processing units a second",
            first="look for commands over many keys or large values; else raise max_ecpu_per_second",
            metrics={"units": metric("ElastiCacheProcessingUnits", "Sum")},
            threshold=int(cache.max_ecpu_per_second * 60 * share),
            missing="notBreaching",
            silence=WITHOUT_TRAFFIC,
        ),
        Condition(
            name="cache-throttled",
            severity="warn",
            what="commands are held back: the load grows faster than the cache, or is at its limit",
            first="raise max_ecpu_per_second if cache-ecpu-high is on as well; else wait for some minutes",
            metrics={"throttled": metric("ThrottledCmds", "Sum")},
            threshold=THRESHOLDS["throttled"].value,
            breaching_periods=3,
            missing="notBreaching",
            silence=WITHOUT_TRAFFIC,
        ),
        *(evictions("sessions", metric) if cache.use == "sessions" else []),
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
            silence="the primary reports none, and a failover changes which node that is",
        )
    ]
