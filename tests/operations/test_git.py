"""What git says is passed on without what nobody may read."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.errors import Failure
from operations.git import Git, concealed


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("https://ada:canary@host/a.git", "https://***@host/a.git"),
        ("fatal: 'https://x-access-token:canary@github.com/a/b.git/': 403", "https://***@github.com/a/b.git/': 403"),
        ("ssh://canary@host:22/a", "ssh://***@host:22/a"),
        ("https://canary@host and http://canary:x@other/", "https://***@host and http://***@other/"),
        ("git@github.com:team/backend.git", "git@github.com:team/backend.git"),
        ("mail ada@example.com", "mail ada@example.com"),
    ],
)
def test_credentials_in_addresses_are_hidden(said: str, shown: str) -> None:
    assert shown in concealed(said)
    assert "canary" not in concealed(said)


def test_a_token_of_the_environment_is_hidden_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary0123456789")
    assert concealed("header: ghp_canary0123456789") == "header: ***"


def test_a_hooks_variables_do_not_lead_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own").mkdir()
    Git(tmp_path / "own").line("it can't be made", "init", "--quiet")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other"))
    assert Git(tmp_path / "own").found("rev-parse", "--git-dir") == ".git"


def test_a_failure_begins_with_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"no commit: .*not a git repository"):
        Git(tmp_path).line("no commit", "rev-parse", "HEAD")
    assert Git(tmp_path).found("rev-parse", "HEAD") == ""


def test_without_git_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failure, match="git can't be run") as failure:
        Git(tmp_path).found("rev-parse", "HEAD")
    assert failure.value.remedies
