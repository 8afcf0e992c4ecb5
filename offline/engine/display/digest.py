"""`pulumi preview --json`: one document at the end."""

from __future__ import annotations

import json
import time
from typing import Any

from ..concealment import concealed
from ..operation import Outcome
from ..options import Config
from ..reporter import REPLACEMENT_PARTS, Step
from ..resource_state import ResourceState
from ..serialize import masked
from ..urns import STACK_TYPE
from ..values import MASK


def digest(outcome: Outcome, config: Config) -> str:
    """The operation as JSON, its secrets blinded."""
    reporter = outcome.reporter
    document: dict[str, Any] = {
        "config": {key: MASK if value.secret else value.text for key, value in config.items()},
        "steps": [
            _step(step, outcome.resources.news.get(step.urn))
            for step in sorted(reporter.steps, key=lambda step: step.urn)
            if _shown(step)
        ],
    }
    diagnostics = [
        {
            **({"urn": found.urn} if found.urn else {}),
            "message": (f"{found.severity}: " if found.severity in ("warning", "error") else "") + found.message + "\n",
            "severity": found.severity,
        }
        for found in reporter.diagnostics
    ]
    if diagnostics:
        document["diagnostics"] = diagnostics
    document["duration"] = int((time.monotonic() - reporter.started) * 1e9)
    document["changeSummary"] = reporter.changes
    return json.dumps(document, indent=4)


def _shown(step: Step) -> bool:
    """A replacement counts once; of what stays the same only the stack is listed, and what changes its protection."""
    if step.operation != "same" or step.resource.type == STACK_TYPE:
        return step.outcome not in REPLACEMENT_PARTS
    return step.before is not None and step.planned is not None and step.before.protect != step.planned.protect


def _step(step: Step, final: ResourceState | None) -> dict[str, Any]:
    refreshed = step.operation == "refresh" and step.outcome not in ("same", "refresh")
    found: dict[str, Any] = {"op": step.outcome if refreshed else step.operation, "urn": step.urn}
    if step.resource.provider:
        found["provider"] = step.resource.provider
    states = (step.old, step.new) if refreshed else (_before(step, final), step.planned)
    for key, state in zip(("oldState", "newState"), states, strict=True):
        if state is not None:
            found[key] = _state(state)
    diff = step.diff
    if diff is not None and diff.changed:
        found["diffReasons"] = diff.changed
    if diff is not None and diff.replaced_by:
        found["replaceReasons"] = diff.replaced_by
    found["detailedDiff"] = (
        {path: {"kind": change.kind, "inputDiff": change.of_input} for path, change in diff.detailed.items()}
        if diff is not None and not diff.own
        else None
    )
    return found


def _before(step: Step, final: ResourceState | None) -> ResourceState | None:
    """The state at the step's begin; which outputs of a component are secret is known only at the end."""
    return concealed(step.before, final) if step.before and step.new and final else step.before


def _state(state: ResourceState) -> dict[str, Any]:
    shown = state.copy()
    shown.inputs, shown.outputs = masked(state.inputs), masked(state.outputs)
    shown.replacement_trigger = masked(state.replacement_trigger)
    return shown.to_json(None)
