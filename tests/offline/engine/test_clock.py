"""The clock may be wrong, and jump at any time: nothing is ordered or timed by it."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

HOUR = 3600
SOURCE = Path(__file__).with_name("faults") / "clock.c"


class Clock:
    """The clock of processes that have these variables."""

    def __init__(self, library: Path, file: Path) -> None:
        self._file = file
        self.set(0)
        self.variables = {"LD_PRELOAD": str(library), "TEST_CLOCK": str(file)}

    def set(self, hours: int) -> None:
        """By how much it is wrong, from now on."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("q", hours * HOUR))


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler here")
    library = tmp_path / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return Clock(library, tmp_path / "clock")


def history(sample: Any) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(sample.ok("stack", "history", "--json"))
    return entries


def test_a_clock_that_jumps_between_commands_changes_no_order(project, clock):
    sample = project('Thing("a", value=config.require("value"))')
    for value, hours in enumerate((0, 9000, -9000, 5), 1):
        clock.set(hours)
        sample.ok("config", "set", "value", str(value))
        sample.up("-m", f"up {value}", **clock.variables)
    assert [entry["message"] for entry in history(sample)] == ["up 4", "up 3", "up 2", "up 1"]
    assert [entry["version"] for entry in history(sample)] == [4, 3, 2, 1]
    assert all(entry["startTime"] <= entry["endTime"] for entry in history(sample))
    rows = json.loads(sample.ok("stack", "restore", "--json"))
    assert [row["version"] for row in rows] == [5, 4, 3, 2, 1]
    times = [row["time"] for row in rows]
    assert times[2] > times[3] > times[1]  # the clock did jump
    sample.ok("stack", "restore", "4")
    assert sample.state()["a"]["outputs"]["value"] == "3"


def test_a_clock_that_jumps_during_commands_changes_nothing(project, clock):
    sample = project('a = Thing("a", seconds=60)\nThing("b", value=a.arn, seconds=60)')
    sample.environment |= clock.variables
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("create a")
    clock.set(-7)
    assert "the stack is currently locked by 1 lock(s)" in sample.failing_up()  # a lock has no age
    clock.set(48)
    sample.go_on("a")
    sample.wait_for("create b")
    clock.set(-48)
    process.kill()
    process.communicate()
    sample.go_on()
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("created b")
    clock.set(48)
    assert "finished the interrupted create" in process.communicate()[0]
    clock.set(0)
    sample.up("--expect-no-changes")
    assert set(sample.things()) == {"a", "b"}
    assert all(entry["startTime"] <= entry["endTime"] for entry in history(sample))
