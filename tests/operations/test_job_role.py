"""The role that a job takes: read from the stack files, so that a fork needs no variables."""

from __future__ import annotations

import configparser
import shutil
from pathlib import Path

import boto3
import pytest

from components.access import Scope
from components.ci.statements import ci_role_arn
from operations.errors import Failure
from operations.job_role import PURPOSES, add_profile, main, role, run
from operations.project import Project

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for path in (*ROOT.glob("Pulumi.*.yaml"), ROOT / "Pulumi.yaml"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_it_is_the_role_that_the_stack_makes(purpose, project: Project) -> None:
    scope = Scope(account="222222222222", region="eu-central-1", namespace="headroom/staging")
    assert role(project, "staging", purpose)["role"] == ci_role_arn(scope, purpose)


def test_account_region_and_state_follow_the_stack_file(project: Project) -> None:
    path = project.root / "Pulumi.dev.yaml"
    path.write_text(path.read_text().replace("111111111111", "999999999999").replace("eu-central-1", "us-gov-west-1"))
    assert role(project, "dev", "deploy") == {
        "account": "999999999999",
        "region": "us-gov-west-1",
        "profile": "headroom-dev",
        "role": "arn:aws-us-gov:iam::999999999999:role/headroom-dev-ci-deploy",
        "backend": "s3://headroom-state-999999999999-us-gov-west-1?region=us-gov-west-1",
    }


def test_each_line_is_one_that_github_takes_as_an_output(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    main("prod", "promote")
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("=")[0] for line in lines] == ["account", "region", "profile", "role", "backend"]


def test_profiles_of_several_environments_stand_side_by_side_and_sdks_know_them(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, token = tmp_path / "config", tmp_path / "token"
    for name in ("dev", "prod", "dev"):
        add_profile(file, role(project, name, "deploy"), token, "gitlab-7-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    assert boto3.Session(profile_name="headroom-prod").region_name == "eu-central-1"
    parser = configparser.RawConfigParser()
    parser.read(file)
    assert sorted(parser.sections()) == ["profile headroom-dev", "profile headroom-prod"]
    assert dict(parser["profile headroom-dev"]) == {
        "region": "eu-central-1",
        "role_arn": "arn:aws:iam::111111111111:role/headroom-dev-ci-deploy",
        "web_identity_token_file": str(token),
        "role_session_name": "gitlab-7-8",
    }


def test_what_is_wrong_is_said_plainly(project: Project, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failure, match="no role to fly: preview, deploy, promote"):
        main("dev", "fly")
    with pytest.raises(Failure, match="--profile needs --token"):
        main("dev", "deploy", profile=project.root / "config")
    monkeypatch.setattr("sys.argv", ["job_role", "nowhere", "deploy"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 1
    assert "error: there is no environment 'nowhere'" in capsys.readouterr().err
