"""Drift on a terminal, as GitHub's Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Final

from rich.text import Text

from operations.drift.model import EXIT_CODES, Difference, Drift, Verdict, worst
from operations.program_name import NAME, headroom
from operations.report.markup import capital, code, fenced, folded, plain
from operations.words import listed

VERSION: Final = 1
"""Of the JSON: changes when a field's meaning does."""
TITLES: Final[dict[Verdict, str]] = {
    "real": "Real: AWS has something else than the last `up` asked for",
    "pending": "Pending: AWS has accepted it and applies it at its own time",
    "ignored": "Ignored, by drift.yaml",
    "benign": "Benign: known, and nobody's doing",
}
STYLES: Final[dict[Verdict, str]] = {"real": "red", "pending": "yellow", "ignored": "dim", "benign": "dim"}
LIGHT: Final = {"nothing": "🟢", "pending": "🟡", "real": "🔴", "error": "🔴"}
LIMIT: Final = 65_000
"""Characters of an issue on GitHub, with some to spare; 65,536 are the most that it takes."""
MOST: Final = 100
"""Differences of a class that Markdown lists where all of them do not fit."""


def put_back(drift: Drift, *, offline: bool) -> str:
    """The words after `headroom` of the command after which AWS has what was asked for."""
    return " ".join(["up", drift.environment, *(["--offline"] if offline else []), "--refresh"])


def restorable(drift: Drift) -> bool:
    """Whether an `up` would put anything back: what hangs on a resource beside the stack stays whatever it does."""
    return any(one.kind in ("changed", "gone") for one in drift.of("real"))


def summary(drift: Drift) -> str:
    """`2 real differences, 1 pending and 4 benign in 463 resources`."""
    counts = {verdict: len(drift.of(verdict)) for verdict in TITLES}
    counts["real"] += len(drift.stale)
    said = [f"{count} {verdict}" for verdict, count in counts.items() if count]
    if not said:
        return f"AWS has what was asked for, in all {drift.resources} resources"
    word = "difference" if sum(counts.values()) == 1 else "differences"
    first, *rest = said
    return f"{listed([f'{first} {word}', *rest])} in {drift.resources} resources"


def text(drifts: Sequence[Drift], *, offline: bool) -> list[Text]:
    """For a terminal."""
    return [line for drift in drifts for line in _text(drift, offline=offline)]


def _text(drift: Drift, *, offline: bool) -> Iterator[Text]:
    heading = Text(drift.environment, style="bold")
    if drift.error:
        yield heading.append(": nothing can be told of its drift", style="red")
        yield from (Text(f"  {line}") for line in drift.error.splitlines())
        yield Text("")
        return
    if drift.absent:
        yield heading.append(": is not up, so nothing of it can differ", style="dim")
        yield Text("")
        return
    style = {"nothing": "green", "pending": "yellow"}.get(drift.ending, "red")
    yield heading.append(f": {summary(drift)}", style=style)
    for verdict in TITLES:
        found = drift.of(verdict)
        if found:
            yield Text("")
            yield Text(f"  {TITLES[verdict]}", style=STYLES[verdict])
            yield from _listed(found)
    if drift.stale:
        yield Text("")
        yield Text("  drift.yaml is out of date, which counts as real", style="red")
        yield from (Text(f"    {line}") for line in drift.stale)
    yield from (Text(f"  Note: {note}", style="dim") for note in drift.notes)
    yield from _advice(drift, offline=offline)
    yield Text("")


def _listed(found: Sequence[Difference]) -> Iterator[Text]:
    """Resource by resource; what is harmless in one line each."""
    for label, together in _by_resource(found):
        first = together[0]
        if first.verdict == "benign":
            for why, alike in groupby(together, key=lambda one: one.why):
                paths = listed([one.path for one in alike if one.path])
                yield Text(f"    {label} {paths}: {why}" if paths else f"    {label}: {why}", style="dim")
            continue
        place = _place(first)
        yield Text(f"    {label}", style="bold").append(f"  {place}" if place else "", style="dim not bold")
        yield from (Text(f"      {_said(one)}") for one in together)
        if first.by:
            yield Text(f"      changed last: {first.by}", style="cyan")


def _said(one: Difference) -> str:
    """One difference, below its resource."""
    because = f" ({one.why})" if one.why else ""
    match one.kind:
        case "gone":
            return "is gone"
        case "unread":
            return f"can't be read: {one.why}"
        case "waiting":
            return one.why
        case "extra":
            return f"{one.path}: has {one.found}, which the stack did not make and no `up` takes away"
        case "coming":
            return f"{one.path}: asked for {one.asked}, AWS will make it {one.found}{because}"
    return f"{one.path}: asked for {one.asked or 'nothing'}, AWS has {one.found or 'nothing'}{because}"


