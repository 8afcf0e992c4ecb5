"""Asks the engine about every environment, several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from operations import events
from operations.changes import Run
from operations.errors import Failure, Invocation, Outcome, Stopped, check
from operations.interrupts import Interrupts
from operations.project import Project
from operations.report.build import Previewed
from operations.stacks import Listener, Stack, open_stack


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the engine said of one environment."""

    environment: str
    run: Run
    outcome: Outcome | None = None
    """How its command ended; None where it did not begin."""
    failure: Failure | None = None
    """Why it did not begin."""


@dataclass
class _Collector:
    """Follows a run and shows nothing of it."""

    run: Run = field(default_factory=Run)

    def heard(self, event: events.Event) -> None:
        self.run.add(event)

    def tick(self) -> None:
        """Nothing to show."""

    def interrupted(self) -> None:
        """The engine is told by who waits for all of them."""


def ask_all(
    project: Project,
    environments: Sequence[str],
    ask: Callable[[Stack, Listener], Outcome],
    *,
    offline: bool,
    verb: str,
    create: bool,
) -> list[Asked]:
    """Has the engine look at each environment; they come in their order, as many at once as there are processors.

    `ask` runs in a thread that handles no signals. Raises Stopped when the user stops it.
    """
    opened: dict[str, Stack] = {}
    stopped: list[bool] = []

    def forward(number: int) -> None:
        for stack in list(opened.values()):
            stack.interrupt(number)

    def one(name: str) -> Asked:
        collector = _Collector()
        if stopped:
            return Asked(environment=name, run=collector.run, failure=Failure("stopped"))
        try:
            stack = open_stack(project, Invocation(environment=name, offline=offline, verb=verb), create=create)
            opened[name] = stack
            return Asked(environment=name, run=collector.run, outcome=ask(stack, collector))
        except Failure as failure:
            return Asked(environment=name, run=collector.run, failure=failure)
        finally:
            opened.pop(name, None)

    with (
        ThreadPoolExecutor(min(len(environments), os.cpu_count() or 1)) as pool,
        Interrupts(forward, lambda: stopped.append(True)),
    ):
        found = list(pool.map(one, environments))
    if stopped:
        raise Stopped("stopped, as you asked.")
    return found


def preview_all(project: Project, environments: Sequence[str], *, offline: bool) -> list[Previewed]:
    """The preview of each environment, in their order. A failed one is part of what is found.

    Raises Stopped when the user stops it.
    """

    def preview(stack: Stack, listener: Listener) -> Outcome:
        return stack.preview(listener, handle_signals=False)

    asked = ask_all(project, environments, preview, offline=offline, verb="preview", create=offline)
    return [Previewed(environment=one.environment, run=one.run, error=_error(one, offline)) for one in asked]


def _error(asked: Asked, offline: bool) -> str:
    """Why a preview failed; a mandatory policy that is not kept is told as a finding, not here."""
    if asked.failure or asked.outcome is None:
        return spoken(asked.failure or Failure("the engine was not asked"))
    broken = any(violation.level == "mandatory" for violation in asked.run.violations)
    if asked.outcome.code == 0 or (broken and not asked.run.errors):
        return ""
    try:
        check(asked.outcome, Invocation(environment=asked.environment, offline=offline, verb="preview"), asked.run)
    except Failure as failure:
        return spoken(failure)
    return ""


def spoken(failure: Failure) -> str:
    """A failure as a part of what is found, its remedies below."""
    return "\n".join([failure.message, *(f"- {remedy}" for remedy in failure.remedies)])
