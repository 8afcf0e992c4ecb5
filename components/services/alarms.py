"""Alarm conditions of a service as plain data: the same, with the same thresholds, whatever it runs on."""

from components.alarms.conditions import NO_EVENTS, THRESHOLDS, Condition, Metric, balancer_metric, error_rate
from components.links import RouteLink
from components.services.halves import of_halves
from components.services.metrics import LOGGED_ERRORS_NAMESPACE, ServiceMetrics, logged_errors

WITHOUT_TASKS = "without tasks there is nothing to measure, and `down` or `no-tasks` tells that"


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
            expression=f"IF(tasks >= {max_count}, {cpu_expression(metrics, 'cpu')}, 0)",
            threshold=THRESHOLDS["service_cpu_percent"].value,
            missing="notBreaching",
            silence=WITHOUT_TASKS,
        ),
        Condition(
            name="memory-high",
            severity="warn",
            what="memory is above 80 %; a task that reaches its limit is killed",
            first="look whether it grows since the last deploy (a leak: roll back) or with load (raise memory_mib)",
            metrics={"memory": metrics.memory},
            threshold=THRESHOLDS["service_memory_percent"].value,
            missing="notBreaching",
            silence=WITHOUT_TASKS,
        ),
        *([] if routed else [no_tasks(metrics)]),
    ]


def cpu_expression(metrics: ServiceMetrics, name: str) -> str:
    """CPU in percent of what autoscaling measures against; `name` is the id of `metrics.cpu`."""
    return name if metrics.cpu_factor == 1 else f"{metrics.cpu_factor:g} * {name}"


def no_tasks(metrics: ServiceMetrics) -> Condition:
    """A private service whose tasks all fail: no load balancer notices, and work piles up in silence."""
    return Condition(
        name="no-tasks",
        severity="page",
        what="no task has run for 5 minutes, so its work is left undone",
        first=f"read {metrics.reasons}: often an image that can't be pulled or a secret without a value",
        metrics={"tasks": metrics.tasks},
        above=False,
        threshold=THRESHOLDS["running_tasks"].value,
        missing="breaching",
        silence="a service that reports nothing runs nothing",
        by_incident=True,
    )


def answer_conditions(route: RouteLink) -> list[Condition]:
    """A public service that fails. They tell nothing of what runs it, so they may be watched before that stands."""
    errors = balancer_metric("HTTPCode_Target_5XX_Count", "Sum", route.load_balancer, route)
    requests = balancer_metric("RequestCount", "Sum", route.load_balancer, route)
    what = "the service answers requests with 5xx"
    first = "roll back if it began with a deploy; else look at its log group and its database's alarms"
    conditions = [
        error_rate(
            "errors-warn", "warn", what, "look for the first error in its log group", errors, requests, "requests"
        ),
        error_rate("errors-page", "page", what, first, errors, requests, "requests"),
    ]
    return [of_halves(condition, route) for condition in conditions]


def route_conditions(route: RouteLink, metrics: ServiceMetrics) -> list[Condition]:
    """A public service that fails, is slow, or is not there (O1)."""
    return [*answer_conditions(route), *reach_conditions(route, metrics)]


def reach_conditions(route: RouteLink, metrics: ServiceMetrics) -> list[Condition]:
    """A public service that is slow, or not there."""

    def metric(name: str, statistic: str) -> Metric:
        return balancer_metric(name, statistic, route.load_balancer, route)

    conditions = [
        Condition(
            name="slow",
            severity="warn",
            what="1 request in 20 takes longer than 2 s",
            first="look at the database's slow query log, then at the service's CPU",
            metrics={"p95": metric("TargetResponseTime", "p95")},
            threshold=THRESHOLDS["p95_seconds"].value,
            missing="notBreaching",
            silence=NO_EVENTS,
        ),
        unhealthy(metric("UnHealthyHostCount", "Maximum"), metrics),
        Condition(
            name="down",
            severity="page",
            what="no task is healthy, so nobody is served",
            first=f"roll back if it began with a deploy; else read {metrics.reasons}",
            metrics={"healthy": metric("HealthyHostCount", "Maximum")},
            above=False,
            threshold=THRESHOLDS["healthy_tasks"].value,
            periods=3,
            breaching_periods=3,
            missing="breaching",
            silence="reported while targets are registered: nothing reported means that none is",
            by_incident=True,
        ),
    ]
    return [of_halves(condition, route) for condition in conditions]


def unhealthy(targets: Metric, metrics: ServiceMetrics) -> Condition:
    """A task that stays out of service: as the load balancer finds it, and, on a platform that takes it away from
    there, as it is missing from those that should run. A rollout does not count: it never has fewer than it should."""
    counted = {"unhealthy": targets}
    expression = None
    if metrics.wanted is not None:
        counted |= {"wanted": metrics.wanted, "running": metrics.tasks}
        expression = "FILL(unhealthy, 0) + IF(FILL(wanted, 0) > FILL(running, 0), wanted - running, 0)"
    return Condition(
        name="unhealthy",
        severity="warn",
        what="a task fails its health check for 5 minutes",
        first=f"read {metrics.reasons}, then the last lines of the log group",
        metrics=counted,
        expression=expression,
        threshold=THRESHOLDS["unhealthy_tasks"].value,
        missing="notBreaching",
        silence="without targets none can fail, and `down` tells that",
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
        silence=NO_EVENTS,
    )
