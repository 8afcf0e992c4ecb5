"""Whatever ends the engine, nothing that was created is lost, left behind or created twice."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

FIVE = """
a = Thing("a", value="1")
b = Thing("b", value=a.arn, seconds=60, password=Output.secret("CANARY-5678"))
c = Thing("c", value=a.arn, seconds=60)
d = Thing("d", value=b.arn, seconds=60)
Thing("e", value=d.arn)
"""


def kill(process) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def descendants(folder) -> list[str]:
    """Command lines of processes that work in a folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd").startswith(str(folder)):
                found.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("moment", ["create b", "created a", "create d"])
def test_a_killed_up_is_finished_by_the_next_without_orphan_or_duplicate(project, moment):
    sample = project(FIVE)
    process = sample.start("up", "--yes", "--skip-preview")
    if moment == "create d":
        sample.wait_for("create b")
        sample.go_on("b")
    sample.wait_for(moment)
    kill(process)
    sample.go_on()
    sample.wait_until(lambda: not descendants(sample.folder))
    assert "CANARY-5678" not in sample.journal.read_text()
    if moment == "create d":
        exported = json.loads(sample.ok("stack", "export"))["deployment"]
        assert {sample.urn("a"), sample.urn("b")} <= {item["urn"] for item in exported["resources"]}
    with sample.journal.open("a") as file:  # and the machine stopped while a line was written
        file.write('{"step": 99, "beg')
    done = sample.run("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stderr
    assert "the last update of this stack was interrupted" in done.stderr
    assert set(sample.things()) == set("abcde")
    assert {name: item["id"] for name, item in sample.state().items() if name in "abcde"} == {
        path.stem.rpartition("-")[0]: path.stem for path in sample.cloud.glob("*.json")
    }
    assert not sample.journal.exists()
    if moment == "create b":
        sample.up("--expect-no-changes")


def test_a_killed_replacement_keeps_the_old_one_to_delete(project):
    program = 'a = Thing("a", kind="%s", seconds=%s)\nThing("b", value=a.arn)'
    sample = project(program % ("x", 0))
    sample.up()
    sample.program(program % ("y", 60))
    sample.forget_log()
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("create a")
    kill(process)
    sample.go_on()
    assert len(list(sample.cloud.glob("a-*.json"))) == 2
    preview = sample.run("preview")
    assert "was being created: " + sample.urn("a") in preview.stderr
    assert len(list(sample.cloud.glob("a-*.json"))) == 2
    assert "finished the interrupted create" in sample.run("up", "--yes", "--skip-preview").stderr
    assert sample.things()["a"]["kind"] == "y"
    assert set(sample.things()) == {"a", "b"}


def test_a_killed_destroy_goes_on(project):
    sample = project('a = Thing("a", seconds=60)\nThing("b", value=a.arn)\nThing("c", value=a.arn)')
    sample.cloud.mkdir()
    sample.go_on()
    sample.up()
    sample.wait_again()
    process = sample.start("destroy", "--yes", "--skip-preview")
    sample.wait_for("delete a")
    kill(process)
    sample.go_on()
    sample.destroy()
    assert sample.things() == {}
    assert sample.state() == {}


def test_a_second_command_finds_the_stack_locked_and_cancel_ends_the_first(project):
    sample = project(FIVE)
    events = sample.folder / "events"
    process = sample.start("up", "--yes", "--skip-preview", "--event-log", str(events))
    sample.wait_for("create b")
    sample.wait_for("create c")
    assert "the stack is currently locked by 1 lock(s)" in sample.failing_up()
    cancelling = sample.start("cancel", "dev")
    sample.wait_until(lambda: "no step begins any more" in events.read_text())
    sample.go_on()
    assert "has been canceled" in cancelling.communicate()[0]
    text, _ = process.communicate()
    assert process.returncode == 255
    assert "error: update canceled" in text
    assert set(sample.things()) == set("abc") == set(sample.state()) - {"sample-dev", "default"}
    assert not sample.journal.exists()
    assert "there is no operation" in sample.error("cancel", "dev")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_of_the_plugin_is_told_and_its_create_finished_later(project, when):
    sample = project(f'a = Thing("a")\nThing("b", value=a.arn, fail="crash-{when}")')
    text = sample.failing_up()
    assert "the provider plugin" in text and "exited with 3" in text
    assert ("about to fall over" in text) == (when == "before")
    sample.up()
    assert set(sample.things()) == {"a", "b"}
