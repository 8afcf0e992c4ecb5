"""Changed properties of a resource with their old and new values, as a reader wants them.

The engine names the paths that differ; the values are looked up in the states before and after. A policy document is
one string to Pulumi: it is decoded, and only what differs in it is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from operations.changes import Change
from operations.events import PropertyChange

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi writes in place of a value that only AWS can tell, during a preview."""

SECRET = "[secret]"
"""What the engine writes in place of a secret."""

LONGEST = 88
"""Characters of a value before it is cut."""

WIDEST = 104
"""Characters of a group of properties that still stand in one line; the usual five tags do."""

_PART = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.\[\]]+)')


class _Missing:
    """No value at all, as opposed to null."""

    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = _Missing()


@dataclass(frozen=True, kw_only=True)
class PropertyLine:
    """One property that differs."""

    path: str
    old: Any
    """MISSING when it is added."""
    new: Any
    """MISSING when it is taken away."""
    replaces: bool = False
    """Whether it forces a replacement."""

    @property
    def mark(self) -> str:
        if self.old is MISSING and self.new is not MISSING:
            return "+"
        return "-" if self.new is MISSING and self.old is not MISSING else "~"

    @property
    def known(self) -> bool:
        """Whether there are values to show: a provider may name a path that stands in neither state."""
        return not (self.old is MISSING and self.new is MISSING)


def differences(change: Change) -> list[PropertyLine]:
    """What differs in a resource that is updated or replaced, by path; secrets masked on both sides."""
    old = change.old.inputs if change.old else {}
    new = change.new.inputs if change.new else {}
    if change.detail is None:
        lines = _by_name(change, old, new)
    else:
        lines = []
        for item in change.detail:
            before = old if item.of_inputs or change.old is None else {**old, **change.old.outputs}
            forced = item.replaces or _named(item.path, change.forced_by)
            path, values = item.path, _of_an_element(item, _get(before, item.path), _get(new, item.path))
            if values[0] == values[1] and values[0] != SECRET:
                # Providers number the elements of a set their own way: compare the whole property.
                path, values = _top(item.path, before, new)
            lines += _expanded(path, *_masked(*values), replaces=forced)
    # Where a list loses and gains elements, each has a line with the list's path.
    distinct = {(line.path, show(line.old, 10_000), show(line.new, 10_000)): line for line in lines}
    return sorted(distinct.values(), key=lambda line: _natural(line.path))


def _of_an_element(item: PropertyChange, old: Any, new: Any) -> tuple[Any, Any]:
    """An element that came to a list has no old value: what stood at its number was another element."""
    if not item.path.endswith("]") or MISSING in (old, new):
        return old, new
    kind = item.kind.removesuffix("-replace")
    return (MISSING if kind == "add" else old), (MISSING if kind == "delete" else new)


def _top(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, tuple[Any, Any]]:
    name = str((parts(path) or [path])[0])
    values = _get(old, name), _get(new, name)
    return (path, (MISSING, MISSING)) if values[0] == values[1] else (name, values)


def _by_name(change: Change, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[PropertyLine]:
    """Where the provider gives no detail: the properties that it names, or every input that differs."""
    names = set(change.changed) | set(change.forced_by)
    names = names or {name for name in {*old, *new} if old.get(name, MISSING) != new.get(name, MISSING)}
    lines: list[PropertyLine] = []
    for name in sorted(names):
        if not name.startswith("__"):
            values = _masked(_get(old, name), _get(new, name))
            lines += _expanded(name, *values, replaces=name in change.forced_by)
    return lines


def _expanded(path: str, old: Any, new: Any, *, replaces: bool) -> list[PropertyLine]:
    """One line a leaf that differs, also inside JSON documents; the given values themselves when none does."""
    leaves = list(_leaves(path, decoded(old), decoded(new)))
    leaves = leaves or [(path, old, new)]
    return [
        PropertyLine(path=leaf, old=before, new=after, replaces=replaces)
        for leaf, before, after in ((leaf, *_masked(before, after)) for leaf, before, after in leaves)
    ]


def _leaves(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}, key=str):
            if not str(key).startswith("__"):
                yield from _leaves(_joined(path, key), old.get(key, MISSING), new.get(key, MISSING))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _leaves(f"{path}[{index}]", before, after)
    elif isinstance(old, list) and isinstance(new, list) and _distinct(old) and _distinct(new):
        # What came and what went says more than every shifted index.
        yield from ((path, item, MISSING) for item in old if item not in new)
        yield from ((path, MISSING, item) for item in new if item not in old)
    elif old != new or isinstance(old, bool) != isinstance(new, bool):
        yield path, old, new


