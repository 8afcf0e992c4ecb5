"""A secret in rotation: what is known of it, and what every change of its credentials ends with.

Each thing is done so that it may be done again: what is asked for is compared with what is there, credentials are
settled by telling the whole truth (`Kind.apply`), labels move by comparing, and the tags say last what came first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.kinds import kind_of
from functions.rotate_secret.kinds.kind import Surroundings
from functions.rotate_secret.rolling import Roller
from functions.rotate_secret.store import CURRENT, PENDING, PREVIOUS, Secret, Store, Value

OF_THE_ROTATION_BEFORE = ("rolling", "rolled", "extended", "delete-after")

ALIGNMENTS = 5
"""How often what changes meanwhile is applied anew; then the hourly sweep does it."""
SPARE_HOURS = 24
"""Time for the sweep after an old credential is due, in hours; then it ends by itself, where it carries its end."""


class Rotation:
    """One secret, in one event."""

    secret: Secret

    def __init__(self, name: str, store: Store, client: Any, environment: Mapping[str, str], sleep: Any) -> None:
        self.name, self.store, self._client = name, store, client
        self._environment, self._sleep = environment, sleep
        self.look()

    def look(self) -> None:
        """Describes the secret anew."""
        self.secret = self.store.describe(self.name)
        around = Surroundings(
            secret=self.secret,
            store=self.store,
            client=self._client,
            environment=self._environment,
            sleep=self._sleep,
        )
        self.kind = kind_of(around)

    @property
    def phase(self) -> str:
        """`overlap`, `deactivated` or `done`; `done` as well before the first rotation."""
        return self.secret.tags.get("rotation:phase", "done")

    @property
    def overlap(self) -> timedelta:
        """How long the old credential stays valid."""
        return timedelta(days=float(self.secret.tags.get("headroom:overlap-days", "7")))

    @property
    def readers(self) -> list[str]:
        """Services that take the credential when they start."""
        return self.secret.listed("readers") if self.kind.read_at_start else []

    def time(self, tag: str) -> datetime | None:
        """The time that a tag holds."""
        text = self.secret.tags.get(f"rotation:{tag}")
        return datetime.fromisoformat(text) if text else None

    def value(self, label: str) -> Value:
        """The value of the version with this label. Raises RotationError where there is none."""
        value = self.store.labelled(self.secret, label)
        if value is None:
            raise RotationError(f"Secret {self.name} has no value with the label {label}")
        return value

    def live(self) -> list[Value]:
        """What is valid, or is about to be; the same credential in another version counts once."""
        current, making = self.value(CURRENT), self.secret.in_the_making
        other = self.store.value(self.secret, making) if making else None
        if other is not None:
            return [current] if same(other, current) else [other, current]
        previous = self.store.labelled(self.secret, PREVIOUS) if self.phase == "overlap" else None
        return [current] if previous is None or same(previous, current) else [current, previous]

    def apply(self, live: Sequence[Value], until: datetime | None = None) -> None:
        """Makes exactly these valid. `until` is when the old one is due: whoever verifies it is told a later end, since
        the sweep looks first whether it is still in use."""
        self.kind.apply(live, until + timedelta(hours=SPARE_HOURS) if until is not None else None)

    def align(self) -> None:
        """Makes valid what is to be, and nothing else. What somebody changes at the same time is not overruled: the
        old one may end while this still tells that it is valid, so what has changed since is applied again."""
        for _ in range(ALIGNMENTS):
            before = self.secret
            self.apply(self.live(), self.time("deactivate-after"))
            self.look()
            if (before.labels, before.tags) == (self.secret.labels, self.secret.tags):
                return

    def note(self, tags: Mapping[str, str | None]) -> None:
        """Sets tags of the rotation, and takes those away that are None."""
        self.store.tag(self.secret, {f"rotation:{tag}": text for tag, text in tags.items()})
        self.look()

    def settle(self) -> None:
        """After the current version changed: its tags, the end of the old credential, and new tasks of the readers."""
        current = self.secret.labels[CURRENT]
        if self.secret.labels.get(PENDING) == current:
            # It would stay here when another version becomes the current one, and pass for one in the making.
            self.store.move(self.secret, PENDING, None)
            self.look()
        if self.secret.tags.get("rotation:current") != current:
            self.note(
                {
                    **dict.fromkeys(OF_THE_ROTATION_BEFORE),
                    "phase": "overlap",
                    "rotated": text(self.secret.now),
                    "deactivate-after": text(self.secret.now + self.overlap),
                    "current": current,
                }
            )
        if not self.kind.read_at_start:
            # Whoever verifies keys is told when the old one ends; other credentials carry no end.
            self.align()
        self.roll()

    def roll(self) -> None:
        """New tasks of the readers, once; later, a note when all of them run. On EKS nobody here sees them."""
        rotated = self.time("rotated")
        if self.phase != "overlap" or rotated is None or "rotation:rolled" in self.secret.tags:
            return
        if not self.readers:
            self.note({"rolled": text(self.secret.now)})
        elif (roller := self.roller()) is None:
            return
        elif "rotation:rolling" not in self.secret.tags:
            roller.start(self.readers, rotated)
            self.note({"rolling": text(self.secret.now)})
        elif not roller.waits_for(self.readers, rotated):
            self.note({"rolled": text(self.secret.now)})

    def roller(self) -> Roller | None:
        """The services' cluster; None where it is not ECS's."""
        cluster = self._environment.get("CLUSTER", "")
        return Roller(self._client("ecs"), cluster) if cluster else None

    def status(self) -> dict[str, Any]:
        """What is known of it without its values."""
        tags, labels = self.secret.tags, self.secret.labels
        known = ("rotated", "rolled", "deactivate-after", "delete-after", "extended")
        return {
            "phase": self.phase,
            **{name.replace("-", "_"): tags.get(f"rotation:{name}") for name in known},
            "current": labels.get(CURRENT),
            "previous": labels.get(PREVIOUS),
            "pending": self.secret.in_the_making,
        }


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same credential."""
    return all(one.get(field) == other.get(field) for field in ("username", "password", "id", "key"))


def text(time: datetime) -> str:
    """A time as tags hold it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
