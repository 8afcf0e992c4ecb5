"""Secrets Manager's four steps.

Source: docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from functions.rotate_secret.ending import deactivate
from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.rotation import Rotation
from functions.rotate_secret.store import CURRENT, PENDING


def take(rotation: Rotation, step: str, token: str) -> None:
    """One of the steps, for the version `token`. Raises RotationError for a version that is not in the making."""
    if step not in STEPS:
        raise RotationError(f"There is no step {step!r}; steps are {', '.join(STEPS)}")
    if rotation.secret.labels.get(CURRENT) == token:
        if step == "finishSecret":
            rotation.settle()
        return
    if rotation.secret.labels.get(PENDING) != token:
        raise RotationError(f"Secret {rotation.name}: version {token} is not in the making; rotate it anew")
    STEPS[step](rotation, token)


def create(rotation: Rotation, token: str) -> None:
    """Keeps a new value, if there is none yet. Two credentials may be valid, and no third: then the version goes, so
    that it is in nobody's way."""
    store, secret = rotation.store, rotation.secret
    if store.value(secret, token) is not None:
        return
    ends = rotation.time("deactivate-after")
    if rotation.phase == "overlap" and ends is not None and secret.now >= ends:
        deactivate(rotation)
    if rotation.phase == "overlap":
        store.move(rotation.secret, PENDING, None)
        until = rotation.secret.tags.get("rotation:deactivate-after")
        says = f"has two valid credentials until {until}; wait, or deactivate the old one first"
        raise RotationError(f"Secret {rotation.name} {says}")
    current = store.labelled(secret, CURRENT) or {}
    store.put(secret, token, rotation.kind.fresh(current), PENDING)


def set_(rotation: Rotation, token: str) -> None:
    """Makes the new credential valid, beside the current one."""
    rotation.apply(rotation.live())


def test(rotation: Rotation, token: str) -> None:
    """Proves the new credential and the current one. When a rotation is set up, AWS tries the function by this step
    alone, with a version that has no credential of its own: then there is but the current one.

    Source: docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html (RotateImmediately)
    """
    live = rotation.live()
    if len(live) == 1 and rotation.phase == "overlap":
        return
    rotation.kind.prove(live)


def finish(rotation: Rotation, token: str) -> None:
    """Makes the new value the current one."""
    if rotation.store.value(rotation.secret, token) is None:
        raise RotationError(f"Secret {rotation.name}: version {token} has no value; rotate it anew")
    rotation.store.move(rotation.secret, CURRENT, token)
    rotation.look()
    rotation.settle()


STEPS: Mapping[str, Callable[[Rotation, str], None]] = {
    "createSecret": create,
    "setSecret": set_,
    "testSecret": test,
    "finishSecret": finish,
}
