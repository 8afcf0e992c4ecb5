"""What is watched, from when on it is wrong, and what to do. O1."""

import re
from dataclasses import replace

import pytest

from components.alarms.conditions import (
    THRESHOLDS,
    Condition,
    instance_conditions,
    load_balancer_conditions,
)
from components.alarms.watched import WatchedInstance
from components.kubernetes.pod import Resources
from components.links import ClusterLink, LoadBalancerLink, RouteLink
from components.services.alarms import route_conditions, service_conditions
from components.services.metrics import ecs_metrics, eks_metrics

BALANCER = LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg")
ROUTE = RouteLink(target_group_arn="tg", target_group_arn_suffix="targetgroup/api/2", load_balancer=BALANCER)
WRITER = WatchedInstance(
    name="main",
    identifier="headroom-dev-main",
    instance_class="db.m7g.large",
    max_connections=873,
    storage_gib=100,
    is_replica=False,
)
REPLICA = replace(WRITER, name="main-1", identifier="headroom-dev-main-1", is_replica=True)
CLUSTER = ClusterLink(arn="arn", name="cluster-1")
ECS, EKS = ecs_metrics(CLUSTER, "api-1"), eks_metrics("headroom-dev", "api", [Resources()])
SERVICE = service_conditions(ecs_metrics(CLUSTER, "api-1"), 10, routed=True)
WORKER = service_conditions(ecs_metrics(CLUSTER, "worker-1"), 10, routed=False)
ON_EKS = [*service_conditions(EKS, 10, routed=False), *route_conditions(ROUTE, EKS)]
EVERY = [
    *WORKER,
    *route_conditions(ROUTE, ECS),
    *ON_EKS,
    *load_balancer_conditions(BALANCER),
    *instance_conditions(REPLICA),
]


def by_name(conditions: list[Condition], name: str) -> Condition:
    (found,) = [condition for condition in conditions if condition.name == name]
    return found


def test_cpu_counts_only_while_the_service_has_all_its_tasks() -> None:
    condition = by_name(SERVICE, "cpu-high")
    assert condition.expression == "IF(tasks >= 10, cpu, 0)"
    assert (condition.threshold, condition.period_seconds, condition.breaching_periods) == (70, 60, 5)
    assert condition.metrics["cpu"].statistic == "Average"
    assert condition.metrics["tasks"].statistic == "SampleCount"
    for metric in condition.metrics.values():
        assert (metric.namespace, metric.name) == ("AWS/ECS", "CPUUtilization")
        assert metric.dimensions == {"ClusterName": "cluster-1", "ServiceName": "api-1"}


def test_container_insights_counts_the_tasks_where_it_is_on() -> None:
    cluster = ClusterLink(arn="arn", name="cluster-1", insights=True)
    conditions = service_conditions(ecs_metrics(cluster, "worker-1"), 10, routed=False)
    for name in ("cpu-high", "no-tasks"):
        tasks = by_name(conditions, name).metrics["tasks"]
        assert (tasks.namespace, tasks.name, tasks.statistic) == (
            "ECS/ContainerInsights",
            "RunningTaskCount",
            "Maximum",
        )
        assert tasks.dimensions == {"ClusterName": "cluster-1", "ServiceName": "worker-1"}


def test_memory_warns_above_80_percent() -> None:
    condition = by_name(SERVICE, "memory-high")
    assert (condition.threshold, condition.severity) == (80, "warn")
    assert condition.metrics["memory"].name == "MemoryUtilization"


def test_a_private_service_without_tasks_pages_because_no_route_would_tell() -> None:
    condition = by_name(WORKER, "no-tasks")
    assert (condition.severity, condition.missing, condition.above) == ("page", "breaching", False)
    assert (condition.metrics["tasks"].statistic, condition.threshold) == ("SampleCount", 1)
    assert "no-tasks" not in [each.name for each in SERVICE]


@pytest.mark.parametrize(("name", "severity", "percent"), [("errors-warn", "warn", 1), ("errors-page", "page", 5)])
def test_errors_warn_above_1_percent_and_page_above_5(name: str, severity: str, percent: float) -> None:
    condition = by_name(route_conditions(ROUTE, ECS), name)
    assert (condition.severity, condition.threshold) == (severity, percent)
    assert condition.expression == "IF(errors >= 5, 100 * errors / (requests), 0)"
    assert condition.metrics["errors"].name == "HTTPCode_Target_5XX_Count"
    assert condition.metrics["requests"].dimensions == {
        "LoadBalancer": "app/alb/1",
        "TargetGroup": "targetgroup/api/2",
    }


def test_a_slow_service_is_told_by_its_p95() -> None:
    condition = by_name(route_conditions(ROUTE, ECS), "slow")
    (metric,) = condition.metrics.values()
    assert (metric.name, metric.statistic, condition.threshold) == ("TargetResponseTime", "p95", 2)


def test_a_service_that_nobody_can_reach_pages_even_without_data() -> None:
    condition = by_name(route_conditions(ROUTE, ECS), "down")
    assert (condition.severity, condition.missing, condition.above) == ("page", "breaching", False)


def test_requests_that_found_no_target_are_part_of_all_requests() -> None:
    condition = by_name(load_balancer_conditions(BALANCER), "refused-page")
    assert condition.expression == "IF(errors >= 5, 100 * errors / (FILL(requests, 0) + errors), 0)"
    assert condition.metrics["errors"].dimensions == {"LoadBalancer": "app/alb/1"}


