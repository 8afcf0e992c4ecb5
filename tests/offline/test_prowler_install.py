"""The script behind `make audit-tools`, with a pretended Python: what it installs once, and what it says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from offline import cloud

SCRIPT = cloud.ROOT / "offline" / "prowler.sh"
PYTHON = """#!/bin/sh
[ "$1" = --version ] && echo Python 3.11.0 && exit
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "$@" >>"%s"\\n[ ! -e "%s" ] || exit 1\\necho prowler >"%s/bin/prowler"\\n' \\
  "$CALLS" "$BROKEN" "$3" >"$3/bin/pip"
chmod +x "$3/bin/pip"
"""


class Machine:
    """A home, a pretended Python, and what its pip was called with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.calls, self.broken = folder, folder / "calls", folder / "broken"
        (folder / "python").write_text(PYTHON, encoding="utf-8")
        (folder / "python").chmod(0o755)

    def install(self, clone: str = "clone") -> subprocess.CompletedProcess[str]:
        self.calls.write_text("", encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "CALLS": str(self.calls), "BROKEN": str(self.broken),
        }  # fmt: skip
        command = [str(SCRIPT), str(self.folder / clone), str(self.folder / "python")]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    def prowler(self, clone: str = "clone") -> Path:
        return self.folder / clone / "bin" / "prowler"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_it_is_installed_once_a_machine_with_every_package_checked(machine: Machine) -> None:
    assert machine.install().returncode == 0
    assert f"--require-hashes -r {cloud.ROOT / 'requirements-prowler.txt'}" in machine.calls.read_text()
    assert machine.install("other").returncode == 0
    assert machine.calls.read_text() == ""
    assert machine.prowler("other").resolve() == machine.prowler().resolve()


def test_what_was_interrupted_is_installed_anew(machine: Machine) -> None:
    machine.install()
    (machine.prowler().resolve().parents[1] / "finished").unlink()
    assert machine.install().returncode == 0
    assert "--require-hashes" in machine.calls.read_text()


def test_a_failure_is_told_and_leaves_nothing_behind(machine: Machine) -> None:
    machine.broken.touch()
    done = machine.install()
    assert done.returncode == 1 and "could not be installed" in done.stderr
    assert not machine.prowler().exists()
    machine.broken.unlink()
    assert machine.install().returncode == 0
