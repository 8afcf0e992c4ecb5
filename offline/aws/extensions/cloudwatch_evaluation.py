"""CloudWatch: what the data of an alarm say of its state. Nothing here changes anything.

Not evaluated: anomaly detection, and that a percentile of few samples is to be ignored.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offline.aws.extensions.cloudwatch_math import Series, UnsupportedError, evaluate

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
FARTHER_BACK = 2
"""Periods that are looked at beside those that count, in case of gaps. AWS names no number; its examples have 2."""


@dataclass(frozen=True)
class Source:
    """One metric that an alarm looks at."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    statistic: str
    period: int
    """Seconds."""

    def has(self, datum: Any) -> bool:
        """Whether a datum belongs to it."""
        return (datum.namespace, datum.name) == (self.namespace, self.name) and self.dimensions == {
            (item.name, item.value) for item in datum.dimensions
        }


def sources(alarm: Any) -> Iterator[tuple[str, Source]]:
    """What an alarm looks at, by the id that its expressions use."""
    if not alarm.metric_data_queries:
        statistic = alarm.statistic or alarm.extended_statistic or ""
        yield "", _source(alarm.namespace, alarm.metric_name, alarm.dimensions, statistic, alarm.period or 60)
    for query in alarm.metric_data_queries:
        if query.metric_stat is not None:
            of, metric = query.metric_stat, query.metric_stat.metric
            yield query.id, _source(metric.namespace, metric.metric_name, metric.dimensions, of.stat, of.period)


def _source(namespace: str, name: str, dimensions: Sequence[Any], statistic: str, period: Any) -> Source:
    pairs = frozenset((item.name, item.value) for item in dimensions)
    return Source(namespace, name, pairs, statistic, int(period))


def points(alarm: Any, data: Sequence[Any], now: float) -> Series:
    """The value of each period that is looked at, newest first; the first is the one that `now` is in.

    Raises UnsupportedError for an expression that is not evaluated here.
    """
    length = int(alarm.evaluation_periods) + FARTHER_BACK
    known = {name: _series(source, data, now, length) for name, source in sources(alarm)}
    if not alarm.metric_data_queries:
        return known[""]
    if alarm.threshold_metric_id:
        raise UnsupportedError("anomaly detection")
    returned = [query for query in alarm.metric_data_queries if str(query.return_data).lower() != "false"]
    for query in alarm.metric_data_queries:
        if query.expression and query not in returned:
            known[query.id] = evaluate(query.expression, known, length)
    if len(returned) != 1:
        raise UnsupportedError("an alarm on several series")
    result = returned[0]
    return evaluate(result.expression, known, length) if result.expression else known[result.id]


def _series(source: Source, data: Sequence[Any], now: float, length: int) -> Series:
    last = int(now) // source.period
    periods: list[list[Any]] = [[] for _ in range(length)]
    for datum in data:
        place = last - int(datum.timestamp.timestamp()) // source.period
        if 0 <= place < length and source.has(datum):
            periods[place].append(datum)
    return [_statistic(source.statistic, period) if period else None for period in periods]


def _statistic(name: str, data: Sequence[Any]) -> float | None:
    values = sorted(datum.value for datum in data if hasattr(datum, "value"))
    sets = [datum for datum in data if hasattr(datum, "sample_count")]
    count = len(values) + sum(item.sample_count for item in sets)
    total = sum(values) + sum(item.sum for item in sets)
    if name.startswith("p"):
        return percentile(values, float(name[1:]))
    found = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min([*values, *(item.min for item in sets)]),
        "Maximum": max([*values, *(item.max for item in sets)]),
    }
    return float(found[name]) if name in found else None


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Of sorted values, that below which so many percent of them are; None without any."""
    return float(values[min(len(values) - 1, int(len(values) * percent / 100))]) if values else None


def state(alarm: Any, values: Series) -> tuple[str, str] | None:
    """The state that follows from the values, newest first, and why; None where it stays as it is."""
    compare = COMPARISONS.get(alarm.comparison_operator)
    if compare is None or alarm.threshold is None:
        return None
    breaches = [None if value is None else compare(value, float(alarm.threshold)) for value in values]
    wanted = int(alarm.evaluation_periods)
    found = judged(breaches, wanted, int(alarm.datapoints_to_alarm or wanted), alarm.treat_missing_data or "missing")
    if found is None:
        return None
    real = [breach for breach in breaches if breach is not None][:wanted]
    if found == "INSUFFICIENT_DATA":
        return found, "Insufficient Data: no datapoints were received"
    crossed = f"{sum(real)} out of the last {len(real)} datapoints were breaching the threshold ({alarm.threshold})"
    return found, f"Threshold Crossed: {crossed}, and {wanted - len(real)} of {wanted} were missing."


def judged(breaches: Sequence[bool | None], wanted: int, to_alarm: int, missing: str) -> str | None:
    """The state by what breaches, newest first, None where a datum is missing: `to_alarm` of `wanted` make an alarm.

    Where enough of the periods have data, the newest of them are judged, and gaps do not matter. Else gaps count as the
    alarm says; where only breaching data are left, the oldest of them far enough back, it is an alarm before the rest
    has come. None leaves the state as it is.
    """
    real = [breach for breach in breaches if breach is not None][:wanted]
    breaching, gaps = sum(real), wanted - len(real)
    if gaps and missing in ("breaching", "notBreaching"):
        breaching += gaps if missing == "breaching" else 0
    elif not real:
        return None if missing == "ignore" else "INSUFFICIENT_DATA"
    elif gaps and all(real):
        oldest = max(place for place, breach in enumerate(breaches, start=1) if breach)
        if oldest >= to_alarm:
            return None if missing == "ignore" else "ALARM"
    return "ALARM" if breaching >= to_alarm else "OK"
