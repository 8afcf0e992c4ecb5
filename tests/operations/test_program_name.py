"""Proposed commands can be pasted into the shell in use."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.program_name import program_name


@pytest.fixture
def command(tmp_path: Path) -> Path:
    path = tmp_path / ".venv" / "bin" / "headroom"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_on_path_the_plain_name_does(command: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(command.parent))
    assert program_name(str(command)) == "headroom"


def test_elsewhere_it_is_the_path_from_here(command: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(command.parents[2])
    assert program_name(str(command)) == ".venv/bin/headroom"


def test_under_another_name_it_is_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert program_name("/x/operations/cli.py") == "headroom"
