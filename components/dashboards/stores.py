"""What a dashboard shows of databases, caches and queues, as rows of charts (O2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.access import Scope
from components.alarms import conditions as alarm_conditions
from components.alarms.conditions import Metric
from components.alarms.watched import WatchedInstance, WatchedMember, WatchedNode, WatchedServerlessCache
from components.caches import alarms as cache_alarms
from components.dashboards.rows import lines, share
from components.dashboards.widgets import Chart, Limit, Row, Series
from components.queues.alarms import queue_metric
from components.queues.statements import QueueName

AnyInstance = WatchedInstance | WatchedMember
"""An instance of RDS, or a member of an Aurora cluster."""
AnyNode = WatchedNode | WatchedServerlessCache
"""A node of a cache, or a cache without nodes."""


@dataclass(frozen=True, kw_only=True)
class WatchedQueue:
    """What a dashboard needs to know of a queue."""

    scope: Scope
    """Account, region and name space of its name."""
    queue: QueueName
    """The queue."""
    alarm_age_minutes: int
    """Age of the oldest message from which on somebody is told, in minutes."""


def database_row(instances: Sequence[AnyInstance]) -> Row:
    """Instances of one or more databases, one line each."""

    def each(name: str, statistic: str = "Average", of: Sequence[AnyInstance] = instances) -> list[Series]:
        return [Series(label=one.name, metric=instance_metric(one, name, statistic)) for one in of]

    limits = alarm_conditions.THRESHOLDS
    serverless = [one for one in instances if isinstance(one, WatchedMember) and one.is_serverless]
    charts = [
        Chart(
            title="Database: CPU",
            unit="%",
            series=each("CPUUtilization"),
            limits=[Limit(label="warn", value=limits["database_cpu_percent"].value)],
        ),
        Chart(
            title="Database: connections",
            unit="connections",
            series=each("DatabaseConnections", "Maximum"),
            limits=_most_connections(instances),
        ),
        Chart(title="Database: load (DBLoad)", unit="sessions", series=each("DBLoad")),
        Chart(title="Database: latency of reads and writes", unit="s", series=_latency(instances)),
        *_lag(instances),
        Chart(title="Database: memory free", unit="bytes", series=each("FreeableMemory")),
        Chart(title="Database: storage free", unit="bytes", series=_storage(instances)),
        Chart(title="Database: capacity in use", unit="% of the most", series=each("ACUUtilization", of=serverless)),
    ]
    return Row(title="Databases", charts=charts)


def instance_metric(instance: AnyInstance, name: str, statistic: str) -> Metric:
    """A metric of an instance or a member."""
    dimensions = {"DBInstanceIdentifier": instance.identifier}
    return Metric(namespace="AWS/RDS", name=name, dimensions=dimensions, statistic=statistic)


def _most_connections(instances: Sequence[AnyInstance]) -> list[Limit]:
    """One line for each size; a dashboard of many sizes gets as many."""
    share_of = alarm_conditions.THRESHOLDS["database_connections_share"].value
    sizes = sorted({instance.max_connections for instance in instances})
    return [Limit(label=f"warn (80 % of {most})", value=int(most * share_of)) for most in sizes]


def _latency(instances: Sequence[AnyInstance]) -> list[Series]:
    """Of a disk operation, which is the nearest that every engine reports; statements' own times are in Database
    Insights, and in what services emit."""
    return [
        Series(label=f"{one.name} {kind.lower()}", metric=instance_metric(one, f"{kind}Latency", "Average"))
        for one in instances
        for kind in ("Read", "Write")
    ]


def _storage(instances: Sequence[AnyInstance]) -> list[Series]:
    """Of Aurora the instance's own disk for temporary files: its volume grows by itself."""
    return [
        Series(
            label=one.name,
            metric=instance_metric(
                one, "FreeLocalStorage" if isinstance(one, WatchedMember) else "FreeStorageSpace", "Minimum"
            ),
        )
        for one in instances
        if not (isinstance(one, WatchedMember) and one.is_serverless)
    ]


