"""Diff: what changes between two sets of inputs, and what of it makes a new resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from offline.aws import mapping, shapes
from offline.aws.model import ResourceType
from offline.aws.values import Properties, Unknown, plain

ADD, DELETE, UPDATE = "add", "delete", "update"


class ReplacementUnknownError(Exception):
    """A change whose effect the type's table does not know."""


@dataclass
class Difference:
    """What a Diff answers."""

    detailed: dict[str, str] = field(default_factory=dict)
    """Path to add, delete or update, with `-replace` where it makes a new resource."""
    replaces: list[str] = field(default_factory=list)
    """Properties that make a new resource."""
    delete_before_replace: bool = False

    @property
    def changed(self) -> list[str]:
        """Top-level names."""
        return sorted({top(path) for path in self.detailed})


def top(path: str) -> str:
    """The property that a path is in."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def difference(
    kind: ResourceType, old_inputs: Properties, news: Properties, old_outputs: Properties, region: str
) -> Difference:
    """Between inputs, secrets' marks aside. Raises ReplacementUnknownError."""
    before, after = _bare(old_inputs), _bare(news)
    changes = dict(_changes(kind, before, after))
    replacing = _replacing(kind, changes, before, after)
    old_region = old_inputs.get("region") or old_outputs.get("region")
    if kind.regional and old_region and old_region != region:
        changes["region"] = UPDATE
        replacing.add("region")
    changes.pop("region", None) if "region" not in replacing else None
    _require_known(kind, {top(path) for path in changes} - replacing, before, after)
    detailed = {path: f"{kind_}-replace" if _replaces(path, replacing) else kind_ for path, kind_ in changes.items()}
    result = Difference(detailed=dict(sorted(detailed.items())), replaces=sorted(replacing))
    if replacing:
        result.delete_before_replace = kind.delete_first or _collides(kind, before, after, news)
    return result


def _bare(inputs: Properties) -> Properties:
    return {name: plain(value) for name, value in inputs.items() if not name.startswith("__") and value is not None}


def _replaces(path: str, replacing: set[str]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in replacing)


def _replacing(kind: ResourceType, changes: Mapping[str, str], before: Properties, after: Properties) -> set[str]:
    found = {
        name for name in kind.replace if any(_replaces(path, {name}) or _replaces(name, {path}) for path in changes)
    }
    if kind.replace_if:
        found |= set(kind.replace_if(before, after)) & ({top(path) for path in changes} | set(changes))
    return found


def _require_known(kind: ResourceType, names: set[str], before: Properties, after: Properties) -> None:
    scope = {**after, "before": before, "id": "unknown"}
    known = mapping.updatable(kind, scope) | set(kind.local)
    unknown = sorted(names - known)
    if unknown:
        listed = ", ".join(repr(name) for name in unknown)
        raise ReplacementUnknownError(
            f"{kind.token}: whether a change of {listed} updates or replaces is unknown to the offline provider; "
            "add it to the type's table in offline/aws/types (replace, or a call of update)"
        )


def _collides(kind: ResourceType, before: Properties, after: Properties, news: Properties) -> bool:
    """Whether old and new resource cannot stand side by side: a name, or what else AWS allows once, stays the same."""
    unique = kind.unique
    if not unique and kind.autoname:
        name = kind.autoname.property
        named_by_us = name in (plain(news.get("__defaults")) or [])
        unique = () if named_by_us or name not in after else (name,)
    return bool(unique) and all(
        shapes.same_text(before.get(name), after.get(name)) or isinstance(after.get(name), Unknown) for name in unique
    )


def _changes(kind: ResourceType, before: Properties, after: Properties) -> Iterator[tuple[str, str]]:
    for name in sorted(set(before) | set(after)):
        if name not in after:
            if _keeps(kind, name, before):
                continue
            yield name, DELETE
        elif name not in before:
            if _is_empty(after[name]) and name not in kind.replace:
                continue
            yield name, ADD
        else:
            yield from _compare(kind, name, before[name], after[name])


def _keeps(kind: ResourceType, name: str, before: Properties) -> bool:
    """Whether AWS keeps the value of an input that is no longer given, as it keeps what it chose itself."""
    if _is_empty(before[name]):
        return True
    if name in kind.on_removal or name in kind.replace or name in kind.local:
        return False
    calls = [call for call in kind.update if name in mapping.carried(kind, call)]
    wanted = mapping.sdk(kind).inputs.get(name)
    return bool(calls) and not any(call.full for call in calls) and wanted in ("str", "int", "float")


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _compare(kind: ResourceType, path: str, one: Any, other: Any) -> Iterator[tuple[str, str]]:
    if isinstance(other, Unknown) or isinstance(one, Unknown):
        if one is not other:
            yield path, UPDATE
    elif isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in sorted(set(one) | set(other)):
            inner = f"{path}.{name}" if re.fullmatch(r"\w+", str(name)) else f'{path}["{name}"]'
            if one.get(name) is None and other.get(name) is None:
                continue
            if other.get(name) is None:
                yield inner, DELETE
            elif one.get(name) is None:
                yield inner, ADD
            else:
                yield from _compare(kind, inner, one[name], other[name])
    elif isinstance(one, list) and isinstance(other, list):
        yield from _compare_lists(kind, path, one, other)
    elif not _same(kind, path, one, other):
        yield path, UPDATE


def _compare_lists(kind: ResourceType, path: str, one: list[Any], other: list[Any]) -> Iterator[tuple[str, str]]:
    """Item by item. Of a set, only the items that came and went, at their own places, as Pulumi's AWS provider does."""
    left: Sequence[int] = range(len(one))
    came: Sequence[int] = range(len(other))
    if re.sub(r"\[\d+\]", "", path) in kind.unordered:
        left, came = _unmatched(kind, path, one, other)
    for index in range(max(len(one), len(other))):
        inner = f"{path}[{index}]"
        if index in left and index in came:
            yield from _compare(kind, inner, one[index], other[index])
        elif index in left:
            yield inner, DELETE
        elif index in came:
            yield inner, ADD


def _unmatched(kind: ResourceType, path: str, one: list[Any], other: list[Any]) -> tuple[Sequence[int], Sequence[int]]:
    """Places of the old items that equal no new one, and of the new that equal no old one."""
    came = list(range(len(other)))
    left = []
    for index, item in enumerate(one):
        inner = f"{path}[{index}]"
        same = next((place for place in came if not any(_compare(kind, inner, item, other[place]))), None)
        if same is None:
            left.append(index)
        else:
            came.remove(same)
    return left, came


def _same(kind: ResourceType, path: str, one: Any, other: Any) -> bool:
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return True
    if isinstance(one, bool | int | float) or isinstance(other, bool | int | float):
        return shapes.covers(one, other)
    return re.sub(r"\[\d+\]", "[]", path) in kind.documents and shapes.same_document(one, other)
