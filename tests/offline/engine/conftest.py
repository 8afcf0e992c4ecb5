"""A small project in a temporary folder, driven through `offline/bin/pulumi` against the provider of `plugins/`.

Tests that take `either` say what Pulumi's own engine does as well: where a real `pulumi` is on PATH they run through it
too.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Container
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from offline.engine.cli.main import main
from tests.forking_python import ForkingPython
from tests.in_process import called

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PULUMI = ROOT / "offline" / "bin" / "pulumi"
REAL_PULUMI = shutil.which("pulumi")
OF_A_START = ("LD_PRELOAD", "PYTHONPATH")
"""Variables that a process takes in as it starts."""
FORKED = (
    ROOT / "offline" / "engine" / "program_runner.py",
    ROOT / "offline" / "engine" / "later_sdk.py",
    HERE / "plugins" / "mem_provider.py",
)
"""Scripts that commands start which run in this process."""
IMPORTED = (
    *("pulumi", "pulumi.policy", "pulumi_policy"),
    *("grpc.aio", "grpc._channel", "grpc._server", "grpc._simple_stubs", "grpc.experimental"),
    *("offline.engine.cli.main", "offline.engine.operation", "offline.engine.display.report"),
)
"""What these import, and the engine."""
PRELUDE = """
import pulumi
from pulumi import Alias, Output, ResourceOptions as Options

config = pulumi.Config()


class Thing(pulumi.CustomResource):
    arn: Output[str]
    value: Output[str]
    region: Output[str]

    def __init__(self, logical_name, opts=None, token="mem:index:Thing", **props):
        super().__init__(token, logical_name, {"arn": None, "value": None, "region": None, **props}, opts)


class Provider(pulumi.ProviderResource):
    def __init__(self, name, opts=None, **props):
        super().__init__("mem", name, {"folder": pulumi.Config("mem").require("folder"), **props}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("mem:index:Group", name, None, opts)
"""


def environment(home: Path) -> dict[str, str]:
    """The variables of a command: nothing of the caller's Pulumi or AWS."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_", "HEADROOM_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | {
        "HEADROOM_OFFLINE_HOME": str(home),
        "HEADROOM_OFFLINE_PLUGINS": str(HERE / "plugins"),
        "HEADROOM_PYTHON": sys.executable,
        "HEADROOM_TEST_PYTHON": sys.executable,
    }


@functools.cache
def forking() -> str:
    """A Python that starts those scripts quickly, and `python -m offline.engine`."""
    return str(ForkingPython(FORKED, IMPORTED, ["offline.engine"]).executable)


