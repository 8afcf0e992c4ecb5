"""What `headroom up` records of a release: an environment's first, and all of one that nothing is promoted to.

A release is what git has, so nothing is recorded where a checkout is none of git's or holds uncommitted changes.
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from operations.changes import Run
from operations.errors import Failure
from operations.git import Git
from operations.project import Project
from operations.promotion import seal
from operations.promotion.carrying import COMMIT_TAG, RELEASE_TAG, after, release_id
from operations.promotion.checkouts.repository import Repository
from operations.promotion.model import Known, Outcome, Release
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
    commit: str
    state: str
    """SHA-256 of the stack's state before, in hex."""
    started: datetime.datetime
    now: Callable[[], datetime.datetime] = now

    def finish(self, run: Run) -> str:
        """Records the release that the engine made, and says so in a line; empty where it is the one that is recorded.

        Raises Failure when it could not be recorded: what was made stands all the same.
        """
        place = self.place
        last, stands = place.store.last(), seal.of_state(self.stack.resources())
        release = self._release(run, last)
        if last is not None and _same(last, release, stands):
            return QUIET
        held = place.store.held()
        if held is not None:
            raise Failure(f"{held.who} works on {place.environment} with `headroom promote` or `headroom rollback`")
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
        name = stack_file(place.environment)
        before, started = place.store.live(), after(last, self.started)
        return Release(
            id=release_id(started, self.commit),
            environment=place.environment,
            kind="up",
            commit=self.commit,
            settings=promotable.read(place.project.config(place.environment), place.wishes.settings),
            digests=seal.digests(repository.digest(self.commit), repository.text(self.commit, name), run, self.state),
            approval="",
            by=place.caller(),
            started=started,
            previous=before.release.id if before else "",
            run=ci_run(),
        )


def begin(project: Project, stack: Stack) -> Recorder | str:
    """A recorder, or why there will be no record; empty where there is no git."""
    repository, invocation = Repository(project.root), stack.invocation
    if shutil.which("git") is None or not Git(project.root).found("rev-parse", "--is-inside-work-tree"):
        return QUIET
    place = Place(project, invocation.environment, invocation.offline)
    try:
        repository.require_clean()
        return Recorder(place, stack, repository.head(), seal.of_state(stack.resources()), now())
    except Failure as failure:
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
