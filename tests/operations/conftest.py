"""A small project with a stub in the engine's place: it replays events, and notes what it was asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from operations.cli import main
from tests.in_process import called
from tests.operations.github import Hub, served
from tests.operations.programs import Programs

ROOT = Path(__file__).resolve().parents[2]

STUB = r"""
import json, os, signal, sys, time
folder = os.path.dirname(os.path.abspath(__file__))
asked = [word for word in sys.argv[1:] if word != "--non-interactive"]
with open(os.path.join(folder, "calls"), "a") as calls:
    calls.write(json.dumps(asked) + "\n")
with open(os.path.join(folder, "environment"), "w") as seen:
    json.dump(dict(os.environ), seen)
script = json.load(open(os.path.join(folder, "script.json")))
verb = asked[1] if asked[0] == "stack" else asked[0]
if verb == "version":
    print(script.get("version", "v3.272.0+offline"))
    sys.exit(0)
step = script.get(verb, {})
if isinstance(step, list):
    done = [json.loads(line) for line in open(os.path.join(folder, "calls"))]
    nth = sum(1 for call in done if (call[1] if call[0] == "stack" else call[0]) == verb)
    step = step[min(nth, len(step)) - 1]
if "--event-log" in asked:
    stopped = []
    signal.signal(signal.SIGINT, lambda *_: stopped.append(1))
    with open(asked[asked.index("--event-log") + 1], "a") as log:
        for event in step.get("events", []):
            log.write((event if isinstance(event, str) else json.dumps(event)) + "\n")
            log.flush()
        until = time.monotonic() + step.get("seconds", 0)
        while time.monotonic() < until and not stopped:
            time.sleep(0.02)
sys.stdout.write(step.get("stdout", ""))
sys.stderr.write(step.get("stderr", ""))
sys.exit(step.get("code", 0))
"""

CLOUD = """
import json, os, sys
with open(os.path.join(os.path.dirname(__file__), "bin", "cloud-calls"), "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
command = sys.argv[1]
if command == "env":
    print("export AWS_REGION=" + sys.argv[sys.argv.index("--region") + 1])
    print("export ACCOUNT=" + sys.argv[sys.argv.index("--account") + 1])
elif command == "coverage":
    print("aws:ec2/vpc:Vpc  executed")
else:
    running = command != "stop" and not os.environ.get("STUB_STOPPED")
    print(json.dumps({"running": running, "endpoint": "http://127.0.0.1:4566", "pid": 7, "started": "now"}))
"""


@dataclass(frozen=True)
class StubProject:
    """A project folder whose engine is the stub."""

    root: Path

    @property
    def _bin(self) -> Path:
        return self.root / "offline" / "bin"

    def script(self, **verbs: Any) -> None:
        """What the engine does: verb -> {events, stdout, stderr, code, seconds}, or a list of these for each call."""
        (self._bin / "script.json").write_text(json.dumps(verbs))

    @property
    def calls(self) -> list[list[str]]:
        """What the engine was asked, in order."""
        path = self._bin / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def cloud_calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self._bin / "cloud-calls").read_text().splitlines()]

    @property
    def environment(self) -> dict[str, str]:
        """The environment that the engine ran in."""
        return dict(json.loads((self._bin / "environment").read_text()))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "operations.cli", *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def headroom(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Gives the command in this process, and returns what it prints on both streams."""
        command = ["headroom", *arguments]
        done = called(main, command, folder=self.root, environment={**os.environ, **environment})
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def process(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """The same as a user does from a script, in a process of its own."""
        process = self.start(*arguments, **environment)
        stdout, stderr = process.communicate(timeout=60)
        assert process.returncode == code, stdout + stderr
        assert "Traceback" not in stdout + stderr
        return stdout + stderr


@pytest.fixture
def project(tmp_path: Path) -> StubProject:
    for name, account in (("dev", "111111111111"), ("staging", "222222222222"), ("prod", "333333333333")):
        config = f'config:\n  aws:region: eu-central-1\n  headroom:account: "{account}"\n'
        (tmp_path / f"Pulumi.{name}.yaml").write_text(config)
    (tmp_path / "Pulumi.yaml").write_text("name: headroom\nruntime: python\n")
    (tmp_path / "policies").mkdir()
    for name in ("dev", "staging", "prod"):
        (tmp_path / "policies" / f"{name}.json").write_text(json.dumps({"rds-private": "mandatory"}))
    made = StubProject(tmp_path)
    (tmp_path / "offline" / "bin").mkdir(parents=True)
    (tmp_path / "offline" / "__init__.py").touch()
    (tmp_path / "offline" / "cloud.py").write_text(CLOUD)
    command = tmp_path / "offline" / "bin" / "pulumi"
    command.write_text(f"#!{sys.executable}\n{STUB}")
    command.chmod(0o755)
    made.script()
    return made


@pytest.fixture
def hub() -> Iterator[Hub]:
    """GitHub, on loopback."""
    with served() as made:
        yield made


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """`aws` and `kubectl` are stubs, and no profile is there."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return Programs(tmp_path)
