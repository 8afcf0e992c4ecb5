"""`.ci/run` with pretended tools: it ends with the test command, or says what it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Checkout:
    """A clone in which `make` and the script of the tools only say that they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "clone" / ".ci").mkdir(parents=True)
        (folder / "clone" / "offline" / "kubernetes").mkdir(parents=True)
        (folder / "clone" / "ci").mkdir()
        shutil.copy(ROOT / ".ci" / "run", folder / "clone" / ".ci" / "run")
        self.has("bin/make", 'echo "make $*"')
        for name in ("sleep", "mariadbd"):
            self.has(f"bin/{name}", "true")
        for name in ("bash", "dirname"):
            (folder / "bin" / name).symlink_to(str(shutil.which(name)))

    def has(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self, tools: str) -> subprocess.CompletedProcess[str]:
        self.has("clone/offline/kubernetes/tools.sh", f"echo tools\n{tools}")
        self.has("clone/ci/actionlint.sh", "echo linter")
        environment = {"PATH": f"{self.folder / 'bin'}", "HOME": os.devnull}
        command = [str(shutil.which("bash")), str(self.folder / "clone" / ".ci" / "run")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_ci_makes_the_tools_and_then_runs_the_test_command(checkout: Checkout) -> None:
    done = checkout.run("exit 0")
    assert (done.returncode, done.stdout, done.stderr) == (0, "tools\nlinter\nmake test\n", "")


def test_without_go_ci_says_which_tests_skip_and_goes_on(checkout: Checkout) -> None:
    done = checkout.run("exit 1")
    assert done.returncode == 0
    assert done.stdout.endswith("make test\n")
    assert "(apiserver, kube_tools, workflow_tools) skip" in done.stderr


def test_with_go_ci_tries_twice_and_then_fails(checkout: Checkout) -> None:
    checkout.has("bin/go", "true")
    assert checkout.run("[ -e tried ] || { : >tried; exit 1; }").stdout == "tools\nlinter\n" * 2 + "make test\n"
    done = checkout.run("exit 1")
    assert done.returncode == 1
    assert "make" not in done.stdout
