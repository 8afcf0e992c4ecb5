"""kill -9 at several moments of an up: the next up ends in the same place, with no orphan and no duplicate."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("interruptions")
Inventory = dict[str, set[str]]


def made(project: Any) -> int:
    """How far the up has come: the lines of the engine's journal."""
    journals = [path for path in project.home.glob("state/.pulumi/journals/**/*") if path.is_file()]
    return sum(path.read_bytes().count(b"\n") for path in journals)


def kill_when(project: Any, ready: Callable[[], bool]) -> None:
    process = project.start(str(project.root / "offline/bin/pulumi"), "up", "--yes", "--stack", "dev")
    deadline = time.monotonic() + 120
    while not ready() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def undisturbed(project: Any, inventory: Callable[..., Inventory]) -> dict[str, int]:
    """How many of each kind an up that nobody disturbs makes."""
    project.headroom("up", "dev", "--offline")
    counts = {kind: len(names) for kind, names in inventory(project.aws("dev")).items()}
    project.headroom("down", "dev", "--offline", "--yes")
    return counts


@pytest.mark.parametrize("lines", [3, 40, 90, 150])
def test_an_up_killed_in_the_middle_is_finished_by_the_next_one(
    lines: int, project: Any, undisturbed: dict[str, int], inventory: Callable[..., Inventory]
) -> None:
    kill_when(project, lambda: made(project) >= lines)
    printed = project.headroom("up", "dev", "--offline")
    session = project.aws("dev")
    taken = inventory(session)
    assert {kind: len(names) for kind, names in taken.items()} == undisturbed, printed
    assert project.planned("dev") == {}
    project.headroom("down", "dev", "--offline", "--yes")


def test_a_lost_emulated_aws_is_named_and_rebuilt_on_request(project: Any, undisturbed: dict[str, int]) -> None:
    project.headroom("up", "dev", "--offline")
    project.headroom("offline", "stop")
    printed = project.headroom("up", "dev", "--offline", ok=False)
    assert "is gone" in printed
    assert "--rebuild" in printed
    rebuilt = project.headroom("up", "dev", "--offline", "--rebuild")
    assert "created" in rebuilt
    assert len(project.aws("dev").client("ecs").list_clusters()["clusterArns"]) == 1
