"""Alarm conditions of schedules, as plain data."""

from collections.abc import Mapping
from types import MappingProxyType

from components.alarms.conditions import NO_EVENTS, Condition, Metric, Threshold

RULE_METRICS = "docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"
SCHEDULER_METRICS = "docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html"

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "failed_runs": Threshold(0, f"O1, T7; {RULE_METRICS}"),
        "dropped_runs": Threshold(0, f"O1, T7; {SCHEDULER_METRICS}"),
    }
)
"""Limits, and where they come from."""


LATE_MINUTES = 15
"""Ours: how long a failed run is looked for. What the platform tells may come minutes later, above all EKS's audit log,
and an alarm that looks at a single minute has passed it by then."""
IN_THE_QUEUE = "in the queue of failed runs (docs/schedules.md)"


def rule_metric(rule_name: str) -> Metric:
    """On ECS a rule matches the end of a failed run; that it was triggered is the metric."""
    return Metric(namespace="AWS/Events", name="Invocations", dimensions={"RuleName": rule_name}, statistic="Sum")


def dropped_metric(group: str) -> Metric:
    """Runs that Scheduler gave up on after all its retries; the metric knows groups only."""
    dimensions = {"ScheduleGroup": group}
    return Metric(namespace="AWS/Scheduler", name="InvocationDroppedCount", dimensions=dimensions, statistic="Sum")


def run_failed(failed: Metric, log_group: str, reasons: str = f"the run's reason {IN_THE_QUEUE}") -> Condition:
    """A run that ended with another exit code than 0, was stopped, or whose container never started; `reasons` says
    where the platform tells why."""
    return Condition(
        name="schedule-failed",
        severity="warn",
        what="a run failed: its container ended with another exit code than 0, was stopped, or never started",
        first=f"read {reasons}, then its last lines in {log_group}",
        metrics={"failed": failed},
        threshold=THRESHOLDS["failed_runs"].value,
        periods=LATE_MINUTES,
        breaching_periods=1,
        missing="notBreaching",
        silence=NO_EVENTS,
    )


def not_started(
    dropped: Metric,
    reasons: str = f"which and why {IN_THE_QUEUE}: often a role or a task definition that is gone, or no capacity",
) -> Condition:
    """A run that the platform could not start at all."""
    return Condition(
        name="not-started",
        guide="schedule-not-started",
        severity="warn",
        what="a scheduled run could not be started, and all retries are used up",
        first=f"read {reasons}",
        metrics={"dropped": dropped},
        threshold=THRESHOLDS["dropped_runs"].value,
        periods=LATE_MINUTES,
        breaching_periods=1,
        missing="notBreaching",
        silence=NO_EVENTS,
    )
