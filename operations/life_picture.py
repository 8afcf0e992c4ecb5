"""A picture of a change's life: `python -m operations.life_picture docs/life-of-a-change.svg`.

From a pull request through every environment that has a stack file. Who gets a release from whom, for how long it is
watched, and what becomes of one that fails, are read from the stack files; a test holds the steps to the workflows,
commands and gates that there are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from operations.drawing import drawn
from operations.project import Project
from operations.promotion.settings.wishes import Wishes, wishes

Kind = Literal["machine", "person", "wait", "end"]
"""Who does a step: a job, somebody, nobody (time passes), or it is where the way ends."""

GATES = ("release live", "same program", "nothing pending", "no drift", "rollouts complete", "alarms quiet", "requests")
"""Names of the gates that are shown; `operations/promotion` has these and more."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One box."""

    title: str
    kind: Kind
    lines: tuple[str, ...] = ()
    """What is written below, one or two lines."""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One row: where it happens, and what."""

    name: str
    by: tuple[str, ...]
    """What begins it, in a line or two."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Life:
    """What is drawn, free of any position."""

    lanes: tuple[Lane, ...]
    notes: tuple[str, ...]
    """Lines below: which gates there are, and what becomes of a release that fails."""

    @property
    def columns(self) -> int:
        """Boxes of the longest lane."""
        return max(len(lane.steps) for lane in self.lanes)


def life(project: Project) -> Life:
    """By the stack files."""
    wanted = {name: wishes(project, name) for name in project.environments}
    return Life(
        lanes=(_proposal(), *(_lane(name, wanted) for name in wanted)),
        notes=(
            f"Gates: {', '.join(GATES)}. Nothing known is no pass; --break-glass is recorded, and pages.",
            "A release that fails gives way to the one before (--rollback auto, ask, never), as by headroom rollback.",
            "Migrations that ran and data that went stay as they are, and are told before.",
        ),
    )


def _proposal() -> Lane:
    return Lane(
        name="pull request",
        by=("checks.yml", "preview.yml"),
        steps=(
            Step(title="change", kind="person", lines=("code, or settings in", "Pulumi.<env>.yaml")),
            Step(title="make test", kind="machine", lines=("on the emulated AWS,", "without any account")),
            Step(title="headroom report", kind="machine", lines=("data, rights, policies,", "cost: one comment")),
            Step(title="review", kind="person", lines=("what would be lost is", "approved by name")),
            Step(title="merge", kind="person", lines=("what git says is", "what will run")),
        ),
    )


def _lane(name: str, wanted: dict[str, Wishes]) -> Lane:
    wish = wanted[name]
    if wish.source is None:
        begins = ("deploy.yml", "on each merge")
        steps: tuple[Step, ...] = (
            Step(title=f"headroom up {name}", kind="machine", lines=("in the environment's", "own account")),
            Step(title="rollout", kind="machine", lines=("until what runs is", "what was asked")),
            Step(title="record", kind="machine", lines=("commit, settings, who;", "locked in S3")),
        )
    else:
        begins = ("promote.yml", f"{wish.source} to {name}")
        steps = (*_approval(wish.source), *_arrival(wish))
    return Lane(name=name, by=begins, steps=(*steps, *_ending(name, wanted)))


def _approval(source: str) -> Iterator[Step]:
    yield Step(title=f"gates on {source}", kind="machine", lines=("live, no drift, alarms", "quiet, requests well"))
    yield Step(title="report and hash", kind="machine", lines=("of exactly what would", "be done"))
    yield Step(title="approval", kind="person", lines=("by the hash; refused if", "anything moved since"))


def _arrival(wish: Wishes) -> Iterator[Step]:
    yield Step(title="commit, apply", kind="machine", lines=("images by digest, in git", "before they run"))
    yield Step(title=f"bake {wish.bake_minutes} min", kind="wait", lines=("alarms and requests", "are watched"))


def _ending(name: str, wanted: dict[str, Wishes]) -> Iterator[Step]:
    following = [wish for wish in wanted.values() if wish.source == name]
    if following:
        soak = max(wish.soak_minutes for wish in following)
        yield Step(title=f"soak {soak} min", kind="wait", lines=("well all the time,", "then it may move on"))
    else:
        yield Step(title="live", kind="end", lines=("drift.yml looks", "every night"))


def render(picture: Life) -> str:
    """As SVG, in light or dark as the reader's page is."""
    return drawn("life.svg.j2", life=picture)


def main(file: str) -> None:
    """Writes the picture."""
    Path(file).write_text(render(life(Project(Path(__file__).parents[1]))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
