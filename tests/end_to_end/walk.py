"""A walk of one change from a commit to prod and back, by commands as a team gives them; every one is written down.

`python -m tests.end_to_end.walk docs/walk.md` records it anew. Small stacks stand in for whole ones, and time is turned
on where a team would wait.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import time_machine

from operations.cli import main as headroom
from tests.end_to_end.conftest import ROOT, Project
from tests.in_process import called

SOAK = 10
"""Minutes of soak time between the environments."""
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
} | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
SOURCES = {"dev": "none", "staging": "dev", "prod": "staging"}


def image(letter: str) -> str:
    """A version of the service, told apart by one letter."""
    return f"ghcr.io/example/api@sha256:{letter * 64}"


@dataclass(frozen=True)
class Step:
    """One command, and what came of it."""

    why: str
    command: str
    code: int
    said: str


@dataclass
class Walk:
    """A clone of the project in which somebody works."""

    project: Project
    steps: list[Step] = field(default_factory=list)
    ahead: datetime.timedelta = field(default_factory=datetime.timedelta)
    """How far the time was turned on."""

    def headroom(self, why: str, *words: str, code: int = 0) -> Step:
        """Gives a command of ours."""
        with time_machine.travel(datetime.datetime.now(datetime.UTC) + self.ahead):
            done = called(
                headroom,
                ["headroom", *words],
                folder=self.project.root,
                environment={**self.project.environ, **IDENTITY},
            )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"{words} came to {done.returncode}:\n{said}"
        return self._note(why, f"headroom {' '.join(words)}", code, said)

    def git(self, why: str, *words: str) -> Step:
        """Gives a command of git's."""
        done = subprocess.run(
            ["git", *words], cwd=self.project.root, env={**self.project.environ, **IDENTITY},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return self._note(why, f"git {' '.join(words)}", 0, done.stdout)

    def release(self, letter: str, message: str) -> None:
        """A new version of the service, merged."""
        path = self.project.root / "Pulumi.dev.yaml"
        path.write_text(re.sub(r"image: .*", f"image: {image(letter)}", path.read_text()))
        self.git(message, "commit", "-a", "-q", "-m", message)

    def turn_on(self, minutes: float) -> None:
        """Time goes by."""
        self.ahead += datetime.timedelta(minutes=minutes)

    def approval(self, *words: str) -> str:
        """The hash of a review."""
        said = self.headroom("", *words, "--review", "--format", "json", code=2).said
        self.steps.pop()
        return str(json.loads(said)["approval"])

    def _note(self, why: str, command: str, code: int, said: str) -> Step:
        self.steps.append(Step(why, command, code, said))
        return self.steps[-1]


@contextmanager
def begun(folder: Path, environments: Sequence[str]) -> Iterator[Walk]:
    """A clone with small stacks, committed; what runs of it is stopped in the end."""
    for name in ("infra", "components", "operations", "offline", "functions", ".venv"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "policies", folder / "policies", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Pulumi.yaml", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / ".gitignore").write_text(".venv\n.headroom\n__pycache__/\n")
    minimal = (ROOT / "profiles" / "minimal.yaml").read_text()
    for number, name in enumerate(environments, 1):
        text = minimal.replace('"111111111111"', f'"{str(number) * 12}"').replace("10.10.", f"10.{number}0.")
        text = re.sub(r"image: .*", f"image: {image('a')}", text)
        text += f"  headroom:promotion:\n    from: {SOURCES[name]}\n    soak_minutes: {SOAK}\n    bake_minutes: 0\n"
        (folder / f"Pulumi.{name}.yaml").write_text(text + "    rollback: never\n")
        (folder / "policies" / f"{name}.json").write_text(json.dumps(mandatory_only()))
    walk = Walk(Project(folder))
    for words in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "Begin")):
        walk.git("", *words)
    walk.steps.clear()
    try:
        yield walk
    finally:
        walk.project.headroom("offline", "stop")


def mandatory_only() -> dict[str, str]:
    """Levels of a stack that is too small for advice."""
    levels = json.loads((ROOT / "policies" / "dev.json").read_text())
    return {rule: level if level == "mandatory" else "disabled" for rule, level in levels.items()}


def visit(walk: Walk, environment: str) -> None:
    """Users come, and the soak time passes."""
    walk.turn_on(SOAK + 1)
    walk.headroom("Users come; ten minutes pass.", "offline", "visit", environment)


def record(walk: Walk) -> None:
    """The whole walk through three environments."""
    for name in SOURCES:
        walk.headroom(f"{name} is up for the first time.", "up", name, "--offline")
    walk.steps = [replaced(step, step.said.splitlines()[-12:]) for step in walk.steps]
    walk.release("b", "A new version of api is merged")
    walk.headroom("What would it do?", "report", "dev", "--offline", code=2)
    step = walk.headroom("It goes to dev at once.", "up", "dev", "--offline")
    lines = step.said.splitlines()
    walk.steps[-1] = replaced(step, [*lines[: lines.index("Outputs")], *lines[lines.index("Rollout") :]])
    walk.headroom("Too early for staging.", "promote", "dev", "staging", "--review", "--offline", code=1)
    visit(walk, "dev")
    walk.headroom("Now it may go on.", "promote", "dev", "staging", "--review", "--offline", code=2)
    hash_ = walk.approval("promote", "dev", "staging", "--offline")
    walk.headroom("Exactly that is applied.", "promote", "dev", "staging", "--approve", hash_, "--offline")
    walk.headroom("prod takes nothing that is not live in staging.", "promote", "dev", "prod", "--offline", code=1)
    visit(walk, "staging")
    hash_ = walk.approval("promote", "staging", "prod", "--offline")
    walk.git(
        "Somebody commits something between review and approval.", "commit", "--allow-empty", "-q", "-m", "Meanwhile"
    )
    walk.headroom("So it is refused.", "promote", "staging", "prod", "--approve", hash_, "--offline", code=1)
    hash_ = walk.approval("promote", "staging", "prod", "--offline")
    walk.headroom("After another look:", "promote", "staging", "prod", "--approve", hash_, "--offline")
    walk.headroom("What was released:", "releases", "--offline")
    hash_ = walk.approval("rollback", "prod", "--offline")
    walk.headroom("Back to what ran before.", "rollback", "prod", "--approve", hash_, "--offline")
    walk.git("Git says what runs.", "log", "--format=%s")
    walk.headroom("", "diff", "staging", "prod", "--offline")


def replaced(step: Step, lines: Sequence[str]) -> Step:
    """A step of which only these lines are told."""
    return Step(step.why, step.command, step.code, "\n".join(lines))


HEAD = """\
# A walk

One change, from a commit to prod and back, recorded from the commands themselves (`python -m tests.end_to_end.walk`):
three small environments on the emulated AWS, and time turned on where a team would wait. What each command means is
told in [promotion](promotion.md).
"""


def told(walk: Walk) -> str:
    """The walk as a page."""
    parts = [HEAD]
    for step in walk.steps:
        said = "\n".join(line.rstrip() for line in step.said.strip().splitlines())
        code = f"\n[exit code {step.code}]" if step.code else ""
        # Four, as what is told may hold fences of its own.
        parts.append(f"{step.why}\n\n````\n$ {step.command}\n{said}{code}\n````\n".lstrip())
    return "\n".join(parts)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, begun(Path(folder), list(SOURCES)) as walk:
        record(walk)
    Path(sys.argv[1]).write_text(told(walk), encoding="utf-8")


if __name__ == "__main__":
    main()
