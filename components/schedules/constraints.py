"""When a schedule runs, as EventBridge Scheduler takes it, and what it refuses: free of Pulumi."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from zoneinfo import available_timezones

from components.constraints import Problem, within
from components.services.constraints import FARGATE_SOURCE, fargate_size_problems

TYPES_SOURCE = "docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"
RETRY_SOURCE = "docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html"

NAMED: Mapping[str, str] = MappingProxyType(
    {
        "hourly": "cron(0 * * * ? *)",
        "daily": "cron(0 2 * * ? *)",
        "weekly": "cron(0 3 ? * SUN *)",
        "monthly": "cron(0 4 1 * ? *)",
    }
)
"""Times that have a name: at the full hour, at 02:00, on Sunday at 03:00 (T7), on the first day of a month at 04:00."""

FAILED_RUNS = "failed-scheduled-runs"
"""Queue of what did not start, or failed; one letter longer than a name in the settings may be, so it is no other's."""

MOST_RETRIES = 185
LONGEST_AGE_MINUTES = 1440
"""One day."""
LONGEST_TIME_ZONE = 50

RATE = re.compile(r"^rate\((\d+) (minute|hour|day)(s?)\)$")
CRON = re.compile(r"^cron\((.*)\)$")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class _Field:
    """One of the six parts of a cron expression."""

    name: str
    """What it is, in the words of a message."""
    low: int
    """Lowest number."""
    high: int
    """Highest number."""
    words: Sequence[str] = ()
    """Names of the numbers, from `low` on."""
    special: str = ""
    """What it takes beside numbers, in a regular expression."""

    def allowed(self) -> str:
        """What it takes, as a reader needs it."""
        words = f" or {self.words[0]}-{self.words[-1]}" if self.words else ""
        return f"the {self.name} takes {self.low}-{self.high}{words}, with , - * and /"

    def _number(self, text: str) -> int | None:
        if text in self.words:
            return self.low + self.words.index(text)
        return int(text) if text.isdigit() and self.low <= int(text) <= self.high else None

    def _is_item(self, text: str) -> bool:
        if self.special and re.fullmatch(self.special, text):
            return True
        span, slash, step = text.partition("/")
        if slash and not (step.isdigit() and 1 <= int(step) <= self.high):
            return False
        if span == "*":
            return True
        first, dash, last = span.partition("-")
        start, end = self._number(first), self._number(last) if dash else None
        return start is not None and (not dash or (end is not None and start <= end))

    def takes(self, text: str) -> bool:
        """Whether this part may be written so."""
        return all(self._is_item(item) for item in text.split(","))


FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, special=r"L|L-\d{1,2}|LW|([1-9]|[12]\d|3[01])W"),
    _Field("month", 1, 12, MONTHS),
    _Field("day of the week", 1, 7, DAYS, special=r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])"),
    _Field("year", 1970, 2199),
)
"""Minute, hour, day of the month, month, day of the week, year; one of the two days must be `?`."""


def expression(every: str) -> str:
    """The expression of a named time; any other as it is."""
    return NAMED.get(every, every)


def time_problems(every: str) -> list[Problem]:
    """A name, `rate(...)` or `cron(...)` of six fields."""
    if every in NAMED:
        return []
    rate, cron = RATE.match(every), CRON.match(every)
    if rate:
        return _rate_problems(every, int(rate[1]), rate[2], bool(rate[3]))
    if cron:
        return _cron_problems(every, cron[1].split())
    names = ", ".join(NAMED)
    return [
        _problem(
            every,
            "it is no time that a schedule knows",
            f"choose {names}, a rate such as rate(15 minutes), or six fields such as cron(30 5 ? * MON-FRI *)",
        )
    ]


def _rate_problems(every: str, count: int, unit: str, plural: bool) -> list[Problem]:
    right = f"rate({count or 1} {unit}{'s' if count > 1 else ''})"
    if count < 1 or plural != (count > 1):
        return [_problem(every, "the number is at least 1, and the unit goes with it", f"write {right}")]
    return []


def _cron_problems(every: str, parts: Sequence[str]) -> list[Problem]:
    if len(parts) != len(FIELDS):
        names = ", ".join(field.name for field in FIELDS)
        return [
            _problem(
                every,
                f"it has {len(parts)} fields, and EventBridge takes six: {names}",
                "write such as cron(30 5 ? * MON-FRI *)",
            )
        ]
    problems = [
        _problem(every, f"{part} is no {field.name}", field.allowed())
        for field, part in zip(FIELDS, parts, strict=True)
        if not (part == "?" and field.name.startswith("day")) and not field.takes(part)
    ]
    if not problems and (parts[2] == "?") == (parts[4] == "?"):
        reason = "day of the month and day of the week can't both be given, or both be left open"
        problems = [_problem(every, reason, "write ? for exactly one of them")]
    return problems


def _problem(every: str, reason: str, remedy: str) -> Problem:
    return Problem(key="every", value=every, reason=reason, remedy=remedy, source=TYPES_SOURCE)


@cache
def _time_zones() -> frozenset[str]:
    """Read once: the database is a few hundred files."""
    return frozenset(available_timezones())


def time_zone_problems(timezone: str) -> list[Problem]:
    """A name of the IANA time zone database, as this machine has it; where it has none, any that looks like one."""
    known = _time_zones()
    looks_right = re.fullmatch(r"[A-Za-z0-9_+/-]+", timezone) and len(timezone) <= LONGEST_TIME_ZONE
    if timezone in known or (not known and looks_right):
        return []
    return [
        Problem(
            key="timezone",
            value=timezone,
            reason="it is no time zone of the IANA database",
            remedy="choose UTC, or a place such as Europe/Berlin",
            source=f"{TYPES_SOURCE}#time-zones",
        )
    ]


def retry_problems(retries: int, max_age_minutes: int) -> list[Problem]:
    """How often, and for how long, Scheduler tries to start a task."""
    return [
        *within("retries", retries, 0, MOST_RETRIES, "", RETRY_SOURCE),
        *within("max_age_minutes", max_age_minutes, 1, LONGEST_AGE_MINUTES, "minutes", RETRY_SOURCE),
    ]


def command_problems(command: Sequence[str]) -> list[Problem]:
    """Without a command the task would be one more of the service, and never end."""
    if command:
        return []
    return [
        Problem(
            key="command",
            value=[],
            reason="the task would run what the service runs, and never end",
            remedy="name a command of the image that ends, such as [python, -m, jobs.cleanup]",
            source="docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html",
        )
    ]


def size_problems(cpu_units: int | None, memory_mib: int | None) -> list[Problem]:
    """A size of its own is a whole one: Fargate runs pairs of CPU and memory."""
    if cpu_units is not None and memory_mib is not None:
        return fargate_size_problems(cpu_units, memory_mib)
    if cpu_units is None and memory_mib is None:
        return []
    key = "memory_mib" if memory_mib is not None else "cpu_units"
    other = "cpu_units" if memory_mib is not None else "memory_mib"
    return [
        Problem(
            key=key,
            value=memory_mib if memory_mib is not None else cpu_units,
            reason=f"{other} is not given, and Fargate runs pairs of CPU and memory",
            remedy="give both, or none for the service's own size",
            source=FARGATE_SOURCE,
        )
    ]
