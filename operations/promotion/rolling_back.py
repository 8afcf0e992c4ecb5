"""`headroom rollback`: gives an environment the promotable settings of an earlier release back, by a commit of its own.

The program stays: what changed in it goes back by `git revert`. Versions of engines stay as well, as no database, cache
or cluster goes back to an older one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from operations.errors import Failure
from operations.promotion import carrying, keeping, telling
from operations.promotion.approving import Answer, agreed, offer, present
from operations.promotion.model import Check, Known, Origin, Position, Release
from operations.promotion.records.lease import Lease
from operations.promotion.records.store import Store
from operations.promotion.reviewing import Change, Review, review
from operations.promotion.settings import promotable
from operations.promotion.settings.images import is_of_service
from operations.promotion.world import World
from operations.report.build import Previewed
from operations.report.model import EXIT_CODES
from operations.words import listed

OK = 0
FORWARD_ONLY = ("databases.", "caches.", "eks.")
"""Beginnings of settings that AWS changes one way only: no engine's version goes back.
Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html and
docs.aws.amazon.com/eks/latest/userguide/update-cluster.html"""


def rollback(world: World, environment: str, to: str | None, answer: Answer, *, pull_request: bool = False) -> int:
    """Goes back to a release, the last good one before by default; of a mere review, returns what `headroom report`
    would. Raises Failure when there is none, it is refused, or fails."""
    place = world.place(environment)
    world.repository.require_clean()
    if answer.review_only:
        found = _review(world, _destination(world, environment, to, place.store.position()), environment, answer)
        present(world, found, answer)
        return EXIT_CODES[found.report.verdict]
    if pull_request:
        known = _destination(world, environment, to, place.store.position())
        found = _review(world, known, environment, answer)
        return offer(world, found, world.command("rollback", environment, known.release.id))
    with place.store.hold(place.holder("rollback")) as lease:
        left = lease.left
        again = left is not None and left.release.kind == "rollback"
        if left is not None and again:
            _require_the_same(world, left.release, to)
            if carrying.taken_up(world, lease, left):
                return _done(world, _carry_out(world, lease, replace(left, holder=lease.holder)))
        elif left is not None:
            world.screen.print(f"A rollback gives {left.release.id} up, which was interrupted.")
        known = _destination(world, environment, to, left)
        found = _review(world, known, environment, answer)
        present(world, found, answer)
        if not found.nothing and not agreed(world, found, answer):
            world.screen.print("Nothing was changed.")
            return OK
        if not found.nothing:
            carrying.require_as_reviewed(world, found)
        if left is not None and not again:
            carrying.give_up(world, lease, left, "it was interrupted, and given up for a rollback")
        if found.nothing:
            world.screen.print(f"Nothing to roll back: {environment} is as {known.release.id} left it.")
            return OK
        return _done(world, _carry(world, lease, found))


def at_once(world: World, lease: Lease, environment: str) -> str:
    """Goes back to the last good release without asking, under a lease that is held already; says what it did.

    Raises Failure when there is none, or data would be lost by it.
    """
    known = _destination(world, environment, None, None)
    found = _review(world, known, environment, Answer())
    if found.nothing:
        return f"There was nothing to roll back: {environment} is as {known.release.id} left it."
    agreed(world, found, Answer(approve=found.seal.text))
    release = _carry(world, lease, found)
    return f"{environment} was rolled back to {known.release.id} by release {release.id}."


def _destination(world: World, environment: str, to: str | None, left: Position | None) -> Known:
    """What is named; else where a rollback went that was interrupted or failed, or the last good release before what
    stands, which is none of them where something was interrupted."""
    store = world.place(environment).store
    if to is not None:
        return store.find(to)
    last = store.last()
    newest = left.release if left is not None else last.release if last is not None else None
    stands = left is None and last is not None and last.live
    if newest is not None and newest.kind == "rollback" and newest.source is not None and not stands:
        return store.find(newest.source.release)
    known = store.live(before=_as_was(store, last)) if stands and last is not None else store.live()
    if known is None:
        raise Failure(
            f"{environment} has no release to go back to",
            (f"{world.command('releases', environment)}  lists what was recorded",),
        )
    return known


def _as_was(store: Store, known: Known) -> str:
    """Id of the release whose settings stand: of a rollback, the one that it went back to."""
    while known.release.kind == "rollback" and known.release.source is not None:
        known = store.find(known.release.source.release)
    return known.release.id


def _review(world: World, known: Known, environment: str, answer: Answer) -> Review:
    patterns = world.place(environment).wishes.settings
    then = promotable.matching(known.release.settings, patterns)  # of the record: git may have its commit no more
    back = {path: value for path, value in then.items() if not path.startswith(FORWARD_ONLY)}
    plan = promotable.plan(back, world.project.config(environment), patterns)
    origin = Origin(environment=environment, release=known.release.id)
    change = Change(environment=environment, kind="rollback", origin=origin, plan=plan)

    def judge(base: str, previews: Mapping[str, Previewed]) -> Sequence[Check]:
        """Nothing stands in the way of going back: what is lost by it is told."""
        return list(_told(world, known, base))

    return review(world, change, approved=answer.approved, gates=judge)


def _told(world: World, known: Known, base: str) -> Iterator[Check]:
    """What going back does not take back."""
    release = known.release
    if not known.live:
        became = "failed" if known.outcome else "never came to its end"
        yield Check(name="release", passed=True, said=f"{release.id} {became} when it came")
    tags = [path for path, value in release.settings.items() if is_of_service(path) and "@sha256:" not in str(value)]
    if tags:
        said = f"{listed(sorted(tags))}: {release.id} had a tag, which may mean another image by now"
        yield Check(name="images", passed=True, said=said)
    if world.repository.digest(base) != release.digests.program:
        yield Check(
            name="program", passed=True,
            said=f"stays as {base[:7]} has it; {release.id} ran that of {release.commit[:7]} (git revert goes back)",
        )  # fmt: skip
    later = [one.release for one in world.place(release.environment).store.releases() if one.release.id > release.id]
    for one in reversed(later):
        if one.migrations:
            said = f"of {', '.join(one.migrations)} ran with {one.id}, and stay"
            yield Check(name="migrations", passed=True, said=said)
        for line in one.irreversible:
            yield Check(name="data", passed=True, said=f"{line}, with {one.id}, can't be taken back")


def _carry(world: World, lease: Lease, found: Review) -> Release:
    keeping.require_there(world, found)
    release = carrying.begun(world, found)
    return _carry_out(world, lease, Position(release=release, phase="approved", holder=lease.holder))


def _require_the_same(world: World, release: Release, to: str | None) -> None:
    """Raises Failure when what was interrupted goes elsewhere than what is asked for now."""
    goes_to = release.source.release if release.source else ""
    if to is not None and not goes_to.startswith(to):
        raise Failure(
            f"a rollback of {release.environment} to {goes_to} was interrupted, and {to} is asked for",
            (f"{carrying.command_of(world, release)}  comes to its end first",),
        )


def _carry_out(world: World, lease: Lease, position: Position) -> Release:
    """Says what is live, and calls on-call, when it fails; calls on-call when it does not."""
    release = position.release
    to = release.source.release if release.source else ""
    try:
        carrying.carry_out(world, lease, position)
    except carrying.Failed as failed:
        stands = telling.left_behind(release, failed.position.phase)
        carrying.alarm(
            world, release, f"{release.environment}: a rollback failed", f"{telling.kept(failed.message)}\n{stands}"
        )
        raise Failure(f"{failed.message}\n{stands}", failed.remedies) from failed
    carrying.alarm(world, release, f"{release.environment} was rolled back", f"To {to}.")
    return release


def _done(world: World, release: Release) -> int:
    to = release.source.release if release.source else "an earlier release"
    world.screen.print(f"{release.environment} is back at {to}: release {release.id}.")
    return OK
