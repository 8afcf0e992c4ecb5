"""The settings of two environments side by side, as the settings' model reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.settings import Settings
from infra.settings.problems import fields_of, is_map, key_of, model_in
from operations.differing.groups import group_of
from operations.differing.model import ABSENT, GROUPS, Group, Setting
from operations.report.redaction import Redaction

UNIT: Final = re.compile(
    r"(?:^|\b(?:in|of) (?:the )?)"
    r"(units of 1/1024 vCPU|GiB|MiB|KiB|GB|days|hours|minutes|seconds|milliseconds|percent)\b",
    re.IGNORECASE,
)
"""The unit in a setting's description: `Retention of log groups, in days.`"""

Path = tuple[str, ...]


@dataclass(frozen=True)
class _Leaf:
    value: Any
    field: FieldInfo


def compare(a: Settings, b: Settings, promotable: Sequence[str] = ()) -> list[Setting]:
    """Every setting with two values. `promotable` holds the paths that a promotion carries."""
    ours, theirs = (dict(_leaves(settings)) for settings in (a, b))
    found = []
    for path in sorted({*ours, *theirs}):
        one, other = ours.get(path), theirs.get(path)
        left, right = (leaf.value if leaf else ABSENT for leaf in (one, other))
        if left == right and type(left) is type(right):
            continue
        declared = (one or other).field  # type: ignore[union-attr]
        found.append(
            Setting(
                path=_written(path),
                group=_group(path, left, right, promotable),
                a=_shown(path, left),
                b=_shown(path, right),
                unit=unit(declared.description or ""),
                about=declared.description or "",
            )
        )
    order = {group: index for index, group in enumerate(GROUPS)}
    return sorted(_whole(found, a, b), key=lambda one: (order[one.group], one.path))


def _shown(path: Path, value: Any) -> Any:
    """A value without what somebody may have put there by mistake; how a secret comes to be is none."""
    is_origin = path[0] == "services" and "secrets" in path[2:3]
    return value if is_origin or value is ABSENT else Redaction(()).value(_written(path), value)


def unit(description: str) -> str:
    """The unit that a description names; empty where there is none."""
    named = UNIT.search(description)
    return named[1].replace("units of 1/1024 vCPU", "CPU units").replace("percent", "%") if named else ""


def _group(path: Path, a: Any, b: Any, promotable: Sequence[str]) -> Group:
    found = group_of(".".join(path), promotable)
    missing = ABSENT in (a, b)
    return "only" if missing and found != "promotable" else found


def _leaves(section: BaseModel, path: Path = ()) -> Iterator[tuple[Path, _Leaf]]:
    """Every single value, lists whole; a name of a map is a part of the path."""
    for key, field in fields_of(type(section)).items():
        attribute = next(name for name, one in type(section).model_fields.items() if one is field)
        value = getattr(section, attribute)
        # A section that is not there has no values: what of it stands in the other environment is all new.
        if value is not None or is_map(field) or model_in(field) is BaseModel:
            yield from _below(value, (*path, key), field)


def _below(value: Any, path: Path, field: FieldInfo) -> Iterator[tuple[Path, _Leaf]]:
    if isinstance(value, BaseModel):
        yield from _leaves(value, path)
    elif isinstance(value, Mapping):
        for name, entry in value.items():
            yield from _below(entry, (*path, str(name)), field)
    else:
        yield path, _Leaf(list(value) if isinstance(value, tuple) else value, field)


def _whole(found: Sequence[Setting], a: Settings, b: Settings) -> Iterator[Setting]:
    """A whole service, or another entry or section that one environment lacks, is one line and not thirty."""
    lacking = {side: list(_lacking(*pair)) for side, pair in {"a": (b, a), "b": (a, b)}.items()}
    told: set[str] = set()
    for setting in found:
        if setting.group != "only":
            yield setting
            continue
        side = "b" if setting.b is ABSENT else "a"
        whole = next((one for one in lacking[side] if setting.path == one or setting.path.startswith(f"{one}.")), "")
        if not whole:
            yield setting
        elif whole not in told:
            told.add(whole)
            values: dict[str, Any] = {"a": "given", "b": "given", side: ABSENT}
            yield replace(setting, path=whole, unit="", about="", **values)


def _lacking(has: BaseModel, lacks: BaseModel, path: Path = ()) -> Iterator[str]:
    """Paths of the sections and of the maps' sections that `has` has and `lacks` has not."""
    for name, field in type(has).model_fields.items():
        one, other, below = getattr(has, name), getattr(lacks, name), (*path, field.alias or name)
        if isinstance(one, BaseModel):
            if isinstance(other, BaseModel):
                yield from _lacking(one, other, below)
            else:
                yield _written(below)
        elif isinstance(one, Mapping):
            for key, entry in one.items():
                if isinstance(entry, BaseModel):
                    twin = other.get(key) if isinstance(other, Mapping) else None
                    if isinstance(twin, BaseModel):
                        yield from _lacking(entry, twin, (*below, key))
                    else:
                        yield _written((*below, key))


def _written(path: Path) -> str:
    """As a stack file's key, without its name space."""
    return key_of(path).removeprefix("headroom:")
