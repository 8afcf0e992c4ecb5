"""Each environment is reached by its own profile, and its state is looked for in its own bucket. E1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from operations import sign_in
from operations.project import Project

STATE = "s3://headroom-state-{account}-{region}"
OWN = STATE.format(account="333333333333", region="eu-west-1")
"""The bucket of prod, as the project below has it."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Prod in account 333333333333; nobody is signed in to anything."""
    for name in (*sign_in.CREDENTIALS, "AWS_PROFILE", "PULUMI_BACKEND_URL", "PULUMI_CREDENTIALS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    (tmp_path / "Pulumi.yaml").write_text("name: headroom\nruntime: python\n", encoding="utf-8")
    (tmp_path / "Pulumi.prod.yaml").write_text(
        'config:\n  aws:region: eu-west-1\n  headroom:account: "333333333333"\n', encoding="utf-8"
    )
    return Project(tmp_path)


def profiles(project: Project, *names: str) -> None:
    """What `aws configure` leaves."""
    keys = "aws_access_key_id = {0}\naws_secret_access_key = secret of {0}\n"
    text = "".join(f"[profile {name}]\n{keys.format(name)}" for name in names)
    (project.root / "config").write_text(text, encoding="utf-8")


def login(project: Project, found: Any) -> None:
    """What `pulumi login` leaves."""
    (project.root / "pulumi").mkdir()
    (project.root / "pulumi" / "credentials.json").write_text(json.dumps(found), encoding="utf-8")


def access_key(environment: str) -> str:
    credentials = sign_in.session(environment, "eu-west-1").get_credentials()
    return str(credentials.access_key)


def test_an_environments_own_profile_comes_before_the_credentials_in_use(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles(project, "headroom-prod", "other")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "in-use")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert access_key("prod") == "headroom-prod"
    assert access_key("staging") == "in-use"


def test_pulumi_is_given_that_profile_and_nothing_that_comes_before_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles(project, "headroom-prod")
    for name in sign_in.CREDENTIALS:
        monkeypatch.setenv(name, "in use")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    found = sign_in.variables(project, "prod")
    assert found["AWS_PROFILE"] == "headroom-prod"
    assert not set(found) & set(sign_in.CREDENTIALS)
    assert found["AWS_REGION"] == "eu-north-1"


def test_without_such_a_profile_pulumi_is_given_what_is_in_use(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "in-use")
    found = sign_in.variables(project, "prod")
    assert found["AWS_ACCESS_KEY_ID"] == "in-use"
    assert not {"AWS_PROFILE", "PULUMI_BACKEND_URL"} & set(found)


def test_a_configuration_that_can_not_be_read_is_an_error_of_botocore(project: Project) -> None:
    (project.root / "config").write_text("[profile\n", encoding="utf-8")
    with pytest.raises(BotoCoreError, match="Unable to parse config file"):
        sign_in.variables(project, "prod")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (STATE.format(account="111111111111", region="eu-central-1"), OWN),
        (
            f"{STATE.format(account='111111111111', region='eu-central-1')}?region=eu-central-1",
            f"{OWN}?region=eu-west-1",
        ),
        (
            f"{STATE.format(account='111111111111', region='eu-west-1')}/team?awssdk=v2&region=eu-west-1",
            f"{OWN}/team?awssdk=v2&region=eu-west-1",
        ),
        (f"{OWN}?region=eu-west-1", f"{OWN}?region=eu-west-1"),
    ],
)
def test_state_in_a_bucket_of_ours_is_looked_for_in_the_environments_own(
    project: Project, monkeypatch: pytest.MonkeyPatch, before: str, after: str
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", before)
    assert sign_in.variables(project, "prod")["PULUMI_BACKEND_URL"] == after


def test_a_profile_in_the_address_becomes_the_environments_own(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_dev = STATE.format(account="111111111111", region="eu-central-1")
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"{of_dev}?profile=headroom-dev")
    assert sign_in.variables(project, "prod")["PULUMI_BACKEND_URL"] == f"{OWN}?profile=headroom-dev"
    profiles(project, "headroom-prod")
    assert sign_in.variables(project, "prod")["PULUMI_BACKEND_URL"] == f"{OWN}?profile=headroom-prod"


@pytest.mark.parametrize(
    "other",
    [
        "https://api.pulumi.com",
        "file:///tmp/state",
        "s3://our-own-bucket?region=eu-central-1",
        "s3://headroom-state-of-others",
        "s3://headroom-state-111111111111",
        "gs://headroom-state-111111111111-eu-central-1",
        "s3://headroom-state-111111111111-eu-central-1.example.com",
    ],
)
def test_state_elsewhere_stays_where_it_is(project: Project, monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", other)
    assert sign_in.variables(project, "prod")["PULUMI_BACKEND_URL"] == other


def test_the_login_counts_where_no_variable_says_otherwise(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    login(project, {"current": STATE.format(account="111111111111", region="eu-central-1")})
    assert sign_in.variables(project, "prod")["PULUMI_BACKEND_URL"] == OWN
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///tmp/state")
    assert sign_in.variables(project, "prod")["PULUMI_BACKEND_URL"] == "file:///tmp/state"


def test_the_projects_file_counts_before_the_login(project: Project) -> None:
    login(project, {"current": STATE.format(account="111111111111", region="eu-central-1")})
    (project.root / "Pulumi.yaml").write_text("name: headroom\nbackend:\n  url: file:///tmp/state\n", encoding="utf-8")
    assert "PULUMI_BACKEND_URL" not in sign_in.variables(project, "prod")


def test_a_login_to_the_environments_own_bucket_is_left_as_it_is(project: Project) -> None:
    login(project, {"current": OWN})
    assert "PULUMI_BACKEND_URL" not in sign_in.variables(project, "prod")


@pytest.mark.parametrize("found", [{}, [], {"current": None}, {"current": 7}])
def test_who_is_logged_in_to_nothing_is_told_so_by_pulumi(project: Project, found: Any) -> None:
    login(project, found)
    assert "PULUMI_BACKEND_URL" not in sign_in.variables(project, "prod")


def test_an_environment_without_an_account_keeps_the_backend(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.root / "Pulumi.prod.yaml").write_text("config: {}\n", encoding="utf-8")
    of_dev = STATE.format(account="111111111111", region="eu-central-1")
    monkeypatch.setenv("PULUMI_BACKEND_URL", of_dev)
    assert sign_in.variables(project, "prod")["PULUMI_BACKEND_URL"] == of_dev
