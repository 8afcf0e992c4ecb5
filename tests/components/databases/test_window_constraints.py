"""Windows that RDS refuses. D1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.databases.window_constraints import DAYS, window_problems

SOURCE = (
    "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html"
    "#AdjustingTheMaintenanceWindow"
)
BACKUP, MAINTENANCE = "07:00-09:00", "sun:09:30-sun:10:30"


def said(backup: str = BACKUP, maintenance: str = MAINTENANCE) -> list[str]:
    return [str(problem) for problem in window_problems(backup, maintenance)]


def test_the_usual_windows_pass() -> None:
    assert said() == []


@pytest.mark.parametrize("window", ["", "7:00-9:00", "07:00", "07:00-07:29", "24:00-01:00", "09:00-09:00"])
def test_a_backup_window_lasts_half_an_hour_at_least(window: str) -> None:
    assert said(backup=window) == [
        f"backup_window is {window}: it is no daily window of 30 minutes or more; write it as 07:00-09:00, in UTC "
        f"({SOURCE})"
    ]


@pytest.mark.parametrize("window", ["", "09:30-10:30", "Sun:09:30-Sun:10:30", "sun:09:30-sun:09:45", "day:1"])
def test_a_maintenance_window_lasts_half_an_hour_at_least(window: str) -> None:
    assert said(maintenance=window) == [
        f"maintenance_window is {window}: it is no weekly window of 30 minutes or more; write it as "
        f"sun:09:30-sun:10:30, in UTC ({SOURCE})"
    ]


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("07:00-09:00", "sun:08:30-sun:10:00"),
        ("07:00-09:00", "wed:06:00-wed:10:00"),
        ("23:00-01:00", "mon:00:30-mon:01:30"),
        ("23:45-00:30", "sun:23:50-mon:00:20"),
        ("12:00-12:30", "mon:00:00-sun:23:00"),
    ],
)
def test_the_windows_never_meet_whatever_the_day(backup: str, maintenance: str) -> None:
    message = f"it overlaps the backup_window, {backup}; move one of them ({SOURCE})"
    assert said(backup, maintenance) == [f"maintenance_window is {maintenance}: {message}"]


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("07:00-09:00", "sun:09:00-sun:09:30"),
        ("23:00-00:30", "mon:00:30-mon:01:00"),
        ("01:00-02:00", "sat:23:00-sun:01:00"),
    ],
)
def test_windows_may_follow_each_other(backup: str, maintenance: str) -> None:
    assert said(backup, maintenance) == []


def clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


@settings(max_examples=100)
@given(
    backup=st.tuples(st.integers(0, 1439), st.integers(30, 600)),
    maintenance=st.tuples(st.integers(0, 7 * 1440 - 1), st.integers(30, 600)),
)
def test_windows_overlap_exactly_where_they_share_a_minute(
    backup: tuple[int, int], maintenance: tuple[int, int]
) -> None:
    daily = {(day * 1440 + backup[0] + i) % (7 * 1440) for day in range(7) for i in range(backup[1])}
    weekly = {(maintenance[0] + i) % (7 * 1440) for i in range(maintenance[1])}
    ends = [maintenance[0], (maintenance[0] + maintenance[1]) % (7 * 1440)]
    written = "-".join(f"{DAYS[end // 1440]}:{clock(end)}" for end in ends)
    problems = said(f"{clock(backup[0])}-{clock(sum(backup))}", written)
    assert bool(problems) is bool(daily & weekly)
