"""CloudWatch: alarms look at the data that is put, composite alarms at their alarms, and a change of state is told.

An alarm on one metric is evaluated when data of that metric is put, over the periods up to the newest datum; one on an
expression is not: `set_alarm_state` does for it. A change of state by either is told to the topics of the alarm, as
CloudWatch tells it, unless a composite alarm is suppressed. What a mute rule says is not looked at.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import ast
import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from offline.aws.extensions.wrapping import wrap

REFERENCE = re.compile(r"""\b(ALARM|OK|INSUFFICIENT_DATA)\(\s*["']?([^"')]+)["']?\s*\)""")
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
WORDS = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}
ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}
LONGEST_SUBJECT = 100


def install() -> None:
    """Extends moto's alarms, which neither look at data nor tell anybody."""
    from moto.cloudwatch.models import CloudWatchBackend

    wrap(CloudWatchBackend, "put_metric_data", put_metric_data)
    wrap(CloudWatchBackend, "set_alarm_state", set_alarm_state)


def put_metric_data(
    original: Callable[..., None], backend: Any, namespace: str, metric_data: list[dict[str, Any]]
) -> None:
    """Keeps the data, then looks at the alarms on these metrics."""
    original(backend, namespace, metric_data)
    names = {datum["MetricName"] for datum in metric_data}
    for alarm in list(backend.alarms.values()):
        if alarm.rule is None and alarm.namespace == namespace and alarm.metric_name in names:
            _evaluate(backend, alarm)


def set_alarm_state(
    original: Callable[..., None], backend: Any, alarm_name: str, reason: str, reason_data: str, state_value: str
) -> None:
    """A state that is set by hand is told as any other."""
    before = backend.alarms[alarm_name].state_value if alarm_name in backend.alarms else ""
    original(backend, alarm_name, reason, reason_data, state_value)
    _told(backend, backend.alarms[alarm_name], before)


def _evaluate(backend: Any, alarm: Any) -> None:
    breaching, known = _breaching(alarm, _datapoints(backend, alarm))
    least = int(alarm.datapoints_to_alarm or alarm.evaluation_periods)
    state = "ALARM" if breaching >= least else "OK"
    if not known:
        return
    if state != alarm.state_value:
        reason = (
            f"Threshold Crossed: {breaching} out of the last {known} datapoints were breaching ({alarm.threshold})."
        )
        set_state(backend, alarm, state, reason)


def set_state(backend: Any, alarm: Any, state: str, reason: str) -> None:
    """Changes an alarm's state, and tells of it."""
    before = alarm.state_value
    alarm.update_state(reason, "{}", state)
    _told(backend, alarm, before)


def _datapoints(backend: Any, alarm: Any) -> list[float | None]:
    """The statistic of each of the last periods, newest first; None where there is no datum."""
    dimensions = {(item.name, item.value) for item in alarm.dimensions}
    data = [
        datum
        for datum in backend.metric_data
        if (datum.namespace, datum.name) == (alarm.namespace, alarm.metric_name)
        and {(item.name, item.value) for item in datum.dimensions} == dimensions
    ]
    if not data:
        return []
    seconds = int(alarm.period)
    places = [int(datum.timestamp.timestamp()) // seconds for datum in data]
    last = max(places)
    periods: list[list[Any]] = [[] for _ in range(int(alarm.evaluation_periods))]
    for place, datum in zip(places, data, strict=True):
        if last - place < len(periods):
            periods[last - place].append(datum)
    statistic = alarm.statistic or alarm.extended_statistic
    return [_statistic(statistic, period) if period else None for period in periods]


def _statistic(name: str, data: Sequence[Any]) -> float | None:
    values = sorted(datum.value for datum in data if hasattr(datum, "value"))
    sets = [datum for datum in data if hasattr(datum, "sample_count")]
    count = len(values) + sum(item.sample_count for item in sets)
    total = sum(values) + sum(item.sum for item in sets)
    if name.startswith("p") and values:
        return float(values[min(len(values) - 1, int(len(values) * float(name[1:]) / 100))])
    found = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min([*values, *(item.min for item in sets)]),
        "Maximum": max([*values, *(item.max for item in sets)]),
    }
    return float(found[name]) if name in found else None


def _breaching(alarm: Any, datapoints: Sequence[float | None]) -> tuple[int, int]:
    """How many breach, out of how many that count; what is missing counts as the alarm says."""
    compare = COMPARISONS.get(alarm.comparison_operator)
    if compare is None or alarm.threshold is None:
        return 0, 0
    known = [compare(value, float(alarm.threshold)) for value in datapoints if value is not None]
    missing = len(datapoints) - len(known)
    if known and alarm.treat_missing_data in ("breaching", "notBreaching"):
        known += [alarm.treat_missing_data == "breaching"] * missing
    return sum(known), len(known)


def rule_holds(rule: str, states: Mapping[str, str]) -> bool:
    """Whether a composite alarm's rule holds for the states of alarms by name."""

    def asked(match: re.Match[str]) -> str:
        name = match[2].strip().rpartition(":alarm:")[2] or match[2].strip()
        return str(states.get(name, "INSUFFICIENT_DATA") == match[1])

    text = REFERENCE.sub(asked, rule)
    text = re.sub(r"\b(AND|OR|NOT|TRUE|FALSE)\b", lambda match: WORDS[match[1]], text)
    return _truth(ast.parse(text.strip(), mode="eval").body)


def _truth(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = [_truth(value) for value in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _truth(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    raise ValueError("not a rule of a composite alarm")


def _told(backend: Any, alarm: Any, before: str) -> None:
    """Tells topics of a change, and looks at the composite alarms that name the alarm."""
    if alarm.state_value == before:
        return
    if alarm.actions_enabled and not _suppressed(backend, alarm):
        for action in getattr(alarm, ACTIONS[alarm.state_value]):
            _publish(backend, alarm, before, action)
    states = {other.name: other.state_value for other in backend.alarms.values()}
    for other in list(backend.alarms.values()):
        named = {name.rpartition(":alarm:")[2] or name for _, name in REFERENCE.findall(other.rule or "")}
        if alarm.name in named:
            state = "ALARM" if rule_holds(other.rule, states) else "OK"
            if state != other.state_value:
                set_state(backend, other, state, f"{alarm.alarm_arn} transitioned to {alarm.state_value}")


def _suppressed(backend: Any, alarm: Any) -> bool:
    name = (getattr(alarm, "actions_suppressor", None) or "").rpartition(":alarm:")[2]
    suppressor = backend.alarms.get(name or getattr(alarm, "actions_suppressor", None))
    return suppressor is not None and suppressor.state_value == "ALARM"


def _publish(backend: Any, alarm: Any, before: str, action: str) -> None:
    from moto.sns.models import sns_backends

    if ":sns:" not in action:
        return
    region, account = action.split(":")[3:5]
    topics = sns_backends[account][region]
    if action not in topics.topics:
        return
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": alarm.state_updated_timestamp.isoformat(),
        "Region": backend.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "Trigger": {"AlarmRule": alarm.rule} if alarm.rule else _trigger(alarm),
    }
    subject = f'{alarm.state_value}: "{alarm.name}" in {backend.region_name}'
    topics.publish(message=json.dumps(message), arn=action, subject=subject[:LONGEST_SUBJECT])


def _trigger(alarm: Any) -> dict[str, Any]:
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison_operator,
    }
