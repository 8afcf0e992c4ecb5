"""When a function of ours needs somebody."""

from components.alarms.conditions import NO_EVENTS, Condition, Metric
from components.links import FunctionLink

METRICS = "docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"


def function_conditions(function: FunctionLink, *, undone: str) -> list[Condition]:
    """A call that failed to its last try, and what is undone because of it.

    One is enough: these functions do the same little thing each time, so one that fails will fail again.
    """
    errors = Metric(namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": function.name}, statistic="Sum")
    return [
        Condition(
            name="errors",
            severity="warn",
            what=f"the function fails, so {undone}",
            first=f"read its log: each error stands there with what it was about ({METRICS})",
            metrics={"errors": errors},
            threshold=0,
            period_seconds=300,
            periods=1,
            breaching_periods=1,
            missing="notBreaching",
            silence=NO_EVENTS,
            guide="function-errors",
        )
    ]