def _lag(instances: Sequence[AnyInstance]) -> list[Chart]:
    """Replicas of RDS report seconds, and any member of Aurora may be a reader and reports milliseconds."""
    replicas = [one for one in instances if isinstance(one, WatchedInstance) and one.is_replica]
    members = [one for one in instances if isinstance(one, WatchedMember)]
    limit = alarm_conditions.THRESHOLDS["replica_lag_seconds"].value
    return [
        Chart(
            title="Database: replicas behind",
            unit="s",
            series=[Series(label=one.name, metric=instance_metric(one, "ReplicaLag", "Maximum")) for one in replicas],
            limits=[Limit(label="warn", value=limit)],
        ),
        Chart(
            title="Database: readers behind",
            unit="ms",
            series=[Series(label=m.name, metric=instance_metric(m, "AuroraReplicaLag", "Maximum")) for m in members],
        ),
    ]


def node_metric(node: AnyNode, name: str, statistic: str) -> Metric:
    """A metric of a node, or of a cache without nodes."""
    if isinstance(node, WatchedServerlessCache):
        dimensions = {"clusterId": node.cache_name}
    else:
        dimensions = {"CacheClusterId": node.cluster_id, "CacheNodeId": "0001"}
    return Metric(namespace="AWS/ElastiCache", name=name, dimensions=dimensions, statistic=statistic)


def cache_row(nodes: Sequence[AnyNode]) -> Row:
    """Nodes and serverless caches, one line each; what only one of the two reports is drawn of that."""

    def each(name: str, statistic: str, of: Sequence[AnyNode]) -> list[Series]:
        return [Series(label=one.name, metric=node_metric(one, name, statistic)) for one in of]

    own = [node for node in nodes if isinstance(node, WatchedNode)]
    serverless = [node for node in nodes if isinstance(node, WatchedServerlessCache)]
    limits = cache_alarms.THRESHOLDS
    hit_rates = [series for number, node in enumerate(nodes) for series in _hit_rate(node, number)]
    return Row(
        title="Caches",
        charts=[
            Chart(title="Cache: hit rate", unit="%", series=hit_rates),
            Chart(title="Cache: evictions", unit="keys a minute", series=each("Evictions", "Sum", nodes)),
            Chart(
                title="Cache: memory",
                unit="%",
                series=each("DatabaseMemoryUsagePercentage", "Maximum", own),
                limits=[Limit(label="warn", value=limits["memory_percent"].value)],
            ),
            Chart(
                title="Cache: engine CPU",
                unit="%",
                series=each("EngineCPUUtilization", "Average", own),
                limits=[Limit(label="warn", value=limits["engine_cpu_percent"].value)],
            ),
            Chart(title="Cache: connections", unit="connections", series=each("CurrConnections", "Maximum", nodes)),
            Chart(title="Cache: stored", unit="bytes", series=each("BytesUsedForCache", "Maximum", serverless)),
            Chart(
                title="Cache: processing units",
                unit="a minute",
                series=each("ElastiCacheProcessingUnits", "Sum", serverless),
            ),
        ],
    )


def _hit_rate(node: AnyNode, number: int) -> list[Series]:
    """The share of requests that found their key; none where nobody asks."""
    hits, misses = node_metric(node, "CacheHits", "Sum"), node_metric(node, "CacheMisses", "Sum")
    counted = share(node.name, hits, misses, number)
    expression = f"100 * part{number} / (part{number} + whole{number})"
    return [*counted[:2], replace(counted[2], expression=expression)]


def queue_row(queues: Sequence[WatchedQueue]) -> Row:
    """How many messages wait, how long, and how many failed."""

    def each(name: str, statistic: str = "Maximum") -> list[Series]:
        return lines(
            {one.queue.name: replace(queue_metric(one.scope, one.queue, name), statistic=statistic) for one in queues}
        )

    failed = {
        one.queue.name: queue_metric(one.scope, one.queue.dead_letters(), "ApproximateNumberOfMessagesVisible")
        for one in queues
    }
    ages = sorted({one.alarm_age_minutes for one in queues})
    return Row(
        title="Queues",
        charts=[
            Chart(title="Queue: waiting", unit="messages", series=each("ApproximateNumberOfMessagesVisible")),
            Chart(
                title="Queue: age of the oldest",
                unit="s",
                series=each("ApproximateAgeOfOldestMessage"),
                limits=[Limit(label=f"warn ({minutes} min)", value=minutes * 60) for minutes in ages],
            ),
            Chart(title="Queue: done", unit="a minute", series=each("NumberOfMessagesDeleted", "Sum")),
            Chart(title="Queue: dead letters", unit="messages", series=lines(failed)),
        ],
    )
