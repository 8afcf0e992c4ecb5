"""How Pulumi, real or offline, does what promotion asks: the one place where promotion runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from operations.commands import Session, apply, await_rollout, refuse_gaps
from operations.drift.finding import look
from operations.errors import Failure, Invocation
from operations.project import Project
from operations.promotion.checkouts.repository import Repository
from operations.promotion.world import World
from operations.report.build import Previewed
from operations.report.collect import preview_all, spoken
from operations.screen import Screen
from operations.stacks import Stack, open_stack


class Pulumi:
    """The engine of Pulumi, real or offline."""

    def __init__(self, project: Project, screen: Screen, *, offline: bool, parallel: int | None = None) -> None:
        self._project, self._screen = project, screen
        self._offline, self._parallel = offline, parallel

    def preview(self, project: Project, environments: Sequence[str]) -> list[Previewed]:
        return [self._without_gaps(project, one) for one in preview_all(project, environments, offline=self._offline)]

    def _without_gaps(self, project: Project, found: Previewed) -> Previewed:
        """As `up` does: a change of strategy that would lose requests can't be made, however it looks to the engine."""
        if found.error:
            return found
        try:
            refuse_gaps(self._session(found.environment, project))
        except Failure as failure:
            return replace(found, error=spoken(failure))
        return found

    def apply(self, project: Project, environment: str, again: str) -> None:
        session = replace(self._session(environment, project), again=again)
        apply(session, session.open(create=True))

    def await_rollout(self, environment: str, outputs: Mapping[str, Any]) -> None:
        await_rollout(self._session(environment), outputs, quiet=False)

    def resources(self, environment: str) -> Sequence[Mapping[str, Any]]:
        return self._stack(environment).resources()

    def outputs(self, environment: str) -> Mapping[str, Any]:
        return self._stack(environment).outputs()

    def tag(self, environment: str, tags: Mapping[str, str]) -> None:
        stack = self._stack(environment)
        for name, value in tags.items():
            try:
                stack.tag(name, value)
            except Failure as failure:
                # The record is what counts; not every backend keeps tags.
                self._screen.print(f"  The stack's tag {name} was not written: {failure.message.splitlines()[0]}")
                return

    def drift(self, environment: str) -> Sequence[str]:
        return look(self._project, self._invocation(environment)).real

    def _stack(self, environment: str) -> Stack:
        return open_stack(self._project, self._invocation(environment), create=True)

    def _invocation(self, environment: str) -> Invocation:
        return Invocation(environment=environment, offline=self._offline, verb="promote")

    def _session(self, environment: str, project: Project | None = None) -> Session:
        session = Session(
            project=self._project,
            invocation=self._invocation(environment),
            screen=self._screen,
            parallel=self._parallel,
        )
        return replace(session, project=project) if project else session


def the_world(project: Project, screen: Screen, *, offline: bool, parallel: int | None = None) -> World:
    """The real one."""
    return World(
        project=project,
        offline=offline,
        screen=screen,
        engine=Pulumi(project, screen, offline=offline, parallel=parallel),
        repository=Repository(project.root),
    )
