"""`make smoke-aws` rehearsed: price, question, up, probes, down; and down again whatever ends it in between. W4."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.end_to_end.conftest import ROOT

pytestmark = pytest.mark.xdist_group("smoke")
ACCOUNT = "111111111111"
QUESTION = f"Type {ACCOUNT} to make this in it for $"


@dataclass
class Terminal:
    """A run with somebody in front of it."""

    process: int
    screen: int
    said: str = field(default="")

    def until(self, ready: Callable[[str], bool], seconds: float = 120.0) -> None:
        """Reads on until something is said, or the run ends."""
        deadline = time.monotonic() + seconds
        while not ready(self.said) and time.monotonic() < deadline:
            if not select.select([self.screen], [], [], 0.2)[0]:
                continue
            try:
                text = os.read(self.screen, 65_536)
            except OSError:  # the other side is closed
                return
            self.said += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text.decode(errors="replace")).replace("\r", "")

    @property
    def words(self) -> str:
        """What was said, however wide the screen."""
        return " ".join(self.said.split())

    def type(self, text: str) -> None:
        os.write(self.screen, text.encode())

    def end(self) -> int:
        """Reads to the end; the exit code."""
        self.until(lambda said: False)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def run(project: Any, *options: str) -> Terminal:
    command = [str(project.root / ".venv/bin/python"), "-m", "operations.smoke", *options]
    process, screen = pty.fork()
    if process == 0:
        os.chdir(project.root)
        os.execve(command[0], command, {**project.environ, "COLUMNS": "200", "TERM": "dumb", "CI": "true"})
    return Terminal(process, screen)


def created(said: str) -> int:
    return len(re.findall(r"^  created ", said, re.MULTILINE))


@pytest.fixture(scope="module")
def rehearsed(minimal: Any) -> Any:
    (minimal.root / "profiles").symlink_to(ROOT / "profiles")
    return minimal


@pytest.fixture(scope="module")
def empty(rehearsed: Any, inventory: Callable[..., dict[str, set[str]]]) -> dict[str, set[str]]:
    rehearsed.headroom("offline", "start")
    return inventory(rehearsed.aws("dev"))


def folders(project: Any) -> list[str]:
    return [path.name for path in (project.root / ".headroom/smoke").glob("*")]


def test_it_tells_the_price_before_it_asks_and_leaves_nothing(
    rehearsed: Any, empty: dict[str, set[str]], inventory: Callable[..., dict[str, set[str]]]
) -> None:
    terminal = run(rehearsed, "--rehearse")
    terminal.until(lambda said: QUESTION in said)
    before = terminal.words
    assert re.search(r"It would make \d+ resources in account 111111111111, eu-central-1", before)
    assert re.search(r"It costs \$0\.1\d\d an hour by list prices \(us-east-1, [\d-]+\)", before)
    assert "begun hours count as whole ones" in before and "NatGateway: traffic through it" in before
    assert inventory(rehearsed.aws("dev")) == empty  # nothing yet
    terminal.type(f"{ACCOUNT}\n")
    assert terminal.end() == 0, terminal.said
    assert "✓ 1 of 1 tasks of api run" in terminal.words
    assert re.search(
        r"✓ secret service/api/database: by their documents api-execution-\w+, \S+ may read", terminal.words
    )
    assert "/health was not asked: the emulated AWS runs no container" in terminal.words
    assert re.search(r"It works; nothing is left\. .* in all: up .*, probes .*, down .*\.", terminal.words)
    assert "AWS still lists" not in terminal.words
    assert inventory(rehearsed.aws("dev")) == empty
    assert folders(rehearsed) == []
    assert "smoke-" not in rehearsed.pulumi("stack", "ls")


def test_ctrl_c_in_the_middle_takes_down_what_was_made(
    rehearsed: Any, empty: dict[str, set[str]], inventory: Callable[..., dict[str, set[str]]]
) -> None:
    terminal = run(rehearsed, "--rehearse")
    terminal.until(lambda said: QUESTION in said)
    terminal.type(f"{ACCOUNT}\n")
    terminal.until(lambda said: created(said) >= 20)
    terminal.type("\x03")
    assert terminal.end() == 1
    # While the engine works it is the engine's, and while tasks start the run's own.
    assert "stopped, as you asked" in terminal.words.lower() and "is down:" in terminal.words, terminal.said
    assert "It does not work, or was not seen to; nothing is left." in terminal.words
    assert inventory(rehearsed.aws("dev")) == empty
    assert folders(rehearsed) == []


def test_what_kill_9_left_is_named_by_the_next_run_and_taken_down_on_request(
    rehearsed: Any, empty: dict[str, set[str]], inventory: Callable[..., dict[str, set[str]]]
) -> None:
    terminal = run(rehearsed, "--rehearse")
    terminal.until(lambda said: QUESTION in said)
    terminal.type(f"{ACCOUNT}\n")
    terminal.until(lambda said: created(said) >= 20)
    os.killpg(terminal.process, signal.SIGKILL)
    assert terminal.end() == -signal.SIGKILL
    [name] = folders(rehearsed)
    refused = run(rehearsed, "--rehearse")
    assert refused.end() == 1
    assert f'make smoke-aws ARGS="--destroy {name}"' in refused.words and QUESTION not in refused.words
    again = run(rehearsed, "--destroy", name)
    assert again.end() == 0, again.said
    assert inventory(rehearsed.aws("dev")) == empty
    assert folders(rehearsed) == []
