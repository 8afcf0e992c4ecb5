"""When services sleep, and when nobody hears of it. O6."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.services.sleep import DAY, DAYS, STARTING, WEEK, Sleep, Window, awake_share, minutes, sleep_problems

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
NIGHT: dict[str, Any] = {"begins": "20:00", "ends": "07:00", "days": WORKDAYS, "timezone": "Europe/Berlin"}


def sleep(**changed: Any) -> Sleep:
    return Sleep(**(NIGHT | changed))


def test_tasks_end_every_evening_and_start_on_days_of_work() -> None:
    assert sleep().evening == "cron(0 20 * * ? *)"
    assert sleep().morning == "cron(0 7 ? * MON,TUE,WED,THU,FRI *)"


def test_the_share_of_a_week_follows_from_the_two_expressions() -> None:
    for night in (sleep(), sleep(begins="01:30", ends="06:05", days=("sat", "sun"))):
        assert awake_share(night.evening, night.morning) == night.awake_minutes / WEEK
    assert awake_share("rate(1 day)", "cron(0 7 * * ? *)") == 1


def test_a_week_of_work_is_65_hours() -> None:
    assert sleep().awake_minutes == 65 * 60
    assert sleep(days=DAYS).awake_minutes == 7 * 13 * 60


def test_the_longest_night_is_over_the_days_off() -> None:
    assert sleep().longest_minutes == 59 * 60
    assert sleep(days=DAYS).longest_minutes == 11 * 60
    assert sleep(days=("wed",)).longest_minutes == 7 * 24 * 60 - 13 * 60


def test_alarms_are_muted_by_night_over_the_weekend_and_until_tasks_have_started() -> None:
    assert sleep().windows() == [
        Window(expression="cron(0 20 * * MON,TUE,WED,THU)", duration="PT11H30M"),
        Window(expression="cron(0 20 * * FRI)", duration="P2DT11H30M"),
        # Once more by the clock on the wall: a night in which clocks are put back lasts for an hour longer.
        Window(expression="cron(0 6 * * MON,TUE,WED,THU,FRI)", duration="PT1H30M"),
    ]


def test_a_night_that_begins_after_midnight_belongs_to_the_day_before() -> None:
    late = sleep(begins="01:30", ends="06:00", days=("fri", "sat"))
    assert late.windows()[:2] == [
        Window(expression="cron(30 1 * * SAT)", duration="PT5H"),
        Window(expression="cron(30 1 * * SUN)", duration="P5DT5H"),
    ]
    assert late.awake_minutes == 2 * (19 * 60 + 30)


def test_a_morning_soon_after_midnight_is_muted_from_the_evening_before() -> None:
    assert sleep(ends="00:15", days=("mon",)).windows()[-1] == Window(
        expression="cron(15 23 * * SUN)", duration="PT1H30M"
    )


def muted(windows: list[Window]) -> set[int]:
    """Minutes of the week in which a window is open."""
    found: set[int] = set()
    for window in windows:
        begin = re.fullmatch(r"cron\((\d+) (\d+) \* \* ([A-Z,]+)\)", window.expression)
        length = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", window.duration)
        assert begin is not None
        assert length is not None
        minute, hour, days = begin.groups()
        lasts = sum(int(part or 0) * unit for part, unit in zip(length.groups(), (DAY, 60, 1), strict=True))
        assert 1 <= lasts <= 15 * DAY
        for day in days.split(","):
            start = DAYS.index(day.lower()) * DAY + 60 * int(hour) + int(minute)
            found |= {(start + passed) % WEEK for passed in range(lasts)}
    return found


def asleep(night: Sleep) -> set[int]:
    """Minutes of the week in which no task runs, by playing the two actions through two weeks."""
    begins, ends = minutes(night.begins), minutes(night.ends)
    found, is_asleep = set(), True
    for minute in range(2 * WEEK):
        day = DAYS[minute % WEEK // DAY]
        if minute % DAY == begins:
            is_asleep = True
        if minute % DAY == ends and day in night.days:
            is_asleep = False
        if is_asleep and minute >= WEEK:
            found.add(minute % WEEK)
    return found


TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
NIGHTS = st.tuples(TIMES, TIMES, st.sets(st.sampled_from(DAYS), min_size=1)).filter(lambda night: night[0] != night[1])


@given(NIGHTS)
def test_alarms_are_muted_whenever_tasks_are_asleep_and_little_longer(night: tuple[str, str, set[Any]]) -> None:
    begins, ends, days = night
    chosen = sleep(begins=begins, ends=ends, days=tuple(days))
    quiet, silent = asleep(chosen), muted(chosen.windows())
    assert quiet <= silent
    assert {(minute + STARTING) % WEEK for minute in quiet} <= silent
    assert len(quiet) == WEEK - chosen.awake_minutes
    # Half an hour to start, and what the window of the morning begins before a night that is shorter than it.
    assert len(silent - quiet) <= len(days) * (STARTING + 60)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ends": "20:00"}, "from is 20:00: to is 20:00 too, and a night that ends as it begins is none"),
        ({"days": ("mon", "mon")}, "days is ['mon', 'mon']: mon stands twice; name each day once"),
        ({"timezone": "Berlin"}, "timezone is Berlin: it is no time zone of the IANA database"),
    ],
)
def test_what_makes_no_night_is_refused(changed: dict[str, Any], said: str) -> None:
    (problem,) = sleep_problems(**(NIGHT | changed))
    assert str(problem).startswith(said)
    assert sleep_problems(**NIGHT) == []


def test_a_time_of_day_is_one() -> None:
    assert minutes("23:59") == DAY - 1
    with pytest.raises(ValueError, match="25:00 is no time of day"):
        minutes("25:00")
