"""A smoke run from its first look to its last: conditions, price, question, up, probes, down.

Whatever happens once something is made, it is taken down again; what can't be is listed with the command that can.
"""

from __future__ import annotations

import contextlib
import datetime
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any, Final

from rich.text import Text

from operations import commands, stacks
from operations.changes import Run
from operations.clients import Clients, clients
from operations.commands import Session
from operations.errors import Failure, Invocation
from operations.progress import elapsed
from operations.project import Project
from operations.screen import Screen
from operations.smoke import conditions, probe
from operations.smoke.lasting import lasting
from operations.smoke.leaving import left, leftovers, still_listed
from operations.smoke.place import Place, left_behind, make
from operations.smoke.price import TAKING_DOWN_MINUTES, Price, price
from operations.smoke.probe import Answer, Fetch
from operations.state import Resource

OK, FAILED = 0, 1
TRIES: Final = 3
"""Times that taking it down is tried: AWS lets go of a network's parts only after a while."""
MARK: Final = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("·", "yellow")}


@dataclass(frozen=True, kw_only=True)
class Outside:
    """What tests stand in for."""

    fetch: Fetch = probe.fetch
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What was asked for."""

    rehearse: bool
    """On the emulated AWS, through the offline engine."""
    image: str
    minutes: int
    """After so many it gives up, and takes down what it made."""


@dataclass
class Spent:
    """Seconds of each part; None of what was not come to."""

    up: float | None = None
    probes: float | None = None
    down: float | None = None


def smoke(project: Project, screen: Screen, wishes: Wishes, outside: Outside | None = None) -> int:
    """The whole run. Raises Failure before anything is made; afterwards it tells, and returns 1."""
    outside = outside or Outside()
    conditions.refuse(rehearsal=wishes.rehearse)
    _refuse_a_second(project)
    place = make(project, image=wishes.image, rehearsal=wishes.rehearse, now=outside.now())
    with _ended_by_signals(), lasting(place.log):
        session, agreed = None, False
        try:
            session = session_of(place, screen)
            found = _prepared(session, place, wishes)
            agreed = _agreed(screen, place, found, wishes)
        finally:
            if not agreed:
                _forget(session, place)
        if not agreed:
            screen.print("", "Nothing was made.")
            return OK
        return _made(session, place, found, wishes, outside)


def _refuse_a_second(project: Project) -> None:
    """One run at a time: what the first one left costs money."""
    found = left_behind(project)
    if found:
        raise Failure(
            f"{', '.join(place.name for place in found)} did not come to its end, or goes on elsewhere",
            tuple(f'make smoke-aws ARGS="--destroy {place.name}"  takes it down' for place in found),
        )


def session_of(place: Place, screen: Screen) -> Session:
    """What commands of ours work with, in the run's folder."""
    invocation = Invocation(environment=place.name, offline=place.note.rehearsal)
    if not invocation.offline:
        conditions.adopt(place)
    return Session(project=place.project, invocation=invocation, screen=screen)


def _prepared(session: Session, place: Place, wishes: Wishes) -> Price:
    """Makes the stack, which is a file here, and shows what it would make and what that costs."""
    screen = session.screen
    where = "the emulated AWS: a rehearsal, which costs nothing" if wishes.rehearse else "real AWS"
    screen.print(Text(f"Smoke run {place.name} on {where}", style="bold"))
    stacks.init(session.project, session.invocation)
    stack = session.open()
    for answer in conditions.check(place, session.invocation, stack):
        tell(screen, answer)
    run = commands.previewed(session)
    found = price(run)
    place.write(replace(place.note, hourly=found.hourly))
    screen.block(_told(run, found, place, wishes))
    return found


def _told(run: Run, found: Price, place: Place, wishes: Wishes) -> Iterator[Text]:
    kinds: dict[str, int] = {}
    for change in run.resources:
        kinds[change.label.split(" ")[0]] = kinds.get(change.label.split(" ")[0], 0) + 1
    yield Text(f"It would make {len(run.resources)} resources in account {place.note.account}, {place.note.region}:")
    common = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    yield Text(f"  {', '.join(f'{count} {kind}' for kind, count in common)}", style="dim")
    yield Text(f"It costs ${found.hourly:.3f} an hour by list prices ({found.basis}),", style="bold")
    yield Text(
        f"and ${found.ceiling(wishes.minutes):.2f} at most: after {wishes.minutes} minutes it gives up, taking it down "
        f"may take {TAKING_DOWN_MINUTES} more, and begun hours count as whole ones.",
        style="bold",
    )
    if found.stack_region not in ("", found.basis.split(",")[0]):
        yield Text(f"Prices of {found.stack_region}, where it would stand, differ.", style="yellow")
    yield Text(f"Paid by use, and not in it: {'; '.join(found.by_use) or 'nothing'}.", style="dim")
    if found.unpriced:
        yield Text(f"No price known, and not in it: {', '.join(found.unpriced)}.", style="yellow")
    if wishes.rehearse:
        yield Text("This is a rehearsal: nothing of it is made outside this machine, nor paid.", style="yellow")


