"""One command at a time on a stack, any number on several; and a lock file may hold anything."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from offline.engine.errors import EngineError
from offline.engine.lock import StackLock, holder


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0",
        b"[]",
        b'"text"',
        b"{",
        b"\xff",
        b'{"pid": "12"}',
        b'{"pid": -1}',
        b'{"pid": 1}',
        b'{"pid": true}',
    ],
)
def test_odd_content_neither_locks_nor_sends_signals(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "dev.lock"
    path.write_bytes(content)
    assert holder(path) is None
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "pid" not in (holder(path) or {})
        with pytest.raises(EngineError, match=r"currently locked by 1 lock\(s\).*\n.*pid \? on \?"):
            StackLock(path, "update").__enter__()
    with StackLock(path, "update"):
        assert (holder(path) or {})["pid"] == os.getpid()
    assert path.read_bytes() == b""


def test_cancel_does_nothing_where_nobody_is_named(project) -> None:
    sample = project('Thing("a")')
    path = sample.home / "state/.pulumi/locks/sample/dev.lock"
    path.write_text(json.dumps({"pid": -1, "host": os.uname().nodename}))
    assert "there is no operation on the stack 'dev' to cancel" in sample.error("cancel", "dev")
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert "cancel it there" in sample.error("cancel", "dev")


def test_what_a_killed_command_left_in_the_lock_is_no_lock(project) -> None:
    sample = project('Thing("a", seconds=60)')
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("create a")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert json.loads((sample.home / "state/.pulumi/locks/sample/dev.lock").read_text())["pid"] == process.pid
    assert "there is no operation on the stack 'dev' to cancel" in sample.error("cancel", "dev")
    sample.go_on()
    sample.up()


def test_of_many_commands_on_one_stack_one_goes_on_and_the_others_change_nothing(project) -> None:
    sample = project('Thing("a", seconds=60)\npulumi.export("x", 1)')
    running = [sample.start("up", "--yes", "--skip-preview") for _ in range(4)]
    sample.wait_for("create a")
    seen: list[Any] = []
    while any(process.poll() is None for process in running) and len(seen) < 5000:
        seen.append(json.loads(sample.ok("stack", "output", "--json")))  # whoever reads is let in
        if sum(process.poll() is None for process in running) == 1:
            sample.go_on()
    said = [process.communicate()[0] for process in running]
    assert sorted(process.returncode for process in running) == [0, 255, 255, 255]
    assert sum("the stack is currently locked by 1 lock(s)" in text for text in said) == 3
    assert set(sample.things()) == {"a"} and sample.log() == ["create a", "created a"]
    assert all(outputs in ({}, {"x": 1}) for outputs in seen)


def test_commands_on_two_stacks_know_nothing_of_each_other(project) -> None:
    sample = project('Thing(pulumi.get_stack(), seconds=0.2)\npulumi.export("x", pulumi.get_stack())')
    (sample.folder / "Pulumi.other.yaml").write_text((sample.folder / "Pulumi.dev.yaml").read_text())
    sample.ok("stack", "init", "other")
    running = [sample.start("up", "--yes", "--skip-preview", "--stack", name) for name in ("dev", "other")]
    said = [process.communicate()[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert set(sample.things()) == {"dev", "other"}
    for name in ("dev", "other"):
        assert json.loads(sample.ok("stack", "output", "--json", "--stack", name)) == {"x": name}


def test_of_two_that_make_a_stack_one_does(project) -> None:
    sample = project("")
    told: list[int] = []
    ready = threading.Barrier(4)

    def make() -> None:
        ready.wait()
        process = sample.start("stack", "init", "new")
        process.communicate()
        told.append(process.returncode)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [0, 255, 255, 255]


def test_a_reader_sees_one_moment_also_while_the_journal_is_folded(project) -> None:
    sample = project('Thing("a", value=config.require("value"))\npulumi.export("value", config.require("value"))')
    sample.ok("config", "set", "value", "0")
    sample.up()
    sample.ok("config", "set", "value", "1")
    process = sample.start("up", "--yes", "--skip-preview")
    while process.poll() is None:
        assert sample.outputs()["value"] in ("0", "1")
    process.communicate()
    assert sample.outputs()["value"] == "1"
