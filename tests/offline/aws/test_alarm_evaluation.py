"""Missing data count as AWS's own tables say, metric math as our alarms use it, and mutes by the clock on the wall."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from components.alarms.catalog import catalog
from offline.aws.extensions.cloudwatch_evaluation import judged
from offline.aws.extensions.cloudwatch_math import Series, UnsupportedError, evaluate
from offline.aws.extensions.cloudwatch_schedule import seconds_left
from offline.aws.later import Agenda

MISSING = ("missing", "ignore", "breaching", "notBreaching")
KEPT = None
OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("data", "to_alarm", "states"),
    [
        ("0-X-X", 3, (OK, OK, OK, OK)),
        ("----0", 3, (OK, OK, OK, OK)),
        ("-----", 3, (UNKNOWN, KEPT, ALARM, OK)),
        ("0XX-X", 3, (ALARM, ALARM, ALARM, ALARM)),
        ("--X--", 3, (ALARM, KEPT, ALARM, OK)),
        ("0-X-X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("00X0X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0-X--", 2, (OK, OK, ALARM, OK)),
        ("----0", 2, (OK, OK, ALARM, OK)),
        ("---X-", 2, (ALARM, KEPT, ALARM, OK)),
    ],
)
def test_missing_data_count_as_in_the_tables_of_aws(data: str, to_alarm: int, states: tuple[str | None, ...]) -> None:
    """Oldest first, X breaches. Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
    alarms-and-missing-data.html, three periods, evaluation range of five."""
    breaches = [{"0": False, "X": True, "-": None}[sign] for sign in reversed(data)]
    assert tuple(judged(breaches, 3, to_alarm, missing) for missing in MISSING) == states


SERIES: dict[str, Series] = {"a": [1, 2, None], "b": [4, 0, 6], "none": [None, None, None]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b * 2", [9, 2, None]),
        ("-(a - b) / b", [0.75, None, None]),
        ("IF(a >= 2, 100 * a, b)", [4, 200, None]),
        ("IF(b > 1 AND b < 5, 7)", [7, None, None]),
        ("IF(b > 5 || b == 0, 1, 0)", [0, 1, 1]),
        ("FILL(none, 0) + FILL(a, b)", [1, 2, 6]),
        ("MAX([FILL(a, 0), b])", [4, 2, 6]),
        ("b / MAX(b)", [4 / 6, 0, 1]),
        ("SUM([a, b]) - MIN([a, b]) + AVG(a)", [5.5, 3.5, 1.5]),
        ("FLOOR(a / 2) + CEIL(a / 2) + ABS(a - 2)", [2, 2, None]),
        ("3", [3, 3, 3]),
        ("MAX(none)", [None, None, None]),
    ],
)
def test_metric_math_is_taken_place_by_place(expression: str, expected: list[float | None]) -> None:
    assert evaluate(expression, SERIES, 3) == expected


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("RATE(a)", "the function RATE of metric math with 1 arguments"),
        ("SEARCH('x', 'Sum', 60)", "the function SEARCH"),
        ("a ^ 2", r"'a \^ 2' in metric math"),
        ("nobody", "'nobody' in metric math"),
        ("[a, b]", "several series"),
        ("a +", "the expression 'a \\+'"),
    ],
)
def test_other_metric_math_is_refused_by_name(expression: str, what: str) -> None:
    with pytest.raises(UnsupportedError, match=what):
        evaluate(expression, SERIES, 3)


def test_every_expression_of_our_own_alarms_is_evaluated() -> None:
    conditions = [kind.condition for kind in catalog()] + [kind.on_eks for kind in catalog() if kind.on_eks]
    expressions = {c.expression: list(c.metrics) for c in conditions if c.expression}
    assert len(expressions) > 8
    for expression, ids in expressions.items():
        ones: dict[str, Series] = {name: [1.0, None] for name in ids}
        assert evaluate(expression, ones, 2)[0] is not None, expression


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 20, 19, 59, tzinfo=BERLIN), 0),  # a Friday
        (datetime(2026, 11, 20, 20, 0, tzinfo=BERLIN), 11.5),
        (datetime(2026, 11, 21, 7, 29, tzinfo=BERLIN), 1 / 60),
        (datetime(2026, 11, 21, 7, 30, tzinfo=BERLIN), 0),
        (datetime(2026, 11, 22, 20, 30, tzinfo=BERLIN), 0),  # a Sunday
    ],
)
def test_a_mute_goes_by_the_clock_on_the_wall(now: datetime, hours: float) -> None:
    schedule = {"Expression": "cron(0 20 * * MON,TUE-FRI)", "Duration": "PT11H30M", "Timezone": "Europe/Berlin"}
    assert seconds_left(schedule, now) == pytest.approx(hours * 3600)


@pytest.mark.parametrize(
    ("expression", "is_on"),
    [
        ("at(2026-11-22T12:00)", True),
        ("at(2026-11-22T10:00)", False),
        ("cron(*/15 12 * * 7)", True),
        ("cron(0 12 22 11 MON)", True),  # the day or the weekday
        ("cron(0 12 ? NOV SUN)", True),
        ("cron(0 12 23 * *)", False),
        ("cron(0 12 * * L)", False),
        ("cron(0 12 * * ? *)", False),
    ],
)
def test_schedules_are_read_as_cloudwatch_reads_them(expression: str, is_on: bool) -> None:
    schedule: dict[str, Any] = {"Expression": expression, "Duration": "PT1H"}
    assert bool(seconds_left(schedule, datetime(2026, 11, 22, 12, 14, tzinfo=ZoneInfo("UTC")))) is is_on


def test_what_is_due_is_done_in_its_order_and_a_failure_holds_up_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    now, done = [0.0], list[str]()
    agenda = Agenda(lambda: now[0])
    agenda.after(2, lambda: done.append("second"))
    agenda.after(1, lambda: [][0])
    agenda.after(1, lambda: done.append("first"))
    agenda.work_off()
    assert (done, agenda.is_due) == ([], False)
    now[0] = 2
    agenda.work_off()
    assert done == ["first", "second"]
    assert "IndexError" in capsys.readouterr().err
