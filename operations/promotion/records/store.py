"""Releases of an environment, kept in its own state bucket: written once, locked, and one at a time.

`releases/<env>/<id>/record.json` and `outcome.json` are written once and locked; `releases/<env>/position.json` says
who works on the environment and how far its release is.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import ClientError

from operations.bootstrap import BootstrapError, bootstrap, state_bucket
from operations.clients import Clients
from operations.errors import Failure, Invocation
from operations.project import Project
from operations.promotion.model import Holder, Known, Outcome, Position, Release
from operations.promotion.records.documents import WrongDocumentError, read, written
from operations.promotion.records.history import last_good, named
from operations.promotion.records.lease import Lease, Pace, Place, wrong
from operations.promotion.records.objects import Objects

FOLDER = "releases"
AT_ONCE = 16
"""Objects that are read at once."""
PATIENCE_SECONDS = 10
"""For one answer: a renewal that hangs for longer is sent again while the lease still counts."""

T = TypeVar("T", Release, Outcome)


@dataclass(frozen=True)
class Store:
    """What is kept of one environment's releases. Every method raises Failure when S3 does not do as it should."""

    objects: Objects
    environment: str
    pace: Pace = field(default=Pace())

    def releases(self) -> list[Known]:
        """Every release, newest first."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._known, self._ids()))

    def find(self, release: str) -> Known:
        """A release by its id, or a start of it that no other has. Raises Failure that names the nearest."""
        return self._known(named(self._ids(), release, self.environment))

    def last(self) -> Known | None:
        """The newest release, whatever became of it."""
        newest = self._ids()[:1]
        return self._known(newest[0]) if newest else None

    def live(self, before: str = "") -> Known | None:
        """The last good release: it came through, and was not rolled back later; `before` one, if one is given."""
        # Without `before` the newest few tell, so that no more are read.
        return last_good(self.releases() if before else map(self._known, self._ids()), before)

    def record(self, release: Release) -> None:
        """Keeps what is asked of the environment, once and for all."""
        self._require_own(release.environment)
        self._once(self._key(release.id, "record"), release)

    def finish(self, outcome: Outcome) -> None:
        """Keeps what became of a release, once and for all."""
        if self._read(Release, self._key(outcome.release, "record")) is None:
            raise Failure(f"release {outcome.release} of {self.environment} was never recorded: it can't be finished")
        self._once(self._key(outcome.release, "outcome"), outcome)

    def position(self) -> Position | None:
        """Where the release stands that is under way, or was interrupted."""
        found = self._place.look()
        return found[0].position if found else None

    def held(self) -> Holder | None:
        """Who works on the environment now; None where nobody does, or his run is dead."""
        found = self._place.look()
        return found[0].holder if found and self._place.taken(*found) else None

    @contextmanager
    def hold(self, holder: Holder) -> Iterator[Lease]:
        """Lets nobody else work on the environment while the context lasts. Raises Failure while somebody does.

        Leaving it without `Lease.end` keeps the position for whoever comes next, and frees the lease.
        """
        with self._place.take(holder).kept() as lease:
            yield lease

    @property
    def _place(self) -> Place:
        return Place(self.objects, f"{self._folder}position.json", self.pace)

    @property
    def _folder(self) -> str:
        return f"{FOLDER}/{self.environment}/"

    def _key(self, release: str, what: str) -> str:
        return f"{self._folder}{release}/{what}.json"

    def _ids(self) -> list[str]:
        """Newest first: an id begins with its time."""
        inside = (key.removeprefix(self._folder).partition("/") for key in self.objects.keys(self._folder))
        return sorted({release for release, _, name in inside if name in {"record.json", "outcome.json"}}, reverse=True)

    def _known(self, release: str) -> Known:
        key = self._key(release, "record")
        record = self._read(Release, key)
        if record is None:
            raise Failure(f"{self.objects.url(key)} is gone, and release {release} has an outcome: somebody deleted it")
        outcome_key = self._key(release, "outcome")
        outcome = self._read(Outcome, outcome_key)
        if (record.id, record.environment) != (release, self.environment):
            raise wrong(self.objects, key, WrongDocumentError(f"it is of {record.environment} {record.id}"))
        if outcome and outcome.release != release:
            raise wrong(self.objects, outcome_key, WrongDocumentError(f"it is of release {outcome.release}"))
        return Known(release=record, outcome=outcome)

    def _read(self, kind: type[T], key: str) -> T | None:
        stored = self.objects.get(key)
        try:
            return read(kind, stored.text) if stored else None
        except WrongDocumentError as error:
            raise wrong(self.objects, key, error) from error

    def _once(self, key: str, value: T) -> None:
        """The same again is fine: a run that was interrupted after it writes it twice."""
        if self.objects.create(key, written(value), keep=True) is not None:
            return
        if self._read(type(value), key) != value:
            raise Failure(f"{self.objects.url(key)} holds something else already, and is written once only")

    def _require_own(self, environment: str) -> None:
        if environment != self.environment:
            raise Failure(f"a release of {environment} can't be kept with those of {self.environment}")


def open_store(project: Project, invocation: Invocation, aws: Clients) -> Store:
    """The environment's releases. Raises Failure where there is no bucket; offline it is made as bootstrap does it."""
    account = project.setting(invocation.environment, "headroom:account")
    region = project.setting(invocation.environment, "aws:region")
    s3 = aws("s3", at_once=AT_ONCE, patience_seconds=PATIENCE_SECONDS)
    objects = Objects(s3, state_bucket(account, region), invocation)
    if invocation.offline:
        _prepare(project.offline_home, objects, aws, account, region)
    else:
        objects.require()
    return Store(objects, invocation.environment)


def _prepare(home: Path, objects: Objects, aws: Clients, account: str, region: str) -> None:
    """One process at a time: two would make two keys."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "bootstrap.lock").open("w")
    except OSError as error:
        raise Failure(f"nothing can be kept in {home}: {error}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            objects.s3.get_object_lock_configuration(Bucket=objects.bucket)
        except ClientError:
            try:
                bootstrap(aws, account=account, region=region)
            except BootstrapError as error:
                raise Failure(str(error)) from error
