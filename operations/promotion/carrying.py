"""Carries a release out, phase by phase, so that whoever comes after a kill -9 can go on from the last one."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from operations.errors import Failure, Stopped
from operations.promotion import seal, telling
from operations.promotion.health.health import Limits
from operations.promotion.model import PHASES, UNTOUCHED, Known, Outcome, Phase, Position, Release
from operations.promotion.pages import nobody, page
from operations.promotion.records.lease import Lease
from operations.promotion.reviewing import Review, irreversible
from operations.promotion.settings.wishes import Wishes
from operations.promotion.source import stack_file
from operations.promotion.world import Place, World, ci_run
from operations.report.build import build

RELEASE_TAG, COMMIT_TAG = "headroom:release", "headroom:commit"
"""Tags of a stack: which release it was made of last, and from which commit."""


class Failed(Failure):
    """A release was begun, and did not come to its end."""

    def __init__(self, position: Position, cause: Failure, unrecorded: Failure | None = None) -> None:
        """`unrecorded` is why the failure is not on record, so that nothing more may be done."""
        second = unrecorded or Failure("")
        super().__init__("\n".join(filter(None, (cause.message, second.message))), (*cause.remedies, *second.remedies))
        self.position = position
        self.recorded = unrecorded is None


def require_as_reviewed(world: World, found: Review) -> None:
    """Raises Failure when the stack or git moved while somebody read the review."""
    environment = found.change.environment
    if (
        world.repository.head() != found.base
        or seal.of_state(world.engine.resources(environment)) != found.seal.digests.state
    ):
        raise Failure(
            f"{environment} is not what was reviewed any more: it or git moved meanwhile; nothing was changed",
            ("give the same command again",),
        )


def begun(world: World, found: Review, *, break_glass: str = "") -> Release:
    """The release that carries an approved review out."""
    place = world.place(found.change.environment)
    before, last = place.store.live(), place.store.last()
    started = after(last, world.now())
    return Release(
        id=release_id(started, found.commit),
        environment=place.environment,
        kind=found.change.kind,
        commit=found.commit,
        settings=found.settings,
        digests=found.seal.digests,
        approval=found.seal.text,
        by=place.caller(),
        started=started,
        source=found.change.origin,
        previous=before.release.id if before else "",
        run=ci_run(),
        break_glass=break_glass,
        passed_by=tuple(telling.shut_gate(check) for check in found.shut),
        migrations=tuple(found.migrations),
        irreversible=tuple(found.irreversible),
    )


def after(last: Known | None, moment: datetime.datetime) -> datetime.datetime:
    """When a release begins: ids sort by it, so that no two of an environment begin in the same second."""
    return max(moment, last.release.started + datetime.timedelta(seconds=1)) if last else moment


def command_of(place: World | Place, release: Release) -> str:
    """The command that goes on with a release that was interrupted."""
    if release.kind == "promotion" and release.source is not None:
        passing = ["--break-glass", shlex.quote(release.break_glass)] if release.break_glass else []
        return place.command("promote", release.source.environment, release.environment, *passing)
    return place.command("rollback", release.environment)


def release_id(started: datetime.datetime, commit: str) -> str:
    """`20261121-231504-ab12cd3`: sorts by time."""
    return f"{started:%Y%m%d-%H%M%S}-{commit[:7]}"


def limits_of(wishes: Wishes) -> Limits:
    """Within what an environment counts as healthy."""
    return Limits(
        soak_minutes=wishes.soak_minutes,
        max_error_percent=wishes.max_error_percent,
        max_p95_seconds=wishes.max_p95_seconds,
        min_requests=wishes.min_requests,
    )


def carry_out(world: World, lease: Lease, position: Position) -> None:
    """Takes a release from where it stands to its end, and records what became of it.

    Raises Failed when it is not live in the end, which is recorded then. Stopped, when the user ends it, and Failure,
    when it could not even be begun, leave its place for the same command to go on from; where git did not take its
    commit, there is nothing to go on with.
    """
    lease.at(position)
    for phase in PHASES[PHASES.index(position.phase) + 1 :]:
        try:
            reached = _STEPS[phase](world, position)
        except (Stopped, KeyboardInterrupt) as stopped:
            raise _stopped(world, position, stopped) from stopped
        except Failure as failure:
            raise _short_of_its_end(world, lease, position, failure) from failure
        position = replace(reached, phase=phase)
        lease.at(position)
    _end(world, lease, position)


def _stopped(world: World, position: Position, cause: Stopped | KeyboardInterrupt) -> Stopped:
    release, phase = position.release, position.phase
    said = cause.message if isinstance(cause, Stopped) else "stopped, as you asked."
    goes_on = f"{command_of(world, release)}  goes on with it"
    return Stopped(f"{said}\n{telling.left_behind(release, phase)}", (goes_on,))


def _short_of_its_end(world: World, lease: Lease, position: Position, failure: Failure) -> Failure:
    """What a release comes to that can go no further."""
    release, phase = position.release, position.phase
    if phase == "approved":
        lease.end()
        return failure
    if phase in UNTOUCHED:
        goes_on = f"{command_of(world, release)}  goes on with it"
        return Failure(f"{failure.message}\n{telling.left_behind(release, phase)}", (*failure.remedies, goes_on))
    try:
        # Whoever was taken over meanwhile says nothing of what is another's now.
        lease.confirm()
        _end(world, lease, position, failure)
    except Failure as second:
        return Failed(position, failure, second)
    return Failed(position, failure)


def _end(world: World, lease: Lease, position: Position, failure: Failure | None = None) -> None:
    """Records what became of a release, once, and gives its place up."""
    release = position.release
    store = world.place(release.environment).store
    if store.find(release.id).outcome is None:
        outcome = Outcome(
            release=release.id,
            ending="failed" if failure else "live",
            finished=world.now(),
            state=_state(world, release.environment, or_none=failure is not None),
            phase=position.phase,
            said=telling.kept(failure.message) if failure else "",
        )
        store.finish(outcome)
    lease.end()


def _state(world: World, environment: str, *, or_none: bool) -> str:
    """What stands; of a release that failed, nothing where that can't be told either."""
    try:
        return seal.of_state(world.engine.resources(environment))
    except Failure:
        if or_none:
            return ""
        raise


