"""Clients speak to the environment's account, or to none. E1."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from operations import cloud
from operations.clients import clients
from operations.errors import Failure, Invocation
from operations.project import Project

OWN = "123456789012"
"""moto's account."""
SHELL = """unset AWS_PROFILE
export AWS_ENDPOINT_URL=http://127.0.0.1:4566
export AWS_ACCESS_KEY_ID=key
export AWS_SECRET_ACCESS_KEY='a b'
export AWS_SESSION_TOKEN=token
"""


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def project(folder: Path, account: str = OWN) -> Project:
    (folder / "Pulumi.yaml").touch()
    (folder / "Pulumi.dev.yaml").write_text(
        f'config:\n  aws:region: eu-central-1\n  headroom:account: "{account}"\n', encoding="utf-8"
    )
    return Project(folder)


def test_on_aws_the_credentials_in_use_must_be_the_environments(signed_in: None, tmp_path: Path) -> None:
    made = clients(project(tmp_path), Invocation(environment="dev", offline=False))
    assert made("s3", at_once=20).meta.region_name == "eu-central-1"


def test_another_accounts_credentials_are_refused(signed_in: None, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="headroom:account is 111111111111, but the credentials in use belong to account"):
        clients(project(tmp_path, "111111111111"), Invocation(environment="dev", offline=False))


def test_who_is_not_signed_in_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(Failure, match="AWS did not say whose the credentials in use are") as caught:
        clients(project(tmp_path), Invocation(environment="dev", offline=False))
    assert "sign in to the account" in caught.value.remedies[0]


def test_offline_they_go_to_the_emulated_account_whatever_the_shell_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def answer(_: Project, *words: str) -> str:
        asked.append(words)
        return SHELL

    monkeypatch.setattr(cloud, "run", answer)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.com")
    s3 = clients(project(tmp_path), Invocation(environment="dev", offline=True))("s3")
    assert asked == [("env", "--account", OWN, "--region", "eu-central-1")]
    assert s3.meta.endpoint_url == "http://127.0.0.1:4566"
    assert s3._get_credentials().secret_key == "a b"


def test_on_aws_an_environments_own_profile_is_used(
    signed_in: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile headroom-dev]\naws_access_key_id = own\naws_secret_access_key = s\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    made = clients(project(tmp_path), Invocation(environment="dev", offline=False))
    assert made("s3")._get_credentials().access_key == "own"


def test_a_configuration_that_can_not_be_read_is_one_error(
    signed_in: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("[profile\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(Failure, match="Unable to parse config file"):
        clients(project(tmp_path), Invocation(environment="dev", offline=False))
