"""Classes what differs: benign, pending, ignored or real. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from operations import properties
from operations.changes import Change, Run
from operations.drift import equal
from operations.drift.benign import known
from operations.drift.ignores import Ignore
from operations.drift.model import Difference, Drift
from operations.drift.pending import Pending, Waiting
from operations.drift.seeing import Seen, see
from operations.drift.strays import Stray
from operations.findings.origin import Sources
from operations.properties import MISSING
from operations.report.redaction import Redaction

NOTHING_WAITS: Final = Waiting()


@dataclass(frozen=True, kw_only=True)
class Around:
    """All by which the differences of a run are judged."""

    today: datetime.date
    ignored: Sequence[Ignore] = ()
    """Entries of drift.yaml for the environment."""
    waiting: Waiting = NOTHING_WAITS
    """What AWS applies at its own time."""
    strays: Sequence[Stray] = ()
    """What hangs on the stack's resources, and is not its own."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was found, beside what it was made from."""

    drift: Drift
    seen: Sequence[Seen]
    """What the first of the differences were made from, one for one."""


def judge(environment: str, run: Run, around: Around, origins: Sources) -> Judged:
    """Classes everything that differs. Pure: the same run and surroundings give the same."""
    redaction = Redaction([run])
    seen = see(run)
    matched: set[Ignore] = set()
    differences = [_judged(one, around, origins, redaction, matched) for one in seen]
    differences += (
        _extra(run.changes[stray.urn], stray, around, origins, redaction, matched) for stray in around.strays
    )
    differences += _coming(run, seen, around, origins, redaction)
    unread = any(one.kind == "unread" for one in differences)
    notes = [redaction.text(note) for note in around.waiting.notes]
    if unread:
        notes.append("what can't be read may hide more: an engine stops at it")
    notes += (
        f"{entry.told} ends on {entry.expires}: renew it, or mend what it excuses"
        for entry in around.ignored
        if entry.ending(around.today)
    )
    drift = Drift(
        environment=environment,
        differences=differences,
        stale=list(_stale(around, matched, unread=unread)),
        resources=len(run.resources),
        notes=notes,
    )
    return Judged(drift=drift, seen=seen)


def _judged(seen: Seen, around: Around, origins: Sources, redaction: Redaction, matched: set[Ignore]) -> Difference:
    change = seen.change
    shown = properties.show_both(*redaction.both(change, seen.path, seen.asked, seen.found))
    base = Difference(
        urn=change.urn,
        label=change.label,
        kind=seen.kind,
        verdict="real",
        path=redaction.text(seen.path),
        asked=shown[0],
        found=shown[1],
        why=redaction.text(seen.why),
        origin=origins.of(change.urn),
    )
    covering = [entry for entry in around.ignored if seen.kind == "changed" and entry.covers(change, seen.path)]
    matched.update(covering)
    entry = known(seen)
    if entry:
        return replace(base, verdict="benign", why=entry.reason, rule=entry.name, source=entry.source)
    pending = around.waiting.by_urn.get(change.urn, Pending())
    if seen.kind == "changed" and _will_be(seen, pending.values.get(seen.path, MISSING)):
        return replace(base, verdict="pending", why=f"AWS has accepted it and applies it {pending.window or 'later'}")
    return _excused(base, covering, around)


def _excused(base: Difference, covering: Sequence[Ignore], around: Around) -> Difference:
    """Ignored where an entry of drift.yaml holds, and else as it is."""
    live = next((one for one in covering if not one.expired(around.today)), None)
    return replace(base, verdict="ignored", why=f"{live.reason}; {live.owner}; until {live.expires}") if live else base


def _extra(
    change: Change, stray: Stray, around: Around, origins: Sources, redaction: Redaction, matched: set[Ignore]
) -> Difference:
    covering = [entry for entry in around.ignored if entry.covers(change, stray.path)]
    matched.update(covering)
    base = Difference(
        urn=change.urn,
        label=change.label,
        kind="extra",
        verdict="real",
        path=stray.path,
        found=redaction.text(stray.what),
        origin=origins.of(change.urn),
    )
    return _excused(base, covering, around)


def _will_be(seen: Seen, value: Any) -> bool:
    """Whether AWS is about to make a property what was asked for."""
    return value is not MISSING and _fits(seen.change, seen.path, seen.asked, value)


def _fits(change: Change, path: str, asked: Any, value: Any) -> bool:
    """Whether a value that AWS is about to set is the one that was asked for, or one that AWS may choose by itself."""
    has = {**change.old.outputs, **change.old.inputs} if change.old else {}
    if path == "engineVersion":
        return equal.is_newer_minor(asked, value, equal.numbers_of_major(has.get("engine")))
    if path == "allocatedStorage":
        return bool(asked == value) or equal.has_grown(asked, value, has.get("maxAllocatedStorage"))
    return bool(asked == value)


def _coming(run: Run, seen: Sequence[Seen], around: Around, origins: Sources, redaction: Redaction) -> list[Difference]:
    """What waits at AWS beside what differs already."""
    differing = {(one.change.urn, one.path) for one in seen}
    found = []
    for urn, pending in around.waiting.by_urn.items():
        change = run.changes[urn]
        base = Difference(urn=urn, label=change.label, kind="waiting", verdict="pending", origin=origins.of(urn))
        for path, value in pending.values.items():
            asked = _asked(change, path)
            if asked is MISSING or (urn, path) in differing or _fits(change, path, asked, value):
                continue
            wanted, will_be = (properties.show(redaction.value(path, one)) for one in (asked, value))
            why = f"AWS applies it {pending.window or 'later'}"
            found.append(replace(base, kind="coming", verdict="real", path=path, asked=wanted, found=will_be, why=why))
        when = f", {pending.window}" if pending.window else ""
        found += (replace(base, why=redaction.text(f"{action}{when}")) for action in pending.actions)
    return found


def _asked(change: Change, path: str) -> Any:
    return change.old.inputs.get(path, MISSING) if change.old else MISSING


def _stale(around: Around, matched: set[Ignore], *, unread: bool) -> Iterator[str]:
    """Entries of drift.yaml that are over, or that excuse nothing; where not everything was read, nobody can tell."""
    for entry in around.ignored:
        if entry.expired(around.today):
            yield f"{entry.told} expired on {entry.expires}"
        elif entry not in matched and not unread:
            yield f"{entry.told} matches nothing: take it out"