def test_every_instance_is_watched_and_only_a_replica_for_lag() -> None:
    names = ["cpu-high", "connections-high", "storage-low", "memory-low", "silent"]
    common = [f"database-{name}" for name in names]
    assert [condition.name for condition in instance_conditions(WRITER)] == common
    assert [condition.name for condition in instance_conditions(REPLICA)] == [*common, "database-replica-lag"]
    for condition in instance_conditions(REPLICA):
        for metric in condition.metrics.values():
            assert metric.dimensions == {"DBInstanceIdentifier": "headroom-dev-main-1"}


def test_a_replica_of_a_writer_without_transactions_warns_nobody() -> None:
    five_minutes = 300  # RDS for PostgreSQL: what ReplicaLag climbs to on an idle source
    assert by_name(instance_conditions(REPLICA), "database-replica-lag").threshold > five_minutes


def test_connections_warn_at_80_percent_of_what_the_class_takes() -> None:
    assert by_name(instance_conditions(WRITER), "database-connections-high").threshold == 698


def test_storage_and_memory_limits_are_a_tenth_in_bytes() -> None:
    assert by_name(instance_conditions(WRITER), "database-storage-low").threshold == 10 * 1024**3
    assert by_name(instance_conditions(WRITER), "database-memory-low").threshold == 8 * 1024**3 // 10


def test_a_silent_instance_is_told_once() -> None:
    breaching = [condition.name for condition in instance_conditions(WRITER) if condition.missing == "breaching"]
    assert breaching == ["database-silent"]
    assert by_name(instance_conditions(WRITER), "database-silent").by_incident


@pytest.mark.parametrize("condition", EVERY, ids=lambda condition: condition.name)
def test_every_alarm_says_what_is_wrong_and_what_to_do_first(condition: Condition) -> None:
    assert len(condition.what) > 20
    assert len(condition.first) > 20
    assert not condition.what.endswith(".")
    assert not condition.first.endswith(".")


@pytest.mark.parametrize("condition", EVERY, ids=lambda condition: condition.name)
def test_an_expression_uses_its_metrics_and_a_plain_alarm_has_one(condition: Condition) -> None:
    if condition.expression is None:
        assert len(condition.metrics) == 1
    else:
        words = set(re.findall(r"[a-z][a-z0-9_]*", condition.expression))
        assert words == set(condition.metrics)


@pytest.mark.parametrize("condition", EVERY, ids=lambda condition: condition.name)
def test_an_alarm_looks_at_no_more_than_a_day(condition: Condition) -> None:
    assert condition.period_seconds * condition.periods <= 86_400
    assert condition.breaching_periods <= condition.periods


def test_names_are_unique_within_what_is_watched() -> None:
    watched = [*SERVICE, *route_conditions(ROUTE, ECS)]
    assert len({condition.name for condition in watched}) == len(watched)


def test_every_threshold_names_its_source() -> None:
    for name, threshold in THRESHOLDS.items():
        assert threshold.source, name


def test_a_mysql_replica_that_stopped_replicating_lags_by_a_day() -> None:
    lag = by_name(instance_conditions(replace(REPLICA, protocol="mysql")), "database-replica-lag")
    assert lag.expression == "IF(lag < 0, 86400, lag)"
    assert lag.threshold < 86400
    assert by_name(instance_conditions(REPLICA), "database-replica-lag").expression is None


def test_whoever_looks_for_connections_is_told_where_by_engine() -> None:
    told = {
        engine: by_name(instance_conditions(replace(WRITER, protocol=engine)), "database-connections-high").first
        for engine in ("postgres", "mysql")
    }
    assert "pg_stat_activity" in told["postgres"]
    assert "SHOW PROCESSLIST" in told["mysql"]


def test_a_service_has_the_same_conditions_and_thresholds_on_eks() -> None:
    def said(conditions: list[Condition]) -> list[tuple[object, ...]]:
        return [(c.name, c.severity, c.threshold, c.above, c.periods, c.missing, c.by_incident) for c in conditions]

    assert said(ON_EKS) == said([*WORKER, *route_conditions(ROUTE, ECS)])


def test_on_eks_every_measure_of_a_service_is_of_its_deployment_alone() -> None:
    for condition in ON_EKS:
        for metric in condition.metrics.values():
            if metric.namespace == "ContainerInsights":
                assert metric.dimensions == {"ClusterName": "headroom-dev", "Namespace": "api", "PodName": "api"}


def test_cpu_on_eks_is_in_percent_of_what_autoscaling_measures_against() -> None:
    condition = by_name(ON_EKS, "cpu-high")
    assert condition.metrics["cpu"].name == "pod_cpu_utilization_over_pod_limit"
    assert condition.expression == "IF(tasks >= 10, 2 * cpu, 0)"
    promised = Resources(cpu_request_millicores=400, cpu_limit_millicores=500)
    as_promised = service_conditions(eks_metrics("headroom-dev", "api", [promised]), 10, routed=True)
    assert by_name(as_promised, "cpu-high").expression == "IF(tasks >= 10, 1.25 * cpu, 0)"
    beside = Resources(cpu_request_millicores=100, cpu_limit_millicores=250)
    with_sidecar = service_conditions(eks_metrics("headroom-dev", "api", [promised, beside]), 10, routed=True)
    assert by_name(with_sidecar, "cpu-high").expression == "IF(tasks >= 10, 1.5 * cpu, 0)"


def test_a_pod_that_the_target_group_has_lost_counts_as_unhealthy() -> None:
    """On EKS a pod that is not ready leaves its target group, whose count of unhealthy targets never sees it."""
    condition = by_name(ON_EKS, "unhealthy")
    assert {m.name for m in condition.metrics.values()} == {"UnHealthyHostCount", "replicas_desired", "replicas_ready"}
    assert condition.expression is not None
    assert "wanted - running" in condition.expression
    assert "kubectl" in condition.first
