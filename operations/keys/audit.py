"""What is wrong with keys, secrets and users. Pure: what AWS told goes in, findings come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from operations.keys.credential import DERIVED, Credential

LATE = timedelta(days=2)
"""A rotation may come this much after its day: the schedule's window is a day long."""
SWEEP = timedelta(hours=2)
"""The old credential ends within an hour of its time, when all goes well."""
ROLL = timedelta(hours=1)
"""A rollout takes less than this."""
STUCK = timedelta(days=1)
"""A rotation is through in minutes; Secrets Manager tries a failed one again for a while."""
UNUSED = timedelta(days=90)
OLD = timedelta(days=90)
"""How old a value may be that people rotate (the policies' longest period)."""
BY_HAND = ("secret", "database-user", "database-master")
"""What people rotate: only they know where else it has to change."""
CLOCKS = timedelta(minutes=5)
"""Clocks of AWS's services differ by less."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that somebody should look at."""

    name: str
    """Of what."""
    rule: str
    """Which rule, a word that stays the same."""
    says: str
    """What is wrong, and what to do."""


def findings(credentials: Iterable[Credential], now: datetime) -> list[Finding]:
    """All of them, in the order of the credentials. Digests are no secret: a key's own finding is enough."""
    return [
        Finding(name=one.name, rule=rule, says=says)
        for one in credentials
        if one.kind not in DERIVED and not one.deleted
        for rule, says in _of(one, now)
    ]


def _of(one: Credential, now: datetime) -> Iterator[tuple[str, str]]:
    if not one.owner:
        yield "no-owner", "nobody answers for it; set headroom:owner, or tag it so"
    yield from _rotation(one, now)
    yield from _two(one, now)
    if one.stale and now - one.since > ROLL:
        yield "stale", f"{', '.join(one.stale)} runs with an older value; give `keys rotate` again, which rolls it"
    if one.use_told and now - one.since > UNUSED and (one.last_use is None or now - one.last_use > UNUSED):
        yield "unused", f"nobody has used it for {UNUSED.days} days; take it out of the settings"
    if one.since > now + CLOCKS:
        yield "future", "it was rotated in the future, as its tags say: a clock is wrong, or somebody changed them"


def _rotation(one: Credential, now: datetime) -> Iterator[tuple[str, str]]:
    if not one.rotates:
        if one.kind not in BY_HAND:
            yield "no-rotation", "nothing rotates it"
        elif now - one.since > OLD:
            yield "no-rotation", f"nothing rotates it, and its value is {one.age_days(now)} days old; put a new one"
        return
    if one.rotation and not one.rotation.begun:
        yield "not-begun", "the function has never taken charge of it; bring the environment up"
    due = one.since + timedelta(days=one.period_days)
    if one.period_days and now > due + LATE:
        yield "overdue", f"it is to be rotated every {one.period_days} days, and was on {one.since:%Y-%m-%d}"
    elif not one.period_days:
        yield "no-period", "it is rotated only when somebody asks; set period_days"
    if one.rotation and one.rotation.making_since and now - one.rotation.making_since > STUCK:
        yield "stuck", "a new value has been in the making for a day; give `keys rotate` again, which says why"


def _two(one: Credential, now: datetime) -> Iterator[tuple[str, str]]:
    rotation = one.rotation
    if rotation and rotation.phase == "overlap" and rotation.deactivate_after:
        if now > rotation.deactivate_after + SWEEP:
            ended = f"{rotation.deactivate_after:%Y-%m-%d %H:%M} UTC"
            yield "two-live", f"the old one was to end at {ended}, and is valid still; the function's log says why"
    elif one.live is not None and one.live > 1 and not (rotation and rotation.pending):
        yield "two-live", f"{one.live} passwords are valid, and no rotation is under way; bring the environment up"
    if rotation and rotation.leaked:
        yield "leaked", "it was said to have leaked, and its replacement is not done; give `keys rotate --now` again"
