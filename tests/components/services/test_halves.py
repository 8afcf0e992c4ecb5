"""Alarms over two target groups. O1, T1."""

from dataclasses import replace

import pytest

from components.alarms.conditions import Condition
from components.links import ClusterLink, LoadBalancerLink, RouteLink, SecondGroupLink
from components.services.alarms import answer_conditions, route_conditions
from components.services.deploys import ROLLBACK_CONDITIONS
from components.services.metrics import ecs_metrics

ONE = RouteLink(
    target_group_arn="first",
    target_group_arn_suffix="targetgroup/api/1",
    load_balancer=LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg-alb"),
)
TWO = replace(
    ONE,
    second=SecondGroupLink(target_group_arn="second", target_group_arn_suffix="targetgroup/second/2", rule_arn="rule"),
)
METRICS = ecs_metrics(ClusterLink(arn="cluster", name="cluster"), "api")


def condition(route: RouteLink, name: str) -> Condition:
    return next(c for c in route_conditions(route, METRICS) if c.name == name)


def test_every_condition_of_a_paired_route_watches_both_target_groups() -> None:
    for watched in route_conditions(TWO, METRICS):
        groups = [metric.dimensions.get("TargetGroup") for metric in watched.metrics.values()]
        assert groups.count("targetgroup/api/1") == groups.count("targetgroup/second/2") > 0, watched.name


def test_a_new_version_that_fails_all_of_its_few_requests_is_seen() -> None:
    failing = condition(TWO, "errors-page")
    assert failing.expression == (
        "MAX([FILL(IF(errors >= 5, 100 * errors / (requests), 0), 0), "
        "FILL(IF(errors_second >= 5, 100 * errors_second / (requests_second), 0), 0)])"
    )
    assert set(failing.metrics) == {"errors", "requests", "errors_second", "requests_second"}


@pytest.mark.parametrize(
    ("name", "expression"),
    [
        ("slow", "MAX([FILL(p95, 0), FILL(p95_second, 0)])"),
        ("down", "MAX([FILL(healthy, 0), FILL(healthy_second, 0)])"),
        ("unhealthy", "MAX([FILL(unhealthy, 0), FILL(unhealthy_second, 0)])"),
    ],
)
def test_a_plain_metric_is_compared_with_that_of_the_other_group(name: str, expression: str) -> None:
    assert condition(TWO, name).expression == expression


def test_names_thresholds_and_severities_stay_as_they_are_with_one_target_group() -> None:
    for one, two in zip(route_conditions(ONE, METRICS), route_conditions(TWO, METRICS), strict=True):
        assert replace(two, metrics=one.metrics, expression=one.expression) == one


def test_what_rolls_a_deployment_back_can_be_watched_before_the_service_stands() -> None:
    assert set(ROLLBACK_CONDITIONS) <= {watched.name for watched in answer_conditions(ONE)}
