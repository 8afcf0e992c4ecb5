"""When a schedule runs, and what EventBridge Scheduler refuses. T7."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.schedules.constraints import (
    DAYS,
    FAILED_RUNS,
    MONTHS,
    NAMED,
    command_problems,
    expression,
    retry_problems,
    size_problems,
    time_problems,
    time_zone_problems,
)


def test_the_named_times_are_those_of_the_requirement():
    assert expression("hourly") == "cron(0 * * * ? *)"
    assert expression("daily") == "cron(0 2 * * ? *)"
    assert expression("weekly") == "cron(0 3 ? * SUN *)"
    assert expression("cron(5 4 * * ? *)") == "cron(5 4 * * ? *)"


@pytest.mark.parametrize("named", NAMED.values())
def test_what_a_name_stands_for_is_right(named):
    assert time_problems(named) == []


@pytest.mark.parametrize(
    "every",
    [
        "rate(1 minute)",
        "rate(15 minutes)",
        "rate(1 hour)",
        "rate(7 days)",
        "cron(0/15 * * * ? *)",
        "cron(0,30 8-18 ? * MON-FRI *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 L-3 * ? *)",
        "cron(0 0 15W * ? *)",
        "cron(0 9 ? * 2#1 *)",
        "cron(0 9 ? * FRIL *)",
        "cron(0 9 1 JAN,JUL ? 2026-2030)",
        "cron(*/10 * ? * * *)",
    ],
)
def test_these_times_are_right(every):
    assert time_problems(every) == []


@pytest.mark.parametrize(
    ("every", "says"),
    [
        ("nightly", "no time that a schedule knows"),
        ("0 2 * * *", "no time that a schedule knows"),
        ("at(2030-01-01T00:00:00)", "no time that a schedule knows"),
        ("rate(0 minutes)", "write rate(1 minute)"),
        ("rate(1 minutes)", "write rate(1 minute)"),
        ("rate(5 minute)", "write rate(5 minutes)"),
        ("rate(2 weeks)", "no time that a schedule knows"),
        ("cron(0 2 * * *)", "it has 5 fields, and EventBridge takes six"),
        ("cron(0 2 * * * *)", "write ? for exactly one of them"),
        ("cron(0 2 ? * ? *)", "write ? for exactly one of them"),
        ("cron(60 2 * * ? *)", "60 is no minute; the minute takes 0-59"),
        ("cron(0 24 * * ? *)", "24 is no hour"),
        ("cron(0 0 32 * ? *)", "32 is no day of the month"),
        ("cron(0 0 1 13 ? *)", "13 is no month; the month takes 1-12 or JAN-DEC"),
        ("cron(0 0 ? * sun *)", "sun is no day of the week; the day of the week takes 1-7 or SUN-SAT"),
        ("cron(0 0 ? * 0 *)", "0 is no day of the week"),
        ("cron(0 0 ? * SUN 1969)", "1969 is no year"),
        ("cron(0 18-8 ? * SUN *)", "18-8 is no hour"),
        ("cron(0/0 * * * ? *)", "0/0 is no minute"),
        ("cron(? 2 * * ? *)", "? is no minute"),
        ("cron(0 2 L,15W,40 * ? *)", "L,15W,40 is no day of the month"),
    ],
)
def test_these_times_are_refused_with_what_to_write(every, says):
    [problem] = time_problems(every)
    assert problem.key == "every"
    assert says in f"{problem.reason}; {problem.remedy}"


@settings(max_examples=100)
@given(
    st.integers(0, 59),
    st.integers(0, 23),
    st.one_of(st.integers(1, 31).map(str), st.just("*"), st.just("L")),
    st.one_of(st.integers(1, 12).map(str), st.sampled_from(MONTHS), st.just("*")),
    st.one_of(st.integers(1, 7).map(str), st.sampled_from(DAYS), st.just("*")),
    st.booleans(),
)
def test_any_numbers_within_their_ranges_are_right_with_one_open_day(minute, hour, day, month, weekday, by_week):
    days = ("?", weekday) if by_week else (day, "?")
    assert time_problems(f"cron({minute} {hour} {days[0]} {month} {days[1]} *)") == []
    assert len(time_problems(f"cron({minute} {hour} {day} {month} {weekday} *)")) == 1


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_any_text_is_judged_and_nothing_breaks(text):
    for every in (text, f"cron({text})", f"rate({text})"):
        assert all(problem.remedy for problem in time_problems(every))


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_places_have_time_zones(timezone):
    assert time_zone_problems(timezone) == []


@pytest.mark.parametrize("timezone", ["Berlin", "CEST", "", "Europe/Berlin "])
def test_what_is_no_time_zone_is_refused(timezone):
    assert [p.key for p in time_zone_problems(timezone)] == ["timezone"]


def test_retries_and_their_time_have_limits():
    assert retry_problems(0, 1) == retry_problems(185, 1440) == []
    assert [p.key for p in retry_problems(186, 0)] == ["retries", "max_age_minutes"]


def test_a_run_has_a_command_of_its_own():
    assert [p.key for p in command_problems([])] == ["command"]
    assert command_problems(["run"]) == []


def test_a_size_of_its_own_is_a_pair():
    assert size_problems(None, None) == size_problems(256, 512) == []
    assert [p.key for p in size_problems(256, None)] == ["cpu_units"]
    assert [p.key for p in size_problems(None, 512)] == ["memory_mib"]
    assert [p.key for p in size_problems(256, 8192)] == ["memory_mib"]


def test_no_queue_of_the_settings_can_have_the_name_of_the_failed_runs():
    assert len(FAILED_RUNS) > 20
    assert not FAILED_RUNS.endswith("-dlq")
