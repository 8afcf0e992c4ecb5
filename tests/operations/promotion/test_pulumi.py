"""What promotion asks of Pulumi is refused where `headroom up` refuses it. T1, W2."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from operations.changes import Run
from operations.commands import Session
from operations.project import Project
from operations.promotion import pulumi
from operations.promotion.pulumi import Pulumi
from operations.report.build import Previewed
from operations.screen import Screen

CANARY = "config:\n  headroom:services: {api: {public: true, deploy: {strategy: canary}}}\n"
ROLLING = "config:\n  headroom:services: {api: {public: true}}\n"


def previewed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, *, offline: bool, error: str = ""
) -> tuple[str, int]:
    """Why a preview of prod failed, and how often its stack was asked for what stands."""
    (folder / "Pulumi.prod.yaml").write_text(text)
    asked: list[Session] = []

    def opened(session: Session, **_: Any) -> Any:
        asked.append(session)
        alone = {"strategy": "rolling", "second_target_group": False}
        return SimpleNamespace(outputs=lambda: {"services": {"api": {"deploy": alone}}})

    monkeypatch.setattr(Session, "open", opened)
    monkeypatch.setattr(pulumi, "preview_all", lambda *_, **__: [Previewed(environment="prod", run=Run(), error=error)])
    project, screen = Project(folder), Screen(Console(file=io.StringIO()))
    [found] = Pulumi(project, screen, offline=offline).preview(project, ["prod"])
    return found.error, len(asked)


@pytest.mark.parametrize("offline", [True, False])
def test_a_change_of_strategy_that_would_lose_requests_can_not_be_previewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offline: bool
) -> None:
    error, _ = previewed(tmp_path, monkeypatch, CANARY, offline=offline)
    assert error.startswith("Pulumi.prod.yaml: headroom:services.api.deploy.strategy is canary")


def test_without_one_nothing_is_said_and_offline_nothing_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert previewed(tmp_path, monkeypatch, ROLLING, offline=True) == ("", 0)
    assert previewed(tmp_path, monkeypatch, ROLLING, offline=False) == ("", 1)


def test_what_failed_for_another_reason_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert previewed(tmp_path, monkeypatch, CANARY, offline=True, error="no engine") == ("no engine", 0)