def _commit(world: World, position: Position) -> Position:
    world.repository.advance(position.release.commit)
    return position


def _record(world: World, position: Position) -> Position:
    world.place(position.release.environment).store.record(position.release)
    return position


def _announce(world: World, position: Position) -> Position:
    """From here on the engine may have changed something, so that who is on call hears of gates first."""
    release = position.release
    if release.break_glass:
        subject = f"{release.environment}: gates of a {release.kind} were passed by"
        alarm(world, release, subject, "\n".join([f"By {release.by}: {release.break_glass}", *release.passed_by]))
    return position


def _apply(world: World, position: Position) -> Position:
    release = position.release
    with world.repository.checkout(release.commit) as checkout:
        world.engine.apply(checkout, release.environment, command_of(world, release))
    world.engine.tag(release.environment, {RELEASE_TAG: release.id, COMMIT_TAG: release.commit})
    return position


def _roll_out(world: World, position: Position) -> Position:
    """Begins the bake time with the moment at which everything runs."""
    environment = position.release.environment
    world.engine.await_rollout(environment, world.engine.outputs(environment))
    minutes = world.place(environment).wishes.bake_minutes
    return replace(position, bake_until=world.now() + datetime.timedelta(minutes=minutes))


def _bake(world: World, position: Position) -> Position:
    """Whoever goes on after the bake time still looks once at what happened in it."""
    environment, until = position.release.environment, position.bake_until or world.now()
    place, screen = world.place(environment), world.screen
    if until > world.now():
        screen.print(f"Bake time until {until:%H:%M} UTC: alarms, rollouts and answers of {environment} are watched.")
    health = place.health(world.engine.outputs(environment), world.engine.resources(environment))
    since = until - datetime.timedelta(minutes=place.wishes.bake_minutes)
    shut = health.watch(
        until, limits_of(place.wishes), lambda news: screen.print(f"  {news}"), world.sleep, since=since
    )
    if shut:
        raise Failure("\n".join([f"{environment} is not well with it:", *map(telling.shut_gate, shut)]))
    return position


_STEPS: Final[Mapping[Phase, Callable[[World, Position], Position]]] = {
    "committed": _commit,
    "recorded": _record,
    "applying": _announce,
    "applied": _apply,
    "running": _roll_out,
    "baked": _bake,
}
"""What is done to reach a phase. Each may be done twice: a kill may come between it and its note."""


