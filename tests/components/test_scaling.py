"""Autoscaling under pretended AWS. C4, T1."""

from collections.abc import Callable
from typing import Any

from components.links import LoadBalancerLink, RouteLink
from components.scaling import Scaling, ScalingArgs

Run = Callable[..., Any]

ROUTE = RouteLink(
    target_group_arn="tg",
    target_group_arn_suffix="targetgroup/api/2",
    load_balancer=LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg"),
)
ARGS: dict[str, Any] = {
    "cluster_name": "cluster-1",
    "service_name": "api-1",
    "min_count": 2,
    "max_count": 10,
    "cpu_target_percent": 70,
    "memory_target_percent": 80,
    "requests_per_target": None,
    "scale_out_seconds": 60,
    "scale_in_seconds": 300,
    "route": ROUTE,
}


def made(run: Run, **changed: Any) -> Any:
    return run(lambda: Scaling("api", ScalingArgs(**(ARGS | changed))))


def tracking(stack: Any, name: str) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one("appautoscaling/policy:Policy", name)["inputs"]
    assert inputs["policyType"] == "TargetTrackingScaling"
    configuration: dict[str, Any] = inputs["targetTrackingScalingPolicyConfiguration"]
    return configuration


def test_the_service_scales_between_its_counts(run: Run) -> None:
    inputs = made(run).one("appautoscaling/target:Target")["inputs"]
    assert (inputs["minCapacity"], inputs["maxCapacity"]) == (2, 10)
    assert inputs["resourceId"] == "service/cluster-1/api-1"
    assert inputs["scalableDimension"] == "ecs:service:DesiredCount"


def test_cpu_is_kept_at_70_percent_out_in_a_minute_and_in_after_five(run: Run) -> None:
    assert tracking(made(run), "api-cpu") == {
        "targetValue": 70,
        "scaleOutCooldown": 60,
        "scaleInCooldown": 300,
        "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }


def test_memory_is_kept_at_80_percent(run: Run) -> None:
    configuration = tracking(made(run), "api-memory")
    assert configuration["targetValue"] == 80
    metric = configuration["predefinedMetricSpecification"]["predefinedMetricType"]
    assert metric == "ECSServiceAverageMemoryUtilization"


def test_requests_count_where_asked_for(run: Run) -> None:
    assert made(run).names("appautoscaling/policy:Policy") == ["api-cpu", "api-memory"]
    specification = tracking(made(run, requests_per_target=1000), "api-requests")["predefinedMetricSpecification"]
    assert specification == {
        "predefinedMetricType": "ALBRequestCountPerTarget",
        "resourceLabel": "app/alb/1/targetgroup/api/2",
    }


def test_a_service_without_a_route_has_no_requests_to_count(run: Run) -> None:
    stack = made(run, requests_per_target=1000, route=None)
    assert stack.names("appautoscaling/policy:Policy") == ["api-cpu", "api-memory"]
