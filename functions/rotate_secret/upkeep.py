"""What the stack asks for when it is brought up, and the clock every hour."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from functions.rotate_secret import ending, steps
from functions.rotate_secret.connection import connected
from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.rotation import Rotation, text
from functions.rotate_secret.store import CURRENT, NEXT, PENDING, PREVIOUS

NEW_HOURS = 6
"""A secret of this age has no reader yet that started with its first value: they start after `begin`."""
STUCK_HOURS = 24
LATE_DAYS = 2


def prepare(rotation: Rotation) -> None:
    """A first value where there is none, so that whoever stands between services and what they sign in to can start;
    it is made valid by `begin`."""
    secret = rotation.secret
    if CURRENT not in secret.labels:
        rotation.store.put(secret, _first(rotation), rotation.kind.fresh({}), CURRENT)
        rotation.look()
    rotation.kind.expect(rotation.live())


def _first(rotation: Rotation) -> str:
    """Id of the version that the function makes first: the same after a kill."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{rotation.secret.arn} {text(rotation.secret.created)}"))


def begin(rotation: Rotation, fields: Mapping[str, Any]) -> None:
    """The first value, or the first rotation of one that somebody else made; later, what the stack says of it."""
    secret, first = rotation.secret, _first(rotation)
    if CURRENT not in secret.labels:
        rotation.store.put(secret, first, rotation.kind.fresh(fields), CURRENT)
        rotation.look()
    if "rotation:current" not in rotation.secret.tags:
        if rotation.secret.labels[CURRENT] == first:
            _accept(rotation, first)
        else:
            _replace(rotation)
    elif rotation.secret.in_the_making is None:
        rotation.align()
    connect(rotation, fields)


def _accept(rotation: Rotation, first: str) -> None:
    """The first value's credential is the only one."""
    live = [rotation.value(CURRENT)]
    rotation.apply(live)
    rotation.kind.prove(live)
    rotation.note({"phase": "done", "rotated": text(rotation.secret.now), "current": first})


def _replace(rotation: Rotation) -> None:
    """A first value that stood elsewhere, encrypted, is worth nothing afterwards: at once where nobody reads it yet."""
    secret = rotation.secret
    token = secret.in_the_making or str(uuid.uuid5(uuid.NAMESPACE_URL, f"{secret.arn} {secret.labels[CURRENT]}"))
    if rotation.store.value(secret, token) is None:
        rotation.store.put(secret, token, rotation.kind.fresh(rotation.value(CURRENT)), PENDING)
    for step in ("setSecret", "testSecret", "finishSecret"):
        rotation.look()
        steps.take(rotation, step, token)
    rotation.look()
    if rotation.secret.now - rotation.secret.created < timedelta(hours=NEW_HOURS):
        ending.deactivate(rotation, force=True)
        ending.delete(rotation)


def connect(rotation: Rotation, fields: Mapping[str, Any]) -> None:
    """Writes where the connection leads to; the credentials stay as they are, and so does the rotation."""
    current = rotation.value(CURRENT)
    wanted = connected(current, fields) if fields else current
    if wanted == current:
        return
    if rotation.secret.in_the_making is not None:
        raise RotationError(f"Secret {rotation.name} is being rotated, and its address changed; run `up` again later")
    version, previous = str(uuid.uuid4()), rotation.secret.labels.get(PREVIOUS)
    rotation.store.put(rotation.secret, version, wanted, NEXT)
    rotation.note({"current": version})
    rotation.store.move(rotation.secret, CURRENT, version)
    rotation.look()
    if previous is not None:
        # It followed the current one, and is to stay with the old credential.
        rotation.store.move(rotation.secret, PREVIOUS, previous)
        rotation.look()


def sweep(rotation: Rotation) -> None:
    """Whatever is due. A rotation that is going on is left to itself, for a day."""
    if "rotation:current" not in rotation.secret.tags:
        raise RotationError(f"Secret {rotation.name} has never been begun; run `up`")
    if rotation.secret.in_the_making is not None:
        _check_progress(rotation)
        return
    if rotation.secret.tags["rotation:current"] != rotation.secret.labels[CURRENT]:
        rotation.settle()
    rotation.roll()
    now, deactivate, delete = rotation.secret.now, rotation.time("deactivate-after"), rotation.time("delete-after")
    if rotation.phase == "overlap" and deactivate is not None and now >= deactivate:
        ending.deactivate(rotation)
    elif rotation.phase == "deactivated" and delete is not None and now >= delete:
        ending.delete(rotation)
    elif not rotation.kind.read_at_start:
        rotation.align()
    _check_age(rotation)


def _check_progress(rotation: Rotation) -> None:
    making = rotation.secret.in_the_making
    if making is None or rotation.store.value(rotation.secret, making) is None:
        return
    hours = rotation.store.age_seconds(rotation.secret, PENDING) / 3600
    if hours > STUCK_HOURS:
        raise RotationError(
            f"Secret {rotation.name}: its rotation is stuck for {hours:.0f} hours; the log says why. Abandon it, then "
            "rotate it anew"
        )


def _check_age(rotation: Rotation) -> None:
    period, rotated = float(rotation.secret.tags.get("headroom:period-days", "0")), rotation.time("rotated")
    if period and rotated is not None and rotation.secret.now > rotated + timedelta(days=period + LATE_DAYS):
        raise RotationError(
            f"Secret {rotation.name} is to be rotated every {period:.0f} days, and was on {rotated:%Y-%m-%d}"
        )
