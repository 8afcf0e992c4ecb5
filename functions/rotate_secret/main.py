"""The function itself: an event, and what came of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import ClientError

from functions.rotate_secret import ending, steps, upkeep
from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.logins import with_only, with_task
from functions.rotate_secret.rotation import Rotation, text
from functions.rotate_secret.store import Store


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """One event, see the package's own words. Raises RotationError with what is in the way."""
    return Handler(boto3.client, os.environ, time.sleep).handle(event)


class Handler:
    """Handles events by these clients; `client` makes one of a service's name."""

    def __init__(
        self,
        client: Callable[[str], Any],
        environment: Mapping[str, str],
        sleep: Any,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._client, self._environment, self._sleep = client, environment, sleep
        self._store = Store(client("secretsmanager"), clock)

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What came of the event, without any value."""
        if "Step" in event:
            rotation = self._rotation(str(event["SecretId"]))
            steps.take(rotation, str(event["Step"]), str(event["ClientRequestToken"]))
            return _told({"step": event["Step"], "secrets": {rotation.secret.name: rotation.status()}})
        action = str(event.get("Action"))
        if action not in ACTIONS:
            raise RotationError(f"There is no action {action!r}; actions are {', '.join(ACTIONS)}")
        self._keep_only(event.get("Digests", {}))
        self._take_documents(event.get("Logins", {}), event.get("Tasks", {}))
        done, wrong = self._each(action, event)
        if wrong:
            raise RotationError("; ".join(wrong))
        return _told({"action": action, "secrets": done})

    def _each(self, action: str, event: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Every secret, whatever becomes of the others."""
        done: dict[str, Any] = {}
        wrong: list[str] = []
        for name in event["Secrets"]:
            try:
                rotation = self._rotation(name)
                ACTIONS[action](rotation, event)
                rotation.look()
                done[name] = rotation.status()
            except RotationError as error:
                wrong.append(str(error))
            except ClientError as error:
                code, says = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
                wrong.append(f"Secret {name}: AWS says {code} to {error.operation_name}: {says}")
        return done, wrong

    def _rotation(self, name: str) -> Rotation:
        return Rotation(name, self._store, self._client, self._environment, self._sleep)

    def _keep_only(self, digests: Mapping[str, Sequence[str]]) -> None:
        """Nobody else's keys count any more where these are verified by."""
        for secret, consumers in digests.items():
            self._store.change(secret, partial(_of, names=tuple(consumers)))

    def _take_documents(self, logins: Mapping[str, Sequence[str]], tasks: Mapping[str, Mapping[str, Any]]) -> None:
        """Which logins there are in each database, and how the task is run that makes them."""
        for document, secrets in logins.items():
            now = self._store.describe(document).now
            self._store.change(document, partial(with_only, secrets=tuple(secrets), now=now))
        for document, task in tasks.items():
            self._store.change(document, partial(with_task, task=task))


def _of(known: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: entry for name, entry in known.items() if name in names}


def _fields(rotation: Rotation, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of this secret, where there are several."""
    found: Mapping[str, Any] = event.get("Connections", {}).get(rotation.name, event.get("Fields", {}))
    return found


ACTIONS: Mapping[str, Callable[[Rotation, Mapping[str, Any]], None]] = {
    "prepare": lambda rotation, event: upkeep.prepare(rotation),
    "begin": lambda rotation, event: upkeep.begin(rotation, _fields(rotation, event)),
    "sweep": lambda rotation, event: upkeep.sweep(rotation),
    "deactivate": lambda rotation, event: ending.deactivate(rotation, force=bool(event.get("Force"))),
    "reactivate": lambda rotation, event: ending.reactivate(rotation),
    "revert": lambda rotation, event: ending.revert(rotation),
    "delete": lambda rotation, event: ending.delete(rotation),
    "abandon": lambda rotation, event: ending.abandon(rotation),
    "rolled": lambda rotation, event: rotation.note({"rolled": text(rotation.secret.now)}),
    "connect": lambda rotation, event: upkeep.connect(rotation, _fields(rotation, event)),
    "status": lambda rotation, event: None,
}


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """Says in the log what was done."""
    print(json.dumps(answer))
    return answer
