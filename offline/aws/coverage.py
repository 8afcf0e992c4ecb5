"""What of each described type the emulator executes, computed from the tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from offline.aws import types
from offline.aws.model import Call, Find, ResourceType

EXECUTED, EXTENDED, CHECKED = "executed", "executed by our extension", "checked only"


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """One resource type."""

    token: str
    service: str
    """boto3's name of the service."""
    state: str
    """What making the resource does: executed, executed by our extension, or checked only."""
    operations: dict[str, str]
    """Each of AWS's operations that the type uses, and which of the three it is."""
    from_state: tuple[str, ...]
    """Inputs that the emulator does not report: a refresh finds no drift in them."""
    note: str


def covered() -> list[Coverage]:
    """Every described type, by token."""
    return [_covered(kind) for kind in types.everything()]


def _covered(kind: ResourceType) -> Coverage:
    operations: dict[str, str] = {}
    for operation, state in _operations(kind):
        worse = max(operations.get(operation, EXECUTED), state, key=(EXECUTED, EXTENDED, CHECKED).index)
        operations[operation] = worse
    return Coverage(
        token=kind.token,
        service=kind.service,
        state=operations[kind.create[0].operation],
        operations=dict(sorted(operations.items())),
        from_state=tuple(sorted({*kind.lost, *kind.hidden})),
        note=kind.note,
    )


def _operations(kind: ResourceType) -> Iterator[tuple[str, str]]:
    tagging = [kind.tagging.add, kind.tagging.remove, kind.tagging.find] if kind.tagging else []
    for used in (*kind.create, *kind.find, *kind.update, *kind.delete, *tagging):
        if used is not None:
            yield used.operation, _state(used)


def _state(used: Call | Find) -> str:
    if isinstance(used, Call) and used.checked:
        return CHECKED
    return EXTENDED if used.extended else EXECUTED


def as_json() -> str:
    """For programs."""
    return json.dumps([asdict(item) for item in covered()], indent=2)


def as_text() -> str:
    """For people: a line a type, and below it what is less than executed."""
    lines = []
    everything = covered()
    for item in everything:
        lines.append(f"{item.token:<82} {item.state}")
        for operation, state in item.operations.items():
            if state != EXECUTED:
                lines.append(f"    {operation}: {state}")
        if item.from_state:
            lines.append(f"    not read back: {', '.join(item.from_state)}")
        if item.note:
            lines.append(f"    {item.note}")
    counts = [f"{sum(item.state == state for item in everything)} {state}" for state in (EXECUTED, EXTENDED, CHECKED)]
    lines.append(f"{len(everything)} resource types: {', '.join(counts)}")
    return "\n".join(lines)
