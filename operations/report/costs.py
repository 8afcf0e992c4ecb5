"""What a change does to the fixed cost of a stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from operations import properties
from operations.changes import Change, Run, short_type
from operations.cost import Estimate, estimate, prices
from operations.cost_rules import DEFINITION
from operations.report.model import CostChange, CostLine
from operations.state import Resource

SERVICE: Final = "aws:ecs/service:Service"
DASHBOARD: Final = "aws:cloudwatch/dashboard:Dashboard"
CENT: Final = 0.005
"""US dollars; what changes by less is rounding."""


def cost_change(run: Run) -> CostChange:
    """The cost before and after, as far as it is fixed; what is paid by use or has no price is named.

    What has a price on one side only, such as a database whose new class nobody here knows, is in neither sum."""
    before, after = estimate(_standing(run, after=False)), estimate(_standing(run, after=True))
    changed = {change.label for change in run.changed if change.physical}
    types = {change.type for change in run.changed if change.op in {"create", "replace", "import"}}
    open_ = {*before.unpriced, *after.unpriced}
    old, new = (_by_resource(found, open_) for found in (before, after))
    listed = prices()
    return CostChange(
        before=sum(old.values()),
        after=sum(new.values()),
        lines=sorted(_lines(old, new), key=lambda line: (-abs(line.after - line.before), line.what)),
        unpriced=sorted(_unpriced(before, after, changed)),
        by_use=[f"{short_type(kind)}: {what}" for kind, what in sorted(after.by_use.items()) if kind in types],
        region=listed["region"],
        date=listed["date"],
        stack_region=after.region or before.region,
    )


def _lines(old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[CostLine]:
    for what in {**old, **new}:
        line = CostLine(what=what, before=old.get(what, 0.0), after=new.get(what, 0.0))
        if abs(line.after - line.before) >= CENT:
            yield line


def _by_resource(found: Estimate, left_out: Iterable[str] = ()) -> dict[str, float]:
    costs: dict[str, float] = {}
    for line in found.lines:
        if line.what not in left_out:
            costs[line.what] = costs.get(line.what, 0.0) + line.monthly
    return costs


def _unpriced(before: Estimate, after: Estimate, changed: Iterable[str]) -> Iterator[str]:
    """What changes and has no price, before or after, with what is known of the other side."""
    known = {"before": _by_resource(before), "after": _by_resource(after)}
    for gap in {*before.unpriced, *after.unpriced}:
        label = next((label for label in changed if gap == label or gap.startswith(f"{label} (")), "")
        sides = [f"${costs[gap]:,.2f} {side}" for side, costs in known.items() if gap in costs]
        if label:
            yield f"{gap} ({', '.join(sides)})" if sides else gap


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
    """What is not known yet stays so, for the rules to see; but where a rule joins two resources, or where the old
    value serves as well, that is taken."""
    old, new = change.old or change.new, change.new or change.old
    kept = old.outputs if old and change.op != "replace" else {}
    said: dict[str, Any] = {}
    if after:
        said = {**kept, **(new.outputs if new else {}), **(new.inputs if new else {})}
    elif old:
        said = {**old.inputs, **old.outputs}
    unknown = {name for name, value in said.items() if value == properties.UNKNOWN}
    # A task definition that is not there yet has no ARN by which its service could name it.
    if change.type == DEFINITION and ((after and change.op in {"create", "replace"}) or "arn" not in said):
        said["arn"] = change.urn
    elif change.type == SERVICE and ("taskDefinition" in unknown or "taskDefinition" not in said):
        said["taskDefinition"] = definitions.get(change.parent, properties.UNKNOWN)
    elif change.type == DASHBOARD and "dashboardBody" in unknown and "dashboardBody" in kept:
        # Whether it is a small one hardly changes with what only AWS can tell, such as an ARN in it.
        said["dashboardBody"] = kept["dashboardBody"]
    return {"urn": change.urn, "type": change.type, "outputs": said}
