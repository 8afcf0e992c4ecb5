"""When somebody hears of a schedule. O1, T7."""

from components.schedules.alarms import not_started, run_failed


def test_a_failed_run_is_told_with_where_to_look():
    condition = run_failed("headroom-dev-cleanup-failed", "/headroom/dev/service/worker")
    assert condition.metrics["failed"].dimensions == {"RuleName": "headroom-dev-cleanup-failed"}
    assert (condition.threshold, condition.periods, condition.missing) == (0, 1, "notBreaching")
    assert condition.first.endswith("in /headroom/dev/service/worker")


def test_a_run_that_never_started_is_told():
    condition = not_started("headroom-dev")
    metric = condition.metrics["dropped"]
    assert (metric.namespace, metric.name) == ("AWS/Scheduler", "InvocationDroppedCount")
    assert metric.dimensions == {"ScheduleGroup": "headroom-dev"}
