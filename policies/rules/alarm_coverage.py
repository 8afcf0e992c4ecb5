"""Rules on what is watched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.graph import Graph, Resource
from policies.metrics import Watch, by_namespace
from policies.rule import GraphRule, Rule
from policies.verdict import MISSING, PASS, UNKNOWN, Verdict, fail, lookup, undetermined
from policies.workloads import DAEMON_SETS, ECS_SERVICE, REPLICATED, SERVICES, namespace_of, pod_template, selects

INSTANCE = "aws:rds/instance:Instance"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE_CLUSTER = "aws:elasticache/cluster:Cluster"
SERVERLESS_CACHE = "aws:elasticache/serverlessCache:ServerlessCache"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
QUEUE = "aws:sqs/queue:Queue"
REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
SCHEDULE = "aws:scheduler/schedule:Schedule"
ECS_CLUSTER = "aws:ecs/cluster:Cluster"
BINDING = "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"
OPEN_BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"


@dataclass(frozen=True)
class Need:
    """One thing that must be watched; any one of its metrics will do."""

    what: str
    """What it is about, in words."""
    namespace: str
    names: tuple[str, ...]
    statistic: str = ""
    """The only statistic that tells it; any where empty."""
    falling: bool = False
    """Whether only an alarm on too little tells it: the same metric beside another in an expression does not."""
    instead: Need | None = None
    """What tells it as well."""

    def met_by(self, watch: Watch) -> bool:
        """Whether an alarm's metric tells it."""
        fits = self.statistic in ("", watch.statistic) and (watch.falls or not self.falling)
        return fits and watch.namespace == self.namespace and watch.name in self.names

    @property
    def spelled(self) -> str:
        """The metric to take."""
        return f"{self.namespace} {self.names[0]}"


@dataclass(frozen=True)
class Kind:
    """What is watched of one kind of thing, and by which dimensions its metrics know it."""

    where: str
    """The property that says which one it is."""
    dimensions: Mapping[str, tuple[str, ...]]
    """Dimension to the properties that may be its value; each of them that a metric has must lead here."""
    needs: Callable[[Resource, Graph], Iterable[Need]]


def _rds(names: str, what: str) -> Need:
    return Need(what, "AWS/RDS", tuple(names.split()))


def _cache(names: str, what: str) -> Need:
    return Need(what, "AWS/ElastiCache", tuple(names.split()))


def _database(instance: Resource, graph: Graph) -> Iterable[Need]:
    yield _rds("CPUUtilization", "CPU")
    yield _rds("DatabaseConnections", "connections")
    yield _rds("FreeableMemory", "memory")
    yield _rds("FreeStorageSpace", "free storage")
    if lookup(instance.properties, "replicateSourceDb") not in (MISSING, ""):
        yield _rds("ReplicaLag", "replica lag")


def _aurora(instance: Resource, graph: Graph) -> Iterable[Need]:
    yield _rds("CPUUtilization ACUUtilization", "CPU")
    yield _rds("DatabaseConnections", "connections")
    yield _rds("FreeableMemory ACUUtilization", "memory")


def _nodes(group: Resource, graph: Graph) -> Iterable[Need]:
    yield _cache("EngineCPUUtilization CPUUtilization", "CPU")
    memory = "DatabaseMemoryUsagePercentage DatabaseMemoryUsageCountedForEvictPercentage Evictions FreeableMemory"
    yield _cache(f"{memory} DatabaseCapacityUsagePercentage BytesUsedForCache BytesUsedForCacheItems", "memory")
    yield _cache("CurrConnections", "connections")
    if group.type == REPLICATION_GROUP and node_count(group) > 1:
        yield _cache("ReplicationLag", "replica lag")


def _serverless(cache: Resource, graph: Graph) -> Iterable[Need]:
    yield _cache("BytesUsedForCache", "stored data")
    yield _cache("ElastiCacheProcessingUnits ThrottledCmds", "processing units")


