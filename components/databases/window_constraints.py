"""What RDS refuses of the times in which it backs up and changes a database."""

import re

from components.constraints import Problem
from components.databases.engines import RELEASES

SOURCE = f"{RELEASES}/UserGuide/USER_UpgradeDBInstance.Maintenance.html#AdjustingTheMaintenanceWindow"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
LEAST_MINUTES = 30

BACKUP_WINDOW = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$")
MAINTENANCE_WINDOW = re.compile(
    rf"^({'|'.join(DAYS)}):([01]\d|2[0-3]):([0-5]\d)-({'|'.join(DAYS)}):([01]\d|2[0-3]):([0-5]\d)$"
)


def window_problems(backup_window: str, maintenance_window: str) -> list[Problem]:
    """Each lasts half an hour at least, in UTC; the daily one for backups never meets the weekly one for changes."""
    daily, weekly = _daily(backup_window), _weekly(maintenance_window)
    if daily is None:
        reason = "it is no daily window of 30 minutes or more"
        return [_problem("backup_window", backup_window, reason, "write it as 07:00-09:00, in UTC")]
    if weekly is None:
        reason = "it is no weekly window of 30 minutes or more"
        return [_problem("maintenance_window", maintenance_window, reason, "write it as sun:09:30-sun:10:30, in UTC")]
    if _overlap(daily, weekly):
        reason = f"it overlaps the backup_window, {backup_window}"
        return [_problem("maintenance_window", maintenance_window, reason, "move one of them")]
    return []


def _daily(window: str) -> tuple[int, int] | None:
    """First minute of the day and length in minutes."""
    match = BACKUP_WINDOW.match(window)
    if match is None:
        return None
    start, end = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
    length = (end - start) % DAY_MINUTES
    return (start, length) if length >= LEAST_MINUTES else None


def _weekly(window: str) -> tuple[int, int] | None:
    """First minute of the week and length in minutes."""
    match = MAINTENANCE_WINDOW.match(window)
    if match is None:
        return None
    start, end = (DAYS.index(match[at]) * DAY_MINUTES + int(match[at + 1]) * 60 + int(match[at + 2]) for at in (1, 4))
    length = (end - start) % WEEK_MINUTES
    return (start, length) if length >= LEAST_MINUTES else None


def _overlap(daily: tuple[int, int], weekly: tuple[int, int]) -> bool:
    """Whether any of the week's seven daily windows shares a minute with the weekly one; both may pass midnight."""
    for day in range(len(DAYS)):
        start = day * DAY_MINUTES + daily[0]
        if (weekly[0] - start) % WEEK_MINUTES < daily[1] or (start - weekly[0]) % WEEK_MINUTES < weekly[1]:
            return True
    return False


def _problem(key: str, value: str, reason: str, remedy: str) -> Problem:
    return Problem(key=key, value=value, reason=reason, remedy=remedy, source=SOURCE)
