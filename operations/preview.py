"""A stack's changes as a tree: components, their resources, and what differs in each.

Resources of one component that undergo exactly the same are one line: `+ ec2.Subnet private-a, private-b`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.text import Text

from operations import properties
from operations.changes import Change, Run, short_type

MARK = {"create": "+", "update": "~", "delete": "-", "replace": "+-", "import": "=", "refresh": "~"}
STYLE = {"+": "green", "~": "yellow", "-": "red", "+-": "magenta", "=": "cyan"}
WORD = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
    "import": "to import",
    "refresh": "to refresh",
}
INDENT = "  "


@dataclass(frozen=True)
class _Branch:
    """Resources that are shown as one, with what lies below them."""

    changes: tuple[Change, ...]
    body: tuple[Text, ...]
    """Property lines, the same for all."""
    below: tuple[_Branch, ...]


def render(run: Run, *, full: bool = False) -> list[Text]:
    """The tree of what changes; every property of new resources as well when `full`."""
    children: dict[str, list[Change]] = {}
    for change in run.shown:
        children.setdefault(_parent(change, run), []).append(change)
    branches = _branches(children.get("", []), children, full)
    return [text for branch in branches for text in _lines(branch, 0)]


def _parent(change: Change, run: Run) -> str:
    """Where a change hangs; at the top when its parent is not shown, or when parents lead round in a circle."""
    seen, above = {change.urn}, run.changes.get(change.parent)
    while above is not None and above.urn not in seen:
        seen.add(above.urn)
        above = run.changes.get(above.parent)
    parent = run.changes.get(change.parent)
    return "" if above is not None or parent is None or parent.hidden else parent.urn


def _branches(changes: Iterable[Change], children: dict[str, list[Change]], full: bool) -> tuple[_Branch, ...]:
    """Branches in a stable order, as events come in any; those that look the same are folded."""
    folded: dict[object, list[_Branch]] = {}
    # A component's own resources come before the components in it.
    for change in sorted(changes, key=lambda change: (not change.physical, short_type(change.type), change.name)):
        below = _branches(children.get(change.urn, []), children, full)
        if change.quiet and not below:
            continue
        body = tuple(_body(change, full))
        branch = _Branch((change,), body, below)
        same = change.urn if below else (change.type, change.op, _note(change), tuple(text.plain for text in body))
        folded.setdefault(same, []).append(branch)
    return tuple(
        _Branch(tuple(change for branch in group for change in branch.changes), group[0].body, group[0].below)
        for group in folded.values()
    )


def _lines(branch: _Branch, depth: int) -> Iterator[Text]:
    first = branch.changes[0]
    mark = MARK.get(first.op, "" if first.quiet else "*")
    names = together([change.name for change in branch.changes])
    head = Text(f"{mark:>2} ", style=STYLE.get(mark, "dim"))
    head.append(INDENT * depth)
    head.append(short_type(first.type), style="dim" if first.quiet else "default")
    head.append(f" {names}", style="dim" if first.quiet else "bold")
    note = _note(first)
    if note:
        head.append(f"  {note}", style=STYLE.get(mark, "dim"))
    yield head
    for text in branch.body:
        yield Text("   " + INDENT * (depth + 2)) + text
    for child in branch.below:
        yield from _lines(child, depth + 1)


def together(names: list[str]) -> str:
    """Several names as one: `network-private-{a, b, c}`, as a shell would write it."""
    if len(names) < 2:
        return "".join(names)
    first, last = min(names), max(names)
    alike = next((index for index, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), len(first))
    shared = first[: first.rfind("-", 0, alike) + 1]
    rests = [name.removeprefix(shared) for name in names]
    return f"{shared}{{{', '.join(rests)}}}" if shared and all(rests) else ", ".join(names)


def _note(change: Change) -> str:
    if change.op == "replace":
        return f"replaced, because of {', '.join(change.forcing)}" if change.forcing else "replaced"
    if change.op == "delete" and change.old and change.old.protect:
        return "protected"
    return "" if change.op in MARK or change.quiet else change.op


def _body(change: Change, full: bool) -> Iterator[Text]:
    if change.op in {"update", "replace", "refresh"}:
        for line in properties.differences(change):
            yield from _difference(line)
    elif change.op == "create" and full and change.new and change.new.custom:
        for text in properties.full(change.new.inputs):
            yield Text(text, style="dim")


def _difference(line: properties.PropertyLine) -> Iterator[Text]:
    text = Text(f"{line.mark} ", style=STYLE[line.mark])
    text.append(f"{line.path}: " if line.known else line.path, style="default")
    old, new = properties.show_both(line.old, line.new)
    forced = Text("  forces the replacement", style="magenta") if line.replaces else Text()
    if line.old is not properties.MISSING:
        text.append(old, style="red")
    if line.mark == "~" and line.known and len(old) + len(new) > properties.LONGEST:
        yield text + forced
        text, forced = Text("    "), Text()
    if line.mark == "~" and line.known:
        text.append(" => ", style="dim")
    if line.new is not properties.MISSING:
        text.append(new, style="green")
    yield text + forced


def counts(run: Run) -> str:
    """`3 to create, 1 to replace, 115 unchanged`."""
    found = run.count()
    words = [f"{found[op]} {word}" for op, word in WORD.items() if found.get(op)]
    words += [f"{number} to {op}" for op, number in sorted(found.items()) if op not in WORD and op not in _STILL]
    still = sum(found.get(op, 0) for op in _STILL)
    return ", ".join([*words, *([f"{still} unchanged"] if still else [])]) or "no resources"


_STILL = ("same", "read", "discard", "remove-pending-replace")
