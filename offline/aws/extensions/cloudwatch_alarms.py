"""CloudWatch: alarms look at the data that is put, composite alarms at their alarms, and a change of state is told.

A new alarm knows too little. It is evaluated when data of one of its metrics is put, over the periods up to the newest
datum; from there on its time goes on as the clock does, so that silence counts as the alarm says. The emulated AWS
measures nothing by itself: an alarm whose metrics never had a datum becomes OK after its first period where missing
data is not breaching, and else stays as it is, though on AWS one for which silence is breaching would go on.

What an alarm does, and when, is in `cloudwatch_actions`.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline.aws.extensions import cloudwatch_actions as actions
from offline.aws.extensions import cloudwatch_history as history
from offline.aws.extensions.cloudwatch_evaluation import points, sources, state
from offline.aws.extensions.cloudwatch_math import UnsupportedError
from offline.aws.extensions.cloudwatch_rules import names_in, rule_holds
from offline.aws.extensions.wrapping import wrap
from offline.aws.later import AGENDA

KEPT_STATE = (
    *("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"),
    *("headroom_seen", "headroom_told", "headroom_wait_ends", "headroom_extension_ends", "headroom_transitioned"),
)
UNKNOWN = "INSUFFICIENT_DATA"


def install() -> None:
    """Extends moto's alarms, which neither look at data nor tell anybody."""
    from moto.cloudwatch.models import CloudWatchBackend

    wrap(CloudWatchBackend, "put_metric_alarm", put_metric_alarm)
    wrap(CloudWatchBackend, "put_metric_data", put_metric_data)
    wrap(CloudWatchBackend, "set_alarm_state", set_alarm_state)


def put_metric_alarm(original: Callable[..., Any], backend: Any, name: str, *args: Any, **arguments: Any) -> Any:
    """A new alarm knows too little; one that is changed keeps its state, and looks at its data again."""
    before = backend.alarms.get(name)
    alarm = original(backend, name, *args, **arguments)
    if before is not None:
        for kept in KEPT_STATE:
            if hasattr(before, kept):
                setattr(alarm, kept, getattr(before, kept))
    else:
        alarm.state_value = UNKNOWN
    if alarm.rule is not None:
        return alarm  # a composite one is looked at once it is whole
    if hasattr(alarm, "headroom_seen"):
        look(backend, alarm)
    elif before is None and alarm.treat_missing_data == "notBreaching":
        AGENDA.after(_period(alarm), lambda: _first(backend, name))
    return alarm


def put_metric_data(
    original: Callable[..., None], backend: Any, namespace: str, metric_data: list[dict[str, Any]]
) -> None:
    """Keeps the data, then looks at the alarms on these metrics."""
    known = len(backend.metric_data)
    original(backend, namespace, metric_data)
    data = backend.metric_data[known:]
    names = {datum["MetricName"] for datum in metric_data}
    for alarm in list(backend.alarms.values()):
        if alarm.rule is not None:
            continue
        own = [source for _, source in sources(alarm) if source.namespace == namespace and source.name in names]
        times = [datum.timestamp.timestamp() for datum in data if any(source.has(datum) for source in own)]
        if times:
            waits = hasattr(alarm, "headroom_seen")
            alarm.headroom_seen = max([*times, _now(alarm)] if waits else times), AGENDA.clock()
            look(backend, alarm)
            if not waits:
                _look_again(backend, alarm)


def _now(alarm: Any) -> float:
    """The alarm's time, in seconds since 1970: that of its newest datum when it was put, and what has passed since."""
    newest, put = alarm.headroom_seen
    return float(newest + AGENDA.clock() - put)


def _period(alarm: Any) -> int:
    return max(source.period for _, source in sources(alarm))


def _look_again(backend: Any, alarm: Any) -> None:
    """A period later, and so on until the alarm is gone: by then a datum is missing."""

    def work() -> None:
        if backend.alarms.get(alarm.name) is not None:
            now = backend.alarms[alarm.name]
            look(backend, now)
            _look_again(backend, now)

    AGENDA.after(_period(alarm), work)


def _first(backend: Any, name: str) -> None:
    alarm = backend.alarms.get(name)
    if alarm is not None and alarm.state_value == UNKNOWN and not hasattr(alarm, "headroom_seen"):
        set_state(backend, alarm, "OK", "No datapoints were received, and missing data is treated as not breaching.")


def look(backend: Any, alarm: Any) -> None:
    """Evaluates an alarm on what there is at its time."""
    try:
        found = state(alarm, points(alarm, backend.metric_data, _now(alarm)))
    except UnsupportedError as error:
        alarm.state_reason = f"Unchecked: the emulated AWS does not evaluate {error}"
        return
    if found is not None and found[0] != alarm.state_value:
        set_state(backend, alarm, *found)


def set_alarm_state(
    original: Callable[..., None], backend: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
) -> None:
    """A state that is set by hand is told as any other, and lasts until the next look."""
    before = backend.alarms[alarm_name].state_value if alarm_name in backend.alarms else ""
    original(backend, alarm_name, reason, reason_data, state_value)
    _changed(backend, backend.alarms[alarm_name], before)


def set_state(backend: Any, alarm: Any, state_value: str, reason: str) -> None:
    """Changes an alarm's state, and tells of it."""
    before = alarm.state_value
    alarm.update_state(reason, "{}", state_value)
    _changed(backend, alarm, before)


def look_composite(backend: Any, alarm: Any, reason: str) -> None:
    """Evaluates a composite alarm on the states of the alarms that it names."""
    states = {other.name: other.state_value for other in backend.alarms.values()}
    found = "ALARM" if rule_holds(alarm.rule, states) else "OK"
    if found != alarm.state_value:
        set_state(backend, alarm, found, reason)


def _changed(backend: Any, alarm: Any, before: str) -> None:
    """Does what the alarm is to do, and looks at the composite alarms that name it."""
    if alarm.state_value == before:
        return
    history.note(backend, alarm, before)
    actions.changed(backend, alarm, before)
    for other in list(backend.alarms.values()):
        if other.rule and alarm.name in names_in(other.rule):
            look_composite(backend, other, f"{alarm.alarm_arn} transitioned to {alarm.state_value}")