def _service(service: Resource, graph: Graph) -> Iterable[Need]:
    yield Need("CPU", "AWS/ECS", ("CPUUtilization",))
    yield Need("memory", "AWS/ECS", ("MemoryUtilization",))
    if lookup(service.properties, "loadBalancers") in (MISSING, []):
        # Without container insights each task is one sample of the CPU a minute.
        samples = Need("running tasks", "AWS/ECS", ("CPUUtilization",), statistic="SampleCount", falling=True)
        yield Need("running tasks", "ECS/ContainerInsights", ("RunningTaskCount",), falling=True, instead=samples)


def _targets(group: Resource, graph: Graph) -> Iterable[Need]:
    if lookup(group.properties, "targetType") == "lambda":
        return
    if lookup(group.properties, "protocol") in ("HTTP", "HTTPS"):
        yield Need("errors", "AWS/ApplicationELB", ("HTTPCode_Target_5XX_Count",))
        yield Need("response time", "AWS/ApplicationELB", ("TargetResponseTime",))
        yield Need("unhealthy targets", "AWS/ApplicationELB", ("UnHealthyHostCount", "HealthyHostCount"))
    else:
        yield Need("unhealthy targets", "AWS/NetworkELB", ("UnHealthyHostCount", "HealthyHostCount"))


def _balancer(balancer: Resource, graph: Graph) -> Iterable[Need]:
    if lookup(balancer.properties, "loadBalancerType") in (MISSING, "application"):
        yield Need("refused requests", "AWS/ApplicationELB", ("HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_503_Count"))


def _queue(queue: Resource, graph: Graph) -> Iterable[Need]:
    """Of a dead-letter queue that something lies in it: NumberOfMessagesSent does not count what SQS moves there."""
    if _told_by_senders(queue, graph):
        return
    age = "ApproximateAgeOfOldestMessage"
    if _is_dead_letter_queue(queue, graph):
        yield Need("dead letters", "AWS/SQS", ("ApproximateNumberOfMessagesVisible", age))
    else:
        yield Need("age of messages", "AWS/SQS", (age,))


def _pods(workload: Resource, graph: Graph) -> Iterable[Need]:
    for what in ("cpu", "memory"):
        names = (f"pod_{what}_utilization_over_pod_limit", f"pod_{what}_utilization")
        yield Need(what.upper() if what == "cpu" else what, "ContainerInsights", names)
    if not _is_target(workload, graph):
        ready = ("replicas_ready", "status_replicas_available", "pod_status_ready")
        yield Need("running pods", "ContainerInsights", ready, falling=True)


_POD_DIMENSIONS = {"PodName": ("metadata.name",), "Namespace": ("metadata.namespace",)}
KINDS: Mapping[str, Kind] = {
    INSTANCE: Kind("identifier", {"DBInstanceIdentifier": ("identifier",)}, _database),
    CLUSTER_INSTANCE: Kind(
        "identifier",
        {"DBInstanceIdentifier": ("identifier",), "DBClusterIdentifier": ("clusterIdentifier",)},
        _aurora,
    ),
    REPLICATION_GROUP: Kind("replicationGroupId", {"CacheClusterId": ("replicationGroupId", "id")}, _nodes),
    CACHE_CLUSTER: Kind("clusterId", {"CacheClusterId": ("clusterId", "id")}, _nodes),
    SERVERLESS_CACHE: Kind("name", {"clusterId": ("name", "id")}, _serverless),
    ECS_SERVICE: Kind("name", {"ServiceName": ("name",)}, _service),
    TARGET_GROUP: Kind("name", {"TargetGroup": ("arnSuffix",)}, _targets),
    LOAD_BALANCER: Kind("name", {"LoadBalancer": ("arnSuffix",)}, _balancer),
    QUEUE: Kind("name", {"QueueName": ("name",)}, _queue),
    **dict.fromkeys(REPLICATED | DAEMON_SETS, Kind("metadata.name", _POD_DIMENSIONS, _pods)),
}


