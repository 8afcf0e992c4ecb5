"""Whether memory stays flat: many ups of one stack on one emulated AWS, each of which makes or deletes resources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Measurement
from benchmarks.workspace import Workspace, settings, workspace

STACK = "endurance"
FEW, MANY = 40, 60
"""Resources that the ups have by turns; a secret counts with its value as one."""
KINDS = ("engine", "program", "provider")
SERVER = "emulated AWS"
SHOWN_EVERY = 10
"""Ups from one line of the table to the next."""
FLAT_PERCENT = 5
"""Memory that came and goes with the moment."""


@dataclass(frozen=True)
class Round:
    """One up."""

    number: int
    """From 1."""
    measured: Measurement
    """What it took; its processes are new ones each time."""
    server_mib: int
    """Resident memory of the emulated AWS after it, in MiB: the one process that lives on."""


def rounds(count: int) -> Iterator[Round]:
    """Brings a stack of resources of many kinds up again and again."""
    with workspace("benchmarks/counted") as bench:
        surroundings = {key: settings("dev")[key] for key in ("aws:region", "headroom:account")}
        for number in range(1, count + 1):
            size = MANY if number % 2 else FEW
            bench.write_stack(STACK, surroundings | {"headroom:count": str(size)})
            if number == 1:
                bench.pulumi("stack", "init", STACK)
            measured = bench.pulumi("up", "--yes", "--skip-preview", "--stack", STACK)
            yield Round(number, measured, server_mib(bench))


def server_mib(bench: Workspace) -> int:
    """Resident memory of a workspace's emulated AWS, in MiB."""
    server = json.loads((bench.folder / ".headroom/aws/server.json").read_text())
    status = (Path("/proc") / str(server["pid"]) / "status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) // 1024 if found else 0


def table(done: Sequence[Round]) -> str:
    """The first up, each tenth and the last; memory in MiB."""
    lines = [f"{'up':>4} {'seconds':>8} {'engine':>7} {'program':>8} {'provider':>9} {'emulated AWS':>13}"]
    for one in done:
        if one.number == 1 or one.number % SHOWN_EVERY == 0 or one is done[-1]:
            engine, program, provider = (one.measured.peak_mib.get(kind, 0) for kind in KINDS)
            took = f"{one.number:>4} {one.measured.seconds:>8.1f}"
            lines.append(f"{took} {engine:>7} {program:>8} {provider:>9} {one.server_mib:>13}")
    return "\n".join(lines)


def verdict(done: Sequence[Round]) -> str:
    """Whether memory grew from the tenth up on, when all is loaded; by the greatest of either half of the rest, since
    ups take turns."""
    rest = done[SHOWN_EVERY:]
    if len(rest) < SHOWN_EVERY:
        return f"Too few ups to tell whether memory is flat: {2 * SHOWN_EVERY} are the least."
    grown = []
    for kind in (*KINDS, SERVER):
        of = [one.server_mib if kind == SERVER else one.measured.peak_mib.get(kind, 0) for one in rest]
        before, after = max(of[: len(of) // 2]), max(of[len(of) // 2 :])
        if after * 100 > before * (100 + FLAT_PERCENT):
            grown.append(f"{kind} from {before} to {after} MiB")
    return f"Memory grows: {', '.join(grown)}." if grown else "Memory is flat."
