"""What promotion asks of whatever runs stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from operations.project import Project
from operations.report.build import Previewed


class Engine(Protocol):
    """Whatever runs stacks. Every method raises Failure where it can't do what it was asked."""

    def preview(self, project: Project, environments: Sequence[str]) -> list[Previewed]:
        """What an `up` of each would do, by this checkout; a failed preview is part of what is found."""

    def apply(self, project: Project, environment: str, again: str) -> None:
        """Makes the environment what this checkout says; `again` is the command that goes on where it is stopped.

        Raises Stopped when the user ends it.
        """

    def await_rollout(self, environment: str, outputs: Mapping[str, Any]) -> None:
        """Returns when what runs is what was asked for."""

    def resources(self, environment: str) -> Sequence[Mapping[str, Any]]:
        """What stands, by the stack's state."""

    def outputs(self, environment: str) -> Mapping[str, Any]:
        """What the stack exports."""

    def tag(self, environment: str, tags: Mapping[str, str]) -> None:
        """Writes tags of the stack."""

    def drift(self, environment: str) -> Sequence[str]:
        """What is not as the stack's state has it and should be, a line each."""
