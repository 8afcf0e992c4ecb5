"""`headroom promote`: brings what is live and healthy in one environment to the next, exactly as it was reviewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from operations.errors import Failure
from operations.promotion import carrying, keeping, rolling_back, telling
from operations.promotion.approving import Answer, agreed, offer, present
from operations.promotion.model import Check, Origin, Position
from operations.promotion.records.lease import Lease
from operations.promotion.reviewing import Change, Review, review
from operations.promotion.settings import images, promotable
from operations.promotion.source import Source, find_source, gates, stack_file
from operations.promotion.world import Place, World
from operations.report.build import Previewed
from operations.report.model import EXIT_CODES

OK = 0

Rollback = Literal["auto", "ask", "never"]
"""What becomes of a promotion that fails."""
CHOICES: Mapping[str, Rollback] = {"auto": "auto", "ask": "ask", "never": "never"}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What was asked beside from where to where."""

    answer: Answer
    pull_request: bool = False
    rollback: Rollback | None = None
    """What to do when it fails; as the target's settings say when None."""
    break_glass: str = ""
    """Why gates are passed by; empty to keep them."""


def promote(world: World, source: str, target: str, wish: Wish) -> int:
    """Returns 0 when the target has what is live in the source, or was not to be changed; of a mere review, what
    `headroom report` would. Raises Failure when it is refused, or fails."""
    place = world.place(target)
    world.place(source)
    _require_route(place, source, wish)
    world.repository.require_clean()
    if wish.answer.review_only:
        found = _review(world, source, target, wish)
        present(world, found, wish.answer)
        if found.shut and not wish.break_glass:
            raise telling.refused(found)
        return EXIT_CODES[found.report.verdict]
    if wish.pull_request:
        return _offer(world, source, target, wish)
    with place.store.hold(place.holder("promote")) as lease:
        if lease.left is not None and not _go_on(world, lease, lease.left, source, wish):
            return OK
        return _promote(world, lease, source, target, wish)


def _require_route(place: Place, source: str, wish: Wish) -> None:
    """Raises Failure when the target takes no releases from there, whatever they are like."""
    target, comes_from = place.environment, place.wishes.source
    if source == target:
        raise Failure(f"{source} can't be promoted to itself")
    if source == comes_from or wish.break_glass:
        return
    name = stack_file(target)
    if comes_from is None:
        raise Failure(
            f"{name}: headroom:promotion.from is none: nothing is promoted to {target}",
            (
                f"headroom up {target}  brings it up from git as it is",
                f"or let {name} name where its releases come from",
            ),
        )
    raise Failure(
        f"{target} takes only what is live in {comes_from}, not in {source}: {name}, headroom:promotion.from",
        (f"promote it to {comes_from} first", "or pass the gates by, on the record: --break-glass REASON"),
    )


def _review(world: World, source: str, target: str, wish: Wish) -> Review:
    found = find_source(world, source)
    change = _change(world, found, target)
    wishes = world.place(target).wishes

    def judge(base: str, previews: Mapping[str, Previewed]) -> Sequence[Check]:
        return gates(world, found, wishes, base, previews[source])

    return review(world, change, approved=wish.answer.approved, beside=[source], gates=judge)


def _change(world: World, source: Source, target: str) -> Change:
    """The target's settings as the source's release had them, images by digest; of what the target has not, none is
    looked up."""
    patterns, config = world.place(target).wishes.settings, world.project.config(target)
    place = world.place(source.environment)
    values, known = promotable.read(source.config, patterns), promotable.read(config, patterns)
    pinned = images.pinned(
        {path: value for path, value in values.items() if path in known},
        world.project,
        source.environment,
        place.aws,
        world.engine.outputs(source.environment),
    )
    plan = promotable.plan({**values, **pinned}, config, patterns)
    origin = Origin(environment=source.environment, release=source.release.id)
    return Change(environment=target, kind="promotion", origin=origin, plan=plan)


def _offer(world: World, source: str, target: str, wish: Wish) -> int:
    """Opens a pull request, or brings the open one up to date, in place of applying anything."""
    found = _review(world, source, target, wish)
    if found.shut and not wish.break_glass:
        present(world, found, wish.answer)
        raise telling.refused(found)
    return offer(world, found, world.command("promote", source, target))


def _promote(world: World, lease: Lease, source: str, target: str, wish: Wish) -> int:
    found = _review(world, source, target, wish)
    present(world, found, wish.answer)
    if found.nothing:
        world.screen.print(f"Nothing to promote: {target} has what is live in {source}.")
        return OK
    if found.shut and not wish.break_glass:
        raise telling.refused(found)
    if not agreed(world, found, wish.answer):
        world.screen.print("Nothing was changed.")
        return OK
    carrying.require_as_reviewed(world, found)
    release = carrying.begun(world, found, break_glass=wish.break_glass)
    keeping.require_kept(world, found)
    return _carry(world, lease, Position(release=release, phase="approved", holder=lease.holder), wish)


def _go_on(world: World, lease: Lease, left: Position, source: str, wish: Wish) -> bool:
    """Goes on with what was interrupted; whether there still is something to promote: it was given up, or something
    else was asked for, as the source has a newer release. Raises Failure when it was something else."""
    release = left.release
    if release.kind != "promotion" or release.source is None or release.source.environment != source:
        raise Failure(
            f"{telling.left_behind(release, left.phase)}\nIt is a {release.kind}, and was interrupted",
            (carrying.command_of(world, release),),
        )
    if not carrying.taken_up(world, lease, left):
        return True
    _carry(world, lease, replace(left, holder=lease.holder), wish)
    newest = world.place(source).store.last()
    if newest is None or not newest.live or newest.release.id == release.source.release:
        return False
    if wish.answer.approve is None and not world.screen.interactive:
        world.screen.print(f"{source} has a newer release: the same command promotes {newest.release.id}.")
        return False
    return (wish.answer.approve or "").strip().lower() != release.approval


def _carry(world: World, lease: Lease, position: Position, wish: Wish) -> int:
    target = position.release.environment
    try:
        carrying.carry_out(world, lease, position)
    except carrying.Failed as failed:
        _fall_back(world, lease, failed, wish)
    source = position.release.source
    brought = f"{source.environment} {source.release}" if source else position.release.id
    world.screen.print(f"{target} is live with {brought}: release {position.release.id}.")
    return OK


def _fall_back(world: World, lease: Lease, failed: carrying.Failed, wish: Wish) -> None:
    """Says what is live, calls on-call, and rolls back when told to. Always raises Failure."""
    release, phase = failed.position.release, failed.position.phase
    target = release.environment
    choice = wish.rollback or world.place(target).wishes.rollback
    stands = telling.left_behind(release, phase)
    carrying.alarm(world, release, f"{target}: a promotion failed", f"{telling.kept(failed.message)}\n{stands}")
    message = f"{failed.message}\n{stands}"
    by_hand = (f"{world.command('rollback', target)}  goes back to the release before", *failed.remedies)
    if not failed.recorded:
        choice = "never"
    if choice == "ask" and world.screen.interactive:
        world.screen.print(message)
        choice = "auto" if world.screen.ask(f"Roll {target} back to the release before?") else "never"
    if choice != "auto":
        raise Failure(message, by_hand) from failed
    try:
        went_back = rolling_back.at_once(world, lease, target)
    except Failure as second:
        raise Failure(
            f"{message}\nIt could not be rolled back: {second.message}", (*by_hand, *second.remedies)
        ) from failed
    raise Failure(f"{message}\n{went_back}", failed.remedies) from failed
