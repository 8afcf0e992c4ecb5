"""How an old credential ends, and how it comes back while it can."""

from __future__ import annotations

from datetime import timedelta

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.rotation import Rotation, text
from functions.rotate_secret.store import CURRENT, PENDING, PREVIOUS

USE_HOURS = 24
"""A credential that was used in these is in use."""


def deactivate(rotation: Rotation, *, force: bool = False) -> None:
    """Ends the old credential; the first time that it is found in use, puts that off by the overlap. Raises
    RotationError where readers may still run with it."""
    if rotation.phase != "overlap":
        return
    if not force:
        _check_rolled(rotation)
        if _put_off(rotation):
            return
    rotation.apply([rotation.value(CURRENT)])
    ends = text(rotation.secret.now + rotation.overlap)
    rotation.note({"phase": "deactivated", "deactivate-after": None, "delete-after": ends})
    if not rotation.kind.read_at_start:
        # The last step of a rotation may have told meanwhile that the old one is valid: now the tags say otherwise.
        rotation.align()


def _check_rolled(rotation: Rotation) -> None:
    rotation.roll()
    rotated, roller = rotation.time("rotated"), rotation.roller()
    if "rotation:rolled" in rotation.secret.tags or rotated is None:
        return
    waits = ["on EKS the function can't see them: roll them by `headroom keys`"]
    if roller is not None:
        waits = roller.waits_for(rotation.readers, rotated)
    if waits:
        raise RotationError(
            f"Secret {rotation.name}: services may still use the old credential, so it stays valid ({'; '.join(waits)})"
        )
    rotation.note({"rolled": text(rotation.secret.now)})


def _put_off(rotation: Rotation) -> bool:
    secret = rotation.secret
    since = max(secret.now - timedelta(hours=USE_HOURS), rotation.time("rotated") or secret.created)
    previous = rotation.store.labelled(secret, PREVIOUS)
    if previous is None or "rotation:extended" in secret.tags or rotation.kind.last_use(previous, since) is None:
        return False
    ends = secret.now + rotation.overlap
    rotation.apply(rotation.live(), ends)
    rotation.note({"extended": text(secret.now), "deactivate-after": text(ends)})
    return True


def reactivate(rotation: Rotation) -> None:
    """Brings the old credential back."""
    if rotation.phase == "overlap":
        return
    if rotation.phase != "deactivated" or PREVIOUS not in rotation.secret.labels:
        raise RotationError(f"Secret {rotation.name} has no old credential that could come back; rotate it")
    ends = rotation.secret.now + rotation.overlap
    rotation.apply([rotation.value(CURRENT), rotation.value(PREVIOUS)], ends)
    rotation.note({"phase": "overlap", "deactivate-after": text(ends), "delete-after": None, "extended": None})


def revert(rotation: Rotation) -> None:
    """Makes the old credential the current one again; the new one stays valid beside it. Asked again, one that was cut
    off is brought to its end, and not turned round."""
    if rotation.secret.tags.get("rotation:current") != rotation.secret.labels.get(CURRENT):
        rotation.settle()
        return
    if rotation.phase == "done" or PREVIOUS not in rotation.secret.labels:
        raise RotationError(f"Secret {rotation.name} has no old credential to go back to")
    current, previous = rotation.value(CURRENT), rotation.value(PREVIOUS)
    rotation.apply([previous, current], rotation.secret.now + rotation.overlap)
    rotation.store.move(rotation.secret, CURRENT, rotation.secret.labels[PREVIOUS])
    rotation.look()
    rotation.settle()


def delete(rotation: Rotation) -> None:
    """Gives the old credential up for good."""
    if rotation.phase == "overlap":
        raise RotationError(f"Secret {rotation.name}: the old credential is valid; deactivate it first")
    rotation.store.move(rotation.secret, PREVIOUS, None)
    rotation.look()
    rotation.note({"phase": "done", "delete-after": None})


def abandon(rotation: Rotation) -> None:
    """Ends a rotation that is stuck; what was current stays so."""
    if rotation.secret.in_the_making is None:
        return
    previous = rotation.store.labelled(rotation.secret, PREVIOUS) if rotation.phase == "overlap" else None
    rotation.apply([rotation.value(CURRENT), *([previous] if previous else [])], rotation.time("deactivate-after"))
    rotation.store.move(rotation.secret, PENDING, None)
    rotation.look()
