"""The same commands over the real offline engine, with a program that needs no cloud."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pulumi import automation

from operations import events, stacks
from operations.changes import Run
from operations.errors import Failure, Invocation, Outcome, check
from operations.project import Project

ROOT = Path(__file__).resolve().parents[2]
DEV = Invocation(environment="dev", offline=True)

PROGRAM = """
import pulumi

class Network(pulumi.ComponentResource):
    def __init__(self, name, zones):
        super().__init__("headroom:network:Network", name, {"zones": zones})
        for zone in zones:
            opts = pulumi.ResourceOptions(parent=self)
            pulumi.ComponentResource("headroom:network:Zone", f"{name}-{zone}", {}, opts).register_outputs({})
        self.register_outputs({"zones": zones})

config = pulumi.Config()
if config.get("fault") == "told":
    raise pulumi.RunError("Pulumi.dev.yaml: headroom:fault is told")
if config.get("fault") == "crash":
    raise KeyError("zones")
Network("main", config.require("zones").split(","))
pulumi.export("zones", config.require("zones").split(","))
pulumi.export("key", pulumi.Output.secret("canary-5417"))
"""


class Ear:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.run = Run()
        self.unknown: set[str] = set()

    def heard(self, event: events.Event) -> None:
        self.run.add(event)
        if isinstance(event, events.Unknown):
            self.unknown.add(event.kind)

    def tick(self) -> None:
        pass

    def interrupted(self) -> None:
        pass


def settings(folder: Path, **config: str) -> None:
    values = {"aws:region": "eu-central-1", "headroom:account": "111111111111"}
    values |= {f"headroom:{key}": value for key, value in config.items()}
    lines = [f"  {key}: {json.dumps(value)}" for key, value in values.items()]
    (folder / "Pulumi.dev.yaml").write_text("\n".join(["config:", *lines, ""]))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("stacks")
    for name in ("offline", "policies", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "infra").mkdir()
    (folder / "infra" / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text(
        "name: headroom\nmain: infra\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
    )
    settings(folder, zones="a,b")
    return Project(folder)


@pytest.fixture(autouse=True)
def home(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_OFFLINE_HOME", str(project.root / ".headroom"))


@pytest.fixture(scope="module")
def brought_up(project: Project) -> tuple[Outcome, Ear]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADROOM_OFFLINE_HOME", str(project.root / ".headroom"))
        ear = Ear()
        return stacks.open_stack(project, DEV, create=True).up(ear), ear


@pytest.fixture(scope="module", autouse=True)
def stopped(project: Project) -> object:
    yield
    environment = {**os.environ, "HEADROOM_OFFLINE_HOME": str(project.root / ".headroom"), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "offline.cloud", "stop"], env=environment, check=False, capture_output=True)


def test_an_up_is_told_event_by_event(brought_up: tuple[Outcome, Ear]) -> None:
    outcome, ear = brought_up
    assert outcome.code == 0, outcome.stderr
    assert {change.label for change in ear.run.changed} == {"Network main", "Zone main-a", "Zone main-b"}
    assert all(change.done for change in ear.run.changed)
    assert ear.run.summary is not None
    assert ear.run.summary.packs
    assert ear.unknown <= {"preludeEvent", "cancelEvent"}


def test_outputs_come_with_the_events_and_on_request_secrets_masked(
    project: Project, brought_up: tuple[Outcome, Ear]
) -> None:
    expected = {"zones": ["a", "b"], "key": "[secret]"}
    assert brought_up[1].run.outputs == expected
    assert stacks.open_stack(project, DEV, create=False).outputs() == expected


def test_a_second_up_changes_nothing(project: Project, brought_up: tuple[Outcome, Ear]) -> None:
    ear = Ear()
    assert stacks.open_stack(project, DEV, create=False).up(ear).code == 0
    assert ear.run.changed == []


def test_a_preview_tells_what_a_setting_would_change(project: Project, brought_up: tuple[Outcome, Ear]) -> None:
    settings(project.root, zones="a,b,c")
    ear = Ear()
    try:
        assert stacks.open_stack(project, DEV, create=False).preview(ear).code == 0
    finally:
        settings(project.root, zones="a,b")
    assert [(change.op, change.label) for change in ear.run.changed if change.op == "create"] == [
        ("create", "Zone main-c")
    ]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("told", "Pulumi.dev.yaml: headroom:fault is told"),
        ("crash", "KeyError: 'zones'\n  in {root}/infra/__main__.py"),
    ],
)
def test_an_error_of_the_program_is_said_once_and_without_traceback(
    fault: str, said: str, project: Project, brought_up: tuple[Outcome, Ear]
) -> None:
    settings(project.root, zones="a,b", fault=fault)
    ear = Ear()
    try:
        outcome = stacks.open_stack(project, DEV, create=False).preview(ear)
    finally:
        settings(project.root, zones="a,b")
    with pytest.raises(Failure) as caught:
        check(outcome, DEV, ear.run)
    assert caught.value.message.startswith(said.format(root=project.root))
    assert "Traceback" not in caught.value.message


def test_a_stack_that_is_not_there_is_named(project: Project) -> None:
    settings_of_prod = project.root / "Pulumi.prod.yaml"
    settings_of_prod.write_text((project.root / "Pulumi.dev.yaml").read_text())
    with pytest.raises(Failure, match="prod has not been brought up offline"):
        stacks.open_stack(project, Invocation(environment="prod", offline=True), create=False)


def test_forgetting_a_stack_leaves_its_file_alone(project: Project, brought_up: tuple[Outcome, Ear]) -> None:
    before = (project.root / "Pulumi.dev.yaml").read_text()
    stacks.forget(project, DEV)
    assert (project.root / "Pulumi.dev.yaml").read_text() == before
    assert stacks.open_stack(project, DEV, create=False).outputs() == {}
    assert [stack.name for stack in stacks.offline_stacks(project)] == ["dev"]


def test_stacks_are_opened_by_the_automation_api_alone() -> None:
    """No other module of the tool knows it, and what starts a process is its own command class."""
    folder = Path(stacks.__file__).parent
    names = re.compile(r"pulumi\.automation|from pulumi import .*automation")
    knowing = [path.name for path in folder.rglob("*.py") if names.search(path.read_text())]
    assert knowing == ["stacks.py"]
    tree = ast.parse(Path(stacks.__file__).read_text())
    starting = [
        part.name if isinstance(part, ast.ClassDef) else "module"
        for part in tree.body
        if any(isinstance(node, ast.Attribute) and node.attr in ("Popen", "run") for node in ast.walk(part))
        and "subprocess" in {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}
    ]
    assert starting == ["Engine"]
    assert issubclass(stacks.Engine, automation.PulumiCommand)
