"""A stage for releases."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import pytest

from tests.operations.promotion.records.kept import account, emulator, holder, quick, store  # noqa: F401
from tests.operations.promotion.stage import GIT, Stage


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """git knows who commits, and nothing of the developer's own settings."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def first_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The whole stage, once a worker."""
    with mock.patch.dict(os.environ, {**GIT, "GIT_CONFIG_GLOBAL": os.devnull}):
        return Stage.whole(tmp_path_factory.mktemp("stage") / "project")


@pytest.fixture
def stage(first_stage: Stage, tmp_path: Path, identity: None) -> Stage:
    """A copy of the first stage, of one's own."""
    return first_stage.copy(tmp_path / "project")
