"""What the policy pack takes: processor time a resource and memory of its process, over Pulumi's own protocol.

The resources are those of a preview of a real stack. Each is judged by itself and then all of them together, as an
engine asks; the pack does not know who asks. What it adds to a preview shows in the tables of `make bench`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from benchmarks.bare.recording import read
from benchmarks.scenarios import with_services
from benchmarks.workspace import ROOT, workspace

SIZES = (100, 300, 1000)
SERVICES = 40
"""So many services make a stack of more than the largest size."""
MOST_MILLISECONDS = 2.0
"""Processor time a resource that the whole pack may take."""
MOST_MIB = 150
MESSAGE_BYTES = 400 * 1024 * 1024
TICKS_A_SECOND = 100
"""Linux counts a process's time in hundredths of a second."""


@dataclass(frozen=True)
class Cost:
    """What judging one stack took."""

    resources: int
    rules: int
    one_by_one: float
    """Processor seconds for each resource by itself."""
    together: float
    """Processor seconds for all of them together."""
    peak_mib: int
    """Largest resident memory of the pack's process."""

    @property
    def milliseconds(self) -> float:
        """Processor time a resource."""
        return 1000 * (self.one_by_one + self.together) / self.resources

    @property
    def kept(self) -> bool:
        """Whether it is within both limits."""
        return self.milliseconds <= MOST_MILLISECONDS and self.peak_mib <= MOST_MIB


def costs() -> Iterator[Cost]:
    """The cost for the first resources of a large stack, for each size."""
    resources = recorded()
    for size in SIZES:
        yield judge(resources[:size])


def recorded() -> list[analyzer_pb2.AnalyzerResource]:
    """Every resource of a preview of dev with many services, as an engine sends it."""
    scenario = with_services(SERVICES)
    with workspace("infra") as bench:
        bench.write_stack(scenario.stack, scenario.config)
        bench.pulumi("stack", "init", scenario.stack)
        preview = read(bench.pulumi("preview", "--json", "--stack", scenario.stack).output)
    return [sent(step["newState"]) for step in preview["steps"] if "newState" in step]


def sent(state: Mapping[str, Any]) -> analyzer_pb2.AnalyzerResource:
    """A resource of a preview's JSON as an engine sends it."""
    resource = analyzer_pb2.AnalyzerResource(
        urn=state["urn"], type=state["type"], name=state["urn"].split("::", 3)[3], parent=state.get("parent", "")
    )
    json_format.ParseDict(state.get("inputs", {}), resource.properties)
    for path, urns in (state.get("propertyDependencies") or {}).items():
        resource.propertyDependencies[path].urns.extend(urns or ())
    return resource


def judge(resources: Sequence[analyzer_pb2.AnalyzerResource]) -> Cost:
    """Have the pack judge a stack, by prod's levels."""
    with started() as (process, stub):
        rules = len(stub.GetAnalyzerInfo(empty_pb2.Empty()).policies)
        stub.Configure(levels())
        begun = spent(process)
        for resource in resources:
            stub.Analyze(
                analyzer_pb2.AnalyzeRequest(
                    urn=resource.urn, type=resource.type, name=resource.name, properties=resource.properties
                )
            )
        one_by_one = spent(process)
        stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources))
        ended = spent(process)
        return Cost(len(resources), rules, one_by_one - begun, ended - one_by_one, peak_mib(process))


def levels() -> analyzer_pb2.ConfigureAnalyzerRequest:
    """What an engine makes of prod's level file."""
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    content = json.loads((ROOT / "policies" / "prod.json").read_text(encoding="utf-8"))
    for rule, entry in content.items():
        level = analyzer_pb2.EnforcementLevel.Value(entry.pop("enforcementLevel").upper())
        request.policyConfig[rule].enforcementLevel = level
        request.policyConfig[rule].properties.update(entry)
    return request


@contextmanager
def started() -> Iterator[tuple[subprocess.Popen[str], Any]]:
    """The pack's process, and who speaks to it."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(ROOT / "policies")]
    process = subprocess.Popen(command, cwd=ROOT / "policies", stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        limits = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("send", "receive")]
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}", options=limits) as channel:
            yield process, analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.communicate()


def spent(process: subprocess.Popen[str]) -> float:
    """Processor time of a running process, in seconds."""
    fields = (Path("/proc") / str(process.pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def peak_mib(process: subprocess.Popen[str]) -> int:
    """Largest resident memory of a running process, in MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", (Path("/proc") / str(process.pid) / "status").read_text())
    return int(found[1]) // 1024 if found else 0


def table(found: Sequence[Cost]) -> str:
    """A line for each size."""
    lines = [f"{'resources':>9} {'rules':>6} {'one by one':>11} {'together':>9} {'ms a resource':>14} {'MiB':>5}"]
    for cost in found:
        one, all_ = f"{cost.one_by_one:.2f} s", f"{cost.together:.2f} s"
        lines.append(
            f"{cost.resources:>9} {cost.rules:>6} {one:>11} {all_:>9} {cost.milliseconds:>14.2f} {cost.peak_mib:>5}"
        )
    return "\n".join(lines)


def verdict(found: Sequence[Cost]) -> str:
    """Whether the pack is within its limits."""
    limits = f"{MOST_MILLISECONDS:g} ms a resource and {MOST_MIB} MiB"
    over = [str(cost.resources) for cost in found if not cost.kept]
    return f"More than {limits} for {', '.join(over)} resources." if over else f"The pack stays within {limits}."
