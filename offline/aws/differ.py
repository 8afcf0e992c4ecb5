"""Diff: what changes between two sets of inputs, and what of it makes a new resource."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
        result.delete_before_replace = _collides(kind, before, after, news)
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
    if re.sub(r"\[\d+\]", "", path) in kind.unordered:
        one, other = _without(one, other), _without(other, one)
    for index in range(max(len(one), len(other))):
        inner = f"{path}[{index}]"
        if index >= len(other):
            yield inner, DELETE
        elif index >= len(one):
            yield inner, ADD
        else:
            yield from _compare(kind, inner, one[index], other[index])


def _without(items: list[Any], others: list[Any]) -> list[Any]:
    """The items that are not among the others."""
    rest = list(others)
    left = []
    for item in items:
        if item in rest:
            rest.remove(item)
        else:
            left.append(item)
    return left


def _same(kind: ResourceType, path: str, one: Any, other: Any) -> bool:
    if one == other and isinstance(one, bool) == isinstance(other, bool):
        return True
    if isinstance(one, bool | int | float) or isinstance(other, bool | int | float):
        return shapes.covers(one, other)
    return re.sub(r"\[\d+\]", "[]", path) in kind.documents and shapes.same_document(one, other)