def taken_up(world: World, lease: Lease, left: Position) -> bool:
    """Whether an interrupted release is to be gone on with. It is given up where nothing of it was begun, and it is not
    what was approved any more; a rollback, as it is itself the way out, also where it would lose what nobody approved.

    Raises Failure where a promotion would, and where git does not have it as it was approved.
    """
    release = left.release
    world.screen.print(telling.left_behind(release, left.phase))
    if left.phase not in UNTOUCHED and _has_failed(world, release):
        world.screen.print("It failed, and that is on record: it is not gone on with.")
        lease.end()
        return False
    try:
        if left.phase in UNTOUCHED:
            _require_unmoved(world, release)
        elif left.phase == "applying":
            _require_in_git(world, release)
            _require_no_further_loss(world, release)
    except Stopped:
        raise
    except Failure as moved:
        if left.phase not in UNTOUCHED and release.kind == "promotion":
            raise
        world.screen.print(f"It is given up: {moved.message}")
        give_up(world, lease, left, moved.message)
        return False
    world.screen.print("Going on with it.")
    return True


def _has_failed(world: World, release: Release) -> bool:
    """Whether its end is on record, and only its place was not given up any more."""
    outcome = world.place(release.environment).store.find(release.id).outcome
    return outcome is not None and outcome.ending == "failed"


def _require_in_git(world: World, release: Release) -> None:
    """Raises Failure unless the branch has the release's commit, or may be brought to it, and says the same still."""
    repository, name = world.repository, stack_file(release.environment)
    gives_up = f"{world.command('rollback', release.environment)}  gives it up, and goes back"
    if not repository.has(release.commit):
        raise Failure(
            f"commit {release.commit[:12]} of release {release.id} is not in this clone",
            ("git pull, or work where it was made", gives_up),
        )
    head = repository.head()
    if repository.follows(head, release.commit):
        same = seal.of_text(repository.text(head, name)) == release.digests.config
    else:
        same = repository.follows(release.commit, head)
    if not same:
        raise Failure(
            f"git has another {name} now than release {release.id}: going on would apply what git does not say",
            (gives_up,),
        )


def _require_unmoved(world: World, release: Release) -> None:
    """Raises Failure unless what was approved still is what would be done: nothing of it was begun."""
    _require_in_git(world, release)
    with world.repository.checkout(release.commit) as checkout:
        found = world.engine.preview(checkout, [release.environment])[0].run
    now = {
        "policies": seal.of_policies(found),
        "preview": seal.of_preview(found),
        "state": seal.of_state(world.engine.resources(release.environment)),
    }
    moved = [seal.PARTS[part] for part, value in now.items() if value != getattr(release.digests, part)]
    if moved:
        raise Failure(f"{release.environment} is not what was approved any more. Moved: {'; '.join(moved)}")


def _require_no_further_loss(world: World, release: Release) -> None:
    """Raises Failure when going on would lose data that nobody approved: what stands moved meanwhile."""
    with world.repository.checkout(release.commit) as checkout:
        found = world.engine.preview(checkout, [release.environment])
    unapproved = sorted(set(irreversible(build(found))) - set(release.irreversible))
    if unapproved:
        raise Failure(
            "\n".join([f"going on with {release.id} would lose data that was not approved:", *unapproved]),
            (f"{world.command('rollback', release.environment)}  gives it up, and goes back",),
        )


def give_up(world: World, lease: Lease, left: Position, why: str) -> None:
    """Records that an interrupted release will not be gone on with; of one that git did not have there is no record."""
    if left.phase == "approved":
        lease.end()
        return
    if left.phase == "committed":
        world.place(left.release.environment).store.record(left.release)
    _end(world, lease, left, Failure(why))


def alarm(world: World, release: Release, subject: str, text: str) -> None:
    """Sends a page of the environment. Whatever keeps it from that is told, and stops nothing."""
    place = world.place(release.environment)
    try:
        said = page(place.aws, world.engine.outputs(release.environment), subject, f"{text}\nRelease {release.id}")
    except Failure as failure:
        said = nobody(failure.message, subject)
    if said:
        world.screen.print(said)
