"""A dashboard as plain data: rows of charts, and the JSON that CloudWatch takes for them.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.alarms.conditions import Metric

COLUMNS = 24
"""Width of CloudWatch's grid."""
TITLE_HEIGHT = 1
CHART_HEIGHT = 6
MOST_CHARTS_A_LINE = 4
MOST_ALARMS = 100
"""Alarms that one status widget takes."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """A line of a chart: a metric, or metric math over the ids of others."""

    label: str
    """What the legend says."""
    metric: Metric | None = None
    """What is drawn; None for an expression."""
    expression: str = ""
    """Metric math over ids of the same chart."""
    id: str = ""
    """Name for expressions: a small letter, then letters, digits and underscores."""
    hidden: bool = False
    """Only there for an expression."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A horizontal line."""

    label: str
    """What it means: the condition that it belongs to, or a bound of autoscaling."""
    value: float
    """Where it is, in the chart's unit."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Lines over time, one a series."""

    title: str
    """What is drawn."""
    unit: str
    """Unit of the axis, as people read it."""
    series: Sequence[Series]
    """What is drawn; a chart without any is left out."""
    limits: Sequence[Limit] = ()
    """Horizontal lines."""
    region: str | None = None
    """Region of the metrics; the dashboard's own by default."""


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """A table of what CloudWatch Logs Insights finds."""

    title: str
    """What is found."""
    log_group: str
    """Where to look."""
    query: str
    """Commands of Logs Insights, without SOURCE."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What belongs together, under a title of its own."""

    title: str
    """Heading."""
    charts: Sequence[Chart] = ()
    """Side by side, four a line at most."""
    logs: Sequence[LogQuery] = ()
    """Below them, as wide as the dashboard."""


def dashboard_body(rows: Sequence[Row], region: str, alarm_arns: Sequence[str] = ()) -> dict[str, Any]:
    """The dashboard's body: the state of alarms first, then a heading and charts for each row that has any."""
    widgets: list[dict[str, Any]] = []
    top = 0
    for start in range(0, len(alarm_arns), MOST_ALARMS):
        some = list(alarm_arns[start : start + MOST_ALARMS])
        widgets.append(_place("alarm", 0, top, COLUMNS, 4, {"title": "Alarms that page", "alarms": some}))
        top += 4
    for row in rows:
        drawn = [chart for chart in row.charts if chart.series]
        if not drawn and not row.logs:
            continue
        widgets.append(_place("text", 0, top, COLUMNS, TITLE_HEIGHT, {"markdown": f"## {row.title}"}))
        top += TITLE_HEIGHT
        for line in _lines(drawn):
            width = COLUMNS // len(line)
            for place, chart in enumerate(line):
                widgets.append(_place("metric", place * width, top, width, CHART_HEIGHT, properties(chart, region)))
            top += CHART_HEIGHT
        for found in row.logs:
            query = f"SOURCE '{found.log_group}' | {found.query}"
            asked = {"title": found.title, "query": query, "region": region, "view": "table"}
            widgets.append(_place("log", 0, top, COLUMNS, CHART_HEIGHT, asked))
            top += CHART_HEIGHT
    return {"periodOverride": "inherit", "widgets": widgets}


def _lines(charts: Sequence[Chart]) -> list[list[Chart]]:
    """At most four charts a line, as evenly as possible: five are three and two."""
    if not charts:
        return []
    lines = -(-len(charts) // MOST_CHARTS_A_LINE)
    each = -(-len(charts) // lines)
    return [list(charts[start : start + each]) for start in range(0, len(charts), each)]


def _place(kind: str, x: int, y: int, width: int, height: int, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": kind, "x": x, "y": y, "width": width, "height": height, "properties": dict(said)}


def properties(chart: Chart, region: str) -> dict[str, Any]:
    """A chart as CloudWatch takes it."""
    said: dict[str, Any] = {
        "title": chart.title,
        "view": "timeSeries",
        "stacked": False,
        "region": chart.region or region,
        "period": 60,
        "metrics": [_metric(series) for series in chart.series],
        "yAxis": {"left": {"label": chart.unit, "showUnits": False, "min": 0}},
    }
    if chart.limits:
        lines = [{"label": limit.label, "value": limit.value} for limit in chart.limits]
        said["annotations"] = {"horizontal": lines}
    return said


def _metric(series: Series) -> list[Any]:
    shown: dict[str, Any] = {"label": series.label}
    if series.id:
        shown["id"] = series.id
    if series.hidden:
        shown["visible"] = False
    if series.metric is None:
        return [{**shown, "expression": series.expression}]
    found = series.metric
    dimensions = [part for pair in found.dimensions.items() for part in pair]
    return [found.namespace, found.name, *dimensions, {**shown, "stat": found.statistic}]
