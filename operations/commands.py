"""What each `headroom` command does. Returns an exit code, or raises Failure."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from operations import moves, policies, preview, strategies, summary
from operations.access import matrix
from operations.changes import Run
from operations.clients import clients
from operations.cost import estimate
from operations.errors import CloudLost, Failure, Invocation, Outcome, Stopped, check
from operations.progress import Progress
from operations.project import Project
from operations.rollout import Gate, wanted
from operations.screen import Screen
from operations.stacks import Stack, forget, open_stack

if TYPE_CHECKING:
    from operations.promotion.recording import Recorder

OK = 0
WHOLE = 10_000
"""Columns of a line that nobody's terminal wraps."""

CANCELLED = re.compile(r"^error: (update|preview|destroy|refresh) cancell?ed\s*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Session:
    """What every command works with."""

    project: Project
    invocation: Invocation
    screen: Screen
    parallel: int | None = None
    """Resources at once; None leaves it to the engine."""
    refresh: bool = False
    """Whether the engine reads what AWS has first, so that an `up` puts back what somebody changed."""
    again: str = ""
    """The command that goes on where this one is stopped; empty where it is the command itself."""

    def open(self, *, create: bool = False) -> Stack:
        return open_stack(self.project, self.invocation, create=create)

    @property
    def place(self) -> str:
        """`dev (offline engine, emulated AWS, account 111111111111)` or `dev (AWS, account 111111111111)`."""
        where = "offline engine, emulated AWS" if self.invocation.offline else "AWS"
        # Without an account the program refuses, together with all else that is wrong.
        account = self.project.given(self.invocation.environment, "headroom:account")
        return f"{self.invocation.environment} ({where}, account {account or 'missing'})"


def up(session: Session, *, yes: bool, rebuild: bool, wait: bool) -> int:
    """Makes the environment what its settings say, and by default waits until it runs."""
    try:
        return _up(session, yes=yes, wait=wait)
    except CloudLost as lost:
        if not rebuild and not _wants_rebuild(session, lost):
            raise
    session.screen.print(Text("Forgetting what was lost.", style="dim"))
    forget(session.project, session.invocation)
    return _up(session, yes=yes, wait=wait)


def _up(session: Session, *, yes: bool, wait: bool) -> int:
    stack = session.open(create=True)
    refuse_gaps(session, stack)
    with _recorder(session, stack) as recorder:
        if not session.invocation.offline and not yes and not _reviewed(session, stack):
            session.screen.print("Nothing was changed.")
            return OK
        return _made(session, stack, recorder, wait=wait)


def _made(session: Session, stack: Stack, recorder: Recorder | str, *, wait: bool) -> int:
    """Applies, waits, records, and tells all of it."""
    done = apply(session, stack)
    run, screen = done.run, session.screen
    found = policies.results(run, session.project.policy_config(session.invocation.environment))
    if run.changed or any(result.violations for result in found):
        screen.block(summary.policies(found))
    if run.changed:
        screen.block(summary.outputs(done.outputs))
        screen.print("")
    if wait:
        await_rollout(session, done.outputs, quiet=not done.run.changed)
        _record(session, recorder, run)
    screen.print(*moves.told(run, done=True))
    # The result stands near the end, where a terminal still shows it.
    screen.print(summary.up(run, session.invocation, done.seconds))
    if run.changed:
        screen.block(summary.next_steps(summary.after_up(session.invocation, session.project.environments)))
    return OK


def _recorder(session: Session, stack: Stack) -> AbstractContextManager[Recorder | str]:
    """What will record a release, or why there will be none; the environment is held meanwhile."""
    from operations.promotion.recording import begin  # its settings take a while to import
    from operations.promotion.world import Place

    return begin(Place(session.project, session.invocation.environment, session.invocation.offline), stack)


def _record(session: Session, recorder: Recorder | str, run: Run) -> None:
    """Records what was made as a release; when that fails, what was made stands all the same."""
    try:
        said = recorder if isinstance(recorder, str) else recorder.finish(run)
    except Failure as failure:
        said = f"Not recorded as a release: {failure.message.splitlines()[0]}"
    if said:
        session.screen.print(Text(said, style="dim"))


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What the engine has made of an environment."""

    run: Run
    outputs: Mapping[str, Any]
    """Of the stack; empty where nothing changed."""
    seconds: float


def apply(session: Session, stack: Stack) -> Applied:
    """Has the engine make what the settings say, and shows it at work.

    Raises Stopped when the user ends it, and Failure when it fails.
    """
    progress, outcome = _follow(
        session,
        f"Bringing up {session.place}",
        lambda p: stack.up(p, parallel=session.parallel, refresh=session.refresh),
    )
    _settle(session, progress, outcome, "up")
    run = progress.run
    outputs = run.outputs or (stack.outputs() if run.changed else {})
    return Applied(run=run, outputs=outputs, seconds=progress.seconds)


def await_rollout(session: Session, outputs: Mapping[str, Any], *, quiet: bool) -> None:
    """Raises Failure when the services do not come to run what was asked; nothing to say is said of an old rollout."""
    services = wanted(outputs)
    if not services:
        return
    aws = clients(session.project, session.invocation)
    screen = session.screen
    gate = Gate(aws("ecs"), aws("logs"), str(outputs.get("cluster")))
    if not quiet:
        screen.print(Text("Rollout", style="bold"))
    gate.wait(services, lambda news: None if quiet else screen.print(f"  {news}"))
    if not quiet:
        screen.print("")


def _reviewed(session: Session, stack: Stack) -> bool:
    """Shows what would change, and asks. Nothing to change needs no question."""
    run = _preview(session, stack, full=False)
    if not run.changed:
        return True
    session.screen.print("")
    return _agreed(session, f"Make these changes in {session.place}?")


def _wants_rebuild(session: Session, lost: CloudLost) -> bool:
    if not session.screen.interactive:
        return False
    session.screen.print(Text(f"{lost.message[:1].upper()}{lost.message[1:]}", style="yellow"))
    return session.screen.ask(f"Forget what was lost and build {session.invocation.environment} again?")


def show_preview(session: Session, *, full: bool) -> int:
    """Shows what an `up` would do, as a diff."""
    stack = session.open(create=True)
    refuse_gaps(session, stack)
    _preview(session, stack, full=full)
    return OK


def refuse_gaps(session: Session, stack: Stack | None = None) -> None:
    """Raises Failure where a change of strategy would lose requests. Offline there are none, so nothing is asked unless
    the stack file has to do with it."""
    config = session.project.config(session.invocation.environment)
    if not session.invocation.offline or strategies.has_pairs(config):
        strategies.refuse_gaps(session.invocation.environment, config, (stack or session.open()).outputs())


def _preview(session: Session, stack: Stack, *, full: bool) -> Run:
    progress, outcome = _follow(
        session,
        f"Previewing {session.place}",
        lambda p: stack.preview(p, parallel=session.parallel, refresh=session.refresh),
    )
    run, screen = progress.run, session.screen
    found = policies.results(run, session.project.policy_config(session.invocation.environment))
    if outcome.code == 0 or any(result.breaches for result in found):
        screen.block(preview.render(run, full=full))
        screen.block(summary.policies(found))
    _settle(session, progress, outcome, "preview")
    name = session.invocation.environment
    would = f"{name}: {preview.counts(run)}." if run.changed else f"Nothing would change: {summary.settled(run, name)}."
    screen.block(moves.told(run))
    screen.print("", Text(would, style="bold"))
    created = any(change.op == "create" for change in run.resources)
    if created and not full:
        command = session.invocation.command("preview", "--diff")
        screen.print(Text(f"Every property of the new resources: {command}", style="dim"))
    return run


def previewed(session: Session) -> Run:
    """What a preview tells, with a mandatory policy broken or not. Raises Failure when it fails for another reason."""
    stack = session.open(create=True)
    progress, outcome = _follow(
        session, f"Checking {session.place}", lambda p: stack.preview(p, parallel=session.parallel)
    )
    run = progress.run
    found = policies.results(run, session.project.policy_config(session.invocation.environment))
    if progress.stopped or run.errors or not any(result.breaches for result in found):
        _settle(session, progress, outcome, "preview")
    return run


def down(session: Session, *, yes: bool) -> int:
    """Deletes everything in the environment."""
    stack = session.open()
    if not yes and not _may_delete(session):
        session.screen.print("Nothing was changed.")
        return OK
    progress, outcome = _follow(
        session, f"Taking down {session.place}", lambda p: stack.destroy(p, parallel=session.parallel)
    )
    _settle(session, progress, outcome, "down")
    if progress.run.changed:
        session.screen.print("")
    session.screen.print(summary.down(progress.run, session.invocation, progress.seconds))
    return OK


def _may_delete(session: Session) -> bool:
    """Offline and without a terminal there is nobody to ask, and nothing real at stake."""
    if session.invocation.offline and not session.screen.interactive:
        return True
    return _agreed(session, f"Delete everything in {session.place}?")


def _agreed(session: Session, question: str) -> bool:
    if not session.screen.interactive:
        raise Failure("there is no terminal to ask on", ("add --yes to go on without being asked",))
    return session.screen.ask(question)


def outputs(session: Session, *, as_json: bool) -> int:
    """Prints what the stack exports."""
    found = session.open().outputs()
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2, sort_keys=True) + "\n")
    elif found:
        session.screen.print(*summary.outputs(found))
    else:
        name = session.invocation.environment
        session.screen.print(f"{name} has no outputs: it is not up. Try: {session.invocation.command('up')}")
    return OK


def access(session: Session, *, as_json: bool) -> int:
    """Prints who may reach what."""
    name = session.invocation.environment
    found = matrix(session.open().resources(), name)
    if as_json:
        told = {"access": found.cells, "not evaluated": found.unread}
        sys.stdout.write(json.dumps(told, indent=2, sort_keys=True) + "\n")
    elif found.cells:
        console = session.screen.console
        session.screen.print(*summary.access(found, console.width if console.is_terminal else WHOLE))
    else:
        session.screen.print(f"{name} holds no secret, bucket or queue. Try: {session.invocation.command('up')}")
    return OK


def cost(session: Session) -> int:
    """Prints the fixed cost of what the stack holds."""
    session.screen.print(*summary.cost(estimate(session.open().resources())))
    return OK


def cancel(session: Session) -> int:
    """Stops the run that holds the stack."""
    session.open().cancel()
    session.screen.print(
        f"Asked the run on {session.invocation.environment} to stop: what is under way is finished and saved.",
        f"Then {session.invocation.command('up')} goes on from there.",
    )
    return OK


def _follow(session: Session, title: str, operation: Callable[[Progress], Outcome]) -> tuple[Progress, Outcome]:
    with Progress(session.screen.console, title) as progress:
        outcome = operation(progress)
    return progress, outcome


def _settle(session: Session, progress: Progress, outcome: Outcome, verb: str) -> None:
    """Raises Failure when the run failed, after saying what is kept of it."""
    if outcome.code == 0:
        return
    run, screen = progress.run, session.screen
    again = session.again or session.invocation.command(verb)
    half = summary.failed(run, session.invocation.environment, again, progress.seconds) if verb != "preview" else None
    if half:
        screen.print("", half, "")
    if progress.stopped:
        raise Stopped("stopped, as you asked.", () if half else (f"{again}  begins again",))
    if CANCELLED.search(outcome.stderr):
        raise Failure("stopped: another command cancelled this run.")
    found = policies.results(run, session.project.policy_config(session.invocation.environment))
    broken = [result.rule for result in found if result.breaches]
    if broken and not run.errors:
        if verb != "preview":
            screen.block(summary.policies(found))
            screen.print("")
        raise Failure(
            f"a mandatory policy is broken: {', '.join(broken)}",
            ("correct the setting that each finding names, or record an exception in policies/exceptions.yaml",),
        )
    check(outcome, session.invocation, run)