def _distinct(items: list[Any]) -> bool:
    return len(set(map(repr, items))) == len(items)


def decoded(value: Any) -> Any:
    """A JSON document in a string, decoded; anything else as it is."""
    if isinstance(value, str) and value[:1] in "{[" and value != SECRET:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _masked(old: Any, new: Any) -> tuple[Any, Any]:
    """A value that is secret on one side is masked on both: it may have been plain before."""
    if SECRET in (old, new):
        return (old if old is MISSING else SECRET), (new if new is MISSING else SECRET)
    return old, new


def parts(path: str) -> list[str | int]:
    """A property path taken apart: `tags["a.b"][0]` is tags, a.b, 0."""
    found: list[str | int] = []
    for quoted, index, plain in _PART.findall(path):
        found.append(int(index) if index else plain or quoted.replace('\\"', '"'))
    return found


def _get(properties: Mapping[str, Any], path: str) -> Any:
    value: Any = properties
    for part in parts(path):
        value = decoded(value)
        if value == SECRET:
            return SECRET
        value = _item(value, part)
    return value


def called(properties: Mapping[str, Any], path: str) -> str:
    """The name beside a value, where a list holds names and values as containers have variables: DB_PASSWORD for
    `environment[3].value`; empty elsewhere."""
    above, _, last = path.rpartition(".")
    beside = decoded(_get(properties, above)) if last == "value" else None
    name = beside.get("name") if isinstance(beside, Mapping) else None
    return name if isinstance(name, str) else ""


def _item(value: Any, part: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, value.get(str(part), MISSING))
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return MISSING


def _named(path: str, names: tuple[str, ...]) -> bool:
    first = parts(path)[:1]
    return path in names or bool(first and first[0] in names)


def _joined(path: str, key: Any) -> str:
    text = str(key)
    if re.fullmatch(r"[\w$-]+", text):
        return f"{path}.{text}" if path else text
    return f"{path}[{json.dumps(text)}]"


def _natural(path: str) -> list[tuple[int, int, str]]:
    """Sorts a[2] before a[10]."""
    return [(0, part, "") if isinstance(part, int) else (1, 0, part) for part in parts(path)]


def show_both(old: Any, new: Any) -> tuple[str, str]:
    """Old and new value; of long ones, the part in which they differ."""
    if not (isinstance(old, str) and isinstance(new, str)) or max(len(old), len(new)) < LONGEST:
        return show(old), show(new)
    alike = next(
        (i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    start = max(0, alike - LONGEST // 3)
    if UNKNOWN in (old, new) or start == 0:
        return show(old), show(new)
    return tuple(f"…{show(text[start:], LONGEST - 1)[1:]}" for text in (old, new))  # type: ignore[return-value]


def show(value: Any, limit: int = LONGEST) -> str:
    """A value in one line; cut when it is longer than the limit."""
    if value is MISSING:
        return ""
    if value == SECRET:
        return SECRET
    if isinstance(value, str) and (value == UNKNOWN or re.fullmatch(r"output<.*>", value)):
        return "(known after up)"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = json.dumps(value, ensure_ascii=False, default=str).replace(f'"{UNKNOWN}"', "(known after up)")
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def full(properties: Mapping[str, Any]) -> list[str]:
    """Every property, nested ones indented, what is short on one line, JSON documents decoded."""
    kept = {key: value for key, value in properties.items() if not key.startswith("__") and value is not None}
    return [line for key in sorted(kept) for line in _written(f"{key}: ", decoded(kept[key]))]


def _written(label: str, value: Any) -> list[str]:
    """A value behind its label: `key: ` or `- `."""
    whole = _inline(value)
    if len(label) + len(whole) <= WIDEST or not isinstance(value, Mapping | list):
        return [f"{label}{whole}"]
    if isinstance(value, Mapping):
        lines = full({str(key): item for key, item in value.items()})
    else:
        lines = [line for item in value for line in _written("- ", decoded(item))]
    if label == "- ":
        return [f"{'- ' if index == 0 else '  '}{line}" for index, line in enumerate(lines)]
    return [label.rstrip(), *(f"  {line}" for line in lines)]


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_inline(item)}' for key, item in sorted(value.items(), key=str))}}}"
    if isinstance(value, list):
        return f"[{', '.join(_inline(item) for item in value)}]"
    return show(value, limit=10_000)
