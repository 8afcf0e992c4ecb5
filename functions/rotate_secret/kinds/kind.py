"""What a kind of secret can do; the rest is the same for all kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from functions.rotate_secret.store import Secret, Store, Value


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a kind works with."""

    secret: Secret
    """The secret; its tags say what is to be known of it."""
    store: Store
    """Secrets Manager."""
    client: Any
    """Of a service's name: a client of boto3's."""
    environment: Mapping[str, str]
    """The function's variables."""
    sleep: Any
    """Waits for so many seconds."""


class Kind(Protocol):
    """One kind. Made anew for each secret and each event, with `Surroundings`."""

    read_at_start: bool
    """Whether readers take the credential when they start, so that a rotation is over when they have been rolled."""

    def fresh(self, current: Value) -> Value:
        """The next value, of the current one: the same fields with another credential. `current` is empty when there
        was none."""
        ...

    def expect(self, live: Sequence[Value]) -> None:
        """Writes down what is to be valid where others read it, before it can be made so; most kinds have nothing to
        do."""
        ...

    def apply(self, live: Sequence[Value], until: datetime | None) -> None:
        """Makes exactly these values' credentials valid, one or two; the first is, or is about to be, the current one.
        `until` is the end of the second, where it is settled. Called again after kills, also with the same values."""
        ...

    def prove(self, live: Sequence[Value]) -> None:
        """Raises RotationError unless each of them works."""
        ...

    def last_use(self, value: Value, since: datetime) -> datetime | None:
        """When the value's credential was last used since then; None: not, or nobody knows."""
        ...
