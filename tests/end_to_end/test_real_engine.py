"""The real Pulumi CLI, where there is one, runs the same program, plugins and policy packs to the same end.

For each environment: the first preview, an `up` from whose state both engines go on, a table of changes, a refresh.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.changes import CHANGES

pytestmark = [pytest.mark.pulumi_cli, pytest.mark.xdist_group("real engine")]
PULUMI = shutil.which("pulumi") or ""
RANDOM = re.compile(r"-[0-9a-f]{7}\b")
"""Ends of names; each engine makes its own in a preview."""
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


# ---------------------------------------------------------------- the engines
@dataclass(frozen=True)
class Preview:
    """What an engine would do, and why."""

    steps: dict[str, dict[str, Any]]
    """URN to operation, reasons, detailed diff and, for what changes in place, the new inputs."""
    outputs: dict[str, Any]
    policies: set[tuple[str, str, str, str]]
    """(policy, level, URN, message) of each that is not kept."""
    summary: dict[str, int]


@dataclass(frozen=True)
class Engines:
    """Both engines, each with a state of its own, on one emulated AWS."""

    project: Any
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2))
    firsts: dict[str, tuple[Preview, Preview]] = field(default_factory=dict)
    """First previews by environment."""
    ups: dict[str, str] = field(default_factory=dict)
    """What the real engine printed when it brought an environment up."""

    def real_environ(self, environment: str) -> dict[str, str]:
        """Variables of the real CLI: its plugins are ours only by this PATH."""
        root = self.project.root
        for folder in ("real-state", "real-home"):
            (root / folder).mkdir(exist_ok=True)
        return {
            **self.project.environ,
            **self.project.aws_environ(environment),
            "PATH": f"{root / 'offline/plugins'}:{Path(PULUMI).parent}:{self.project.environ['PATH']}",
            "PULUMI_HOME": str(root / "real-home"),
            "PULUMI_BACKEND_URL": f"file://{root / 'real-state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # or it knows no --event-log
            "NO_COLOR": "1",
        }

    def run(self, command: str, environ: dict[str, str], *arguments: str, ok: bool | None = True) -> str:
        """What a command prints; it fails where `ok` says so, and may where that is None."""
        done = subprocess.run(
            [command, *arguments], cwd=self.project.root, env=environ, capture_output=True, text=True, timeout=600
        )
        assert ok is None or (done.returncode == 0) is ok, f"{arguments}:\n{_end(done.stdout)}\n{_end(done.stderr)}"
        return done.stdout

    def real(self, environment: str, *arguments: str, ok: bool | None = True) -> str:
        """A command of the real CLI."""
        return self.run(PULUMI, self.real_environ(environment), *arguments, "--stack", environment, ok=ok)

    def embedded(self, environment: str, *arguments: str, ok: bool | None = True) -> str:
        """A command of the embedded engine."""
        command = str(self.project.root / "offline/bin/pulumi")
        return self.run(command, self.project.environ, *arguments, "--stack", environment, ok=ok)

    def first(self, environment: str) -> tuple[Preview, Preview]:
        """The first preview of an environment by both; their stacks are made here."""
        if environment not in self.firsts:
            self.embedded(environment, "stack", "init")
            self.real(environment, "stack", "init")
            self.project.restore(environment)  # the real CLI writes its salt into the stack file
            self.firsts[environment] = self.previews(environment)
        return self.firsts[environment]

    def up(self, environment: str) -> str:
        """What the real engine prints when it brings the environment up; its state is then that of both."""
        if environment not in self.ups:
            self.first(environment)
            pack = ("--policy-pack", "policies", "--policy-pack-config", f"policies/{environment}.json")
            self.ups[environment] = self.real(environment, "up", "--yes", "--skip-preview", *pack)
            state = self.project.root / f"{environment}-state.json"
            state.write_text(self.real(environment, "stack", "export", "--show-secrets"))
            self.embedded(environment, "stack", "import", "--file", str(state))
        return self.ups[environment]

    def previews(self, environment: str, *flags: str, ok: bool | None = True) -> tuple[Preview, Preview]:
        """The same preview by both, with the environment's policies."""
        pack = ("--policy-pack", "policies", "--policy-pack-config", f"policies/{environment}.json")

        def preview(run: Callable[..., str], name: str) -> Preview:
            log = self.project.root / f"{name}-events"
            log.unlink(missing_ok=True)
            said = run(environment, "preview", "--json", "--event-log", str(log), *pack, *flags, ok=ok)
            return _preview(said, log.read_text())

        ours = self.pool.submit(preview, self.embedded, "embedded")
        theirs = self.pool.submit(preview, self.real, "real")
        return ours.result(), theirs.result()


def _end(text: str) -> str:
    return text[-4000:]


def _preview(said: str, log: str) -> Preview:
    document = json.loads(said[said.index("{") :])
    events = [json.loads(line) for line in log.splitlines()]
    return Preview(
        steps={step["urn"]: _step(step) for step in document["steps"]},
        outputs=_outputs(events),
        policies={
            (found["policyName"], found["enforcementLevel"], found.get("resourceUrn", ""), found["message"].strip())
            for event in events
            if (found := event.get("policyEvent"))
        },
        summary=document["changeSummary"],
    )


