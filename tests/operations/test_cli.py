"""The command line: help, spelling, and an answer at once."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from operations.cli import app


def plain(*arguments: str) -> str:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "100", "TERM": "dumb"}).stdout


def test_help_groups_the_commands_and_gives_an_example() -> None:
    printed = plain("--help")
    assert printed.index("Environments") < printed.index("Around them")
    for command in ("up", "preview", "down", "outputs", "cancel", "bootstrap", "offline"):
        assert f"│ {command}" in printed
    assert "headroom up dev --offline" in printed


@pytest.mark.parametrize("command", ["up", "preview", "down", "outputs", "cancel", "bootstrap"])
def test_every_command_explains_itself(command: str) -> None:
    assert "ENV" in plain(command, "--help")


def test_the_emulated_aws_has_its_own_commands() -> None:
    printed = plain("offline", "--help")
    for command in ("status", "start", "stop", "reset", "coverage", "env"):
        assert f"│ {command}" in printed


def test_help_does_not_wait_for_pulumi() -> None:
    script = (
        "import sys\nfrom typer.testing import CliRunner\nfrom operations.cli import app\n"
        "CliRunner().invoke(app, ['--help'])\n"
        "print([name for name in ('pulumi', 'grpc', 'boto3', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_misspelt_environment_is_answered_with_the_nearest(project: Any) -> None:
    printed = project.headroom("up", "prd", "--offline", code=1)
    assert printed == (
        "Error: there is no environment 'prd': no file Pulumi.prd.yaml.\n"
        "  Environments are: dev, staging, prod. Did you mean prod?\n"
    )
    assert project.calls == []


def test_a_misspelt_option_is_an_error_of_usage(project: Any) -> None:
    assert "No such option" in project.headroom("up", "dev", "--offlin", code=2)


def test_outside_a_project_the_error_says_where_it_looked(project: Any) -> None:
    (project.root / "Pulumi.yaml").unlink()
    assert "there is no Pulumi.yaml in " in project.headroom("outputs", "dev", "--offline", code=1)
