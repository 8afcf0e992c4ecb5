"""A dashboard's body is what CloudWatch takes. O2."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from components.alarms.conditions import Metric
from components.dashboards.rows import share
from components.dashboards.widgets import COLUMNS, Chart, Limit, LogQuery, Row, Series, dashboard_body, properties

CPU = Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions={"A": "b", "C": "d"}, statistic="Average")
CHART = Chart(title="CPU", unit="%", series=[Series(label="api", metric=CPU)], limits=[Limit(label="warn", value=70)])


def test_a_metric_is_a_list_of_its_parts() -> None:
    said = properties(CHART, "eu-central-1")
    (line,) = said["metrics"]
    assert line == ["AWS/ECS", "CPUUtilization", "A", "b", "C", "d", {"label": "api", "stat": "Average"}]
    assert (said["region"], said["period"], said["yAxis"]["left"]["label"]) == ("eu-central-1", 60, "%")
    assert said["annotations"] == {"horizontal": [{"label": "warn", "value": 70}]}


def test_what_cloudfront_reports_is_asked_for_where_it_is() -> None:
    assert properties(replace(CHART, region="us-east-1"), "eu-central-1")["region"] == "us-east-1"


def test_a_share_hides_what_it_is_made_of() -> None:
    lines = properties(Chart(title="5xx", unit="%", series=share("5xx", CPU, CPU)), "eu-central-1")["metrics"]
    assert [line[-1].get("visible", True) for line in lines] == [False, False, True]
    assert lines[-1] == [{"label": "5xx", "id": "share0", "expression": "100 * FILL(part0, 0) / whole0"}]


def test_what_is_not_there_is_not_drawn() -> None:
    empty = Chart(title="nothing", unit="%", series=[])
    assert dashboard_body([Row(title="Caches", charts=[empty]), Row(title="Queues")], "eu-central-1")["widgets"] == []
    drawn = dashboard_body([Row(title="Services", charts=[CHART, empty])], "eu-central-1")["widgets"]
    assert [widget["type"] for widget in drawn] == ["text", "metric"]


def test_the_state_of_alarms_comes_first_a_hundred_a_widget() -> None:
    body = dashboard_body([Row(title="Services", charts=[CHART])], "eu-central-1", [f"arn-{n}" for n in range(150)])
    assert [len(w["properties"]["alarms"]) for w in body["widgets"][:2]] == [100, 50]
    assert [widget["type"] for widget in body["widgets"]] == ["alarm", "alarm", "text", "metric"]


def test_logs_are_asked_for_by_their_group() -> None:
    found = LogQuery(title="Last errors", log_group="/headroom/dev/service/api", query="fields @message")
    (_, widget) = dashboard_body([Row(title="Logs", logs=[found])], "eu-central-1")["widgets"]
    assert widget["properties"]["query"] == "SOURCE '/headroom/dev/service/api' | fields @message"


@settings(max_examples=50)
@given(st.lists(st.integers(min_value=0, max_value=9), min_size=1, max_size=6))
def test_widgets_fill_their_lines_and_never_overlap(counts: list[int]) -> None:
    rows = [Row(title=f"row {n}", charts=[CHART] * count) for n, count in enumerate(counts)]
    taken: set[tuple[int, int]] = set()
    for widget in dashboard_body(rows, "eu-central-1")["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < COLUMNS
        taken |= cells
