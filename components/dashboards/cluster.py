"""What a dashboard shows of a cluster of EKS, as a row of charts (O2)."""

from components.alarms.conditions import Metric
from components.dashboards.rows import lines, share
from components.dashboards.widgets import Chart, Limit, Row
from components.eks.alarms import THRESHOLDS, control_plane_metric, node_count


def cluster_row(cluster_name: str, *, observed: bool) -> Row:
    """Nodes, pods that find none, and the API server; nobody counts nodes where there are no agents (`observed`)."""

    def metric(name: str) -> Metric:
        return control_plane_metric(cluster_name, name)

    limit = THRESHOLDS["api_errors_percent"].value
    return Row(
        title="Cluster",
        charts=[
            Chart(
                title="Cluster: nodes",
                unit="nodes",
                series=lines({"nodes": node_count(cluster_name)}) if observed else (),
            ),
            Chart(
                title="Cluster: pods that wait for a node",
                unit="pods",
                series=lines({"waiting": metric("scheduler_pending_pods_UNSCHEDULABLE")}),
            ),
            Chart(
                title="Cluster: errors of the API server",
                unit="%",
                series=share("5xx", metric("apiserver_request_total_5XX"), metric("apiserver_request_total")),
                limits=[Limit(label="warn", value=limit)],
            ),
        ],
    )
