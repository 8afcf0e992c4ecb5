"""The picture of a dashboard shows its widgets where CloudWatch puts them, and says that its data are samples."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from components.alarms.conditions import Metric
from components.dashboards.widgets import Chart, Limit, LogQuery, Row, Series, dashboard_body
from operations.dashboard_picture import COLUMN, body_of, panels, render, sample, short
from operations.picture import Resource

CPU = Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions={"A": "b"}, statistic="Average")
CHART = Chart(title="CPU", unit="%", series=[Series(label="api", metric=CPU)], limits=[Limit(label="warn", value=70)])


@pytest.fixture
def body() -> dict[str, Any]:
    logs = [LogQuery(title="Last errors", log_group="/headroom/dev/service/api", query="fields @message")]
    rows = [Row(title="Services", charts=[CHART, CHART]), Row(title="Logs", logs=logs)]
    return dashboard_body(rows, "eu-central-1", ["arn:aws:cloudwatch:eu-central-1:1:alarm:headroom-dev-api-failing"])


def texts(svg: str) -> list[str]:
    return [text for element in ElementTree.fromstring(svg).iter() if (text := (element.text or "").strip())]


def test_it_says_that_its_data_are_samples(body: dict[str, Any]) -> None:
    assert "sample data: nothing here was measured" in texts(render("headroom-dev-overview", body))


def test_every_widget_is_drawn_with_its_words(body: dict[str, Any]) -> None:
    drawn = texts(render("headroom-dev-overview", body))
    for wanted in (
        "Alarms that page",
        "headroom-dev-api-failing",
        "Services",
        "CPU",
        "api",
        "warn",
        "%",
        "Last errors",
    ):
        assert wanted in drawn


def test_widgets_stand_where_cloudwatch_puts_them(body: dict[str, Any]) -> None:
    one, other = [panel for panel in panels(body) if panel.kind == "metric"]
    assert other.x - one.x == 12 * COLUMN
    assert one.y == other.y


def test_lines_and_limits_stay_inside_their_panel(body: dict[str, Any]) -> None:
    for panel in panels(body):
        heights = [float(pair.split(",")[1]) for line in panel.lines for pair in line.points.split()]
        assert all(panel.y <= y <= panel.y + panel.height for y in [*heights, *(mark.y for mark in panel.limits)])


def test_a_picture_that_is_made_again_is_the_same(body: dict[str, Any]) -> None:
    assert render("one", body) == render("one", body)
    assert sample("CPU api", 40) != sample("CPU web", 40)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.02, "0.02"), (70, "70"), (1500, "1.5 k"), (2 * 1024**3, "2 GiB")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text


def test_a_missing_dashboard_is_named() -> None:
    with pytest.raises(LookupError, match=r"no dashboard overview; is observability\.dashboards on"):
        body_of([Resource("aws:sns/topic:Topic", "alarms-warn", {})], "overview")


def test_the_docs_have_the_picture_of_prod() -> None:
    picture = (Path(__file__).parents[2] / "docs/dashboard.svg").read_text()
    assert {"headroom-prod-overview", "sample data: nothing here was measured"} <= set(texts(picture))
