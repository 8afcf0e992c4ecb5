"""Diff: what changes between two sets of inputs, and what of it makes a new object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from offline.aws.values import Properties, Unknown, plain
from offline.kubernetes.checks import AUTONAMED
from offline.kubernetes.kinds import Kind
from offline.kubernetes.replacing import replacing

ADD, DELETE, UPDATE = "add", "delete", "update"


@dataclass
class Difference:
    """What a Diff answers."""

    detailed: dict[str, str] = field(default_factory=dict)
    """Path to add, delete or update, with `-replace` where it makes a new object."""
    delete_before_replace: bool = False

    @property
    def changed(self) -> list[str]:
        """Top-level names."""
        return sorted({top(path) for path in self.detailed})

    @property
    def replaces(self) -> list[str]:
        """Top-level names of what makes a new object."""
        return sorted({top(path) for path, kind in self.detailed.items() if kind.endswith("-replace")})


def top(path: str) -> str:
    """The property that a path is in."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def difference(kind: Kind, old_inputs: Properties, news: Properties, mutable: frozenset[str]) -> Difference:
    """Between inputs, secrets' marks aside. `mutable` names kinds whose data changes in place."""
    before, after = _bare(old_inputs), _bare(news)
    names = replacing(kind, after, mutable)
    detailed = {
        path: f"{change}-replace" if _within(path, names) else change
        for path, change in sorted(_changes("", before, after))
    }
    found = Difference(detailed=detailed)
    if found.replaces:
        found.delete_before_replace = _collides(before, after)
    return found


def _bare(inputs: Properties) -> Any:
    return plain({name: value for name, value in inputs.items() if not name.startswith("__")})


def _within(path: str, names: tuple[str, ...]) -> bool:
    """Whether a change is in one of the places, or around one; `[*]` stands for each item of a list."""
    place = re.sub(r"\[\d+\]", "[*]", path)
    return any(
        place == name or place.startswith((f"{name}.", f"{name}[")) or name.startswith((f"{place}.", f"{place}["))
        for name in names
    )


def _collides(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether old and new object would have one name, chosen by the program, in one namespace."""
    old, new = before.get("metadata") or {}, after.get("metadata") or {}
    if (new.get("annotations") or {}).get(AUTONAMED) == "true" or not new.get("name"):
        return False
    same_place = isinstance(new.get("namespace"), Unknown) or old.get("namespace") == new.get("namespace")
    return same_place and (isinstance(new["name"], Unknown) or old.get("name") == new["name"])


def _changes(path: str, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted({*one, *other}):
            yield from _compare(_inner(path, str(name)), one.get(name), other.get(name))
    elif isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            left, right = (items[index] if index < len(items) else None for items in (one, other))
            yield from _compare(f"{path}[{index}]", left, right)
    elif one is not other and (one != other or isinstance(one, bool) != isinstance(other, bool)):
        yield path, UPDATE


def _compare(path: str, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    if one is None and other is None:
        return
    if one is None or other is None:
        yield path, ADD if one is None else DELETE
    else:
        yield from _changes(path, one, other)


def _inner(path: str, name: str) -> str:
    if not re.fullmatch(r"\w+", name):
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name
