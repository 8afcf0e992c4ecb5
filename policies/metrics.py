"""Which metrics AWS publishes, by namespace and dimensions, and what the alarms of a stack look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.graph import Graph, Resource
from policies.verdict import MISSING, UNKNOWN, lookup

METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@dataclass(frozen=True)
class Published:
    """Metrics that come with the same dimensions."""

    names: frozenset[str]
    dimensions: tuple[frozenset[str], ...]
    """Sets of dimension names; an alarm that leaves one out, or adds one, never gets any data."""


def _published(names: str, *dimensions: str) -> Published:
    return Published(frozenset(names.split()), tuple(frozenset(one.split()) for one in dimensions))


PUBLISHED: Mapping[str, tuple[Published, ...]] = {
    # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
    # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/dimensions.html
    # docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
    "AWS/RDS": (
        _published(
            "BurstBalance CPUCreditBalance CPUCreditUsage CPUSurplusCreditBalance CPUUtilization DatabaseConnections "
            "DBLoad DBLoadCPU DBLoadNonCPU DBLoadRelativeToNumVCPUs DiskQueueDepth EBSByteBalance% EBSIOBalance% "
            "FreeableMemory FreeLocalStorage FreeStorageSpace MaximumUsedTransactionIDs NetworkReceiveThroughput "
            "NetworkTransmitThroughput OldestReplicationSlotLag ReadIOPS ReadLatency ReadThroughput ReplicaLag "
            "ReplicationSlotDiskUsage SwapUsage TransactionLogsDiskUsage TransactionLogsGeneration WriteIOPS "
            "WriteLatency WriteThroughput ACUUtilization ServerlessDatabaseCapacity AuroraReplicaLag "
            "AuroraReplicaLagMaximum BufferCacheHitRatio CommitLatency Deadlocks EngineUptime Queries TempStorageIOPS",
            "DBInstanceIdentifier",
            "DBClusterIdentifier",
            "DBClusterIdentifier Role",
        ),
        _published("VolumeBytesUsed VolumeReadIOPs VolumeWriteIOPs", "DBClusterIdentifier"),
    ),
    # docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html, CacheMetrics.Memcached.html
    "AWS/ElastiCache": (
        _published(
            "ActiveDefragHits AuthenticationFailures BytesUsedForCache BytesUsedForCacheItems CacheHitRate CacheHits "
            "CacheMisses CPUCreditBalance CPUUtilization CurrConnections CurrItems CurrVolatileItems "
            "DatabaseCapacityUsagePercentage DatabaseMemoryUsageCountedForEvictPercentage "
            "DatabaseMemoryUsagePercentage EngineCPUUtilization Evictions FreeableMemory MasterLinkHealthStatus "
            "MemoryFragmentationRatio NetworkBytesIn NetworkBytesOut NewConnections Reclaimed ReplicationBytes "
            "ReplicationLag SwapUsage TrafficManagementActive",
            "CacheClusterId",
            "CacheClusterId CacheNodeId",
        ),
        _published(
            "BytesUsedForCache CacheHitRate CurrConnections ElastiCacheProcessingUnits SuccessfulReadRequestLatency "
            "SuccessfulWriteRequestLatency ThrottledCmds TotalCmdsCount",
            "clusterId",
        ),
    ),
    # docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    "AWS/ECS": (_published("CPUUtilization MemoryUtilization EBSFilesystemUtilization", "ClusterName ServiceName"),),
    # docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    "ECS/ContainerInsights": (
        _published(
            "CpuReserved CpuUtilized DeploymentCount DesiredTaskCount MemoryReserved MemoryUtilized PendingTaskCount "
            "RestartCount RunningTaskCount TaskSetCount",
            "ClusterName ServiceName",
        ),
    ),
    # docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    "AWS/ApplicationELB": (
        _published(
            "HealthyHostCount HTTPCode_Target_2XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count "
            "HealthyStateRouting RequestCount RequestCountPerTarget TargetConnectionErrorCount TargetResponseTime "
            "UnHealthyHostCount UnhealthyStateRouting",
            "LoadBalancer TargetGroup",
            "AvailabilityZone LoadBalancer TargetGroup",
        ),
        _published("RequestCountPerTarget", "TargetGroup"),
        _published(
            "ActiveConnectionCount ClientTLSNegotiationErrorCount HTTPCode_ELB_4XX_Count HTTPCode_ELB_5XX_Count "
            "HTTPCode_ELB_500_Count HTTPCode_ELB_502_Count HTTPCode_ELB_503_Count HTTPCode_ELB_504_Count "
            "HTTPCode_Target_5XX_Count ProcessedBytes RejectedConnectionCount RequestCount TargetResponseTime",
            "LoadBalancer",
            "AvailabilityZone LoadBalancer",
        ),
    ),
    # docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
    "AWS/NetworkELB": (
        _published(
            "HealthyHostCount UnHealthyHostCount",
            "LoadBalancer TargetGroup",
            "AvailabilityZone LoadBalancer TargetGroup",
        ),
    ),
    # docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": (
        _published(
            "ApproximateAgeOfOldestMessage ApproximateNumberOfMessagesDelayed ApproximateNumberOfMessagesNotVisible "
            "ApproximateNumberOfMessagesVisible NumberOfEmptyReceives NumberOfMessagesDeleted "
            "NumberOfMessagesReceived NumberOfMessagesSent SentMessageSize",
            "QueueName",
        ),
    ),
    # docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    "AWS/Events": (
        _published("FailedInvocations Invocations MatchedEvents TriggeredRules", "RuleName", "EventBusName RuleName"),
    ),
    # docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html
    "AWS/Scheduler": (
        _published(
            "InvocationDroppedCount InvocationsFailedToBeSentToDeadLetterCount InvocationsSentToDeadLetterCount "
            "TargetErrorCount",
            "ScheduleGroup",
        ),
    ),
    # docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-enhanced-EKS.html
    "ContainerInsights": (
        _published(
            "pod_cpu_utilization pod_cpu_utilization_over_pod_limit pod_memory_utilization "
            "pod_memory_utilization_over_pod_limit pod_number_of_container_restarts pod_number_of_running_containers "
            "pod_status_ready pod_status_running replicas_desired replicas_ready status_replicas_available "
            "status_replicas_unavailable",
            "ClusterName Namespace PodName",
            "ClusterName Namespace Service",
        ),
        _published("cluster_failed_node_count cluster_node_count", "ClusterName"),
    ),
}
"""What is published of the things that must have alarms. Of others nothing is said here."""


def is_published(namespace: str, name: str, dimensions: Any) -> bool:
    """Whether AWS publishes a metric with exactly these dimensions, which may be unknown."""
    fitting = [one for one in PUBLISHED.get(namespace, ()) if name in one.names]
    if not isinstance(dimensions, Mapping):
        return bool(fitting) and dimensions is UNKNOWN
    return any(frozenset(dimensions) in one.dimensions for one in fitting)


@dataclass(frozen=True)
class Watch:
    """One metric that an alarm looks at, by itself or in an expression."""

    alarm: Resource
    namespace: Any
    name: Any
    dimensions: Any
    """Dimension names to values; UNKNOWN where not even the names are known."""
    statistic: Any
    sources: tuple[str, ...]
    """URNs of what the dimensions were computed from."""

    @property
    def falls(self) -> bool:
        """Whether the alarm is on too little of it, or judges an expression of it alone."""
        operator, queries = (lookup(self.alarm.properties, path) for path in ("comparisonOperator", "metricQueries"))
        if operator is UNKNOWN or str(operator).startswith("LessThan"):
            return True
        found = queries if isinstance(queries, list) else []
        return sum(1 for one in found if isinstance(one, Mapping) and one.get("metric")) == 1

    @property
    def open(self) -> bool:
        """Whether it is not known which metric it is."""
        return self.namespace is UNKNOWN or self.name is UNKNOWN

    @property
    def published(self) -> bool:
        """Whether AWS publishes it."""
        return isinstance(self.name, str) and is_published(str(self.namespace), self.name, self.dimensions)


def watches(graph: Graph) -> Sequence[Watch]:
    """All metrics that the alarms of a stack look at."""
    return [watch for alarm in graph.of_type(METRIC_ALARM) for watch in _watched(alarm)]


def by_namespace(graph: Graph) -> Mapping[str, list[Watch]]:
    """The same by namespace; those whose namespace is unknown are in each that is asked for, at the empty name."""
    index: dict[str, list[Watch]] = {}
    for watch in graph.index(watches):
        index.setdefault(watch.namespace if isinstance(watch.namespace, str) else "", []).append(watch)
    return index


def _watched(alarm: Resource) -> Iterator[Watch]:
    queries = lookup(alarm.properties, "metricQueries")
    sources = alarm.depends_on.get("metricQueries", ())
    if queries is UNKNOWN:
        yield Watch(alarm, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, sources)
        return
    for query in queries if isinstance(queries, list) else ():
        metric = query.get("metric") if isinstance(query, Mapping) else query
        if isinstance(metric, Mapping):
            yield _watch(alarm, metric, "stat", sources)
        elif metric is UNKNOWN:
            yield Watch(alarm, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, sources)
    if lookup(alarm.properties, "metricName") is not MISSING:
        yield _watch(alarm, alarm.properties, "statistic", alarm.depends_on.get("dimensions", ()))


def _watch(alarm: Resource, metric: Mapping[str, Any], statistic: str, sources: tuple[str, ...]) -> Watch:
    dimensions = metric.get("dimensions")
    return Watch(
        alarm,
        namespace=metric.get("namespace"),
        name=metric.get("metricName"),
        dimensions={} if dimensions is None else dimensions,
        statistic=metric.get(statistic),
        sources=sources,
    )
