"""What a running service reports, whatever it runs on: the platform's own metrics, and those that the service emits.

Alarms and dashboards ask for `ServiceMetrics` and don't know the platform; each platform fills it from its own
namespace, and conditions and thresholds stay the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi

from components.alarms.conditions import Metric
from components.kubernetes.pod import Resources
from components.links import ClusterLink

EMITTED_NAMESPACE = "Headroom/Services"
"""Namespace of what services emit themselves (docs/logs.md); the one dimension is `Service`."""
OPEN_CONNECTIONS = "OpenConnections"
"""Open SSE or WebSocket connections of one task, which each task emits once a minute."""
QUERY_TIME = "QueryTime"
"""Time of a database statement as the service saw it, in milliseconds, one value a statement."""

LOGGED_ERRORS_NAMESPACE = "Headroom/Logs"
"""Namespace of what metric filters count in logs."""


INSIGHTS_METRICS = "docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-enhanced-EKS.html"
"""Source of what is measured on EKS. Found to be there on nodes of Auto Mode:
github.com/aws-samples/sample-aws-eks-auto-mode/pull/21."""


@dataclass(frozen=True, kw_only=True)
class ServiceMetrics:
    """Metrics of one service on one platform, all of a minute, over its tasks or pods."""

    cpu: Metric
    """CPU used, in percent of what a task or pod may take."""
    cpu_factor: float = 1
    """Autoscaling's percent to one of `cpu`: it measures against what is promised, which may be less than the limit."""
    memory: Metric
    """Memory used, in percent of the limit, at which a task or pod is killed."""
    tasks: Metric
    """How many tasks or pods run."""
    wanted: Metric | None = None
    """How many should run; None where the load balancer counts each one that does not work."""
    reasons: str
    """Where it stands why one stopped or does not start, in words."""


def ecs_metrics(cluster: ClusterLink, service_name: pulumi.Input[str]) -> ServiceMetrics:
    """A service on ECS. A task is promised all that it may take.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    """
    dimensions = {"ClusterName": cluster.name, "ServiceName": service_name}
    cpu = Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions=dimensions, statistic="Average")
    return ServiceMetrics(
        cpu=cpu,
        memory=replace(cpu, name="MemoryUtilization"),
        tasks=running_tasks(cpu, cluster),
        reasons="the stopped tasks' reasons in ECS",
    )


def eks_metrics(cluster_name: str, service: str, resources: Sequence[Resources]) -> ServiceMetrics:
    """A service on EKS, by Container Insights with enhanced observability (`INSIGHTS_METRICS`).

    PodName is the workload's name there, so that jobs in the same namespace do not count; a Service would not do, for
    workers have none. CPU over what is promised is no metric of its own, but the promise is a known part of the limit:
    `resources` are those of each container of a pod, for the metric is of all of them.
    The load balancer knows ready pods only, so those that are not are counted from the Deployment.
    """
    dimensions = {"ClusterName": cluster_name, "Namespace": service, "PodName": service}
    cpu = Metric(
        namespace="ContainerInsights",
        name="pod_cpu_utilization_over_pod_limit",
        dimensions=dimensions,
        statistic="Average",
    )
    return ServiceMetrics(
        cpu=cpu,
        cpu_factor=sum(one.cpu_limit_millicores for one in resources)
        / sum(one.cpu_request_millicores for one in resources),
        memory=replace(cpu, name="pod_memory_utilization_over_pod_limit"),
        tasks=replace(cpu, name="replicas_ready", statistic="Maximum"),
        wanted=replace(cpu, name="replicas_desired", statistic="Maximum"),
        reasons="the pods' events and last states (kubectl describe pod)",
    )


def running_tasks(cpu: Metric, cluster: ClusterLink) -> Metric:
    """How many tasks of a service run.

    Container Insights counts them (AWS, "Service RUNNING task count in Amazon ECS CloudWatch Container Insights").
    Without it the sample count of the CPU metric in a minute stands for it, as AWS's guide had it before; that holds at
    the metric's default resolution of 60 s only.
    """
    if cluster.insights:
        return replace(cpu, namespace="ECS/ContainerInsights", name="RunningTaskCount", statistic="Maximum")
    return replace(cpu, statistic="SampleCount")


def logged_errors(namespace: str, service: str) -> str:
    """Name of the metric that counts a service's logged errors, `Errors-headroom-dev-worker`: metric filters know only
    dimensions that stand in the line itself."""
    return f"Errors-{namespace.replace('/', '-')}-{service}"


def emitted(service: str, name: str, statistic: str) -> Metric:
    """A metric that the service writes into its log in CloudWatch's embedded metric format (EMF).

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    return Metric(namespace=EMITTED_NAMESPACE, name=name, dimensions={"Service": service}, statistic=statistic)
