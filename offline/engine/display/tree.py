"""The tree of changes: parents before children, by type and name; what stays as it is, is left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..provider import Diff
from ..reporter import Step
from ..urns import STACK_TYPE, urn_name, urn_type
from .details import details
from .words import MARKS, collapse

_QUIET = ("same", "read", "refresh")


@dataclass(frozen=True, kw_only=True)
class _Row:
    mark: str
    type: str
    name: str
    operation: str
    info: str
    details: list[str] = field(default_factory=list)


def tree(steps: list[Step], *, dry_run: bool, diff: bool) -> str:
    """The table of an operation; with `diff` each change is followed by its properties."""
    rows = _Tree(collapse(steps), diff).rows()
    types = max([len(row.type) for row in rows], default=0)
    types = max(types, 4)
    names = max([len(row.name) for row in rows] + [4])
    lines = [f"     {'Type':<{types}}  {'Name':<{names}}  {'Plan' if dry_run else 'Status'}"]
    for row in rows:
        line = f" {row.mark:<3} {row.type:<{types}}  {row.name:<{names}}  {row.operation:<10} {row.info}"
        lines += [line.rstrip(), *row.details]
    return "\n".join(lines)


class _Tree:
    def __init__(self, steps: dict[str, Step], diff: bool) -> None:
        self._steps = steps
        self._diff = diff
        self._children: dict[str, list[str]] = {}
        for urn, step in steps.items():
            parent = step.resource.parent
            self._children.setdefault(parent if parent in steps and parent != urn else "", []).append(urn)
        for urns in self._children.values():
            urns.sort(key=lambda urn: (urn_type(urn) != STACK_TYPE, urn_type(urn), urn_name(urn)))
        self._changed: dict[str, bool] = {}
        self._rows: list[_Row] = []

    def rows(self) -> list[_Row]:
        for urn in self._children.get("", []):
            if urn_type(urn) == STACK_TYPE or self._has_change(urn):
                self._add(urn, "", "")
        return self._rows

    def _has_change(self, urn: str) -> bool:
        if urn not in self._changed:
            own = self._steps[urn].outcome not in _QUIET
            self._changed[urn] = own or any(self._has_change(child) for child in self._children.get(urn, ()))
        return self._changed[urn]

    def _add(self, urn: str, branch: str, indent: str) -> None:
        step = self._steps[urn]
        operation = "" if step.outcome == "same" else step.outcome
        shown = details(step, indent=" " * 9) if self._diff and operation else []
        self._rows.append(
            _Row(
                mark=MARKS.get(step.outcome, " "),
                type=branch + urn_type(urn),
                name=urn_name(urn),
                operation=operation,
                info="" if self._diff else _summary(step.diff),
                details=shown,
            )
        )
        children = [child for child in self._children.get(urn, []) if self._has_change(child)]
        for index, child in enumerate(children):
            last = index == len(children) - 1
            self._add(child, indent + ("└─ " if last else "├─ "), indent + ("   " if last else "│  "))


def _summary(diff: Diff | None) -> str:
    """Which properties differ; those that force a replacement are marked."""
    if diff is None or not (diff.changed or diff.replaced_by):
        return ""
    signs = {"add": "+", "delete": "-"}
    found: list[str] = []
    for key in diff.changed or diff.replaced_by:
        change = diff.detailed.get(key)
        sign = signs.get(change.kind.removesuffix("-replace"), "~") if change else "~"
        found.append(f"{sign}{key}{'!' if key in diff.replaced_by else ''}")
    return f"[diff: {','.join(found)}]"
