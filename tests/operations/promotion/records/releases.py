"""Releases as tests need them: each like any other but for what is said of it."""

from __future__ import annotations

import datetime
from typing import Any

from operations.promotion.model import Digests, Ending, Holder, Known, Outcome, Phase, Position, Release

NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
DIGESTS = Digests(program="p1", config="c1", policies="o1", preview="v1", state="s1")


def release(number: int, environment: str, **more: Any) -> Release:
    """The release of that many minutes past noon."""
    started = NOON + datetime.timedelta(minutes=number)
    commit = f"{number:07x}" + "0" * 33
    given: dict[str, Any] = {
        "id": f"{started:%Y%m%d-%H%M%S}-{commit[:7]}",
        "environment": environment,
        "kind": "promotion",
        "commit": commit,
        "settings": {"services.api.image": f"api@sha256:{number}"},
        "digests": DIGESTS,
        "approval": "abc",
        "by": "arn:aws:sts::111111111111:assumed-role/deploy/me",
        "started": started,
    }
    return Release(**{**given, **more})


def outcome(of: Release, ending: Ending = "live") -> Outcome:
    """What became of it, a minute later."""
    finished = of.started + datetime.timedelta(minutes=1)
    return Outcome(release=of.id, ending=ending, finished=finished, state="s2", phase="baked")


def known(of: Release, ending: Ending | None = "live") -> Known:
    """The release with what became of it; None while it is under way."""
    return Known(release=of, outcome=outcome(of, ending) if ending else None)


def position(of: Release, phase: Phase, holder: Holder) -> Position:
    """That far."""
    return Position(release=of, phase=phase, holder=holder)