def _agreed(screen: Screen, place: Place, found: Price, wishes: Wishes) -> bool:
    """Asks for the account's id: a habit types y, and not twelve digits."""
    if not screen.interactive:
        raise Failure("there is no terminal to ask on, and smoke-aws is begun by a person only")
    account = place.note.account
    screen.print("")
    screen.console.print(
        Text(f"Type {account} to make this in it for ${found.ceiling(wishes.minutes):.2f} at most: ", style="bold"),
        end="",
    )
    try:
        return input().strip() == account
    except (EOFError, OSError):  # nobody is there any more
        return False


def _forget(session: Session | None, place: Place) -> None:
    """Nothing stands in AWS: the stack, where it came to one, and its folder go."""
    with contextlib.suppress(Failure):
        if session:
            stacks.remove(session.project, session.invocation)
    place.remove()


def _made(session: Session, place: Place, found: Price, wishes: Wishes, outside: Outside) -> int:
    """From the first resource on: up and probes, and down in any case."""
    screen, began, spent = session.screen, outside.clock(), Spent()
    good = False
    try:
        good = _tried(session, spent, wishes, outside)
    except Failure as failure:
        screen.failure(failure)
    except KeyboardInterrupt:
        screen.print("", Text("Stopped, as you asked.", style="yellow"))
    except Exception as error:  # whatever it is: what stands costs money until it is taken down
        screen.failure(Failure(f"{type(error).__name__}: {error}"))
    since = outside.clock()
    gone = take_down(session, place, outside)
    spent.down = outside.clock() - since
    screen.block(_summary(spent, outside.clock() - began, found, wishes, good=good, gone=gone))
    return OK if good and gone else FAILED


def _tried(session: Session, spent: Spent, wishes: Wishes, outside: Outside) -> bool:
    """Brings it up and asks it everything. Whether all was good."""
    screen, began = session.screen, outside.clock()
    stack = session.open()
    limit = threading.Timer(wishes.minutes * 60, lambda: stack.interrupt(signal.SIGINT))
    limit.daemon = True
    limit.start()
    try:
        outputs = commands.apply(session, stack).outputs
        commands.await_rollout(session, outputs, quiet=False)
    finally:
        limit.cancel()
        spent.up = outside.clock() - began
    began = outside.clock()
    good = True
    screen.print(Text("Probes", style="bold"))
    aws, resources = clients(session.project, session.invocation), stack.resources()
    for answer in _probes(aws, outputs, resources, session.invocation, outside):
        tell(screen, answer)
        good = good and answer.good is not False
    spent.probes = outside.clock() - began
    return good


def _probes(
    aws: Clients,
    outputs: Mapping[str, Any],
    resources: Sequence[Resource],
    invocation: Invocation,
    outside: Outside,
) -> Iterator[Answer]:
    url = f"{str(outputs['url']).rstrip('/')}{probe.HEALTH}"
    if invocation.offline:
        yield probe.targets(aws("elbv2"), resources)
    else:
        yield probe.answers(url, outside.fetch, outside.clock, outside.sleep)
    yield probe.runs(aws("ecs"), outputs)
    yield from probe.secret_is_its_own(aws, resources, invocation.environment, simulator=not invocation.offline)


def tell(screen: Screen, answer: Answer) -> None:
    """A line with a mark; a dot where something could not be asked."""
    mark, style = MARK[answer.good]
    screen.print(Text(f"  {mark} ", style=style).append(answer.said, style="default"))


def take_down(session: Session, place: Place, outside: Outside) -> bool:
    """Destroys everything, and forgets the stack and its folder. What is left is listed; whether nothing is."""
    screen = session.screen
    for attempt in range(1, TRIES + 1):
        try:
            commands.down(session, yes=True)
            break
        except Failure as failure:
            screen.failure(failure)
            if "as you asked" in failure.message or attempt == TRIES:
                break
            screen.print(f"Trying once more ({attempt + 1} of {TRIES}) ...")
            outside.sleep(0 if session.invocation.offline else 30)
        except KeyboardInterrupt:
            break
    remain = left(session)
    if remain is None or remain:
        screen.block(leftovers(place, remain))
        return False
    screen.block(still_listed(clients(session.project, session.invocation), place))
    _forget(session, place)
    return True


def _summary(spent: Spent, whole: float, found: Price, wishes: Wishes, *, good: bool, gone: bool) -> Iterator[Text]:
    parts = [("up", spent.up), ("probes", spent.probes), ("down", spent.down)]
    told = ", ".join(f"{name} {elapsed(seconds)}" for name, seconds in parts if seconds is not None)
    verdict = "It works" if good else "It does not work, or was not seen to"
    rest = "nothing is left" if gone else "something is left"
    yield Text(
        f"{verdict}; {rest}. {elapsed(whole)} in all: {told}.", style="bold green" if good and gone else "bold red"
    )
    cost = f"${found.of(whole):.2f} by list prices, with begun hours as whole ones, and what is paid by use"
    yield Text(f"A run on AWS as long as this would cost {cost}." if wishes.rehearse else f"It cost {cost}.")


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A polite kill ends the run as Ctrl-C does: by taking down what it made. When the terminal is closed it goes on to
    its end, which takes down as well: an engine that were ended by it would leave what it is making behind, and a lock.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {
        signal.SIGTERM: signal.signal(signal.SIGTERM, stop),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
