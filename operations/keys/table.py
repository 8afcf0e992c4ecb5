"""Keys as people read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.text import Text

from operations.keys.audit import Finding
from operations.keys.credential import DERIVED, Credential

HEADS = ("name", "kind", "owner", "age", "every", "overlap", "rotated", "last use", "next", "state")


def table(credentials: Sequence[Credential], now: datetime) -> Iterator[Text]:
    """One line each."""
    rows = [_row(one, now) for one in credentials]
    widths = [max(len(cell) for cell in column) for column in zip(HEADS, *rows, strict=True)]
    yield Text(_line(HEADS, widths), style="bold")
    for one, row in zip(credentials, rows, strict=True):
        line = Text(_line(row, widths))
        line.stylize("cyan", 0, len(row[0]))
        if one.state:
            line.stylize("yellow", len(line) - len(one.state))
        yield line


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def _row(one: Credential, now: datetime) -> tuple[str, ...]:
    return (
        one.name,
        one.kind,
        one.owner or "nobody",
        _days(one.age_days(now)),
        _period(one),
        _days(one.overlap_days) if one.overlap_days else "-",
        day(one.rotated) if one.rotated else "never",
        used(one),
        day(one.next_rotation) if one.next_rotation else "-",
        one.state,
    )


def _period(one: Credential) -> str:
    if one.kind in DERIVED:
        return "-"
    if not one.rotates:
        return "by hand"
    return _days(one.period_days) if one.period_days else "asked"


def used(one: Credential) -> str:
    """When it was last used, as far as anybody tells."""
    if one.last_use:
        return day(one.last_use)
    return "not lately" if one.use_told else "not told"


def day(time: datetime) -> str:
    """`2026-11-21`."""
    return f"{time:%Y-%m-%d}"


def minute(time: datetime) -> str:
    """`2026-11-21 12:00 UTC`."""
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _days(days: int) -> str:
    return f"{days} d"


def status(one: Credential, now: datetime) -> Iterator[Text]:
    """All that is known of one."""
    yield Text(one.name, style="bold")
    for name, said in _facts(one, now):
        yield Text(f"  {name.ljust(14)} {said}")


def _facts(one: Credential, now: datetime) -> Iterator[tuple[str, str]]:
    yield "kind", one.kind
    yield "owner", one.owner or "nobody"
    yield "age", f"{one.age_days(now)} days"
    yield "rotated", minute(one.rotated) if one.rotated else "never"
    if one.rotates:
        yield "period", f"{one.period_days} days" if one.period_days else "only when somebody asks"
    else:
        yield "period", "by hand: nothing rotates it"
    if one.overlap_days:
        yield "overlap", f"{one.overlap_days} days"
    if one.next_rotation:
        yield "next rotation", day(one.next_rotation)
    by = {"logs": ", as the services that verify it wrote", "reads": ", the last day on which it was read"}
    yield "last use", used(one) + (by.get(one.use_told, "") if one.last_use else "")
    if one.readers:
        yield "read by", ", ".join(one.readers)
    if one.verifiers:
        yield "verified by", ", ".join(one.verifiers)
    if one.stale:
        yield "older value in", ", ".join(one.stale)
    yield "state", "; ".join(told(one)) or "one valid"


def told(one: Credential) -> Iterator[str]:
    """How far a rotation is, in words."""
    rotation = one.rotation
    if one.deleted:
        yield f"being deleted since {day(one.deleted)}"
    if rotation is None:
        return
    if rotation.leaked:
        yield "said to have leaked, and being replaced"
    if rotation.pending:
        yield "a new value is in the making"
    if rotation.phase == "overlap":
        ends = f" until {minute(rotation.deactivate_after)}" if rotation.deactivate_after else ""
        put_off = ", put off once since it was in use" if rotation.extended else ""
        yield f"two valid: the old one stays so{ends}{put_off}"
        if one.readers and rotation.rolled is None:
            yield "its services are not known to run with the new one"
    if rotation.phase == "deactivated":
        until = f" until {minute(rotation.delete_after)}" if rotation.delete_after else ""
        yield f"one valid: the old one can be brought back{until}"


def audited(found: Sequence[Finding]) -> Iterator[Text]:
    """Findings below the table."""
    for finding in found:
        yield Text.assemble((finding.rule.ljust(12), "yellow"), f"  {finding.name}: {finding.says}")
