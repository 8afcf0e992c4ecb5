"""`python -m benchmarks`: measure, print a line as each command ends, then the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import sys
from collections.abc import Iterator, Sequence

from benchmarks import endurance
from benchmarks.measure import CommandFailedError, Measurement
from benchmarks.report import Row, table
from benchmarks.scenarios import Scenario, scenarios
from benchmarks.workspace import ENVIRONMENTS, Workspace, workspace

BARE_EXTRAS = 2
"""What the bare program registers beside its plain resources: the stack and its provider."""

PREVIEWS = 2
"""How often a preview is run; the fastest counts, as it changes nothing and the first one warms caches."""

LEGEND = f"""
seconds: wall time of the command; a preview's is the best of {PREVIEWS}. x bare: times as long as the same command on a
program that registers as many plain log groups without components, in this same run. engine, program, other: peak
resident memory in MiB.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 if a command failed."""
    choices = {scenario.title: scenario for scenario in scenarios()}
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="STACK", choices=choices, help=f"of {', '.join(choices)}")
    parser.add_argument("--preview-only", action="store_true", help="bring nothing up")
    parser.add_argument("--ups", type=int, metavar="N", help="instead, bring one stack up N times and show the memory")
    options = parser.parse_args(arguments)
    chosen = [choices[title] for title in options.only or choices]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that an emulated AWS never outlives its benchmark
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}\n", flush=True)
    if options.ups:
        print(endurance.table(list(endurance.rounds(options.ups))))
        return 0
    rows: list[Row] = []
    failure = ""
    try:
        if not (options.only or options.preview_only):
            rows.append(first_use())
        for scenario in chosen:
            for row in run(scenario, bring_up=not options.preview_only):
                rows.append(row)
                print(f"{row.title}: {row.command} took {row.measured.seconds:.1f} s", flush=True)
    except CommandFailedError as error:
        failure = str(error)
    if rows:
        print(f"\n{table(rows)}\n{LEGEND}")
    if failure:
        print(failure, file=sys.stderr)
    return 1 if failure else 0


def run(scenario: Scenario, *, bring_up: bool) -> Iterator[Row]:
    """Measure one stack, then a program that registers as many plain resources."""
    with workspace("infra") as bench:
        bench.write_stack(scenario.stack, scenario.config)
        level = scenario.stack if scenario.stack in ENVIRONMENTS else "dev"
        ours = measure_stack(bench, scenario.stack, bring_up=bring_up, levels=f"policies/{level}.json")
    count = planned(ours["preview"])
    with workspace("benchmarks/bare") as bench:
        surroundings = {key: scenario.config[key] for key in ("aws:region", "headroom:account")}
        bench.write_stack(scenario.stack, {**surroundings, "headroom:count": str(count - BARE_EXTRAS)})
        floor = measure_stack(bench, scenario.stack, bring_up=bring_up)
    for command, measured in ours.items():
        yield Row(scenario.title, command, count, measured, floor.get(command))


def measure_stack(bench: Workspace, stack: str, *, bring_up: bool, levels: str | None = None) -> dict[str, Measurement]:
    """What each command on a new stack takes."""
    bench.pulumi("stack", "init", stack)
    taken = {"preview": fastest(bench, "preview", "--stack", stack)}
    if levels:
        pack = ("--policy-pack", "policies", "--policy-pack-config", levels)
        taken["preview + policies"] = fastest(bench, "preview", "--stack", stack, *pack)
    if bring_up:
        apply = ("up", "--yes", "--skip-preview", "--stack", stack)
        taken["up"] = bench.pulumi(*apply)
        taken["up, no change"] = bench.pulumi(*apply, "--expect-no-changes")
    return taken


def fastest(bench: Workspace, *arguments: str) -> Measurement:
    """The best run of a command that changes nothing."""
    return min((bench.pulumi(*arguments) for _ in range(PREVIEWS)), key=lambda measured: measured.seconds)


def first_use() -> Row:
    """What `make up` takes once set up: the emulated AWS is not running, nothing stands, policies are checked."""
    dev = scenarios()[0]
    with workspace("infra", running=False) as bench:
        bench.write_stack(dev.stack, dev.config)
        measured = bench.headroom("up", dev.stack, "--offline")
        return Row(dev.title, "headroom up, from nothing", standing(bench, dev.stack), measured)


def standing(bench: Workspace, stack: str) -> int:
    """How many resources a stack has."""
    return len(json.loads(bench.pulumi("stack", "export", "--stack", stack).output)["deployment"]["resources"])


def planned(preview: Measurement) -> int:
    """How many resources a first preview says it would create: the stack and its provider are among them."""
    found = re.search(r"(\d+) to create", preview.output)
    if not found:
        raise CommandFailedError(f"the preview does not say how much it would create:\n{preview.output}")
    return int(found[1])


if __name__ == "__main__":
    sys.exit(main())
