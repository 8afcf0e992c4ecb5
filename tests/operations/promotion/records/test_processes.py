"""A holder is gone when its process is, and only where that can be known."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from operations.promotion.model import Holder
from operations.promotion.records import processes

HERE = Holder(who="arn", host=socket.gethostname(), process=os.getpid(), token="t")


@pytest.fixture
def child() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def test_a_process_that_runs_is_not_gone() -> None:
    assert not processes.gone(HERE, processes.life(os.getpid()))


def test_one_that_ended_is_gone_even_before_its_parent_noticed(child: subprocess.Popen[bytes]) -> None:
    holder, life = replace(HERE, process=child.pid), processes.life(child.pid)
    assert not processes.gone(holder, life)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.gone(holder, life), "a zombie"
    child.wait()
    assert processes.gone(holder, life)


def test_a_number_that_was_given_to_another_process_is_no_life(child: subprocess.Popen[bytes]) -> None:
    machine, _, start = processes.life(os.getpid()).partition(".")
    assert processes.gone(HERE, f"{machine}.{int(start) + 1}")
    child.communicate(b"\n")


@pytest.mark.parametrize("life", ["", "other-boot.1", "."])
def test_of_another_machine_nothing_is_known(life: str) -> None:
    assert not processes.gone(replace(HERE, process=1), life)


def test_of_another_host_nothing_is_known() -> None:
    machine = processes.life(1).partition(".")[0]
    assert not processes.gone(replace(HERE, host="elsewhere"), f"{machine}.1")


@pytest.mark.skipif(shutil.which("ps") is None, reason="no ps on PATH")
def test_where_there_is_no_proc_ps_tells_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path_factory) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path_factory.mktemp("none"))
    life = processes.life(os.getpid())
    assert life.partition(".")[2]
    assert not processes.gone(HERE, life)
    assert processes.gone(HERE, f"{life}1")
