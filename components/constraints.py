"""What AWS refuses, found before anything is built.

Each rule is a pure function that returns the problems of the values it is given, so that the settings can report all
of them at once under the key paths that their reader sees. Keys are the settings' own names. What concerns one
capability lies in database_constraints, service_constraints and routing; here is what they share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One value that AWS would refuse."""

    key: str
    """Setting that holds the value, `memory_mib`."""
    value: object
    """The value as it was given."""
    reason: str
    """Why it can't be."""
    remedy: str
    """What to write instead."""
    source: str
    """AWS document that says so."""

    def __str__(self) -> str:
        return f"{self.key} is {self.value}: {self.reason}; {self.remedy} ({self.source})"


def require(problems: Iterable[Problem]) -> None:
    """Raises ValueError with a line for each problem, if there is one."""
    lines = [str(problem) for problem in problems]
    if lines:
        raise ValueError("\n".join(lines))


def one_of(key: str, value: int, allowed: Sequence[int], reason: str, source: str) -> list[Problem]:
    """A number that AWS takes from a list only; the remedy names the next lower and higher."""
    if value in allowed:
        return []
    near = [*sorted(n for n in allowed if n < value)[-1:], *sorted(n for n in allowed if n > value)[:1]]
    remedy = f"choose {' or '.join(str(number) for number in near)}"
    return [Problem(key=key, value=value, reason=reason, remedy=remedy, source=source)]


def within(key: str, value: int, low: int, high: int, unit: str, source: str) -> list[Problem]:
    """A number that AWS takes from a range only."""
    if low <= value <= high:
        return []
    allowed = f"{low} to {high} {unit}".rstrip()
    return [
        Problem(key=key, value=value, reason=f"AWS takes {allowed}", remedy=f"choose {allowed}", source=source),
    ]


LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096),
    *(1827, 2192, 2557, 2922, 3288, 3653),
)
"""Days that CloudWatch Logs can keep a log group."""


def log_retention_problems(days: int) -> list[Problem]:
    """CloudWatch Logs keeps logs for fixed periods."""
    return one_of(
        "retention_days",
        days,
        LOG_RETENTION_DAYS,
        "CloudWatch Logs has fixed retention periods",
        "docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    )


def secret_recovery_problems(days: int) -> list[Problem]:
    """A deleted secret waits 7 to 30 days, or none."""
    if days == 0:
        return []
    return within(
        "secret_recovery_days",
        days,
        7,
        30,
        "days, or 0 to delete at once",
        "docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html",
    )
