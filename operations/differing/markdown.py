"""A comparison as GitHub's Markdown: all of it, with what is long folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from operations.differing.model import GROUPS, Comparison, Standing
from operations.differing.telling import (
    NOTHING,
    TITLES,
    Row,
    only_rows,
    resource_rows,
    sentence,
    setting_name,
    settings_rows,
    value,
)
from operations.report.markup import capital, code, folded, plain

LONGEST = 2_000
"""Characters of a value."""


def render(found: Comparison) -> str:
    """The whole page."""
    return "\n".join(_written(found)).rstrip("\n") + "\n"


def _written(found: Comparison) -> Iterator[str]:
    a, b = found.a.environment, found.b.environment
    yield from (f"## {a} and {b}", "", capital(plain(sentence(found))), "")
    for note in found.notes:
        yield from (f"> {plain(note)}", "")
    by_group = found.by_group
    for group in GROUPS:
        if group not in by_group:
            continue
        rows = settings_rows(by_group[group])
        lines = [f"| setting | {a} | {b} |", "|---|---|---|"]
        lines += [
            f"| {code(setting_name(row))} | {_cell(row.a, row.what)} | {_cell(row.b, row.what)} |" for row in rows
        ]
        if group == "identity":
            yield from folded(f"{TITLES[group]}, and is meant to differ: {len(by_group[group])}", lines, opened=False)
        else:
            yield from (f"### {TITLES[group]}", "", *lines, "")
    if found.resources_compared:
        yield from _resources(found)


def _resources(found: Comparison) -> Iterator[str]:
    a, b = found.a.environment, found.b.environment
    yield from ("### What stands", "")
    yield (
        f"{len(found.changed)} resources differ, {len(found.only_a)} stand only in {a}, {len(found.only_b)} only in "
        f"{b}; {found.same} are alike."
    )
    yield ""
    for whose, alone in ((a, found.only_a), (b, found.only_b)):
        if alone:
            yield from folded(f"Only in {whose}: {len(alone)}", list(_alone(alone)), opened=False)
    rows = resource_rows(found.changed)
    if rows:
        lines = [f"| resource | property | {a} | {b} |", "|---|---|---|---|", *map(_row, rows)]
        yield from folded(f"In both: {len(found.changed)}", lines, opened=False)


def _alone(found: Sequence[Standing]) -> Iterator[str]:
    for kind, names in only_rows(found):
        yield f"- {code(kind)} {', '.join(map(plain, names))}"


def _row(row: Row) -> str:
    names = ", ".join(plain(name) for name in row.names)
    return f"| {code(row.kind)} {names} | {_safe(code(row.what))} | {_cell(row.a)} | {_cell(row.b)} |"


def _cell(found: object, unit: str = "") -> str:
    text = value(found, unit, LONGEST)
    return text if text == NOTHING else _safe(code(text))


def _safe(cell: str) -> str:
    """A bar ends a cell even in code."""
    return cell.replace("|", "\\|")
