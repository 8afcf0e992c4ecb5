"""Alarm conditions of a cluster, as plain data: few, for AWS runs its control plane and its nodes."""

from collections.abc import Mapping
from types import MappingProxyType

from components.alarms.conditions import NO_EVENTS, Condition, Metric, Threshold
from components.services.metrics import INSIGHTS_METRICS

CONTROL_PLANE_METRICS = "docs.aws.amazon.com/eks/latest/userguide/cloudwatch.html"

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "waiting_pods": Threshold(
            0, f"ours: a node takes a minute or two, so that minutes count; {CONTROL_PLANE_METRICS}"
        ),
        "api_errors_percent": Threshold(1, f"ours, as for services; {CONTROL_PLANE_METRICS}"),
        "api_errors_minimum": Threshold(20, "ours: controllers try again, so that a few are no trouble"),
        "nodes": Threshold(1, f"ours: the agents run on every node, and there is always one; {INSIGHTS_METRICS}"),
    }
)
"""Limits, and where they come from."""
WAITING_MINUTES = 15
"""Ours: Auto Mode has long tried other types of nodes by then."""


def control_plane_metric(cluster_name: str, name: str) -> Metric:
    """What EKS itself reports of a cluster, without any agent, every minute."""
    return Metric(namespace="AWS/EKS", name=name, dimensions={"ClusterName": cluster_name}, statistic="Sum")


def node_count(cluster_name: str) -> Metric:
    """How many nodes there are, by Container Insights."""
    dimensions = {"ClusterName": cluster_name}
    return Metric(namespace="ContainerInsights", name="cluster_node_count", dimensions=dimensions, statistic="Maximum")


def cluster_conditions(cluster_name: str, *, observed: bool, relied_on: bool) -> list[Condition]:
    """Pods that find no node, an API server that fails, and agents that say nothing.

    Without agents CPU, memory and pods of every service go unwatched. Where there are none on purpose (not `observed`),
    nobody misses them; `relied_on` says whether a service has nobody else who would notice that it is gone.
    """
    errors = control_plane_metric(cluster_name, "apiserver_request_total_5XX")
    requests = control_plane_metric(cluster_name, "apiserver_request_total")
    percent, least = THRESHOLDS["api_errors_percent"].value, THRESHOLDS["api_errors_minimum"].value
    return [
        Condition(
            name="pods-waiting",
            severity="warn",
            what=f"for {WAITING_MINUTES} minutes there have been pods that no node has room for",
            first="read why (kubectl get events --field-selector reason=FailedScheduling -A): often max_cpus is "
            "reached, or AWS has no such nodes",
            metrics={"waiting": control_plane_metric(cluster_name, "scheduler_pending_pods_UNSCHEDULABLE")},
            threshold=THRESHOLDS["waiting_pods"].value,
            periods=WAITING_MINUTES,
            breaching_periods=WAITING_MINUTES,
            missing="notBreaching",
            silence="AWS reports it from the control plane, which is AWS's to mend",
            guide="cluster-pods-waiting",
        ),
        Condition(
            name="api-errors",
            severity="warn",
            what=f"the cluster's API server answers more than {percent:g} % of its requests with 5xx",
            first="see AWS's health dashboard; else look in the audit log for who asks for what",
            metrics={"errors": errors, "requests": requests},
            expression=f"IF(errors >= {least:g}, 100 * errors / requests, 0)",
            threshold=percent,
            missing="notBreaching",
            silence=NO_EVENTS,
            guide="cluster-api-errors",
        ),
        *([silent(cluster_name, relied_on=relied_on)] if observed else []),
    ]


def silent(cluster_name: str, *, relied_on: bool) -> Condition:
    """The agents' own end. It pages in place of the private services, all of which would seem to be gone: it must be on
    before them."""
    return Condition(
        name="silent",
        severity="page" if relied_on else "warn",
        what="the agents on the nodes report nothing, so that nobody watches CPU, memory and pods",
        first="see whether they run: kubectl get pods -n amazon-cloudwatch",
        metrics={"nodes": node_count(cluster_name)},
        above=False,
        threshold=THRESHOLDS["nodes"].value,
        periods=4,
        breaching_periods=4,
        missing="breaching",
        silence="they report every minute, and a cluster has nodes as long as it has add-ons",
        guide="cluster-silent",
    )
