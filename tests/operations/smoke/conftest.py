"""A project that smoke runs can be made in, and a run whose engine and AWS are stood in for."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from operations import commands, stacks
from operations.changes import Run
from operations.commands import Applied
from operations.project import Project
from operations.screen import Screen
from operations.smoke import conditions, run
from operations.smoke.price import Price
from operations.smoke.probe import Answer

ROOT = Path(__file__).resolve().parents[3]
ACCOUNT = "111111111111"
NOON = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
PRICE = Price(hourly=0.12, unpriced=(), by_use=("ec2.NatGateway: traffic",), basis="us-east-1, 2026-11-21",
              stack_region="eu-central-1")  # fmt: skip


class Watched(Screen):
    """A terminal whose text can be read."""

    def __init__(self, *, interactive: bool = True) -> None:
        self.text = io.StringIO()
        console = Console(file=self.text, width=500, highlight=False)
        super().__init__(console, console)
        self._there = interactive

    @property
    def interactive(self) -> bool:
        return self._there

    @property
    def said(self) -> str:
        return self.text.getvalue()


@dataclass
class World:
    """What the engine and AWS do in a run, and what was asked of them."""

    project: Project
    screen: Watched = field(default_factory=Watched)
    answer: str = ACCOUNT
    """What is typed."""
    up: Callable[[], None] = lambda: None
    probes: tuple[Answer, ...] = (Answer(True, "it answers"),)
    down: Callable[[], None] = lambda: None
    remain: list[dict[str, Any]] | None = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """In order."""

    def smoke(self, **wishes: Any) -> int:
        given = {"rehearse": True, "image": "docker.io/team/api:1", "minutes": 60, **wishes}
        outside = run.Outside(sleep=lambda seconds: None, now=lambda: NOON)
        return run.smoke(self.project, self.screen, run.Wishes(**given), outside)

    @property
    def folders(self) -> list[str]:
        return [path.name for path in (self.project.root / ".headroom/smoke").glob("*")]


class _Stack:
    engine = type("Engine", (), {"version": None})()

    def resources(self) -> list[dict[str, Any]]:
        return []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fork: links to all of this one's folders, and its own stack files."""
    for name in ("infra", "components", "policies", "operations", "offline", "profiles"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    return Project(tmp_path)


@pytest.fixture
def world(project: Project, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(project)

    def note(name: str, then: Callable[[], Any] = lambda: None) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            made.asked.append(name)
            return then()

        return called

    outputs = {"url": "http://alb.example.com", "cluster": "c", "services": {"api": {"name": "api-1"}}}
    monkeypatch.setattr(stacks, "init", note("init"))
    monkeypatch.setattr(stacks, "remove", note("forget"))
    monkeypatch.setattr(commands.Session, "open", lambda self, **options: _Stack())
    monkeypatch.setattr(conditions, "check", note("conditions", lambda: [Answer(True, "Pulumi 3")]))
    monkeypatch.setattr(commands, "previewed", note("preview", Run))
    monkeypatch.setattr(run, "price", lambda found: PRICE)

    def up() -> Applied:
        made.up()
        return Applied(run=Run(), outputs=outputs, seconds=1.0)

    monkeypatch.setattr(commands, "apply", note("up", up))
    monkeypatch.setattr(commands, "await_rollout", note("rollout"))
    monkeypatch.setattr(run, "clients", lambda *arguments: None)
    monkeypatch.setattr(run, "_probes", note("probes", lambda: made.probes))
    monkeypatch.setattr(commands, "down", note("down", lambda: made.down()))
    monkeypatch.setattr(run, "left", lambda session: made.remain)
    monkeypatch.setattr(run, "still_listed", lambda aws, place: iter(()))
    monkeypatch.setattr("builtins.input", note("question", lambda: made.answer))
    return made
