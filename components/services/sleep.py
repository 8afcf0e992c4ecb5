"""When services sleep: no task runs at night and on days off. Pure decisions over times of a week.

Two actions of Application Auto Scaling move a service's range of tasks: every evening to nothing, and on each day of
work back. Alarms that would tell of it are muted from the evening until the tasks have had time to start.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, get_args

from components.constraints import Problem
from components.schedules.constraints import time_zone_problems

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
TIME = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
EVENING = re.compile(r"^cron\((\d+) (\d+) \* \* \? \*\)$")
MORNING = re.compile(r"^cron\((\d+) (\d+) \? \* ([A-Z,]+) \*\)$")
"""As `Sleep` writes them."""
DAY, WEEK = 24 * 60, 7 * 24 * 60
"""In minutes."""

STARTING = 30
"""Ours: minutes that services have after they were woken, before alarms count again: images are pulled, tasks become
healthy, and queues are worked off."""
CLOCKS = 60
"""Minutes by which clocks change. A mute lasts for a time of the clock on the wall only if none changes within it."""

ACTION_SOURCE = "docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html"
MUTE_SOURCE = "docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html"


@dataclass(frozen=True, kw_only=True)
class Window:
    """A time that comes again every week, as CloudWatch takes it."""

    expression: str
    """When it begins: `cron(0 20 * * MON,TUE)`, five fields."""
    duration: str
    """How long it lasts, in ISO 8601: `PT11H30M`."""


@dataclass(frozen=True, kw_only=True)
class Sleep:
    """A service's night."""

    begins: str
    """Time of day at which tasks end, every day: `20:00`."""
    ends: str
    """Time of day at which tasks start: `07:00`."""
    days: Sequence[Day]
    """Days on which they start."""
    timezone: str
    """Time zone of these times, as in the IANA database."""

    @property
    def evening(self) -> str:
        """Every day, so that who was woken on a day off sleeps again."""
        at = minutes(self.begins)
        return f"cron({at % 60} {at // 60} * * ? *)"

    @property
    def morning(self) -> str:
        """On days of work, as Application Auto Scaling takes it: six fields."""
        at = minutes(self.ends)
        return f"cron({at % 60} {at // 60} ? * {_names(self._places)} *)"

    @property
    def awake_minutes(self) -> int:
        """Minutes of a week in which tasks run."""
        return WEEK - sum(length for _, length in self._nights())

    @property
    def longest_minutes(self) -> int:
        """The longest night of a week: over the days off."""
        return max(length for _, length in self._nights())

    def windows(self) -> list[Window]:
        """When alarms are muted: through each night, and around each morning again, by the clock on the wall."""
        lengths = sorted(self._nights(), key=lambda night: night[1])
        nights = [
            _window([start for start, _ in group], length + STARTING)
            for length, group in groupby(lengths, key=lambda night: night[1])
        ]
        mornings = [place * DAY + minutes(self.ends) - CLOCKS for place in self._places]
        return [*nights, _window(mornings, CLOCKS + STARTING)]

    @property
    def _places(self) -> list[int]:
        return sorted(DAYS.index(day) for day in self.days)

    def _nights(self) -> list[tuple[int, int]]:
        """Minute of the week at which each night begins, and its length: it ends on the next day of work."""
        begins, ends = minutes(self.begins), minutes(self.ends)
        # A night that begins after midnight belongs to the day before.
        late = DAY if begins < ends else 0
        places = self._places
        nights = []
        for place, following in zip(places, [*places[1:], places[0] + 7], strict=True):
            start = place * DAY + begins + late
            nights.append((start, following * DAY + ends - start))
        return nights


def awake_share(evening: str, morning: str) -> float:
    """Share of a week in which tasks run, by the two expressions of a `Sleep`; all of it by any others."""
    begins, ends = EVENING.match(evening), MORNING.match(morning)
    if not begins or not ends:
        return 1.0
    days = [day for day in DAYS if day.upper() in ends[3].split(",")]
    times = [f"{int(found[2]):02}:{int(found[1]):02}" for found in (begins, ends)]
    return Sleep(begins=times[0], ends=times[1], days=days, timezone="UTC").awake_minutes / WEEK


def minutes(time: str) -> int:
    """Minutes since midnight of `07:30`. Raises ValueError if it is no time of day."""
    found = TIME.match(time)
    if not found:
        raise ValueError(f"{time} is no time of day; write it as 07:30")
    return 60 * int(found[1]) + int(found[2])


def sleep_problems(begins: str, ends: str, days: Sequence[str], timezone: str) -> list[Problem]:
    """What makes no night. Keys are those of the settings."""
    problems = time_zone_problems(timezone)
    if begins == ends:
        reason = f"to is {ends} too, and a night that ends as it begins is none"
        problems.append(
            Problem(key="from", value=begins, reason=reason, remedy="choose another time", source=ACTION_SOURCE)
        )
    twice = [day for place, day in enumerate(days) if day in days[:place]]
    if twice:
        reason, remedy = f"{twice[0]} stands twice", "name each day once"
        problems.append(Problem(key="days", value=list(days), reason=reason, remedy=remedy, source=ACTION_SOURCE))
    return problems


def _window(starts: Sequence[int], length: int) -> Window:
    """Starts at the same time of several days; all are minutes of a week."""
    at = starts[0] % DAY
    days = sorted(start % WEEK // DAY for start in starts)
    return Window(expression=f"cron({at % 60} {at // 60} * * {_names(days)})", duration=_duration(length))


def _names(places: Sequence[int]) -> str:
    """Days as cron takes them: `MON,TUE`."""
    return ",".join(DAYS[place].upper() for place in places)


def _duration(length: int) -> str:
    days, hours, rest = length // DAY, length % DAY // 60, length % 60
    time = (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
    return "P" + (f"{days}D" if days else "") + (f"T{time}" if time else "")
