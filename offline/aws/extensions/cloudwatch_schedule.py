"""CloudWatch: whether a rule mutes an alarm: from `cron(minute hour day month weekday)` or `at(time)` on, for its time.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MONTHS = ("", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
MINUTE = timedelta(minutes=1)


def seconds_left(schedule: dict[str, Any], now: datetime) -> float:
    """For how long the rule is still on; 0 where it is off, or of a kind that is not read here (L, W, #)."""
    zone, lasts = ZoneInfo(schedule.get("Timezone") or "UTC"), _duration(schedule["Duration"])
    expression = schedule["Expression"].strip()
    if expression.startswith("at("):
        begins = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone)
        return (begins + lasts - now).total_seconds() if begins <= now < begins + lasts else 0
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if len(fields) != 5:
        return 0
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    while minute + lasts > now:  # the latest beginning ends last
        if _begins(fields, minute.astimezone(zone)):
            return (minute + lasts - now).total_seconds()
        minute -= MINUTE
    return 0


def muted_seconds(backend: Any, alarm: str, now: datetime | None = None) -> float:
    """For how long an alarm is muted from now on; 0 where it is not."""
    rules = getattr(backend, "mute_rules", {}).values()
    named = [rule for rule in rules if alarm in (rule["MuteTargets"] or {}).get("AlarmNames", [])]
    return max((seconds_left(rule["Rule"]["Schedule"], now or datetime.now(UTC)) for rule in named), default=0)


def _duration(text: str) -> timedelta:
    found = DURATION.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    return timedelta(days=days, hours=hours, minutes=minutes)


def _begins(fields: Sequence[str], local: datetime) -> bool:
    minute, hour, day, month, weekday = fields
    on_day, on_weekday = _matches(day, local.day), _matches(weekday, local.isoweekday() % 7, WEEKDAYS)
    either = day not in "*?" and weekday not in "*?"
    return (
        _matches(minute, local.minute)
        and _matches(hour, local.hour)
        and _matches(month, local.month, MONTHS)
        and ((on_day or on_weekday) if either else (on_day and on_weekday))
    )


def _matches(field: str, value: int, names: Sequence[str] = ()) -> bool:
    return any(_part_matches(part, value, names) for part in field.upper().split(","))


def _part_matches(part: str, value: int, names: Sequence[str]) -> bool:
    span, _, step = part.partition("/")
    if span in "*?":
        return value % int(step or 1) == 0
    first, _, last = span.partition("-")
    begins, ends = _number(first, names), _number(last or first, names)
    if begins is None or ends is None:
        return False
    same = (value, value + 7) if names is WEEKDAYS and value == 0 else (value,)  # Sunday is 0 and 7
    return any(begins <= one <= ends and (one - begins) % int(step or 1) == 0 for one in same)


def _number(text: str, names: Sequence[str]) -> int | None:
    if text.isdigit():
        return int(text)
    return names.index(text) if text in names and text else None
