"""Differences between property values, property paths, and what `ignoreChanges` does with them."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from .values import UNKNOWN, Secret, unwrap

Path = list[str | int]

_PLAIN_KEY = re.compile(r"^[A-Za-z_$][\w$]*$")
_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|\.?([^.\[\]]+)')


def parse_path(path: str) -> Path:
    """`a.b[0]["c d"]` as a list of keys and indexes; `*` stands for any."""
    steps: Path = []
    for quoted, index, key in _STEP.findall(path):
        if quoted:
            steps.append(json.loads(f'"{quoted}"'))
        elif index:
            steps.append(index if index == "*" else int(index))
        else:
            steps.append(key)
    return steps


def format_path(steps: Path) -> str:
    """The text of a path, in Pulumi's notation."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step)}]"
    return text


def root_key(path: str) -> str:
    """The top-level property that a path lies in."""
    return str(parse_path(path)[0])


def path_matches(pattern: Path, path: Path) -> bool:
    """True when the pattern names the path, a parent of it, or something under it."""
    return all(left in ("*", right) for left, right in zip(pattern, path, strict=False))


def value_at(value: Any, path: str) -> Any:
    """The value at a path, None where there is none."""
    for step in parse_path(path):
        if isinstance(value, Secret):
            return value
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def diff_objects(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """{path: add | delete | update} of the leaves that differ; secrecy alone is no difference."""
    found: dict[str, str] = {}
    _diff(unwrap(old), unwrap(new), [], found)
    return found


def _diff(old: Any, new: Any, path: Path, found: dict[str, str]) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(set(old) | set(new)):
            if not key.startswith("__"):
                _diff_member(old.get(key), new.get(key), [*path, key], found)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(old):
                found[format_path([*path, index])] = "add"
            elif index >= len(new):
                found[format_path([*path, index])] = "delete"
            else:
                _diff(old[index], new[index], [*path, index], found)
    elif not _same(old, new):
        found[format_path(path)] = "update"


def _diff_member(old: Any, new: Any, path: Path, found: dict[str, str]) -> None:
    if old is None and new is None:
        return
    if old is None:
        found[format_path(path)] = "add"
    elif new is None:
        found[format_path(path)] = "delete"
    else:
        _diff(old, new, path, found)


def _same(old: Any, new: Any) -> bool:
    if old is UNKNOWN or new is UNKNOWN:
        return False
    numbers = isinstance(old, int | float) and isinstance(new, int | float)
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    return bool(old == new) if numbers or type(old) is type(new) else False


def ignore_changes(inputs: dict[str, Any], old: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """The inputs with the named properties set back to their old values, or removed where there were none."""
    if not paths:
        return inputs
    if "*" in paths:
        return copy.copy(old)
    kept = copy.deepcopy(inputs)
    for path in paths:
        _restore(kept, old, parse_path(path))
    return kept


def _restore(new: Any, old: Any, path: Path) -> None:
    head, rest = path[0], path[1:]
    for key in _keys(new, head):
        had = key in old if isinstance(old, dict) else isinstance(old, list) and isinstance(key, int) and key < len(old)
        if rest:
            inner = _item(new, key)
            if inner is None and had and isinstance(new, dict):
                inner = new[key] = {}
            _restore(inner, old[key] if had else None, rest)
        elif had:
            if isinstance(new, dict) or (isinstance(new, list) and isinstance(key, int) and key < len(new)):
                new[key] = copy.deepcopy(old[key])
        elif isinstance(new, dict):
            new.pop(key, None)


def _keys(value: Any, head: str | int) -> list[Any]:
    if head != "*":
        return [head]
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def _item(value: Any, key: Any) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    return value[key] if isinstance(value, list) and isinstance(key, int) and key < len(value) else None
