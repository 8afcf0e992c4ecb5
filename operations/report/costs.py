"""What a change does to the fixed cost of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from operations import properties
from operations.changes import Change, Run, short_type
from operations.cost import Estimate, estimate
from operations.report.model import CostChange, CostLine
from operations.state import Resource

DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE: Final = "aws:ecs/service:Service"
CENT: Final = 0.005
"""US dollars; what changes by less is rounding."""


def cost_change(run: Run) -> CostChange:
    """The cost before and after, as far as it is fixed; what is paid by use or has no price is named."""
    before, after = estimate(_standing(run, after=False)), estimate(_standing(run, after=True))
    changed = {change.label for change in run.changed if change.physical and change.op != "delete"}
    types = {change.type for change in run.changed if change.op in {"create", "replace", "import"}}
    return CostChange(
        before=before.monthly,
        after=after.monthly,
        lines=sorted(_lines(before, after), key=lambda line: (-abs(line.after - line.before), line.what)),
        unpriced=sorted(changed.intersection(after.unpriced)),
        by_use=[f"{short_type(kind)}: {what}" for kind, what in sorted(after.by_use.items()) if kind in types],
    )


def _lines(before: Estimate, after: Estimate) -> Iterator[CostLine]:
    old, new = _by_resource(before), _by_resource(after)
    for what in {**old, **new}:
        line = CostLine(what=what, before=old.get(what, 0.0), after=new.get(what, 0.0))
        if abs(line.after - line.before) >= CENT:
            yield line


def _by_resource(found: Estimate) -> dict[str, float]:
    costs: dict[str, float] = {}
    for line in found.lines:
        costs[line.what] = costs.get(line.what, 0.0) + line.monthly
    return costs


def _standing(run: Run, *, after: bool) -> list[Resource]:
    """The resources of the stack as its state would hold them, before or after the run."""
    definitions = {change.parent: change.urn for change in run.resources if change.type == DEFINITION}
    return [_resource(change, definitions, after) for change in _there(run.resources, after)]


def _there(changes: Iterable[Change], after: bool) -> Iterator[Change]:
    for change in changes:
        gone = change.op in {"delete", "discard"} if after else change.op in {"create", "import"}
        if not gone:
            yield change


def _resource(change: Change, definitions: Mapping[str, str], after: bool) -> Resource:
    old, new = change.old or change.new, change.new or change.old
    said: dict[str, Any] = {}
    if after:
        kept = old.outputs if old and change.op != "replace" else {}
        said = {**kept, **(new.outputs if new else {}), **(new.inputs if new else {})}
    elif old:
        said = {**old.inputs, **old.outputs}
    known = {name: value for name, value in said.items() if value != properties.UNKNOWN}
    # A task definition that is not there yet has no ARN by which its service could name it.
    if change.type == DEFINITION:
        known.setdefault("arn", change.urn)
    elif change.type == SERVICE:
        known.setdefault("taskDefinition", definitions.get(change.parent, ""))
    return {"urn": change.urn, "type": change.type, "outputs": known}
