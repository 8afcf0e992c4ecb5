"""Asks the engine for the previews of every environment, several at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from operations import events
from operations.changes import Run
from operations.errors import Failure, Invocation, Outcome, check
from operations.interrupts import Interrupts
from operations.project import Project
from operations.report.build import Previewed
from operations.stacks import Stack, open_stack


@dataclass
class _Collector:
    """Follows a preview and shows nothing of it."""

    run: Run = field(default_factory=Run)

    def heard(self, event: events.Event) -> None:
        self.run.add(event)

    def tick(self) -> None:
        """Nothing to show."""

    def interrupted(self) -> None:
        """The engine is told by who waits for all previews."""


def preview_all(project: Project, environments: Sequence[str], *, offline: bool) -> list[Previewed]:
    """The preview of each environment, in their order; as many at once as there are processors.

    A failed preview is part of what is found. Raises Failure when the user stops it.
    """
    opened: dict[str, Stack] = {}
    stopped: list[bool] = []

    def forward(number: int) -> None:
        for stack in list(opened.values()):
            stack.interrupt(number)

    with (
        ThreadPoolExecutor(min(len(environments), os.cpu_count() or 1)) as pool,
        Interrupts(forward, lambda: stopped.append(True)),
    ):
        found = list(pool.map(lambda name: _preview(project, name, offline, opened, stopped), environments))
    if stopped:
        raise Failure("stopped, as you asked.")
    return found


def _preview(
    project: Project, environment: str, offline: bool, opened: dict[str, Stack], stopped: list[bool]
) -> Previewed:
    collector = _Collector()
    invocation = Invocation(environment=environment, offline=offline, verb="preview")
    if stopped:
        return Previewed(environment=environment, run=collector.run, error="stopped")
    try:
        stack = open_stack(project, invocation, create=offline)
        opened[environment] = stack
        outcome = stack.preview(collector, handle_signals=False)
        return Previewed(environment=environment, run=collector.run, error=_error(outcome, invocation, collector.run))
    except Failure as failure:
        return Previewed(environment=environment, run=collector.run, error=_spoken(failure))
    finally:
        opened.pop(environment, None)


def _error(outcome: Outcome, invocation: Invocation, run: Run) -> str:
    """Why a preview failed; a mandatory policy that is not kept is told as a finding, not here."""
    broken = any(violation.level == "mandatory" for violation in run.violations)
    if outcome.code == 0 or (broken and not run.errors):
        return ""
    try:
        check(outcome, invocation, run)
    except Failure as failure:
        return _spoken(failure)
    return ""


def _spoken(failure: Failure) -> str:
    return "\n".join([failure.message, *(f"- {remedy}" for remedy in failure.remedies)])
