"""What is run and measured of a stack, and of the plain program beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from benchmarks.bare.recording import CONFIG_KEY, read, record
from benchmarks.measure import Measurement
from benchmarks.report import Row
from benchmarks.scenarios import Scenario, scenarios
from benchmarks.workspace import ENVIRONMENTS, Workspace, workspace

CHECKED = "preview + policies"
"""A preview as people run it."""


def measure_stack(scenario: Scenario, *, bring_up: bool, previews: int) -> Iterator[Row]:
    """Measure one stack; its previews in turns with those of the plain program, so that both have the same machine."""
    stack = scenario.stack
    with workspace("infra") as ours, workspace("benchmarks/bare") as plain:
        ours.write_stack(stack, scenario.config)
        ours.pulumi("stack", "init", stack)
        count = _record(scenario, ours, plain)
        best = _fastest(scenario, ours, plain, previews)
        for command in ("preview", CHECKED):
            yield Row(scenario, command, count, best[command], best["floor"])
        if bring_up:
            apply = ("up", "--yes", "--skip-preview", "--stack", stack)
            yield Row(scenario, "up", count, ours.pulumi(*apply))
            yield Row(scenario, "up, no change", count, ours.pulumi(*apply, "--expect-no-changes"))


def _record(scenario: Scenario, ours: Workspace, plain: Workspace) -> int:
    """Give the plain program what the real one registers: how many resources that makes, with the stack and its
    components. Nothing is measured, but caches are warm afterwards."""
    recording = plain.folder / "recording.json"
    preview = read(ours.pulumi("preview", "--json", "--stack", scenario.stack).output)
    recording.write_text(json.dumps(record(preview)))
    surroundings = {key: scenario.config[key] for key in ("aws:region", "headroom:account")}
    plain.write_stack(scenario.stack, {**surroundings, f"headroom:{CONFIG_KEY}": str(recording)})
    plain.pulumi("stack", "init", scenario.stack)
    return int(preview["changeSummary"]["create"])


def _fastest(scenario: Scenario, ours: Workspace, plain: Workspace, runs: int) -> Mapping[str, Measurement]:
    """The best run of each kind of preview."""
    preview = ("preview", "--stack", scenario.stack)
    level = scenario.stack if scenario.stack in ENVIRONMENTS else "dev"
    pack = ("--policy-pack", "policies", "--policy-pack-config", f"policies/{level}.json")
    taken = [
        {"preview": ours.pulumi(*preview), CHECKED: ours.pulumi(*preview, *pack), "floor": plain.pulumi(*preview)}
        for _ in range(runs)
    ]
    return {kind: min((run[kind] for run in taken), key=lambda measured: measured.seconds) for kind in taken[0]}


def first_use() -> Row:
    """What `make up` takes once set up: the emulated AWS is not running, nothing stands, policies are checked."""
    dev = scenarios()[0]
    with workspace("infra", running=False) as bench:
        bench.write_stack(dev.stack, dev.config)
        measured = bench.headroom("up", dev.stack, "--offline")
        return Row(dev, "headroom up, from nothing", standing(bench, dev.stack), measured)


def standing(bench: Workspace, stack: str) -> int:
    """How many resources a stack has."""
    return len(json.loads(bench.pulumi("stack", "export", "--stack", stack).output)["deployment"]["resources"])
