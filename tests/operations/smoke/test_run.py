"""A run asks before it makes anything, and takes down what it made whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from operations.errors import Failure, Stopped
from operations.interrupts import Interrupts
from operations.smoke.again import destroy
from operations.smoke.place import left_behind
from operations.smoke.probe import Answer
from tests.operations.smoke.conftest import ACCOUNT, ROOT, Watched, World

WHOLE = ["init", "conditions", "preview", "question", "up", "rollout", "probes", "down", "forget"]


def raising(error: BaseException) -> Any:
    def raise_it() -> None:
        raise error

    return raise_it


def test_all_of_it_in_order(world: World) -> None:
    assert world.smoke() == 0
    assert world.asked == WHOLE
    assert world.folders == []
    assert "It works; nothing is left." in world.screen.said
    assert "would cost $0.12 by list prices" in world.screen.said


def test_the_price_is_told_before_the_question(world: World) -> None:
    world.smoke()
    said = world.screen.said
    assert "It costs $0.120 an hour by list prices (us-east-1, 2026-11-21)," in said
    assert said.index("and $0.36 at most") < said.index(f"Type {ACCOUNT} to make this in it for $0.36 at most")
    assert "Prices of eu-central-1, where it would stand, differ." in said
    assert "Paid by use, and not in it: ec2.NatGateway: traffic." in said


@pytest.mark.parametrize("answer", ["", "y", "yes", "222222222222", "11111111111"])
def test_any_other_answer_than_the_account_makes_nothing(world: World, answer: str) -> None:
    world.answer = answer
    assert world.smoke() == 0
    assert world.asked == ["init", "conditions", "preview", "question", "forget"]
    assert world.folders == [] and "Nothing was made." in world.screen.said


@pytest.mark.parametrize("error", [Failure("there are no credentials"), KeyboardInterrupt()])
def test_what_ends_it_before_the_question_leaves_no_folder(
    world: World, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.smoke.conditions.refuse", lambda **options: None)
    monkeypatch.setattr("operations.smoke.conditions.adopt", lambda place: raising(error)())
    with pytest.raises(type(error)):
        world.smoke(rehearse=False)
    assert world.asked == [] and world.folders == []


def test_without_a_terminal_nothing_is_made(world: World) -> None:
    world.screen = Watched(interactive=False)
    with pytest.raises(Failure, match="there is no terminal to ask on"):
        world.smoke()
    assert "up" not in world.asked and world.folders == []


@pytest.mark.parametrize(
    "error",
    [Failure("AWS refused"), Stopped("stopped, as you asked."), KeyboardInterrupt(), RuntimeError("a mistake of ours")],
)
def test_whatever_ends_the_up_it_is_taken_down(world: World, error: BaseException) -> None:
    world.up = raising(error)
    assert world.smoke() == 1
    assert world.asked[-3:] == ["up", "down", "forget"]
    assert world.folders == []
    assert "It does not work, or was not seen to; nothing is left." in world.screen.said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 1), (signal.SIGHUP, 0)])
def test_a_polite_kill_takes_it_down_and_a_closed_terminal_lets_it_come_to_its_end(
    world: World, number: int, code: int
) -> None:
    world.up = lambda: os.kill(os.getpid(), number)
    before = signal.getsignal(number)
    assert world.smoke() == code
    assert world.asked[-2:] == ["down", "forget"]
    assert signal.getsignal(number) is before


def test_what_is_said_to_a_terminal_that_is_gone_stands_in_a_file(tmp_path: Path) -> None:
    """An error in the words, between up and down, would leave everything standing."""
    script = """
import os, pty, sys
from pathlib import Path
from operations.smoke.lasting import lasting
child, master = pty.fork()
if child:
    os.read(master, 100)
    os.close(master)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
import signal, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
with lasting(Path(sys.argv[1])):
    print("begun")
    while os.isatty(1):
        print("going on"), time.sleep(0.05)
    print("down", file=sys.stderr)
"""
    log = tmp_path / "smoke-1a2b3c.log"
    done = subprocess.run([sys.executable, "-c", script, str(log)], cwd=ROOT, timeout=60)
    assert done.returncode == 0
    assert log.read_text().endswith("down\n")


def test_a_signal_that_is_ignored_stays_so_while_an_engine_runs() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupts(lambda number: None, lambda: None):
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_probe_that_fails_fails_the_run_and_one_that_could_not_be_asked_does_not(world: World) -> None:
    world.probes = (Answer(None, "not asked"),)
    assert world.smoke() == 0
    world.probes = (Answer(True, "good"), Answer(False, "it answered 502"))
    assert world.smoke() == 1
    assert "✗ it answered 502" in world.screen.said and world.folders == []


def test_taking_down_is_tried_again(world: World) -> None:
    tries: list[None] = []

    def fail_once() -> None:
        tries.append(None)
        if len(tries) == 1:
            raise Failure("the subnet has dependencies")

    world.down = fail_once
    assert world.smoke() == 0
    assert world.asked.count("down") == 2


def test_what_could_not_be_taken_down_is_listed_with_the_command(world: World) -> None:
    kind = "aws:ec2/natGateway:NatGateway"
    urn = f"urn:pulumi:smoke-1::headroom::{kind}::network-nat-a"
    world.remain = [{"urn": urn, "type": kind, "id": "nat-0a1b", "custom": True}]
    world.down = raising(Failure("AWS does not let go"))
    assert world.smoke() == 1
    [name] = world.folders
    assert world.asked.count("down") == 3 and "forget" not in world.asked
    assert "ec2.NatGateway network-nat-a  nat-0a1b" in world.screen.said
    assert f'make smoke-aws ARGS="--destroy {name}"  tries again' in world.screen.said
    assert "something is left." in world.screen.said


def test_a_second_run_is_refused_while_the_first_ones_things_stand(world: World) -> None:
    world.remain = None
    world.smoke()
    with pytest.raises(Failure) as refused:
        world.smoke()
    [name] = world.folders
    assert refused.value.remedies == (f'make smoke-aws ARGS="--destroy {name}"  takes it down',)


def test_what_is_left_is_taken_down_later(world: World) -> None:
    world.remain = None
    world.smoke()
    [place] = left_behind(world.project)
    world.remain = []
    assert destroy(world.project, world.screen, place.name, unlock=False) == 0
    assert world.folders == []


def test_a_run_that_goes_on_is_not_taken_down_by_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.remain = None
    world.smoke()
    [place] = left_behind(world.project)
    monkeypatch.setattr("operations.smoke.again._lives", lambda process: True)
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(Failure, match="goes on: process"):
        destroy(world.project, world.screen, place.name, unlock=False)


def test_an_unknown_run_is_said_to_be_unknown(world: World) -> None:
    with pytest.raises(Failure, match="there is no run at all"):
        destroy(world.project, world.screen, "smoke-000000", unlock=False)
