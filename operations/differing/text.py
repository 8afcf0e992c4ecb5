"""A comparison as text, to be read in a minute: the sentence, then tables whose rows hold what differs alike."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from operations.differing.model import GROUPS, Changed, Comparison, Property, Standing
from operations.differing.telling import (
    NOTHING,
    TITLES,
    Row,
    only_rows,
    pair,
    resource_rows,
    sentence,
    setting_name,
    settings_rows,
    value,
)

WIDTH: Final = 118
"""Columns of a line."""
CELL: Final = 30
"""Columns of a value at most; JSON and Markdown have it whole."""
NAMES: Final = 80
"""Columns of the names of resources that differ alike."""
MOST: Final = 60
"""Rows of a table of resources; more are counted."""
LAST: Final = ("cloudwatch.Dashboard", "cloudwatch.MetricAlarm", "cloudwatch.CompositeAlarm", "lambda.Invocation")
"""Types that follow from what they watch or run: named, and not taken apart."""
SERVICES_IMAGE: Final = re.compile(r"(?:containerDefinitions|spec\.template\.spec\.containers)\[[^\]]*\]\.image")
"""A version: the first sentence has told it."""

CONTAINER: Final = re.compile(r"^containerDefinitions\[[^\]]*\]\.")
"""A task has one container that matters: its name is the task's."""


def render(found: Comparison) -> str:
    """The whole text."""
    return "\n".join(_written(found)).rstrip() + "\n"


def _written(found: Comparison) -> Iterator[str]:
    yield from textwrap.wrap(sentence(found), WIDTH)
    for note in found.notes:
        yield from textwrap.wrap(f"Note: {note}", WIDTH, subsequent_indent="  ")
    by_group = found.by_group
    head = ("", found.a.environment, found.b.environment)
    for group in GROUPS:
        if group in by_group and group != "identity":
            rows = settings_rows(by_group[group])
            yield from _table(TITLES[group], head, [_setting(row) for row in rows])
    if found.resources_compared:
        yield from _resources(found, head)
    if "identity" in by_group:
        names = ", ".join(setting_name(row) for row in settings_rows(by_group["identity"]))
        yield ""
        yield from textwrap.wrap(
            f"{TITLES['identity']}, and is meant to differ: {names}", WIDTH, subsequent_indent="  ",
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def _setting(row: Row) -> tuple[str, str, str]:
    return setting_name(row), *pair(row.a, row.b, row.what, CELL)


def _resources(found: Comparison, head: tuple[str, str, str]) -> Iterator[str]:
    a, b = found.a.environment, found.b.environment
    yield from _alone(f"Stands only in {a}", found.only_a)
    yield from _alone(f"Stands only in {b}", found.only_b)
    rows = resource_rows([replace(one, properties=_told(one)) for one in found.changed])
    taken = [row for row in rows if row.kind not in LAST]
    title = f"Stands in both and differs: {len(found.changed)}; {found.same} are alike"
    yield from _table(title, head, list(_of_resources(taken[:MOST])))
    if len(taken) > MOST:
        yield f"  and {len(taken) - MOST} rows more: --format markdown or json has them all"
    yield from _named("  and what follows from it: ", [row for row in rows if row.kind in LAST])
    follows = [one for one in found.changed if one.follows]
    if follows:
        names = only_rows([Standing(type=one.type, name=one.name, component=one.component) for one in follows])
        yield from _wrapped("  and what only names the above: ", [f"{kind} {', '.join(of)}" for kind, of in names])


def _told(found: Changed) -> list[Property]:
    """Without what the first sentence and the lists of what stands alone have told already."""
    return [one for one in found.properties if not one.follows and not SERVICES_IMAGE.fullmatch(one.path)]


def _of_resources(rows: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    """A line with the resources, and below it one for each property."""
    before = ""
    for row in rows:
        names = ", ".join(row.names)
        title = f"{row.kind} {names if len(names) <= NAMES else f'{names[: NAMES - 1]}… ({len(row.names)})'}"
        if title != before:
            yield title, "", ""
        before = title
        policy = row.what.lower().endswith("policy")
        a, b = (_grants(row.a), _grants(row.b)) if policy else pair(row.a, row.b, limit=CELL)
        yield f"  {CONTAINER.sub('', row.what).removesuffix('].value') + ']' * row.what.endswith('].value')}", a, b


def _grants(found: object) -> str:
    """A policy in a cell: how many grants the other has not."""
    if isinstance(found, list):
        return f"{len(found)} grant{'' if len(found) == 1 else 's'} more" if found else NOTHING
    return value(found, limit=CELL)


def _named(title: str, rows: Sequence[Row]) -> Iterator[str]:
    names: dict[str, dict[str, None]] = {}
    for row in rows:
        names.setdefault(row.kind, {}).update(dict.fromkeys(row.names))
    if names:
        yield from _wrapped(title, [f"{len(of)} {kind}" for kind, of in names.items()])


def _alone(title: str, found: Sequence[Standing]) -> Iterator[str]:
    if not found:
        return
    yield from ("", f"{title}: {len(found)}")
    rows = only_rows(found)
    width = max(len(kind) for kind, _ in rows)
    for kind, names in rows:
        shown = ", ".join(names)
        room = WIDTH - width - 10
        yield f"  {len(names):>3}  {kind.ljust(width)}  {shown if len(shown) <= room else shown[: room - 1] + '…'}"


def _table(title: str, head: tuple[str, str, str], rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Three columns, of which the first gets what room the values leave."""
    if not rows:
        return
    first, second = (max(len(row[index]) for row in (*rows, head)) for index in (1, 2))
    longest = max((len(row[0]) for row in rows if row[1]), default=0)
    room = min(max(longest, len(title) - 2), WIDTH - first - second - 6)
    yield ""
    if len(title) > room + 2:
        yield title
        title = ""
    yield f"{title.ljust(room + 4)}{head[1].ljust(first)}  {head[2]}".rstrip()
    for name, a, b in rows:
        if not a and not b:
            yield f"  {name}"
            continue
        *above, last = _fitted(name, room)
        yield from (f"  {line}" for line in above)
        yield f"  {last.ljust(room)}  {a.ljust(first)}  {b}".rstrip()


def _fitted(name: str, room: int) -> list[str]:
    """A setting goes on in the next line; of a property, which stands indented, the end says what it is."""
    if name.startswith(" "):
        path = name.strip()
        return [name if len(name) <= room else f"  …{path[3 - room :]}"]
    return textwrap.wrap(name, room, subsequent_indent="    ", break_on_hyphens=False) or [""]


def _wrapped(title: str, parts: Sequence[str]) -> Iterator[str]:
    yield from textwrap.wrap(
        f"{title}{'; '.join(parts)}", WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
