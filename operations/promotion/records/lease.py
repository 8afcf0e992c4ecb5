"""One at a time works on an environment: a lease on its position, kept by S3's compare-and-swap and S3's clock.

A lease is renewed while its holder lives. It ends when the holder leaves, when it was silent for too long by S3's
clock, or, on the holder's own machine, as soon as its process is gone. No clock of ours decides anything.
"""

from __future__ import annotations

import datetime
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from operations.errors import Failure
from operations.promotion.model import Holder, Position
from operations.promotion.records.documents import Slot, WrongDocumentError, read, written
from operations.promotion.records.objects import Objects, Stored
from operations.promotion.records.processes import gone, life

TRIES = 5
"""How often a lease is asked for while others are quicker."""


class Busy(Failure):
    """Somebody else works on the environment."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often a lease is renewed, and how long it may be silent."""

    renew_seconds: float = 20
    stale_seconds: float = 90
    """Four renewals may fail before somebody else may take over."""


@dataclass(frozen=True)
class Place:
    """The one object that says who works on an environment, and where its release stands."""

    objects: Objects
    key: str
    pace: Pace

    @property
    def environment(self) -> str:
        return self.objects.invocation.environment

    def look(self) -> tuple[Slot, Stored] | None:
        """What stands there; None where nothing ever stood. Raises Failure where it can't be read."""
        stored = self.objects.get(self.key)
        if stored is None:
            return None
        try:
            return read(Slot, stored.text), stored
        except WrongDocumentError as error:
            raise wrong(self.objects, self.key, error) from error

    def taken(self, slot: Slot, stored: Stored) -> bool:
        """Whether its holder still works."""
        if slot.holder is None or gone(slot.holder, slot.life):
            return False
        return (stored.now - stored.modified).total_seconds() < self.pace.stale_seconds

    def take(self, holder: Holder) -> Lease:
        """The lease. Raises Failure while somebody else has it."""
        mine: set[str] = set()
        for _ in range(TRIES):
            found = self.look()
            if found and found[0].write in mine:  # the answer to our own write was lost
                return Lease(self, holder, found[0], found[1].etag)
            if found and self.taken(*found):
                raise self._busy(*found)
            since = found[1].now if found else datetime.datetime.now(datetime.UTC).replace(microsecond=0)
            left = found[0].position if found else None
            slot = Slot(
                write=secrets.token_hex(8), holder=holder, life=life(holder.process), since=since, position=left
            )
            mine.add(slot.write)
            if found:
                etag = self.objects.replace(self.key, written(slot), found[1].etag)
            else:
                etag = self.objects.create(self.key, written(slot))
            if etag is not None:
                return Lease(self, holder, slot, etag)
        raise Failure(
            f"{self.environment} could not be held: others take it all the time ({self.objects.url(self.key)})",
            ("give the same command again",),
        )

    def _busy(self, slot: Slot, stored: Stored) -> Busy:
        silent = stored.now - stored.modified
        free = stored.modified + datetime.timedelta(seconds=self.pace.stale_seconds)
        return Busy(
            f"{self.environment} is being worked on by {told(slot)}.\n"
            f"It was last heard of {silent.total_seconds():.0f} s ago. If it stays silent, the same command may take "
            f"over at {free:%H:%M:%S} UTC; at once, on its own machine, if that process is gone.",
            ("wait until it is done, then give the same command",),
        )


class Lease:
    """The right to work on an environment, while the context that gave it lasts."""

    def __init__(self, place: Place, holder: Holder, slot: Slot, etag: str) -> None:
        self.left = slot.position
        """What an interrupted run left; None where nothing was under way."""
        self.holder = holder
        self._place, self._slot, self._etag = place, slot, etag
        self._writing = threading.Lock()
        self._over = threading.Event()
        self._lost: Failure | None = None

    def check(self) -> None:
        """Raises Failure when the lease is known to be lost."""
        if self._lost:
            raise self._lost

    def at(self, position: Position) -> None:
        """The release has come so far. Raises Failure when the lease was lost: then nothing may go on."""
        self._write(position=position)

    def confirm(self) -> None:
        """Raises Failure unless the lease still holds, as S3 knows it: who slept meanwhile may have lost it."""
        self._write()

    def end(self) -> None:
        """The release is finished: nothing is under way any more. Raises Failure when the lease was lost."""
        self._write(position=None)

    @contextmanager
    def kept(self) -> Iterator[Lease]:
        """Renews the lease until the context is left, and then frees it; what is under way stays written."""
        worker = threading.Thread(target=self._renew, name="lease", daemon=True)
        worker.start()
        try:
            yield self
        finally:
            self._over.set()
            try:
                self._write(holder=None, life="", since=None)
            except Failure:
                # Who can't free it any more leaves it to its age; what the run itself came to says more than that.
                self._lost = self._lost or Failure("the lease is over")

    def _renew(self) -> None:
        while not self._over.wait(self._place.pace.renew_seconds):
            try:
                self._write(renewal=True)
            except Failure:
                if self._lost:
                    return
                # S3 was out of reach: nobody can take over without it, and the next renewal tries again.

    def _write(self, *, renewal: bool = False, **change: Any) -> None:
        """Compares and swaps."""
        with self._writing:
            self.check()
            if renewal and self._over.is_set():
                return
            slot = replace(self._slot, write=secrets.token_hex(8), **change)
            for _ in range(TRIES):
                etag = self._place.objects.replace(self._place.key, written(slot), self._etag) or self._stands(slot)
                if etag:
                    self._slot, self._etag = slot, etag
                    return
        raise Failure(f"{self._place.objects.url(self._place.key)} changes all the time", ("give the command again",))

    def _stands(self, slot: Slot) -> str | None:
        """The ETag if it was written nevertheless: S3's answer can be lost, and the write sent again. Else None.

        Then another of our own writes stands there, whose answer was lost. Raises Failure when it is another holder's.
        """
        found = self._place.look()
        if found and found[0].write == slot.write:
            return found[1].etag
        if found is None or found[0].holder != self.holder:
            self._lost = self._taken_over(found[0] if found else None)
            raise self._lost
        self._etag = found[1].etag
        return None

    def _taken_over(self, slot: Slot | None) -> Failure:
        if slot is None:
            by = "its position is gone from the bucket"
        elif slot.holder is None:
            by = "somebody else took over and is done already"
        else:
            by = f"taken over by {told(slot)}"
        return Failure(
            f"this run no longer holds {self._place.environment}: {by}. Nothing more was done.",
            ("look at what is under way there before you give the same command again",),
        )


def told(slot: Slot) -> str:
    """Who holds an environment, since when, and at which phase."""
    holder, position = slot.holder, slot.position
    if holder is None:
        return "nobody"
    doing = f"headroom {holder.verb}, " if holder.verb else ""
    run = f", {holder.run}" if holder.run else ""
    where = f"{holder.who} ({doing}host {holder.host}, process {holder.process}{run})"
    since = f" since {slot.since:%Y-%m-%d %H:%M:%S} UTC" if slot.since else ""
    if position is not None and position.holder.token == holder.token:
        return f"{where}{since}, release {position.release.id}, phase {position.phase}"
    return f"{where}{since}" if holder.verb == "up" else f"{where}{since}, before its first phase"


def wrong(objects: Objects, key: str, error: WrongDocumentError) -> Failure:
    """An object that is not what was written."""
    return Failure(
        f"{objects.url(key)} can't be read: {error}",
        (
            "look who wrote it, then delete that version: the one before it comes back. Its versions are told by",
            f"aws s3api list-object-versions --bucket {objects.bucket} --prefix {key}",
        ),
    )