def _place(one: Difference) -> str:
    if one.origin is None:
        return ""
    return f"{one.origin.file}:{one.origin.line}{f' {one.origin.setting}' if one.origin.setting else ''}"


def _by_resource(found: Iterable[Difference]) -> Iterator[tuple[str, list[Difference]]]:
    by_urn: dict[str, list[Difference]] = {}
    for one in found:
        by_urn.setdefault(one.urn, []).append(one)
    yield from ((together[0].label, together) for together in by_urn.values())


def _advice(drift: Drift, *, offline: bool) -> Iterator[Text]:
    if not restorable(drift):
        return
    yield Text("")
    yield Text(f"  {headroom(put_back(drift, offline=offline))}", style="cyan").append(
        "  puts back what was asked for", style="default"
    )
    if drift.patch is None:
        return
    if drift.patch.text:
        yield Text("  Or, to keep what AWS has, change the settings (git apply) and `up`:")
        yield from (Text(f"    {line}", style=_colour(line)) for line in drift.patch.text.splitlines())
    yield from (Text(f"  Note: {remark}", style="dim") for remark in drift.patch.remarks)


def _colour(line: str) -> str:
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "default")


def document(drifts: Sequence[Drift]) -> str:
    """As JSON, for programs."""
    ending = worst(drifts)
    found = {
        "version": VERSION,
        "ending": ending,
        "exit_code": EXIT_CODES[ending],
        "environments": [{**asdict(drift), "ending": drift.ending, "real": drift.real} for drift in drifts],
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def markdown(drifts: Sequence[Drift], *, offline: bool = False, limit: int = LIMIT) -> str:
    """For an issue or a job's summary; where it grows too long, lists are cut, and say so."""
    for most in (1_000_000, MOST, 10):
        written = "\n".join(line for drift in drifts for line in _markdown(drift, most, offline=offline))
        if len(written) < limit:
            return written.rstrip("\n") + "\n"
    return written[: limit - 40].rsplit("\n", 1)[0] + "\n\nThe rest does not fit here.\n"


def _markdown(drift: Drift, most: int, *, offline: bool) -> Iterator[str]:
    yield f"## {LIGHT[drift.ending]} {drift.environment}"
    yield ""
    if drift.error:
        yield "Nothing can be told of its drift:"
        yield ""
        yield from fenced(drift.error.splitlines()[:MOST])
        yield ""
        return
    if drift.absent:
        yield "It is not up, so nothing of it can differ."
        yield ""
        return
    yield f"{capital(summary(drift))}."
    yield ""
    yield from _table(drift.of("real"), most)
    yield from (f"- {plain(line)}" for line in drift.stale)
    if restorable(drift):
        yield ""
        yield f"{code(f'{NAME} {put_back(drift, offline=offline)}')} puts back what was asked for."
        yield ""
        yield from _patch(drift)
    for verdict in ("pending", "ignored", "benign"):
        found = drift.of(verdict)
        if found:
            lines = [f"- {code(one.label)} {plain(_said_plainly(one))}" for one in found]
            yield from folded(f"{capital(verdict)}: {len(found)}", _cut(lines, most), opened=verdict == "pending")
    yield from (f"- {plain(note)}" for note in drift.notes)
    yield ""


def _table(found: Sequence[Difference], most: int) -> Iterator[str]:
    if not found:
        return
    yield "| resource | property | asked for | AWS has | comes from | changed last |"
    yield "|---|---|---|---|---|---|"
    for one in found[:most]:
        has = {"gone": "**gone**", "unread": f"**can't be read**: {plain(one.why)}"}.get(one.kind, _cell(one.found))
        cells = (_cell(one.label), _cell(one.path), _cell(one.asked), has, _cell(_place(one)), plain(one.by))
        yield f"| {' | '.join(cells)} |"
    if len(found) > most:
        yield ""
        yield f"and {len(found) - most} more."


def _cell(text: str) -> str:
    return code(text).replace("|", "\\|")


def _said_plainly(one: Difference) -> str:
    return f"{one.path}: {one.why}" if one.verdict == "benign" and one.path else _said(one)


def _patch(drift: Drift) -> Iterator[str]:
    if drift.patch is None:
        return
    if drift.patch.text:
        yield "To keep what AWS has instead, change the settings, and `up`:"
        yield ""
        yield from fenced(drift.patch.text.splitlines(), "diff")
        yield ""
    yield from (f"- {plain(remark)}" for remark in drift.patch.remarks)


def _cut(lines: Sequence[str], most: int) -> list[str]:
    return [*lines[:most], *([f"- and {len(lines) - most} more"] if len(lines) > most else [])]
