"""The script behind `make kube-tools`, with pretended Go, Python and Debian: what it makes once, and what it says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from offline import cloud

SCRIPT = cloud.ROOT / "offline" / "kubernetes" / "tools.sh"
BUILT = ("kube-apiserver", "kube-score")
USED = (
    *("bash", "sh", "cat", "cut", "dirname", "flock", "id", "ln", "mkdir", "mktemp", "mv", "rm", "sed", "sha256sum"),
    *("tail", "chmod"),
)
GO = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$1" in
  build) while [ "$1" != -o ]; do shift; done; echo server >"$2" ;;
  install) echo score >"$GOBIN/kube-score" ;;
esac
"""
PYTHON = """#!/bin/sh
[ "$1" = --version ] && echo Python 3.11.0 && exit
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho pip >>"%s"\\necho checkov >"%s/bin/checkov"\\n' "$CALLS" "$3" >"$3/bin/pip"
chmod +x "$3/bin/pip"
"""


class Machine:
    """Programs on a PATH of its own, a home, and clones."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls, self.home = folder, folder / "calls", folder / "home"
        (folder / "bin").mkdir()
        for found in filter(None, map(shutil.which, USED)):  # not every machine has all of them
            (folder / "bin" / Path(found).name).symlink_to(found)
        self.has("go", GO)
        self.has("python3.11", PYTHON)
        self.has("etcd", "#!/bin/sh\n")

    def has(self, name: str, text: str) -> None:
        (self.folder / "bin" / name).write_text(text, encoding="utf-8")
        (self.folder / "bin" / name).chmod(0o755)

    def make(self, clone: str = "clone") -> subprocess.CompletedProcess[str]:
        """What the script comes to; every call of Go and of pip is in `calls`."""
        self.calls.write_text("", encoding="utf-8")
        environment = {"PATH": str(self.folder / "bin"), "HOME": str(self.home), "CALLS": str(self.calls)}
        command = [str(shutil.which("bash")), str(SCRIPT), str(self.folder / clone)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    def tool(self, name: str, clone: str = "clone") -> Path:
        return self.folder / clone / "bin" / name


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_each_tool_is_made_once_a_machine_and_lent_to_every_clone(machine: Machine) -> None:
    assert machine.make().returncode == 0
    made = machine.calls.read_text()
    assert "k8s.io/kubernetes/cmd/kube-apiserver" in made and "zegl/kube-score" in made and "pip" in made
    assert machine.make("other").returncode == 0
    assert machine.calls.read_text() == ""
    for name in (*BUILT, "checkov"):
        assert machine.tool(name, "other").resolve() == machine.tool(name).resolve()
        assert machine.home in machine.tool(name).resolve().parents


@pytest.mark.parametrize("name", [*BUILT, "checkov"])
def test_what_changed_in_the_cache_is_made_anew(machine: Machine, name: str) -> None:
    machine.make()
    good = machine.tool(name).read_text()
    machine.tool(name).write_text("something else", encoding="utf-8")
    assert machine.make().returncode == 0
    assert machine.tool(name).read_text() == good
    assert (
        len([line for line in machine.calls.read_text().splitlines() if line.startswith(("build", "inst", "pip"))]) == 1
    )


def test_what_was_interrupted_counts_for_nothing(machine: Machine) -> None:
    machine.make()
    made = machine.tool("kube-apiserver").resolve()
    (made.parent / "sum").unlink()
    machine.make()
    assert "k8s.io/kubernetes/cmd/kube-apiserver" in machine.calls.read_text()


def test_without_go_the_rest_is_made_and_what_is_absent_is_said(machine: Machine) -> None:
    (machine.folder / "bin" / "go").unlink()
    made = machine.make()
    assert made.returncode == 1
    for name in BUILT:
        assert f"{name} is absent: it is built with Go, and there is none" in made.stderr
    assert machine.tool("checkov").exists()


def test_a_build_that_fails_says_why_and_leaves_nothing_behind(machine: Machine) -> None:
    machine.has("go", "#!/bin/sh\necho 'no such module' >&2\nexit 1\n")
    made = machine.make()
    assert made.returncode == 1
    assert "no such module" in made.stderr and "kube-apiserver is absent: its build failed, see above" in made.stderr
    assert not machine.tool("kube-apiserver").exists()
    machine.has("go", GO)
    assert machine.make().returncode == 0
