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


def run_failed(rule_name: str, log_group: str) -> Condition:
    """A run that ended with another exit code than 0, was stopped, or whose container never started.

    The rule matches such a run's end; that it was triggered is the metric. Nothing comes while all is well.
    """
    return Condition(
        name="schedule-failed",
        severity="warn",
        what="a run failed: its container ended with another exit code than 0, was stopped, or never started",
        first="read the run's reason in the queue of failed runs (docs/schedules.md), then its last lines in "
        f"{log_group}",
        metrics={
            "failed": Metric(
                namespace="AWS/Events", name="Invocations", dimensions={"RuleName": rule_name}, statistic="Sum"
            )
        },
        threshold=THRESHOLDS["failed_runs"].value,
        periods=1,
        breaching_periods=1,
        missing="notBreaching",
        silence=NO_EVENTS,
    )


def not_started(group: str) -> Condition:
    """A run that Scheduler gave up on after all its retries; the metric knows groups only."""
    return Condition(
        name="not-started",
        guide="schedule-not-started",
        severity="warn",
        what="a scheduled run could not be started, and all retries are used up",
        first="read which and why in the queue of failed runs (docs/schedules.md): often a role or a task definition "
        "that is gone, or no capacity",
        metrics={
            "dropped": Metric(
                namespace="AWS/Scheduler",
                name="InvocationDroppedCount",
                dimensions={"ScheduleGroup": group},
                statistic="Sum",
            )
        },
        threshold=THRESHOLDS["dropped_runs"].value,
        periods=1,
        breaching_periods=1,
        missing="notBreaching",
        silence=NO_EVENTS,
    )
