"""`pulumi preview --json`: one document at the end."""

from __future__ import annotations

import json
import time
from typing import Any

from ..operation import Outcome
from ..options import Config
from ..reporter import Step
from ..resource_state import ResourceState
from ..serialize import masked
from ..values import MASK


def digest(outcome: Outcome, config: Config) -> str:
    """The operation as JSON, its secrets blinded."""
    reporter = outcome.reporter
    document: dict[str, Any] = {
        "config": {key: MASK if value.secret else value.text for key, value in config.items()},
        "steps": [_step(step) for step in sorted(reporter.steps, key=lambda step: step.urn)],
    }
    diagnostics = [
        {
            **({"urn": found.urn} if found.urn else {}),
            "message": f"{found.severity}: {found.message}\n",
            "severity": found.severity,
        }
        for found in reporter.diagnostics
    ]
    if diagnostics:
        document["diagnostics"] = diagnostics
    document["duration"] = int((time.monotonic() - reporter.started) * 1e9)
    document["changeSummary"] = reporter.changes
    return json.dumps(document, indent=4)


def _step(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"op": step.outcome, "urn": step.urn}
    if step.resource.provider:
        found["provider"] = step.resource.provider
    for key, state in (("oldState", step.old), ("newState", step.new)):
        if state is not None:
            found[key] = _state(state)
    diff = step.diff
    if diff is not None and diff.changed:
        found["diffReasons"] = diff.changed
    if diff is not None and diff.replaced_by:
        found["replaceReasons"] = diff.replaced_by
    found["detailedDiff"] = (
        {path: {"kind": change.kind, "inputDiff": change.of_input} for path, change in diff.detailed.items()}
        if diff is not None
        else None
    )
    return found


def _state(state: ResourceState) -> dict[str, Any]:
    shown = state.copy()
    shown.inputs, shown.outputs = masked(state.inputs), masked(state.outputs)
    shown.replacement_trigger = masked(state.replacement_trigger)
    return shown.to_json(None)
