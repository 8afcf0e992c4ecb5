"""What dashboards show: O2's list, of whatever exists."""

from collections.abc import Iterable
from dataclasses import replace

from components.access import Scope
from components.alarms.catalog import BALANCER, ROUTE
from components.alarms.watched import WatchedInstance, WatchedMember, WatchedNode, WatchedServerlessCache
from components.dashboards.cluster import cluster_row
from components.dashboards.rows import (
    WatchedService,
    edge_row,
    log_row,
    services_row,
    tasks_row,
    traffic_row,
)
from components.dashboards.stores import WatchedQueue, cache_row, database_row, queue_row
from components.dashboards.widgets import Row
from components.kubernetes.pod import Resources
from components.links import ClusterLink, DistributionLink, SecondGroupLink, WebAclLink
from components.queues.statements import QueueName
from components.services.metrics import ecs_metrics, eks_metrics

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
API = WatchedService(
    name="api",
    metrics=ecs_metrics(ClusterLink(arn="arn", name="cluster", insights=True), "api-1"),
    min_count=2,
    max_count=10,
    log_group="/headroom/dev/service/api",
    route=ROUTE,
)
WORKER = WatchedService(
    name="worker",
    metrics=ecs_metrics(ClusterLink(arn="arn", name="cluster"), "worker-1"),
    min_count=1,
    max_count=4,
    log_group="/headroom/dev/service/worker",
)
WRITER = WatchedInstance(
    name="main",
    identifier="main",
    instance_class="db.m7g.large",
    max_connections=873,
    storage_gib=100,
    is_replica=False,
)
REPLICA = WatchedInstance(
    name="main-1",
    identifier="main-1",
    instance_class="db.m7g.large",
    max_connections=873,
    storage_gib=100,
    is_replica=True,
)
SERVERLESS = WatchedMember(
    name="tenants-1",
    identifier="tenants-1",
    instance_class="db.serverless",
    max_connections=2000,
    is_serverless=True,
    pauses=True,
    is_scaled=False,
)


def drawn(rows: Iterable[Row]) -> dict[str, list[tuple[str, str]]]:
    """Title of each chart to the metrics in it, with their statistics."""
    return {
        chart.title: [(series.metric.name, series.metric.statistic) for series in chart.series if series.metric]
        for row in rows
        for chart in row.charts
        if chart.series
    }


def test_latency_is_shown_by_its_percentiles() -> None:
    charts = drawn([traffic_row("Traffic", BALANCER, ROUTE)])
    assert charts["Latency"] == [("TargetResponseTime", p) for p in ("p50", "p95", "p99")]
    assert charts["Requests"] == [("RequestCount", "Sum")]
    assert set(charts) == {"Requests", "Error rate", "Errors", "Latency"}


def test_running_tasks_are_drawn_against_their_bounds() -> None:
    (running,) = [chart for chart in tasks_row(API).charts if chart.title == "Running"]
    assert [(limit.label, limit.value) for limit in running.limits] == [("least", 2), ("most", 10)]


def test_a_service_shows_what_it_emits_itself() -> None:
    charts = drawn([tasks_row(API)])
    assert charts["Open connections (SSE), as the service emits them"] == [
        ("OpenConnections", "Sum"),
        ("OpenConnections", "Maximum"),
    ]
    assert [name for name, _ in charts["Query time, as the service emits it"]] == ["QueryTime"] * 3
    together = drawn([services_row([API, WORKER])])
    assert together["Query time (p95)"] == [("QueryTime", "p95")] * 2
    assert together["Open connections (SSE)"] == [("OpenConnections", "Sum")]


def test_a_private_service_has_no_load_balancer_to_show() -> None:
    assert "Behind the load balancer" not in drawn([tasks_row(WORKER)])
    assert len(drawn([services_row([API, WORKER])])["p95 by service"]) == 1
    assert len(drawn([services_row([API, WORKER])])["CPU"]) == 2


def test_a_database_shows_connections_load_latency_and_lag() -> None:
    charts = drawn([database_row([WRITER, REPLICA])])
    assert charts["Database: replicas behind"] == [("ReplicaLag", "Maximum")]
    assert charts["Database: connections"] == [("DatabaseConnections", "Maximum")] * 2
    assert ("ReadLatency", "Average") in charts["Database: latency of reads and writes"]
    assert "Database: capacity in use" not in charts
    assert "Database: readers behind" not in charts


