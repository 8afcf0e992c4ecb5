"""kill -9 at several moments of an up: the next up ends in the same place, with no orphan and no duplicate."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("interruptions")
Inventory = dict[str, set[str]]


def made(minimal: Any) -> int:
    """How far the up has come: the lines of the engine's journal."""
    journals = [path for path in minimal.home.glob("state/.pulumi/journals/**/*") if path.is_file()]
    return sum(path.read_bytes().count(b"\n") for path in journals)


def kill_when(minimal: Any, ready: Callable[[], bool]) -> None:
    process = minimal.start(str(minimal.root / "offline/bin/pulumi"), "up", "--yes", "--skip-preview", "--stack", "dev")
    deadline = time.monotonic() + 120
    while not ready() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def undisturbed(minimal: Any, inventory: Callable[..., Inventory]) -> dict[str, int]:
    """How many of each kind an up that nobody disturbs makes."""
    minimal.headroom("up", "dev", "--offline")
    return {kind: len(names) for kind, names in inventory(minimal.aws("dev")).items()}


@pytest.mark.parametrize("lines", [3, 40, 90])
def test_an_up_killed_in_the_middle_is_finished_by_the_next_one(
    lines: int, minimal: Any, undisturbed: dict[str, int], inventory: Callable[..., Inventory]
) -> None:
    minimal.headroom("offline", "reset", "--yes")
    kill_when(minimal, lambda: made(minimal) >= lines)
    printed = minimal.headroom("up", "dev", "--offline")
    session = minimal.aws("dev")
    taken = inventory(session)
    assert {kind: len(names) for kind, names in taken.items()} == undisturbed, printed
    if lines == 40:  # once, as a preview takes as long as all else here
        assert minimal.planned("dev") == {}


def test_a_lost_emulated_aws_is_named_and_rebuilt_on_request(minimal: Any, undisturbed: dict[str, int]) -> None:
    """It is killed while a `down` goes on, which says so at once, as does every command after it."""
    before = made(minimal)
    process = minimal.start(str(minimal.root / ".venv/bin/headroom"), "down", "dev", "--offline")
    deadline = time.monotonic() + 120
    while made(minimal) < before + 5 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(json.loads((minimal.home / "aws" / "server.json").read_text())["pid"], signal.SIGKILL)
    interrupted, _ = process.communicate(timeout=120)
    for printed in (interrupted, minimal.headroom("up", "dev", "--offline", ok=False)):
        assert "the emulated AWS that held this stack is gone" in printed
        assert "--rebuild" in printed
    rebuilt = minimal.headroom("up", "dev", "--offline", "--rebuild")
    assert "created" in rebuilt
    assert len(minimal.aws("dev").client("ecs").list_clusters()["clusterArns"]) == 1
