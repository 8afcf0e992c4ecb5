"""The properties of one change, old => new; secrets are masked, also where only the new value is one."""

from __future__ import annotations

import json
from typing import Any

from ..property_diff import parse_path, path_matches, value_at
from ..provider import PropertyChange
from ..reporter import Step
from ..serialize import masked
from ..values import MASK, UNKNOWN, Secret, contains

_SIGNS = {"add": "+", "delete": "-", "update": "~"}
_LONGEST = 400
"""Characters of one value; the rest is left out."""


def details(step: Step, *, indent: str) -> list[str]:
    """The lines below a change: what differs, or all inputs of what is new."""
    if step.diff is None or not step.diff.detailed:
        return _inputs(step, indent) if step.outcome in ("create", "import") else []
    lines: list[str] = []
    hidden = [parse_path(pattern) for pattern in step.resource.hide_diffs]
    for path, change in step.diff.detailed.items():
        if any(path_matches(pattern, parse_path(path)) for pattern in hidden):
            continue
        lines += _change(step, path, change, indent)
    return lines


def _inputs(step: Step, indent: str) -> list[str]:
    inputs = step.new.inputs if step.new else {}
    return [f"{indent}+ {key}: {_text(value)}" for key, value in sorted(inputs.items()) if not key.startswith("__")]


def _change(step: Step, path: str, change: PropertyChange, indent: str) -> list[str]:
    before = _value(step.old.inputs if change.of_input else step.old.outputs, path) if step.old else None
    if step.old and before is None and change.of_input:
        before = _value(step.old.outputs, path)
    source = (
        (step.new.inputs if change.of_input or step.operation != "refresh" else step.new.outputs) if step.new else {}
    )
    after = _value(source, path)
    kind = change.kind.removesuffix("-replace")
    why = "  (forces replacement)" if change.kind.endswith("-replace") else ""
    secret = contains(before, _is_secret) or contains(after, _is_secret)
    if secret:  # a value that becomes secret was plain before: neither is shown
        old, new = MASK, MASK
    else:
        old, new = _text(before), _text(after)
    words = {"add": new, "delete": old}.get(kind, f"{old} => {new}")
    return [f"{indent}{_SIGNS.get(kind, '~')} {path}: {words}{why}"]


def _is_secret(value: Any) -> bool:
    return isinstance(value, Secret)


def _value(values: dict[str, Any], path: str) -> Any:
    return value_at(values, path)


def _text(value: Any) -> str:
    if value is UNKNOWN:
        return "(known after apply)"
    shown = json.dumps(_readable(value), ensure_ascii=False)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "..."


def _readable(value: Any) -> Any:
    if value is UNKNOWN:
        return "(known after apply)"
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return masked(value)