def test_a_serverless_database_shows_its_capacity_and_no_disk() -> None:
    charts = drawn([database_row([SERVERLESS])])
    assert charts["Database: capacity in use"] == [("ACUUtilization", "Average")]
    assert charts["Database: readers behind"] == [("AuroraReplicaLag", "Maximum")]
    assert "Database: storage free" not in charts


def test_caches_show_hit_rate_and_evictions_with_nodes_or_without() -> None:
    node = WatchedNode(name="main", cluster_id="main-001", node_class="cache.t4g.small", use="cache", has_replicas=True)
    serverless = WatchedServerlessCache(
        name="other", cache_name="other", use="cache", max_gb=10, max_ecpu_per_second=5000
    )
    charts = drawn([cache_row([node, serverless])])
    assert len(charts["Cache: evictions"]) == 2
    assert charts["Cache: hit rate"] == [("CacheHits", "Sum"), ("CacheMisses", "Sum")] * 2
    assert len(charts["Cache: memory"]) == 1
    assert charts["Cache: stored"] == [("BytesUsedForCache", "Maximum")]


def test_queues_show_depth_age_and_dead_letters() -> None:
    queue = WatchedQueue(scope=SCOPE, queue=QueueName(name="jobs"), alarm_age_minutes=15)
    row = queue_row([queue])
    assert [chart.title for chart in row.charts] == [
        "Queue: waiting",
        "Queue: age of the oldest",
        "Queue: done",
        "Queue: dead letters",
    ]
    dead = row.charts[3].series[0].metric
    assert dead is not None
    assert dead.dimensions == {"QueueName": "headroom-dev-jobs-dlq"}
    assert row.charts[1].limits[0].value == 900


def test_cloudfront_is_asked_in_its_own_region_and_a_firewall_in_its() -> None:
    distribution = DistributionLink(id="E1", domain_name="d", zone_id="Z", has_extra_metrics=True, function_name=None)
    regional = WebAclLink(arn="arn", metric="waf", region="eu-central-1")
    row = edge_row(distribution, [regional])
    assert {chart.title: chart.region for chart in row.charts} == {
        "CloudFront: requests": "us-east-1",
        "CloudFront: errors": "us-east-1",
        "CloudFront: cache hits": "us-east-1",
        "Firewall: refused": "eu-central-1",
    }
    assert edge_row(None, []).charts == []


def test_the_last_errors_are_read_from_the_services_own_logs() -> None:
    (found,) = log_row(API).logs
    assert found.log_group == "/headroom/dev/service/api"


def test_cpu_on_eks_is_drawn_as_autoscaling_measures_it() -> None:
    on_eks = replace(API, metrics=eks_metrics("headroom-dev", "api", [Resources()]))
    for row, label in ((tasks_row(on_eks), "average"), (services_row([WORKER, on_eks]), "api")):
        (chart,) = [chart for chart in row.charts if chart.title == "CPU"]
        drawn = [series for series in chart.series if not series.hidden]
        (shown,) = [series for series in drawn if series.label == label]
        (hidden,) = [series for series in chart.series if series.hidden]
        assert shown.expression == f"2 * {hidden.id}"


def test_a_cluster_shows_its_nodes_where_somebody_counts_them() -> None:
    def titles(*, observed: bool) -> list[str]:
        return [chart.title for chart in cluster_row("headroom-dev", observed=observed).charts if chart.series]

    assert titles(observed=True)[1:] == titles(observed=False)
    assert "Cluster: pods that wait for a node" in titles(observed=False)


def test_a_new_version_is_seen_beside_the_one_before_it() -> None:
    second = SecondGroupLink(target_group_arn="tg-2", target_group_arn_suffix="targetgroup/api-second/3", rule_arn="r")
    paired = replace(ROUTE, second=second)
    rows = [traffic_row("Traffic", BALANCER, paired), services_row([replace(API, route=paired)])]
    rows.append(tasks_row(replace(API, route=paired)))
    for row in rows:
        for chart in row.charts:
            groups = [s.metric.dimensions.get("TargetGroup") for s in chart.series if s.metric is not None]
            assert groups.count(ROUTE.target_group_arn_suffix) == groups.count("targetgroup/api-second/3"), chart.title
            assert len({s.id for s in chart.series if s.id}) == len([s for s in chart.series if s.id]), chart.title
    errors = next(chart for chart in rows[0].charts if chart.title == "Error rate")
    assert [s.label for s in errors.series if not s.hidden] == ["5xx, first target group", "5xx, second target group"]