def alarm_coverage(subject: Resource, graph: Graph) -> Verdict:
    """What nobody watches fails until its users tell; an alarm on a metric that AWS does not publish with just these
    dimensions stays silent for ever, and looks as if all were well.

    Databases and replicas, cache nodes, services, target groups, load balancers, queues and their dead letters. Metrics
    within an expression count. A queue of failures is watched, too, where whatever fills it is.
    """
    if subject.type == CACHE_CLUSTER and lookup(subject.properties, "replicationGroupId") not in (MISSING, ""):
        return PASS
    kind = KINDS[subject.type]
    lacking = [need for need in kind.needs(subject, graph) if not _is_watched(need, subject, graph)]
    if not lacking:
        return PASS
    watched = graph.index(by_namespace)
    if any(watch.open and subject.urn in _sources(watch) for found in watched.values() for watch in found):
        return undetermined(kind.where, "has an alarm whose metric is not known yet")
    silent = {
        watch.alarm.name
        for need in lacking
        for watch in watched.get(need.namespace, ())
        if not watch.published and not watch.open and _leads(watch, subject, graph)
    }
    return _uncovered(kind, lacking, sorted(silent), node_count(subject))


def _uncovered(kind: Kind, lacking: list[Need], silent: list[str], count: int) -> Verdict:
    each = f" of each of its {count} nodes" if count > 1 else ""
    what = f"has no alarm on {', '.join(need.what for need in lacking)}{each}"
    if silent:
        what += f"; {', '.join(silent)} looks at metrics that AWS does not publish with these dimensions"
    metrics = ", ".join(need.spelled for need in lacking)
    by = " and ".join(kind.dimensions)
    remedy = f"make it by the project's components, whose alarms come along, or add a MetricAlarm on {metrics} by {by}"
    return fail(kind.where, what, remedy)


def node_count(subject: Resource) -> int:
    """How many nodes of a cache must be watched, each by itself; 1 of anything else."""
    if subject.type != REPLICATION_GROUP:
        return 1
    shards, replicas, nodes = (
        lookup(subject.properties, path) for path in ("numNodeGroups", "replicasPerNodeGroup", "numCacheClusters")
    )
    if isinstance(nodes, int):
        return nodes
    return (shards if isinstance(shards, int) else 1) * ((replicas if isinstance(replicas, int) else 0) + 1)


def _is_watched(need: Need, subject: Resource, graph: Graph) -> bool:
    """Whether there is an alarm, of a cache one on each node: by the nodes' names, or by their number before those."""
    if need.instead and _is_watched(need.instead, subject, graph):
        return True
    near = [watch for watch in graph.index(by_namespace).get(need.namespace, ()) if need.met_by(watch)]
    found = [watch for watch in near if watch.published and _leads(watch, subject, graph)]
    if subject.type != REPLICATION_GROUP:
        return bool(found)
    for name in need.names:
        values = [watch.dimensions["CacheClusterId"] for watch in found if watch.name == name]
        if len({value for value in values if value is not UNKNOWN}) + values.count(UNKNOWN) >= node_count(subject):
            return True
    return False


def _sources(watch: Watch) -> set[str]:
    return {urn for urns in watch.alarm.depends_on.values() for urn in urns}


def _leads(watch: Watch, subject: Resource, graph: Graph) -> bool:
    """Whether the dimensions of an alarm's metric lead to a thing."""
    kind = KINDS[subject.type]
    if watch.dimensions is UNKNOWN:
        return subject.urn in watch.sources
    if not isinstance(watch.dimensions, Mapping):
        return False
    named = [dimension for dimension in kind.dimensions if dimension in watch.dimensions]
    if not named or ("PodName" in kind.dimensions and "PodName" not in named):
        return False
    if not all(_is(watch, dimension, subject, kind.dimensions[dimension]) for dimension in named):
        return False
    return subject.type != ECS_SERVICE or _in_cluster(watch.dimensions.get("ClusterName"), subject, graph)


