"""Alarm conditions of a service as plain data: the same, with the same thresholds, whatever it runs on."""

from components.alarms.conditions import THRESHOLDS, Condition, Metric
from components.services.metrics import LOGGED_ERRORS_NAMESPACE, ServiceMetrics, logged_errors


def service_conditions(metrics: ServiceMetrics, max_count: int, *, routed: bool) -> list[Condition]:
    """A service short of CPU or memory, or of tasks if it is private (O1).

    Autoscaling keeps CPU at 70 %, so 70 % is normal until no more tasks may come: CPU counts only while the service is
    at its maximum. A service that reports nothing has no tasks: a public one's route tells, a private one's own alarm
    does, and to all others missing data is not wrong.
    """
    return [
        Condition(
            name="cpu-high",
            severity="warn",
            what=f"CPU is above 70 % with all {max_count} tasks running, so autoscaling can't help any more",
            first="raise max_count, or cpu_units if a single request is slow",
            metrics={"cpu": metrics.cpu, "tasks": metrics.tasks},
            expression=f"IF(tasks >= {max_count}, cpu, 0)",
            threshold=THRESHOLDS["service_cpu_percent"].value,
            missing="notBreaching",
        ),
        Condition(
            name="memory-high",
            severity="warn",
            what="memory is above 80 %; a task that reaches its limit is killed",
            first="look whether it grows since the last deploy (a leak: roll back) or with load (raise memory_mib)",
            metrics={"memory": metrics.memory},
            threshold=THRESHOLDS["service_memory_percent"].value,
            missing="notBreaching",
        ),
        *([] if routed else [no_tasks(metrics.tasks)]),
    ]


def no_tasks(tasks: Metric) -> Condition:
    """A private service whose tasks all fail: no load balancer notices, and work piles up in silence."""
    return Condition(
        name="no-tasks",
        severity="page",
        what="no task has run for 5 minutes, so its work is left undone",
        first="read the stopped tasks' reasons: often an image that can't be pulled or a secret without a value",
        metrics={"tasks": tasks},
        above=False,
        threshold=THRESHOLDS["running_tasks"].value,
        missing="breaching",
        by_incident=True,
    )


def logged_errors_condition(namespace: str, service: str) -> Condition:
    """Errors that a service logs, where no load balancer counts its answers (O1). While all is well there are none."""
    limit = THRESHOLDS["logged_errors"].value
    return Condition(
        name="errors-logged",
        severity="warn",
        what=f"it logged more than {limit:g} errors in 5 minutes",
        first="run the saved query errors-by-message over its log group",
        metrics={
            "errors": Metric(
                namespace=LOGGED_ERRORS_NAMESPACE,
                name=logged_errors(namespace, service),
                dimensions={},
                statistic="Sum",
            )
        },
        threshold=limit,
        period_seconds=300,
        periods=1,
        breaching_periods=1,
        missing="notBreaching",
    )
