"""What `headroom up` records of a release: an environment's first, and all of one that nothing is promoted to.

A release is what git has, so nothing is recorded where a checkout is none of git's or holds uncommitted changes. While
it goes on it holds the environment, as a promotion does, so that neither comes between the other's steps.
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import yaml

from operations.changes import Run
from operations.errors import Failure
from operations.git import Git
from operations.promotion import keeping, seal, telling
from operations.promotion.carrying import COMMIT_TAG, RELEASE_TAG, after, command_of, release_id
from operations.promotion.checkouts.repository import Repository
from operations.promotion.model import Known, Outcome, Release
from operations.promotion.records.lease import Busy, Lease
from operations.promotion.settings import promotable
from operations.promotion.source import stack_file
from operations.promotion.world import Place, ci_run, now
from operations.stacks import Stack

QUIET: Final = ""
"""Of a run that was not to be recorded: nothing need be said."""


@dataclass(frozen=True)
class Recorder:
    """Begun before the engine, as a record holds what stood then."""

    place: Place
    stack: Stack
    lease: Lease
    commit: str
    state: str
    """SHA-256 of the stack's state before, in hex."""
    started: datetime.datetime
    now: Callable[[], datetime.datetime] = now

    def finish(self, run: Run) -> str:
        """Records the release that the engine made, and says so in a line; empty where it is the one that is recorded.

        Raises Failure when it could not be recorded: what was made stands all the same. The images that it runs are
        tagged first, so that the registry keeps them.
        """
        place = self.place
        unkept = keeping.keep(place.project.config(place.environment), place.environment, place.aws)
        return " ".join(filter(None, [self._record(run), keeping.told(unkept)]))

    def _record(self, run: Run) -> str:
        place = self.place
        last, stands = place.store.last(), seal.of_state(self.stack.resources())
        release = self._release(run, last)
        if last is not None and _same(last, release, stands):
            return QUIET
        self.lease.confirm()
        place.store.record(release)
        place.store.finish(
            Outcome(release=release.id, ending="live", finished=self.now(), state=stands, phase="running")
        )
        try:
            self.stack.tag(RELEASE_TAG, release.id)
            self.stack.tag(COMMIT_TAG, release.commit)
        except Failure:
            return f"Release {release.id} is recorded; this backend keeps no tags of stacks."
        return f"Release {release.id} is recorded."

    def _release(self, run: Run, last: Known | None) -> Release:
        place, repository = self.place, Repository(self.place.project.root)
        text = repository.text(self.commit, stack_file(place.environment))
        before, started = place.store.live(), after(last, self.started)
        return Release(
            id=release_id(started, self.commit),
            environment=place.environment,
            kind="up",
            commit=self.commit,
            settings=promotable.read(yaml.safe_load(text)["config"], place.wishes.settings),
            digests=seal.digests(repository.digest(self.commit), text, run, self.state),
            approval="",
            by=place.caller(),
            started=started,
            previous=before.release.id if before else "",
            run=ci_run(),
        )


@contextmanager
def begin(place: Place, stack: Stack, clock: Callable[[], datetime.datetime] = now) -> Iterator[Recorder | str]:
    """Holds the environment for an `up`; gives a recorder, or why there will be no record, which is empty without git.

    Where the store can't be reached, as before `headroom bootstrap`, `up` goes on: nothing is recorded, nobody is kept
    out. Raises Failure while somebody else works on the environment, and where a release of it was interrupted.
    """
    with ExitStack() as held:
        yield _begun(place, stack, clock, held)


def _begun(place: Place, stack: Stack, clock: Callable[[], datetime.datetime], held: ExitStack) -> Recorder | str:
    root = place.project.root
    if shutil.which("git") is None or not Git(root).found("rev-parse", "--is-inside-work-tree"):
        return QUIET
    repository, moment, dirty = Repository(root), clock(), ""
    try:
        repository.require_clean()
    except Failure as failure:
        dirty = _unrecorded(failure)
        if not _takes_releases(place):
            return dirty  # nobody else's business: whoever tries something out waits for nothing
    try:
        lease = held.enter_context(place.store.hold(place.holder("up")))
        _require_nothing_left(place, lease)
        return dirty or Recorder(
            place, stack, lease, repository.head(), seal.of_state(stack.resources()), moment, clock
        )
    except (Busy, Interrupted):
        raise
    except Failure as failure:
        return dirty or _unrecorded(failure)


class Interrupted(Failure):
    """A release of the environment was interrupted, and is neither gone on with nor given up."""


def _require_nothing_left(place: Place, lease: Lease) -> None:
    if lease.left is None:
        return
    release = lease.left.release
    remedies = [f"{command_of(place, release)}  goes on with it"]
    if release.kind == "promotion":
        remedies.append(f"{place.command('rollback', place.environment)}  gives it up, and goes back")
    raise Interrupted(
        f"a {release.kind} of {place.environment} was interrupted, and `up` would come between its steps.\n"
        f"{telling.left_behind(release, lease.left.phase)}",
        remedies,
    )


def _takes_releases(place: Place) -> bool:
    try:
        return place.wishes.source is not None
    except Failure:  # the program says what is wrong with the settings
        return False


def _unrecorded(failure: Failure) -> str:
    return f"Not recorded as a release: {failure.message.splitlines()[0]}"


def _same(last: Known, release: Release, state: str) -> bool:
    """Whether the newest release is this one already: it must not begin to soak anew."""
    return (
        last.outcome is not None
        and last.live
        and last.outcome.state == state
        and last.release.digests.program == release.digests.program
        and last.release.digests.config == release.digests.config
    )