def _is(watch: Watch, dimension: str, subject: Resource, properties: tuple[str, ...]) -> bool:
    value = watch.dimensions[dimension]
    if value is UNKNOWN:
        return subject.urn in watch.sources
    known = [name for name in (lookup(subject.properties, path) for path in properties) if isinstance(name, str)]
    if subject.type == REPLICATION_GROUP:
        return any(str(value).startswith(f"{name}-") for name in known)
    return value in known if known else dimension == "Namespace" and value == "default"


def _in_cluster(named: Any, service: Resource, graph: Graph) -> bool:
    """Two clusters may each have a service of one name."""
    if not isinstance(named, str):
        return True
    own = lookup(service.properties, "cluster")
    if isinstance(own, str):
        return own.split("/")[-1] == named
    names = {lookup(cluster.properties, "name") for cluster in graph.behind(service, "cluster", ECS_CLUSTER)}
    return named in names or not any(isinstance(name, str) for name in names)


def _is_dead_letter_queue(queue: Resource, graph: Graph) -> bool:
    return any(_redrives(other, queue) for other in graph.of_type(QUEUE, REDRIVE) if other is not queue)


def _redrives(other: Resource, queue: Resource) -> bool:
    text = lookup(other.properties, "redrivePolicy")
    if text is UNKNOWN:
        return queue.urn in other.depends_on.get("redrivePolicy", ())
    try:
        policy = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return False
    arn = policy.get("deadLetterTargetArn") if isinstance(policy, Mapping) else None
    name = lookup(queue.properties, "name")
    return isinstance(arn, str) and (arn == lookup(queue.properties, "arn") or arn.split(":")[-1] == name)


def _told_by_senders(queue: Resource, graph: Graph) -> bool:
    """Whether each rule and schedule that puts failures into a queue has an alarm on doing so."""
    targets = graph.referrers(queue, "arn", EVENT_TARGET)
    schedules = graph.referrers(queue, "target.deadLetterConfig.arn", SCHEDULE)
    if not targets:
        return False
    rules = _names(graph, "AWS/Events", "RuleName", "Invocations", "TriggeredRules", "MatchedEvents")
    groups = _names(graph, "AWS/Scheduler", "ScheduleGroup", "InvocationDroppedCount")
    return all(_rule(target, graph) in rules for target in targets) and all(
        lookup(schedule.properties, "groupName") in groups for schedule in schedules
    )


def _rule(target: Resource, graph: Graph) -> Any:
    """The name of a target's rule, or the rule's identity in Pulumi where that is not known."""
    name = lookup(target.properties, "rule")
    if isinstance(name, str):
        return name
    found = [lookup(rule.properties, "name") for rule in graph.behind(target, "rule", EVENT_RULE)]
    return found[0] if found else None


def _names(graph: Graph, namespace: str, dimension: str, *metrics: str) -> set[Any]:
    found = graph.index(by_namespace).get(namespace, ())
    return {watch.dimensions[dimension] for watch in found if watch.published and watch.name in metrics}


def _is_target(workload: Resource, graph: Graph) -> bool:
    """Whether a load balancer sends requests to a workload's pods, and so tells when none is there."""
    labels = pod_template(workload.properties).get("metadata.labels")
    return any(
        (lookup(binding.properties, "spec.serviceRef.name") == lookup(service.properties, "metadata.name"))
        and namespace_of(binding.properties) == namespace_of(service.properties) == namespace_of(workload.properties)
        and _picks(service, labels)
        for binding in graph.of_type(BINDING, OPEN_BINDING)
        for service in graph.of_type(*SERVICES)
    )


def _picks(service: Resource, labels: Any) -> bool:
    selector = lookup(service.properties, "spec.selector")
    return selector is not MISSING and selects({"matchLabels": selector}, labels) is not False


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=alarm_coverage,
        title="Whatever can fail has alarms, on metrics that exist",
        types=frozenset(KINDS),
        severity="high",
        references=("requirement O1", "AWS CloudWatch recommended alarms"),
    ),
)
