"""A full disk is told wherever it is met, nothing is lost, and the next command with room goes on."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

FAULTS = Path(__file__).with_name("faults")
PROGRAM = 'a = Thing("a", value="{value}")\nThing("b{value}", value=a.arn)\npulumi.export("value", "{value}")'
NO_ROOM = "No space left on device"


def full(sample: Any, pattern: str, *words: str) -> str:
    """What an `up` says that finds no room for some files."""
    return str(sample.failing_up(*words, PYTHONPATH=str(FAULTS), TEST_FULL=pattern))


KEPT = "cannot be written: No space left on device. What was done is kept: make room"
POINTS = {
    r"/journals/": KEPT,
    r"/stacks/": f"dev.json {KEPT}",
    r"/versions/": KEPT,
    r"/history/": "history.json cannot be written: No space left on device",
    r"/events": "cannot be written: No space left on device: the events after that are missing from it",
    r"/(journals|stacks|versions|history|locks)/|/events": "cannot be written: No space left on device",
}
"""Where there is no room, and what is said of it."""


def test_no_room_in_one_place_after_the_other(project):
    sample = project(PROGRAM.format(value="0"))
    sample.up()
    events = sample.folder / "events"
    for value, (pattern, words) in enumerate(POINTS.items(), 1):
        sample.program(PROGRAM.format(value=value))
        assert words in full(sample, pattern, "--event-log", str(events)), pattern
        assert all(json.loads(line) for line in events.read_text().splitlines())
        assert not list(sample.home.rglob("*.tmp")) + list(sample.home.rglob("*.partial"))
    sample.up()
    assert set(sample.things()) == {"a", "b6"} and sample.things()["a"]["value"] == "6"  # each of them once
    assert sample.outputs() == {"value": "6"} and not sample.journal.exists()


def test_a_create_whose_end_finds_no_room_is_finished_by_the_next_command(project):
    sample = project('Thing("a", seconds=60)\nThing("b", seconds=60)')
    process = subprocess.Popen(
        [str(sample.root / "offline/bin/pulumi"), "up", "--yes", "--skip-preview"],
        cwd=sample.folder,
        env={**sample.environment, "PYTHONPATH": str(FAULTS), "TEST_FULL": f"^{sample.folder}/full/"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    sample.wait_for("create a")
    sample.wait_for("create b")
    # The journal is moved, under the engine's hands, to where there is no room.
    (sample.folder / "full").mkdir()
    (sample.folder / "full" / "state").mkdir()
    os.rename(sample.journal, sample.folder / "full" / "dev.jsonl")
    os.symlink(sample.folder / "full" / "dev.jsonl", sample.journal)
    sample.go_on()
    text, _ = process.communicate()
    assert process.returncode == 255 and NO_ROOM in text
    sample.up()
    assert set(sample.things()) == {"a", "b"}


def test_a_stack_file_that_cannot_be_written_stays_as_it_was(project):
    sample = project("")
    path = sample.folder / "Pulumi.dev.yaml"
    before = path.read_text()
    with mock.patch("os.write", side_effect=OSError(errno.ENOSPC, NO_ROOM)):
        assert f"{path} cannot be written: {NO_ROOM}" in sample.error("config", "set", "value", "1")
    assert path.read_text() == before and not list(sample.folder.glob("*.tmp"))


def test_output_that_cannot_be_written_is_told_before_anything_is_made(project):
    sample = project('a = Thing("a")\nThing("b", value=a.arn)')
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [str(sample.root / "offline/bin/pulumi"), "up", "--yes", "--skip-preview"],
            cwd=sample.folder, env=sample.environment, stdout=full, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.returncode != 0 and NO_ROOM in done.stderr and "Traceback" not in done.stderr
    assert sample.things() == {}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    try:
        made = subprocess.run(mount, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no `mount` here")
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full(project, small: Path):
    sample = project(PROGRAM.format(value="1"))
    shutil.move(sample.home / "state", small / "state")
    (sample.home / "state").symlink_to(small / "state")
    sample.up()
    sample.program(PROGRAM.format(value="2"))
    for room in (0, 2, 4):
        ballast = small / "ballast"
        free = os.statvfs(small).f_bavail * os.statvfs(small).f_bsize
        ballast.write_bytes(b"x" * (free - room * 4096))
        text = sample.failing_up()
        assert NO_ROOM in text
        ballast.unlink()
    sample.up()
    assert set(sample.things()) == {"a", "b2"}
    assert sample.outputs() == {"value": "2"}