class Project:
    """A project with one stack, `dev`, whose cloud is the folder `cloud`."""

    root = ROOT
    command = str(PULUMI)
    failures: Container[int] = (255,)
    """Exit statuses of a command that failed."""

    def __init__(self, folder: Path, program: str, name: str) -> None:
        self.folder = folder
        self.name = name
        self.cloud = folder / "cloud"
        self.home = folder / "home"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        (folder / "Pulumi.dev.yaml").write_text(f"config:\n  mem:folder: {self.cloud}\n")
        self.environment = self.make_environment()
        self.program(program)
        self.ok("stack", "init", "dev")

    def make_environment(self) -> dict[str, str]:
        """The variables of every command."""
        return environment(self.home)

    def quick_environment(self) -> dict[str, str]:
        """The same for commands that need not start as they do for users."""
        return self.environment | {"HEADROOM_PYTHON": forking(), "HEADROOM_TEST_PYTHON": forking()}

    def program(self, text: str) -> None:
        """Replaces the program."""
        (self.folder / "__main__.py").write_text(PRELUDE + textwrap.dedent(text))
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)  # byte code goes by whole seconds

    def run(self, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """One command, whatever it comes to; in this process, which saves its start, unless that would be another."""
        if given or any((self.environment | variables).get(name) != os.environ.get(name) for name in OF_A_START):
            return self.process(*words, given=given, **variables)
        with mock.patch.object(sys, "executable", forking()):
            environment = self.quick_environment() | variables
            return called(main, [self.command, *words], folder=self.folder, environment=environment)

    def process(self, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """One command as a process of its own, which starts others as it does for users."""
        return subprocess.run(
            [self.command, *words],
            cwd=self.folder,
            env=self.environment | variables,
            input=given,
            capture_output=True,
            text=True,
            timeout=90,
        )

    def ok(self, *words: str, **variables: str) -> str:
        """The output of a command that must succeed."""
        done = self.run(*words, **variables)
        assert done.returncode == 0, f"{words} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def error(self, *words: str, **variables: str) -> str:
        """All that a command says that must fail: one clear message, no traceback of the engine."""
        done = self.run(*words, **variables)
        assert done.returncode in self.failures, f"{words} came to {done.returncode}:\n{done.stdout}\n{done.stderr}"
        assert "offline/engine" not in done.stderr
        return done.stdout + done.stderr

    def up(self, *words: str, **variables: str) -> str:
        """`up` without asking or previewing."""
        return self.ok("up", "--yes", "--skip-preview", *words, **variables)

    def failing_up(self, *words: str, **variables: str) -> str:
        """`up` that must fail."""
        return self.error("up", "--yes", "--skip-preview", *words, **variables)

    def destroy(self, *words: str) -> str:
        """`destroy` without asking or previewing."""
        return self.ok("destroy", "--yes", "--skip-preview", *words)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command that goes on in the background."""
        return subprocess.Popen(
            [self.command, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def planned(self, *words: str) -> dict[str, str]:
        """What a preview would do, by resource name; what stays the same is left out."""
        document = json.loads(self.ok("preview", "--json", *words))
        found: dict[str, str] = {}
        for step in document["steps"]:
            if step["op"] not in ("same", "refresh"):
                found[step["urn"].rpartition("::")[2]] = step["op"]
        return found

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the state in its order, secrets encrypted."""
        latest = json.loads(self.checkpoint.read_text())["checkpoint"].get("latest", {})
        return list(latest.get("resources") or [])

    def state(self) -> dict[str, dict[str, Any]]:
        """The resources of the state by name, without those that are to be deleted; secrets encrypted."""
        return {item["urn"].rpartition("::")[2]: item for item in self.resources() if not item.get("delete")}

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        found: dict[str, Any] = json.loads(self.ok("stack", "output", "--json"))
        return found

    def things(self) -> dict[str, dict[str, Any]]:
        """What exists in the cloud, by resource name; fails when a resource exists twice."""
        found: dict[str, dict[str, Any]] = {}
        for path in self.cloud.glob("*.json"):
            name = path.stem.rpartition("-")[0]
            assert name not in found, f"{name} exists twice"
            found[name] = json.loads(path.read_text())
        return found

    def edit(self, name: str, **changes: Any) -> None:
        """Changes a resource behind the engine's back."""
        path = next(self.cloud.glob(f"{name}-*.json"))
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    def log(self) -> list[str]:
        """The cloud's operations in their order."""
        path = self.cloud / "log"
        return [line.partition(" ")[2] for line in path.read_text().splitlines()] if path.exists() else []

    def forget_log(self) -> None:
        """Begins the log anew."""
        (self.cloud / "log").write_text("")

    def urn(self, name: str, kind: str = "mem:index:Thing") -> str:
        """A resource's URN."""
        return f"urn:pulumi:dev::{self.name}::{kind}::{name}"

    def events(self, *words: str) -> list[tuple[str, Any]]:
        """(kind, payload) of each event of an operation that must succeed, in order."""
        path = self.folder / "events"
        path.unlink(missing_ok=True)
        self.ok(*words, "--event-log", str(path))
        found: list[tuple[str, Any]] = []
        for line in path.read_text().splitlines():
            event = json.loads(line)
            kind = next(key for key in event if key.endswith("Event"))
            found.append((kind, event[kind]))
        return found

    def go_on(self, *names: str) -> None:
        """Ends what creates and deletes wait for, of these resources or of all."""
        for sign in [f"go-on-{name}" for name in names] or ["go-on"]:
            (self.cloud / sign).touch()

    def wait_again(self) -> None:
        """From here on creates and deletes wait again."""
        (self.cloud / "go-on").unlink()

    @staticmethod
    def wait_until(met: Callable[[], bool], seconds: float = 60) -> None:
        """Returns once something is so."""
        end = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < end, "it did not come to that"
            time.sleep(0.02)

    def wait_for(self, line: str, seconds: float = 60) -> None:
        """Returns once the cloud has logged an operation."""
        end = time.monotonic() + seconds
        while line not in self.log():
            assert time.monotonic() < end, f"{line!r} did not happen: {self.log()}"
            time.sleep(0.02)

    @property
    def checkpoint(self) -> Path:
        """The state file."""
        return self.home / "state" / ".pulumi" / "stacks" / self.name / "dev.json"

    @property
    def journal(self) -> Path:
        """The journal of a running or interrupted operation."""
        return self.home / "state" / ".pulumi" / "journals" / self.name / "dev.jsonl"


class RealProject(Project):
    """The same through the real Pulumi CLI; the test's plugin is on PATH for it."""

    command = str(REAL_PULUMI)
    failures = range(1, 256)

    def make_environment(self) -> dict[str, str]:
        """See Project."""
        kept = environment(self.home)
        state = self.home / "state"
        state.mkdir(parents=True)
        places = (HERE / "plugins", Path(self.command).parent, Path(sys.executable).parent)
        return kept | {
            "PATH": ":".join((*map(str, places), kept["PATH"])),
            "PULUMI_HOME": str(self.home / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # or it knows no --event-log
            "NO_COLOR": "1",
        }

    def run(self, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """See Project."""
        return self.process(*words, given=given, **variables)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Project]:
    """Makes a project with the given program."""

    def make(program: str, name: str = "sample") -> Project:
        return Project(tmp_path / name, program, name)

    return make


@pytest.fixture
def real(tmp_path: Path) -> Callable[[str], Project]:
    """Makes a project as `project` does, for the real CLI alone."""

    def make(program: str, name: str = "sample") -> Project:
        return RealProject(tmp_path / "real" / name, program, name)

    return make


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(Project, id="embedded"),
        pytest.param(RealProject, id="real", marks=pytest.mark.pulumi_cli),
    ],
)
def engine(request: pytest.FixtureRequest) -> type[Project]:
    """Both engines, one after the other."""
    found: type[Project] = request.param
    return found


@pytest.fixture
def either(engine: type[Project], tmp_path: Path) -> Callable[[str], Project]:
    """Makes a project as `project` does, for each of the two engines."""

    def make(program: str, name: str = "sample") -> Project:
        return engine(tmp_path / name, program, name)

    return make
