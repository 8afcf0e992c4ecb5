"""`headroom bootstrap` says what comes next in commands that can be given as they are printed."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from rich.console import Console

from operations.accounts import bootstrap_account
from operations.project import Project
from operations.screen import Screen

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    for path in (*ROOT.glob("Pulumi.*.yaml"), ROOT / "Pulumi.yaml"):
        shutil.copy(path, tmp_path)
    dev = tmp_path / "Pulumi.dev.yaml"
    dev.write_text(dev.read_text().replace("111111111111", "123456789012"))
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with mock_aws():
        yield Project(tmp_path)


def printed(project: Project) -> list[str]:
    """Lines as a terminal of 80 columns gets them."""
    screen = Console(file=io.StringIO(), width=80, force_terminal=True, no_color=True, highlight=False)
    assert bootstrap_account(project, Screen(screen), "dev") == 0
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]  # type: ignore[attr-defined]


PULUMI = [
    "pulumi login 's3://headroom-state-123456789012-eu-central-1?region=eu-central-1'",
    "pulumi stack init dev --secrets-provider='awskms://alias/headroom-state?region=eu-central-1'",
]


def test_each_command_is_one_line_however_narrow_the_terminal(project: Project) -> None:
    lines = printed(project)
    assert [line.strip() for line in lines[-3:-1]] == PULUMI
    assert lines[-1].endswith("headroom up dev")


def test_pulumi_is_told_of_the_profile_that_the_environment_has(project: Project, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile headroom-dev]\nregion = eu-central-1\n")
    (tmp_path / "credentials").write_text("[headroom-dev]\naws_access_key_id = a\naws_secret_access_key = b\n")
    lines = printed(project)
    assert [line.strip() for line in lines[-3:-1]] == [f"AWS_PROFILE=headroom-dev {command}" for command in PULUMI]
