"""A promotion that somebody is to review in git is one pull request; GitHub is a fake on loopback. W2, W5."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from operations.errors import Failure
from operations.git import Git
from operations.github import Access
from operations.promotion.checkouts import publication
from operations.promotion.checkouts.pull_requests import LONGEST_BODY, access, offer
from operations.promotion.checkouts.repository import Repository
from tests.operations.github import Fault, Hub

TOKEN = "ghp_canary0123456789"
BRANCH = "promote-prod"


def offered(hub: Hub, title: str = "Promote 1", body: str = "the report") -> str:
    where = Access(repository="team/backend", token=TOKEN, api=hub.address)
    return offer(where, branch=BRANCH, base="main", title=title, body=body, wait=lambda seconds: None)


def test_the_first_offer_opens_a_pull_request_and_the_next_one_updates_it(hub: Hub) -> None:
    assert offered(hub) == "https://x/1"
    assert offered(hub, "Promote 2", "another") == "https://x/1"
    assert [(pull["title"], pull["body"], pull["head"], pull["base"]) for pull in hub.pulls] == [
        ("Promote 2", "another", BRANCH, "main")
    ]


def test_the_same_offer_again_changes_nothing(hub: Hub) -> None:
    offered(hub)
    offered(hub)
    assert not any(call.startswith("PATCH") for call in hub.calls)


def test_a_closed_one_is_not_opened_again(hub: Hub) -> None:
    offered(hub)
    hub.pulls[0]["state"] = "closed"
    assert offered(hub) == "https://x/2"


@pytest.mark.parametrize("fault", [Fault("POST", 502, "trouble"), Fault("POST", 0), Fault("GET", 503, "trouble")])
def test_a_moment_of_trouble_or_a_lost_answer_makes_no_second_one(hub: Hub, fault: Fault) -> None:
    hub.faults.append(fault)
    assert offered(hub) == "https://x/1"
    assert len(hub.pulls) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_one_error_in_githubs_words_without_the_token(hub: Hub, status: int) -> None:
    hub.faults += [Fault("POST", status, "no such luck", errors=["more of no such luck"])] * 5
    with pytest.raises(Failure, match=f"{status}, no such luck; more of no such luck") as failure:
        offered(hub)
    assert failure.value.remedies
    assert TOKEN not in str(failure.value) + str(failure.value.remedies)


def test_a_text_that_is_too_long_is_cut(hub: Hub) -> None:
    offered(hub, body="x" * 70_000)
    assert len(hub.pulls[0]["body"]) == LONGEST_BODY
    assert hub.pulls[0]["body"].endswith("(cut: GitHub takes no more)")


@pytest.mark.parametrize(
    ("address", "repository", "api"),
    [
        ("https://github.com/team/backend.git", "team/backend", "https://api.github.com"),
        ("https://github.com/team/backend", "team/backend", "https://api.github.com"),
        ("https://ada:secret@github.com/team/backend.git/", "team/backend", "https://api.github.com"),
        ("git@github.com:team/backend.git", "team/backend", "https://api.github.com"),
        ("ssh://git@github.com:22/team/back.end.git", "team/back.end", "https://api.github.com"),
        ("https://ghe.example.com/team/backend.git", "team/backend", "https://ghe.example.com/api/v3"),
        ("git@ghe.example.com:team/backend", "team/backend", "https://ghe.example.com/api/v3"),
    ],
)
def test_a_remotes_address_tells_the_repository(address: str, repository: str, api: str) -> None:
    found = access(address, {"GITHUB_TOKEN": TOKEN})
    assert (found.repository, found.api) == (repository, api)
    in_workflow = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "a/b", "GITHUB_API_URL": "https://x/api/"}
    assert (access(address, in_workflow).repository, access(address, in_workflow).api) == ("a/b", "https://x/api")


@pytest.mark.parametrize(
    ("address", "environ", "said"),
    [
        ("/srv/git/canary.git", {"GITHUB_TOKEN": TOKEN}, "names no repository on GitHub"),
        ("https://github.com/team/backend", {}, "GITHUB_TOKEN is not set"),
    ],
)
def test_what_is_missing_is_named_and_no_address_repeated(address: str, environ: dict[str, str], said: str) -> None:
    with pytest.raises(Failure, match=said) as failure:
        access(address, environ)
    assert failure.value.remedies
    assert "canary" not in str(failure.value)


# With a real repository.


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path, identity: None, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a remote, in a workflow of GitHub's."""
    root = tmp_path / "work"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "work")
    (root / "Pulumi.prod.yaml").write_text("config: {}\n")
    (root / "Pulumi.yaml").write_text("name: headroom\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "first")
    git(root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(root, "push", "--quiet", "--set-upstream", "origin", "main")
    given = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "team/backend", "GITHUB_API_URL": hub.address}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return root


def test_a_promotion_is_offered_on_a_branch_of_its_own_and_offered_again_after_main_moved(
    root: Path, hub: Hub, tmp_path: Path
) -> None:
    repository, remote = Repository(root), tmp_path / "remote.git"
    before = repository.head()
    first = repository.propose({"Pulumi.prod.yaml": "config: {a: 1}\n"}, "first")
    assert repository.offer(first, BRANCH, "Promote 1", "one") == "https://x/1"
    assert (git(remote, "rev-parse", BRANCH), git(remote, "rev-parse", "main")) == (first, before)
    assert repository.head() == before
    git(root, "commit", "--quiet", "--allow-empty", "--message", "main moves")
    second = repository.propose({"Pulumi.prod.yaml": "config: {a: 2}\n"}, "second")
    assert repository.offer(second, BRANCH, "Promote 2", "two") == "https://x/1"
    assert git(remote, "rev-parse", BRANCH) == second
    assert hub.pulls[0]["title"] == "Promote 2"


def test_commits_that_somebody_added_to_the_branch_are_not_overwritten(root: Path, tmp_path: Path, hub: Hub) -> None:
    repository = Repository(root)
    repository.offer(repository.propose({"Pulumi.prod.yaml": "a"}, "m"), BRANCH, "t", "b")
    git(tmp_path, "clone", "--quiet", "--branch", BRANCH, "remote.git", "other")
    git(tmp_path / "other", "commit", "--quiet", "--allow-empty", "--message", "theirs")
    git(tmp_path / "other", "push", "--quiet")
    with pytest.raises(Failure, match="has commits of somebody else's") as failure:
        repository.offer(repository.propose({"Pulumi.prod.yaml": "b"}, "m"), BRANCH, "t", "b")
    assert failure.value.remedies
    assert git(tmp_path / "remote.git", "log", "-1", "--format=%s", BRANCH) == "theirs"


def test_nothing_is_pushed_without_a_token_or_a_remote(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(root)
    commit = repository.propose({"Pulumi.prod.yaml": "a"}, "m")
    monkeypatch.delenv("GITHUB_TOKEN")
    with pytest.raises(Failure, match="GITHUB_TOKEN is not set"):
        repository.offer(commit, BRANCH, "t", "b")
    assert git(tmp_path / "remote.git", "branch", "--list", BRANCH) == ""
    git(root, "remote", "remove", "origin")
    with pytest.raises(Failure, match="there is no remote") as failure:
        publication.offer(Git(root), "main", commit, BRANCH, "t", "b", {"GITHUB_TOKEN": TOKEN})
    assert failure.value.remedies


def test_a_branch_that_the_remote_refuses_is_told(root: Path, tmp_path: Path, hub: Hub) -> None:
    refuse = tmp_path / "remote.git" / "hooks" / "update"
    refuse.write_text("#!/bin/sh\necho 'no such branches here' >&2\nexit 1\n")
    refuse.chmod(0o755)
    repository = Repository(root)
    with pytest.raises(Failure, match="no such branches here"):
        repository.offer(repository.propose({"Pulumi.prod.yaml": "a"}, "m"), BRANCH, "t", "b")
    assert hub.pulls == []
