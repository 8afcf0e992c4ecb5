"""Paths into AWS's answers and requests: `Vpcs[0].Tags`, `IpPermissions[0].IpRanges[0].CidrIp`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MISSING = object()


def steps(path: str) -> list[str | int]:
    """The path's names and positions."""
    return [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]


def get(value: Any, path: str) -> Any:
    """What is there, or MISSING."""
    for step in steps(path):
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return MISSING
    return value


def put(target: dict[str, Any], path: str, value: Any) -> None:
    """Puts the value there, making the dicts and lists on the way; at a list's end it appends."""
    trail = steps(path)
    here: Any = target
    for step, following in zip(trail, [*trail[1:], None], strict=True):
        if following is None:
            _set(here, step, value)
            return
        fresh: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if step >= len(here):
                here.append(fresh)
            here = here[step]
        else:
            here = here.setdefault(step, fresh)


def _set(here: Any, step: str | int, value: Any) -> None:
    if isinstance(step, int):
        if step < len(here):
            here[step] = value
        else:
            here.append(value)
    else:
        here[step] = value


def fill(template: Any, scope: Mapping[str, Any]) -> Any:
    """The template with every `$property` replaced (`$one|other`: the first that is there); what is absent is left out,
    and MISSING at the top."""
    if isinstance(template, str) and template.startswith("$"):
        found = (get(scope, path) for path in template[1:].split("|"))
        return next((value for value in found if value is not None and value is not MISSING), MISSING)
    if isinstance(template, Mapping):
        filled = {name: fill(item, scope) for name, item in template.items()}
        return {name: item for name, item in filled.items() if item is not MISSING}
    if isinstance(template, list | tuple):
        return [fill(entry, scope) for entry in template if _is_whole(entry, scope)]
    return template


def _is_whole(entry: Any, scope: Mapping[str, Any]) -> bool:
    """A list's entry counts only with all that it names: a tag specification without tags is none."""
    if isinstance(entry, Mapping):
        return all(fill(item, scope) is not MISSING for item in entry.values())
    return fill(entry, scope) is not MISSING


def formatted(text: str, scope: Mapping[str, Any]) -> Any:
    """The text with every `{path}` replaced; MISSING if one of them is absent or not text."""
    parts = re.split(r"\{([^}]+)\}", text)
    for index in range(1, len(parts), 2):
        value = get(scope, parts[index])
        if not isinstance(value, str | int) or isinstance(value, bool):
            return MISSING
        parts[index] = str(value)
    return "".join(parts)
