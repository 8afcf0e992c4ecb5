"""What one look at an environment says, and the words for what AWS refuses to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from operations.promotion.model import Check
from operations.rollout import THROTTLED
from operations.words import listed

REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})
"""Errors by which AWS says that a role may not ask."""
SHOWN = 5
"""Names that one sentence holds; of more it says how many."""

AwsError = (ClientError, BotoCoreError)
"""What a call to AWS may raise."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When an environment counts as healthy: `headroom:promotion` of the environment that a release goes to."""

    soak_minutes: int
    """How long a release must have done well before it moves on, and how far back the gates look."""
    max_error_percent: float
    """Most requests that may fail with 5xx, in percent of all."""
    max_p95_seconds: float
    """Longest time in which 95 % of the requests must have been answered."""
    min_requests: int
    """Requests below which a load balancer's numbers say nothing, 1 at least: no data is no pass."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a gate says now."""

    check: Check
    fallen: bool = False
    """Whether it is sure that the release is bad, so that nothing is to be waited for."""
    unfinished: bool = False
    """Whether it may pass by itself in a few minutes."""
    news: str = ""
    """Changes when there is something new to tell; what it says may change more often, by its numbers."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """The time that is looked at."""

    since: datetime
    until: datetime
    baking: bool = False
    """Whether it is the bake time of a release: what was wrong before does not count, and what can't be known yet is
    told and nothing more."""

    @property
    def minutes(self) -> float:
        """How long it is."""
        return max(0.0, (self.until - self.since).total_seconds() / 60)

    @property
    def told(self) -> str:
        """`60 minutes`."""
        return counted(self.minutes, "minute")


def shut(name: str, said: str, remedies: Sequence[str] = (), *, fallen: bool = False, unfinished: bool = False) -> Look:
    """A gate that does not pass."""
    check = Check(name=name, passed=False, said=said, remedies=tuple(remedies))
    return Look(check=check, fallen=fallen, unfinished=unfinished, news=said)


def refused(name: str, who: str, error: Exception) -> Look:
    """A gate that AWS leaves in the dark: it stays shut, in AWS's words."""
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    if code in REFUSED:
        remedy = (
            "let the role in use ask for it: `headroom:ci` makes roles that may (docs/health-gates.md lists the calls)"
        )
    elif code in THROTTLED:
        remedy = "give the same command again in a minute"
    else:
        remedy = "see that AWS can be reached and the credentials in use are valid, then give the same command"
    return shut(name, f"{who} did not say: {error}", (remedy,), unfinished=code not in REFUSED)


def some(names: Sequence[str]) -> str:
    """`a, b and c`, and how many more."""
    shown = list(names[:SHOWN])
    return listed([*shown, f"{len(names) - SHOWN} more"] if len(names) > SHOWN else shown)


def moment(at: datetime) -> str:
    """`2026-11-21 22:14 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def counted(number: float, thing: str) -> str:
    """`1 request`, `1,234 requests`."""
    return f"{number:,.0f} {thing}" + ("" if round(number) == 1 else "s")
