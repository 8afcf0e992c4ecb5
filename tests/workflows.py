"""GitHub's workflows as data, and their steps as scripts that run here."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import typer

from operations.cli import app
from tests import yaml_files

ROOT = Path(__file__).resolve().parents[1]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))
TEMPLATE = ROOT / "ci" / "gitlab-ci.yml"
EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
"""What GitHub puts a value in place of."""


@dataclass(frozen=True)
class Job:
    """One job of a workflow."""

    workflow: str
    name: str
    given: Mapping[str, Any]
    """As it is written."""

    @property
    def steps(self) -> list[dict[str, Any]]:
        return list(self.given["steps"])

    @property
    def environment(self) -> str | None:
        """Of the repository on GitHub."""
        found = self.given.get("environment")
        return str(found) if found else None

    @property
    def signs_in(self) -> list[dict[str, str]]:
        """`environment`, `purpose` and the like of each time that it signs in."""
        return [step["with"] for step in self.steps if str(step.get("uses", "")).endswith("/sign-in")]

    def step(self, name: str) -> dict[str, Any]:
        [found] = [step for step in self.steps if step.get("name") == name]
        return found


def read(path: Path) -> dict[str, Any]:
    found: dict[Any, Any] = yaml_files.read(path)
    return {"on" if key is True else str(key): value for key, value in found.items()}  # YAML 1.1 takes `on` for true


def jobs() -> list[Job]:
    """Every job of every workflow."""
    return [Job(path.stem, name, given) for path in WORKFLOWS for name, given in read(path)["jobs"].items()]


def job(workflow: str, name: str) -> Job:
    [found] = [one for one in jobs() if (one.workflow, one.name) == (workflow, name)]
    return found


def scripts() -> Iterator[tuple[str, str]]:
    """Every script, with where it is: of workflows, actions and GitLab's template."""
    for one in jobs():
        yield from ((f"{one.workflow}/{one.name}", step["run"]) for step in one.steps if "run" in step)
    for path in ACTIONS:
        steps = read(path)["runs"]["steps"]
        yield from ((f"action {path.parent.name}", step["run"]) for step in steps if "run" in step)
    for name, given in read(TEMPLATE).items():
        if isinstance(given, dict) and "script" in given:
            yield f"gitlab {name}", "\n".join(given["script"])


@dataclass
class Runner:
    """A checkout whose commands only say what they were given, and the files that GitHub reads afterwards."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    """Beside those of the step."""

    def __post_init__(self) -> None:
        (self.folder / "temp").mkdir(parents=True)
        (self.folder / "bin").mkdir()
        (self.folder / ".venv" / "bin").mkdir(parents=True)
        (self.folder / "ci").symlink_to(ROOT / "ci")
        for path in ROOT.glob("Pulumi.*.yaml"):
            shutil.copy(path, self.folder)
        for name in ("output", "summary", "calls"):
            (self.folder / name).touch()

    def stands_in(self, name: str, text: str) -> None:
        """Puts a command there; `$calls` is where each call is written, one word a line."""
        path = self.folder / name
        path.write_text(
            f'#!/usr/bin/env bash\ncalls="{self.folder}/calls"\nprintf "%s\\n" "$@" "" >>"$calls"\n{text}\n',
            encoding="utf-8",
        )
        path.chmod(0o755)

    def headroom(self, text: str) -> None:
        """What `headroom` does in place of what it does."""
        self.stands_in(".venv/bin/headroom", text)

    def run(self, step: Mapping[str, Any], values: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Runs a step as GitHub does; `values` are what its expressions stand for, each of which must be known."""
        given = {name: fill(str(text), values) for name, text in step.get("env", {}).items()}
        script = self.folder / "temp" / "step.sh"
        script.write_text(fill(step["run"], values), encoding="utf-8")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder,
            env={
                "PATH": f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(self.folder),
                "RUNNER_TEMP": str(self.folder / "temp"),
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                **self.variables,
                **given,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def outputs(self) -> dict[str, str]:
        """What steps handed on."""
        lines = (self.folder / "output").read_text(encoding="utf-8").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text(encoding="utf-8")

    @property
    def calls(self) -> list[list[str]]:
        """Words of each call of what stands in."""
        text = (self.folder / "calls").read_text(encoding="utf-8")
        return [call.split("\n") for call in text.removesuffix("\n\n").split("\n\n") if call]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Puts values in place of expressions. Raises KeyError for one that the test does not know."""
    return EXPRESSION.sub(lambda found: values[found[1]], text)


def words(script: str, command: str) -> Iterator[Sequence[str]]:
    """Each call of a command in a script, as far as its line goes, continuation lines joined."""
    joined = script.replace("\\\n", " ")
    for line in joined.splitlines():
        for found in re.finditer(rf"(?:^|[\s;(]){re.escape(command)} +(.+)", line):
            yield re.split(r"\s+(?:\|\||2>&1|\||>>?|<|;)", found[1])[0].split()


def command(path: Sequence[str]) -> click.Command:
    """A command of `headroom`. Raises KeyError where there is none."""
    found: Any = typer.main.get_command(app)
    for word in path:
        found = found.commands[word]
    return found  # type: ignore[no-any-return]


def options(found: click.Command) -> set[str]:
    """Every option that a command takes."""
    return {option for parameter in found.params for option in parameter.opts}
