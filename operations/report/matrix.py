"""Which resources change in which environments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from operations.changes import across
from operations.report.model import Item, Row, StackReport


def rows(stacks: Sequence[StackReport]) -> list[Row]:
    """A row for each resource that changes anywhere: first what differs, then what is the same in all."""
    found: dict[str, dict[str, Item]] = {}
    for stack in stacks:
        for item in stack.items:
            found.setdefault(across(item.urn), {})[stack.environment] = item
    environments = [stack.environment for stack in stacks if not stack.error]
    made = [_row(items, environments) for items in found.values()]
    order = {"differs": 0, "only": 1, "same": 2}
    return sorted(made, key=lambda row: (order[row.spread], list(row.component), row.label))


def _row(items: dict[str, Item], environments: Sequence[str]) -> Row:
    first = next(iter(items.values()))
    spread: Literal["same", "only", "differs"] = "differs"
    if len(items) == 1 and len(environments) > 1:
        spread = "only"
    elif set(items) == set(environments) and len({_content(item) for item in items.values()}) == 1:
        spread = "same"
    ops = {environment: item.op for environment, item in items.items()}
    return Row(label=first.label, component=first.component, ops=ops, spread=spread)


def _content(item: Item) -> tuple[object, ...]:
    return item.op, tuple(item.lines), tuple(item.forced_by)
