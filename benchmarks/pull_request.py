"""The report of a pull request: against the previews that it is made of, and each format alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.workspace import ENVIRONMENTS, settings, workspace
from operations import events
from operations.changes import Run
from operations.report.build import Previewed, build
from operations.report.commands import FORMATS

RESOURCES = 1_000
RENDER_SECONDS = 1.0
"""Requirement of the report: so many resources are written in less."""
PAGE_BYTES = 2_000_000
"""Requirement of the report: the page is smaller."""


@dataclass(frozen=True)
class Rendering:
    """One format of a report on RESOURCES resources that change."""

    format: str
    cpu_seconds: float
    """To build the report from events, and to write it."""
    size: int
    """Bytes."""


def measured() -> Mapping[str, float]:
    """Wall seconds of the preview of each environment, one after another, and of the report over all; in one run."""
    with workspace("infra") as bench:
        for name in ENVIRONMENTS:
            bench.write_stack(name, settings(name))
            bench.pulumi("stack", "init", name)
        bench.headroom("preview", ENVIRONMENTS[0], "--offline")  # caches are warm afterwards
        taken = {name: bench.headroom("preview", name, "--offline").seconds for name in ENVIRONMENTS}
        out = str(bench.folder / "report.html")
        report = bench.headroom("report", "--offline", "--format", "html", "--out", out, codes=(0, 1, 2, 3))
        return {**taken, "report": report.seconds}


def rendered() -> Sequence[Rendering]:
    """Each format, of a stack whose every resource changes."""
    return [_rendering(name) for name in FORMATS]


def _rendering(name: str) -> Rendering:
    started = time.process_time()
    text = FORMATS[name](build([Previewed(environment="prod", run=_run())]))
    return Rendering(name, time.process_time() - started, len(text.encode()))


def _run() -> Run:
    run = Run()
    for number in range(RESOURCES):
        run.add(events.read({"resourcePreEvent": {"metadata": _step(number)}}))
    run.add(events.read({"summaryEvent": {}}))
    return run


def _step(number: int) -> Mapping[str, object]:
    token = "aws:sns/topic:Topic"
    old, new = ({"custom": True, "inputs": {"displayName": f"{word} {number}"}} for word in ("before", "after"))
    return {
        "op": "update",
        "urn": f"urn:pulumi:prod::headroom::{token}::topic-{number}",
        "type": token,
        "old": old,
        "new": new,
        "detailedDiff": {"displayName": {"diffKind": "update", "inputDiff": True}},
    }


def told(taken: Mapping[str, float], formats: Sequence[Rendering]) -> Iterator[str]:
    """The numbers, and whether they keep what is required."""
    singles = [taken[name] for name in ENVIRONMENTS]
    report = taken["report"]
    yield ", ".join(f"preview {name} {taken[name]:.1f} s" for name in ENVIRONMENTS)
    yield (
        f"report over all three {report:.1f} s: {report / sum(singles):.2f} times their sum, "
        f"{report / max(singles):.2f} times the slowest"
    )
    for one in formats:
        yield f"{RESOURCES} resources as {one.format}: {one.cpu_seconds:.2f} s of CPU, {one.size:,} bytes"
    slow = [one.format for one in formats if one.cpu_seconds > RENDER_SECONDS]
    large = [one.format for one in formats if one.format == "html" and one.size > PAGE_BYTES]
    yield f"Too slow: {', '.join(slow) or 'none'}. Too large: {', '.join(large) or 'none'}."
