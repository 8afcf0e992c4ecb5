"""When somebody hears of a schedule. O1, T7."""

from components.schedules.alarms import dropped_metric, not_started, rule_metric, run_failed


def test_a_failed_run_is_told_with_where_to_look():
    condition = run_failed(rule_metric("headroom-dev-cleanup-failed"), "/headroom/dev/service/worker")
    assert condition.metrics["failed"].dimensions == {"RuleName": "headroom-dev-cleanup-failed"}
    assert (condition.threshold, condition.breaching_periods, condition.missing) == (0, 1, "notBreaching")
    assert condition.first.endswith("in /headroom/dev/service/worker")


def test_a_run_that_never_started_is_told():
    condition = not_started(dropped_metric("headroom-dev"))
    metric = condition.metrics["dropped"]
    assert (metric.namespace, metric.name) == ("AWS/Scheduler", "InvocationDroppedCount")
    assert metric.dimensions == {"ScheduleGroup": "headroom-dev"}


def test_a_run_that_is_told_minutes_late_is_told_nevertheless():
    for condition in (run_failed(rule_metric("rule"), "/logs"), not_started(dropped_metric("group"))):
        assert condition.periods * condition.period_seconds >= 10 * 60
        assert condition.breaching_periods == 1
