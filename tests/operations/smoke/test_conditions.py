"""What is refused before anything is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.errors import Failure
from operations.smoke.conditions import refuse


@pytest.mark.parametrize("value", ["true", "1", "TRUE", "yes"])
def test_it_never_runs_in_ci(value: str) -> None:
    with pytest.raises(Failure, match="never runs in CI"):
        refuse(rehearsal=False, environ={"CI": value})


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_it_never_runs_against_anything_but_aws(name: str) -> None:
    with pytest.raises(Failure, match=f"{name} sends requests elsewhere"):
        refuse(rehearsal=False, environ={name: "http://127.0.0.1:4566"})


def refused(environ: dict[str, str], *, rehearsal: bool = False) -> str:
    try:
        refuse(rehearsal=rehearsal, environ=environ)
    except Failure as failure:
        return failure.message
    return ""


def test_a_rehearsal_makes_nothing_real_and_may_run_anywhere() -> None:
    assert refused({"CI": "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, rehearsal=True) == ""


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_somebodys_own_terminal_is_no_ci(value: str, tmp_path: Path) -> None:
    (tmp_path / "pulumi").touch(mode=0o755)
    assert refused({"CI": value, "PATH": str(tmp_path)}) == ""


def test_without_the_pulumi_cli_there_is_a_rehearsal(tmp_path: Path) -> None:
    assert refused({"PATH": str(tmp_path)}) == "there is no `pulumi` on PATH, and on real AWS this works through it"
    assert refused({"PATH": str(tmp_path)}, rehearsal=True) == ""
