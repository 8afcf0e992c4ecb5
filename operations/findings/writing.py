"""Findings as text for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from operations.changes import short_type
from operations.findings.found import Findings, Found

VERSION = 1
"""Of the JSON: it grows with what it holds, and a reader of an earlier one is never misled."""


def text(findings: Findings) -> Iterator[Text]:
    """Findings by rule, the worst first; then exceptions, and one line of all."""
    for one in sorted(findings.found, key=lambda one: (not one.counts, bool(one.exception), one.rule, one.urn)):
        yield from _lines(one)
    if findings.exceptions:
        yield Text("Exceptions", style="bold")
        yield from (Text(f"  {line}") for line in findings.exceptions)
    yield Text(summary(findings), style="bold")


def _lines(one: Found) -> Iterator[Text]:
    mark, style = ("✗", "bold red") if one.counts else ("-", "dim") if one.exception else ("!", "yellow")
    head = Text(f"{mark} {one.rule}", style=style)
    head.append(f"  {one.level}{', cannot be told yet' if one.open else ''}  ", style="dim")
    head.append(f"{one.origin.file}:{one.origin.line}", style="cyan")
    yield head
    where = f"{one.place.where}: " if one.place.where else ""
    yield Text(f"    {label(one.urn)}: {where}{one.place.what}")
    if one.why:
        yield Text(f"    Why: {one.why}", style="dim")
    if one.place.remedy:
        yield Text(f"    Remedy: {one.place.remedy}", style="dim")
    if one.exception:
        yield Text(f"    Excepted: {one.exception}", style="dim")


def summary(findings: Findings) -> str:
    """`prod: 2 broken, 1 to look at, 1 excepted; left out, as known before: 3.`"""
    broken = len(findings.breaches)
    excepted = sum(1 for one in findings.found if one.exception)
    remarks = len(findings.found) - broken - excepted
    words = [f"{number} {word}" for number, word in ((broken, "broken"), (remarks, "to look at")) if number]
    words += [f"{excepted} excepted"] if excepted else []
    known = f"; left out, as known before: {findings.known}" if findings.known else ""
    rules = sum(1 for level in findings.levels.values() if level != "disabled")
    return f"{findings.environment}: {', '.join(words) or f'all {rules} rules are kept'}{known}."


def label(urn: str) -> str:
    """`rds.Instance main`; `the stack` where a rule speaks of all of it."""
    parts = urn.split("::", 3)
    return f"{short_type(parts[2].rpartition('$')[2])} {parts[3]}" if len(parts) > 3 else "the stack"


def as_json(findings: Findings) -> str:
    """One object; `findings` are in a stable order."""
    document = {
        "version": VERSION,
        "environment": findings.environment,
        "source": findings.source,
        "summary": {
            "mandatory": len(findings.breaches),
            "advisory": sum(1 for one in findings.found if not one.counts and not one.exception),
            "excepted": sum(1 for one in findings.found if one.exception),
            "known": findings.known,
        },
        "findings": [_document(one) for one in findings.found],
        "exceptions": list(findings.exceptions),
        "rules": dict(sorted(findings.levels.items())),
    }
    return json.dumps(document, indent=2) + "\n"


def _document(one: Found) -> Mapping[str, Any]:
    return {
        "rule": one.rule,
        "title": one.title,
        "level": one.level,
        "undetermined": one.open,
        "urn": one.urn,
        "property": one.place.where,
        "what": one.place.what,
        "why": one.why,
        "remedy": one.place.remedy,
        "exception": one.exception or None,
        "file": one.origin.file,
        "line": one.origin.line,
        "setting": one.origin.setting or None,
        "fingerprint": one.fingerprint,
    }


def fingerprints(document: object) -> Sequence[str] | None:
    """Those of an earlier report, JSON or SARIF; None where it is neither."""
    if not isinstance(document, Mapping):
        return None
    if isinstance(document.get("findings"), list):
        return [str(one["fingerprint"]) for one in document["findings"]]
    if isinstance(document.get("runs"), list):
        results = [result for run in document["runs"] for result in run.get("results", ())]
        return [str(result.get("partialFingerprints", {}).get(FINGERPRINT, "")) for result in results]
    return None


FINGERPRINT = "headroomFinding/v1"
"""Key of our fingerprint in SARIF."""
