"""Those who call with an API key or sign in as a user while it is rotated, and count what becomes of it."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from operations.keys.attempts import Attempt

READ_SECONDS = 0.5
"""How often the prompt one reads its key anew."""


@dataclass
class Counts:
    """What became of calls, by the step in which they were made."""

    step: str = "before"
    """The step now."""
    answered: Counter[str] = field(default_factory=Counter)
    """Calls that were let in."""
    refused: Counter[str] = field(default_factory=Counter)
    """Calls that were answered by 401 or 403."""
    unanswered: Counter[str] = field(default_factory=Counter)
    """Calls with no answer, or one of 500 and more: no matter of keys."""

    @property
    def calls(self) -> int:
        """All of them."""
        return sum((self.answered + self.refused + self.unanswered).values())


class Caller:
    """Calls again and again, in a thread of its own. One that is `slow` keeps its key until it is told to read."""

    def __init__(self, attempt: Attempt, read: Callable[[], str], counts: Counts, *, pause: float) -> None:
        self._attempt, self._read, self._counts, self._pause = attempt, read, counts, pause
        self._key, self._when = read(), time.monotonic()
        self._ended = threading.Event()
        self.slow = False

    def read(self) -> None:
        """Takes the current key; the one at hand stays when it can't be had."""
        try:
            self._key, self._when = self._read(), time.monotonic()
        except (ClientError, BotoCoreError, ValueError, KeyError):
            self._when = time.monotonic()

    @property
    def key(self) -> str:
        """What it calls with; never to be shown."""
        return self._key

    @contextmanager
    def calling(self) -> Iterator[Caller]:
        """Calls meanwhile."""
        thread = threading.Thread(target=self._go_on, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            thread.join()

    def _go_on(self) -> None:
        while not self._ended.is_set():
            if not self.slow and time.monotonic() - self._when > READ_SECONDS:
                self.read()
            step, status = self._counts.step, self._attempt(self._key)
            if status in (401, 403):
                self._counts.refused[step] += 1
            elif status is None or status >= 500:
                self._counts.unanswered[step] += 1
            else:
                self._counts.answered[step] += 1
            self._ended.wait(self._pause)


def key_reader(secrets: object, name: str) -> Callable[[], str]:
    """Reads the current key of a secret."""

    def read() -> str:
        answer = secrets.get_secret_value(SecretId=name)  # type: ignore[attr-defined]
        return str(json.loads(answer["SecretString"])["key"])

    return read


def value_reader(secrets: object, name: str) -> Callable[[], str]:
    """Reads the current value of a user's secret, all of it."""

    def read() -> str:
        return str(secrets.get_secret_value(SecretId=name)["SecretString"])  # type: ignore[attr-defined]

    return read