def _step(step: dict[str, Any]) -> dict[str, Any]:
    found = {"op": step["op"], "detailedDiff": step.get("detailedDiff") or None}
    found |= {key: sorted(step.get(key) or ()) for key in ("diffReasons", "replaceReasons")}
    if step["op"] == "update":
        found["inputs"] = _without_random_names(step["newState"].get("inputs"))
    return found


def _outputs(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The stack's outputs. One that is not known yet says nothing of the rest of its value."""
    last: dict[str, Any] = {}
    for event in events:
        told = (event.get("resOutputsEvent") or {}).get("metadata") or {}
        if told.get("type") == "pulumi:pulumi:Stack" and told.get("new"):
            last = told["new"].get("outputs") or {}
    texts = {key: _without_random_names(value) for key, value in last.items()}
    return {key: UNKNOWN if UNKNOWN in text else text for key, text in texts.items()}


def _without_random_names(value: Any) -> str:
    return RANDOM.sub("-*", json.dumps(value, sort_keys=True))


# ---------------------------------------------------------------- the tests
@pytest.fixture(scope="module")
def engines(project: Any) -> Iterator[Engines]:
    """Both engines; the emulated AWS is up."""
    project.headroom("offline", "start")
    made = Engines(project)
    yield made
    made.pool.shutdown()


def each(*names: str) -> pytest.MarkDecorator:
    """Runs a test for environments."""
    return pytest.mark.parametrize("environment", names or tuple(CHANGES))


def check_same(ours: Preview, theirs: Preview) -> None:
    """Compared part by part, so that what differs is named."""
    assert {urn: step["op"] for urn, step in ours.steps.items()} == {
        urn: step["op"] for urn, step in theirs.steps.items()
    }
    # the real engine gives no reasons for what it replaces as a dependent of something that is deleted first
    told = {urn: step for urn, step in theirs.steps.items() if step["op"] != "replace" or step["replaceReasons"]}
    assert {urn: ours.steps[urn] for urn in told if ours.steps[urn] != told[urn]} == {
        urn: step for urn, step in told.items() if step != ours.steps[urn]
    }
    assert ours.summary == theirs.summary
    assert ours.policies == theirs.policies
    assert ours.outputs == theirs.outputs


@each()
def test_both_engines_plan_the_same_first_preview(environment: str, engines: Engines) -> None:
    ours, theirs = engines.first(environment)
    assert len(ours.steps) > 100
    check_same(ours, theirs)


@each()
def test_both_engines_find_nothing_to_change_in_what_the_real_one_made(environment: str, engines: Engines) -> None:
    printed = engines.up(environment)
    assert "errored" not in printed and "exited prematurely" not in printed
    ours, theirs = engines.previews(environment, "--expect-no-changes")
    assert set(ours.summary) == {"same"}
    check_same(ours, theirs)


@pytest.mark.parametrize(
    ("environment", "change"),
    [(environment, name) for environment, changes in CHANGES.items() for name in changes],
)
def test_both_engines_plan_the_same_change_for_the_same_reasons(
    environment: str, change: str, engines: Engines
) -> None:
    engines.up(environment)

    def edit(config: dict[str, Any]) -> None:
        for part in CHANGES[environment][change]:
            part(config)

    with engines.project.changed(environment, edit):
        # A change may break a mandatory policy of the environment: then both fail, and say so of the same.
        ours, theirs = engines.previews(environment, ok=False if "refuse" in change else None)
    assert len(ours.steps) > 1
    check_same(ours, theirs)


@each()
def test_both_engines_find_the_same_by_a_refresh(environment: str, engines: Engines) -> None:
    engines.up(environment)
    ours, theirs = engines.previews(environment, "--refresh")
    check_same(ours, theirs)


@each("dev")
def test_the_report_says_the_same_over_both_engines(environment: str, engines: Engines) -> None:
    """By the command that a workflow calls."""
    engines.up(environment)
    headroom = str(engines.project.root / ".venv/bin/headroom")

    def report(environ: dict[str, str], *flags: str) -> dict[str, Any]:
        command = [headroom, "report", environment, "--format", "json", *flags]
        done = subprocess.run(
            command, cwd=engines.project.root, env=environ, capture_output=True, text=True, timeout=600
        )
        assert done.returncode in (1, 2, 3), done.stderr
        [stack] = json.loads(done.stdout)["stacks"]
        assert not stack["error"], stack["error"]
        return {item["urn"]: (item["op"], item["lines"], item["loss"]) for item in stack["items"]}

    def edit(config: dict[str, Any]) -> None:
        for part in CHANGES[environment]["another class of the database"]:
            part(config)

    with engines.project.changed(environment, edit):
        ours = report(engines.project.environ, "--offline")
        theirs = report(engines.real_environ(environment))
    assert ours
    assert ours == theirs


@each("dev")
def test_the_real_engine_takes_the_environment_down_again(environment: str, engines: Engines) -> None:
    engines.up(environment)
    printed = engines.real(environment, "destroy", "--yes", "--skip-preview")
    assert "deleted" in printed
    assert engines.project.aws("dev").client("ecs").list_clusters()["clusterArns"] == []
