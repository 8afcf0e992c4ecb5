"""A stage for releases."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest

from tests.operations.promotion.kept import account, emulator, holder, quick, store  # noqa: F401
from tests.operations.promotion.stage import Stage, image

GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
       for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))},
}  # fmt: skip


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """git knows who commits, and nothing of the developer's own settings."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def first_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Three environments up and recorded; dev has a newer image, which has soaked."""
    with mock.patch.dict(os.environ, {**GIT, "GIT_CONFIG_GLOBAL": os.devnull}):
        made = Stage.begin(tmp_path_factory.mktemp("stage") / "project")
        for name in ("dev", "staging", "prod"):
            made.up(name)
            made.soak(1)
        made.change("dev", image("a"), image("b"))
        made.commit("a newer version")
        made.up("dev")
        made.soak()
    return made


@pytest.fixture
def stage(first_stage: Stage, tmp_path: Path, identity: None) -> Stage:
    """A copy of the first stage, of one's own."""
    return first_stage.copy(tmp_path / "project")
