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


def ignore_changes(inputs: dict[str, Any], old: dict[str, Any], paths: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The inputs with the named properties set back to their old values, or removed where there were none; and the
    paths that lead through what was added or removed: there is nothing to set back to."""
    if not paths:
        return inputs, []
    kept = copy.deepcopy(inputs)
    lost = [path for path in paths if not _reset(parse_path(path), old, kept)]
    return kept, lost


def _reset(path: Path, old: Any, new: Any, secret: tuple[bool, bool] = (False, False)) -> bool:
    """Sets the place in `new` to what it is in `old`; False where the two differ on the way there.

    Place by place as `PropertyPath.Reset` does it (sdk/go/common/resource/properties_path.go of pulumi/pulumi): a place
    that is gone with what held it is no ignored change of it. `secret` says whether old and new lie in a secret.
    """
    secret = secret[0] or isinstance(old, Secret), secret[1] or isinstance(new, Secret)
    old, new = _bare(old), _bare(new)
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        return _reset_item(key, rest, old, new, secret)
    if key == "*":
        return _reset_all(rest, old, new, secret)
    if rest:
        if not isinstance(old, dict) or not isinstance(new, dict):
            return not isinstance(old, dict) and not isinstance(new, dict)
        return _reset(rest, old.get(key), new[key], secret) if key in new else key not in old
    if isinstance(old, dict) and key in old:
        if isinstance(new, dict):
            new[key] = _copied(old[key], secret)
        return isinstance(new, dict)
    if isinstance(new, dict):
        new.pop(key, None)
    return True


def _reset_item(index: int, rest: Path, old: Any, new: Any, secret: tuple[bool, bool]) -> bool:
    """The same in a list."""
    if not isinstance(old, list) or not isinstance(new, list):
        return not isinstance(old, list) and not isinstance(new, list)
    if index >= len(old) or index >= len(new):
        return not rest and index >= len(old) and index >= len(new)
    if rest:
        return _reset(rest, old[index], new[index], secret)
    new[index] = _copied(old[index], secret)
    return True


def _reset_all(rest: Path, old: Any, new: Any, secret: tuple[bool, bool]) -> bool:
    """The same for every member of a list or an object, as far as both have it."""
    if isinstance(old, dict) and isinstance(new, dict):
        done = [_reset([key, *rest], old, new, secret) for key in (old if rest else {**old, **new})]
        return all(done) and (not rest or set(old) <= set(new))
    if isinstance(old, list) and isinstance(new, list):
        done = [_reset_item(index, rest, old, new, secret) for index in range(min(len(old), len(new)))]
        return all(done) and len(old) == len(new)
    return not rest and isinstance(new, dict | list)


def _copied(value: Any, secret: tuple[bool, bool]) -> Any:
    value = copy.deepcopy(value)
    return Secret(value) if secret == (True, False) and not isinstance(value, Secret) else value


def _bare(value: Any) -> Any:
    while isinstance(value, Secret):
        value = value.value
    return value
