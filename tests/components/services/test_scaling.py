"""Autoscaling under pretended AWS. C4, T1."""

from collections.abc import Callable
from typing import Any

from components.links import ClusterLink, LoadBalancerLink, RouteLink
from components.services.scaling import Backlog, Scaling, ScalingArgs
from components.services.sleep import Sleep

Run = Callable[..., Any]

ROUTE = RouteLink(
    target_group_arn="tg",
    target_group_arn_suffix="targetgroup/api/2",
    load_balancer=LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg"),
)
ARGS: dict[str, Any] = {
    "cluster": ClusterLink(arn="arn:cluster-1", name="cluster-1", insights=True),
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


JOBS = Backlog(name="jobs", queue_name="headroom-dev-jobs", per_task=100)


def backlog(stack: Any, name: str = "api-backlog-jobs") -> dict[str, dict[str, Any]]:
    """The queries of a policy by their id."""
    found = tracking(stack, name)["customizedMetricSpecification"]["metrics"]
    return {query["id"]: query for query in found}


def test_waiting_messages_are_divided_by_running_tasks(run: Run) -> None:
    stack = made(run, route=None, backlogs=[JOBS])
    queries = backlog(stack)
    assert tracking(stack, "api-backlog-jobs")["targetValue"] == 100
    assert queries["backlog"]["expression"] == "waiting / tasks"
    assert {id_: query["returnData"] for id_, query in queries.items()} == {
        "waiting": False,
        "tasks": False,
        "backlog": True,
    }
    waiting = queries["waiting"]["metricStat"]["metric"]
    assert (waiting["namespace"], waiting["metricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert waiting["dimensions"] == [{"name": "QueueName", "value": "headroom-dev-jobs"}]


def test_tasks_are_counted_by_container_insights_where_it_is_on(run: Run) -> None:
    counted = backlog(made(run, backlogs=[JOBS]))["tasks"]["metricStat"]
    assert (counted["metric"]["namespace"], counted["metric"]["metricName"]) == (
        "ECS/ContainerInsights",
        "RunningTaskCount",
    )
    assert counted["stat"] == "Average"
    without = ClusterLink(arn="arn:cluster-1", name="cluster-1", insights=False)
    counted = backlog(made(run, cluster=without, backlogs=[JOBS]))["tasks"]["metricStat"]
    assert (counted["metric"]["namespace"], counted["stat"]) == ("AWS/ECS", "SampleCount")


def test_each_queue_is_counted_by_itself_beside_cpu_and_memory(run: Run) -> None:
    mails = Backlog(name="mails", queue_name="headroom-dev-mails", per_task=10)
    names = made(run, backlogs=[JOBS, mails]).names("appautoscaling/policy:Policy")
    assert names == ["api-backlog-jobs", "api-backlog-mails", "api-cpu", "api-memory"]


NIGHT = Sleep(begins="20:00", ends="07:00", days=("mon", "tue"), timezone="Europe/Berlin")


def test_a_service_that_sleeps_has_no_task_from_the_evening_to_the_morning_of_a_day_of_work(run: Run) -> None:
    stack = made(run, sleep=NIGHT)
    target = stack.one("appautoscaling/target:Target")["inputs"]
    found = {a["name"]: a["inputs"] for a in stack.all("appautoscaling/scheduledAction:ScheduledAction")}
    assert {name: (a["schedule"], a["timezone"], a["scalableTargetAction"]) for name, a in found.items()} == {
        "api-evening": ("cron(0 20 * * ? *)", "Europe/Berlin", {"minCapacity": 0, "maxCapacity": 0}),
        "api-morning": ("cron(0 7 ? * MON,TUE *)", "Europe/Berlin", {"minCapacity": 2, "maxCapacity": 10}),
    }
    assert all(action["resourceId"] == target["resourceId"] for action in found.values())
    # By day nothing is different, and a change of the counts reaches the service at once.
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 10)
    assert stack.one("appautoscaling/target:Target")["options"]["ignore_changes"] == []


def test_a_service_never_sleeps_unless_told(run: Run) -> None:
    assert made(run).all("appautoscaling/scheduledAction:ScheduledAction") == []
