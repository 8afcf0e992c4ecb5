"""From what the engine said of a refresh to single differences, before anybody judges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from operations import properties
from operations.changes import Change, Run
from operations.drift.model import Kind
from operations.errors import explain
from operations.properties import MISSING, PropertyLine


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One difference, with everything around it by which it can be judged."""

    change: Change
    """The resource."""
    kind: Kind
    run: Run
    """All that the engine said."""
    line: PropertyLine | None = None
    """What differs; None where it is about the whole resource."""
    why: str = ""
    """Of a resource that nobody can read: what its provider said."""

    @property
    def path(self) -> str:
        """Pulumi's property path; empty where it is about the whole resource."""
        return self.line.path if self.line else ""

    @property
    def asked(self) -> Any:
        """What was asked for, or MISSING."""
        return self.line.old if self.line else MISSING

    @property
    def found(self) -> Any:
        """What AWS has, or MISSING."""
        return self.line.new if self.line else MISSING

    @property
    def top(self) -> str:
        """The property that the path begins with."""
        return str((properties.parts(self.path) or [""])[0])

    def asks(self, name: str) -> Any:
        """A whole property as it was asked for; as AWS answered then, where the program left it to AWS."""
        state = self.change.old
        return MISSING if state is None else state.inputs.get(name, state.outputs.get(name, MISSING))

    def has(self, name: str) -> Any:
        """A whole property as AWS has it."""
        state = self.change.new
        return MISSING if state is None else state.inputs.get(name, state.outputs.get(name, MISSING))

    def others(self, *types: str) -> Iterator[Mapping[str, Any]]:
        """Properties of the stack's resources of a type, as they were asked for, with their ids."""
        for change in self.run.changes.values():
            if change.type in types and change.old:
                yield {"id": change.old.id, **change.old.outputs, **change.old.inputs}


def see(run: Run) -> list[Seen]:
    """Every difference of a refresh, resource by resource."""
    unread = {error.urn: error for error in run.errors if error.urn in run.changes}
    found: list[Seen] = []
    for change in run.resources:
        if change.urn in unread:
            said = explain(unread[change.urn]).removeprefix(f"{change.label}:").strip()
            found.append(Seen(change=change, kind="unread", run=run, why=" ".join(said.split())))
        elif change.op == "delete":
            found.append(Seen(change=change, kind="gone", run=run))
        elif change.op == "update":
            found += (Seen(change=change, kind="changed", run=run, line=line) for line in _lines(change))
    return found


def unexplained(run: Run) -> bool:
    """Whether something went wrong beside resources that can't be read."""
    return any(error.urn not in {change.urn for change in run.resources} for error in run.errors)


def _lines(change: Change) -> list[PropertyLine]:
    """What differs: of inputs where the provider compared inputs, else of what it answers."""
    if change.detail is None or change.old is None or change.new is None:
        return properties.differences(change)
    inputs = tuple(item for item in change.detail if item.of_inputs)
    outputs = tuple(item for item in change.detail if not item.of_inputs)
    answered = replace(change.new, inputs={**change.new.inputs, **change.new.outputs})
    lines = [
        *(properties.differences(replace(change, detail=inputs)) if inputs else ()),
        *(properties.differences(replace(change, detail=outputs, new=answered)) if outputs else ()),
    ]
    return sorted({line.path + repr((line.old, line.new)): line for line in lines}.values(), key=lambda line: line.path)
