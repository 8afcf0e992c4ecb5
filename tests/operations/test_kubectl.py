"""kubectl reaches the environment's own cluster, as the environment's profile, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest

from operations.kubectl import KubectlError, kubectl
from tests.operations.programs import Programs

OUTPUTS = {"cluster": "headroom-staging", "region": "eu-central-1"}
PLACE = "--name headroom-staging --region eu-central-1"


def test_it_makes_a_kubeconfig_of_its_own_for_the_cluster(programs: Programs) -> None:
    programs.answer("pods\n")
    with kubectl(OUTPUTS, "staging") as ask:
        folder = ask.kubeconfig.parent
        assert folder.stat().st_mode & 0o077 == 0
        assert ask("get", "pods") == "pods\n"
    assert programs.asked == [
        f"aws eks update-kubeconfig {PLACE} --kubeconfig KUBECONFIG",
        "kubectl --kubeconfig KUBECONFIG get pods",
    ]
    assert not folder.exists()
    assert programs.profile == ""


def test_it_asks_as_the_environments_own_profile_whatever_credentials_are_in_use(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A promotion works in two accounts: the credentials in use are one's, or nobody's."""
    (programs.folder / "config").write_text("[profile headroom-staging]\nregion = eu-central-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(programs.folder / "config"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "prods")
    with kubectl(OUTPUTS, "staging") as ask:
        ask("get", "pods")
        assert "AWS_ACCESS_KEY_ID" not in ask.variables
        assert f"describe-cluster {PLACE} --profile headroom-staging  tells" in ask.remedies[0]
    assert programs.profile == "headroom-staging"


@pytest.mark.parametrize("at", ["update-kubeconfig", "pods"])
def test_what_fails_is_told_in_its_own_words_with_the_way_in(programs: Programs, at: str) -> None:
    programs.fail(at, "You must be logged in to the server (Unauthorized)")
    with (
        pytest.raises(KubectlError, match=r"^You must be logged in to the server") as raised,
        kubectl(OUTPUTS, "staging") as ask,
    ):
        ask("get", "pods")
    assert raised.value.remedies[0] == f"aws eks describe-cluster {PLACE}  tells whether you reach it"
    assert "headroom:eks.admins" in raised.value.remedies[1]


@pytest.mark.parametrize("name", ["aws", "kubectl"])
def test_a_program_that_is_not_installed_is_named(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (programs.folder / name).unlink()
    monkeypatch.setenv("PATH", str(programs.folder))
    with pytest.raises(KubectlError, match=f"there is no {name} on PATH") as raised, kubectl(OUTPUTS, "staging") as ask:
        ask("get", "pods")
    assert raised.value.remedies[0] == f"install {name}"


def test_one_that_hangs_is_given_up(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("aws", 60)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(KubectlError, match="timed out after 60 seconds"), kubectl(OUTPUTS, "staging"):
        pass


def test_nothing_is_left_when_it_failed(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    programs.fail("pods", "no")
    with pytest.raises(KubectlError), kubectl(OUTPUTS, "staging") as ask:
        ask("get", "pods")
    assert list(folder.iterdir()) == []
