"""Git is the truth: what is deployed is a commit, and nothing here is changed but by one. W2."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from operations.errors import Failure
from operations.promotion.checkouts.repository import Repository

pytestmark = pytest.mark.usefixtures("identity")

FILES = {
    "Pulumi.yaml": "name: headroom\n",
    "Pulumi.prod.yaml": "config:\r\n  headroom:eks: {version: '1'}\r\n",
    "infra/__main__.py": "print('one')\n",
    "docs/index.md": "Docs\n",
    ".gitignore": ".headroom/\n.env\n",
}
PROD = "Pulumi.prod.yaml"


KILLED = """
import os, pathlib, sys
from operations.promotion.checkouts.repository import Repository
os.environ["KILLED"] = str(os.getpid())
Repository(pathlib.Path(sys.argv[1])).advance(sys.argv[2])
"""


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a remote, clean and published."""
    folder = tmp_path_factory.mktemp("template")
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(folder, "init", "--quiet", "--initial-branch=main", "work")
    write(folder / "work", FILES)
    git(folder / "work", "add", "--all")
    git(folder / "work", "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "first")
    git(folder / "work", "remote", "add", "origin", str(folder / "remote.git"))
    git(folder / "work", "push", "--quiet", "--set-upstream", "origin", "main")
    return folder


@pytest.fixture
def root(tmp_path: Path, template: Path) -> Path:
    """A checkout of its own."""
    shutil.copytree(template / "remote.git", tmp_path / "remote.git")
    shutil.copytree(template / "work", tmp_path / "work")
    config = tmp_path / "work" / ".git" / "config"
    config.write_text(config.read_text().replace(str(template), str(tmp_path)))
    return tmp_path / "work"


@pytest.fixture
def other(tmp_path: Path, root: Path) -> Path:
    """A colleague's clone."""
    git(tmp_path, "clone", "--quiet", "remote.git", "other")
    return tmp_path / "other"


def hook(root: Path, name: str, text: str) -> None:
    path = root / "hooks" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_clean_checkout_is_clean_whatever_is_ignored_or_no_part_of_the_program(root: Path) -> None:
    write(root, {".env": "SECRET=1", ".headroom/state": "", "notes.txt": "", "docs/draft.md": ""})
    Repository(root).require_clean()
    assert Repository(root).head() == git(root, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda root: write(root, {PROD: "config: {}\n"}), "no commit has what lies here: Pulumi.prod.yaml"),
        (lambda root: write(root, {"docs/index.md": "x"}), "docs/index.md"),
        (lambda root: write(root, {"infra/new.py": ""}), "infra/new.py"),
        (lambda root: write(root, {"Pulumi.other.yaml": ""}), "Pulumi.other.yaml"),
        (lambda root: (root / "infra/__main__.py").unlink(), "infra/__main__.py"),
        (lambda root: (root / "infra/staged.py").touch() or git(root, "add", "--all"), "infra/staged.py"),
        (lambda root: write(root, {f"infra/{n}.py": "" for n in range(9)}), "and 4 more"),
        (lambda root: (root / ".git/MERGE_HEAD").write_text(git(root, "rev-parse", "HEAD")), "a merge is under way"),
        (lambda root: (root / ".git/rebase-merge").mkdir(), "a rebase is under way"),
        (lambda root: (root / ".git/CHERRY_PICK_HEAD").touch(), "a cherry-pick is under way"),
        (lambda root: shutil.rmtree(root / ".git"), "is no git checkout"),
    ],
)
def test_what_is_not_clean_is_named_with_a_remedy(root: Path, change: Callable[[Path], object], said: str) -> None:
    change(root)
    with pytest.raises(Failure) as failure:
        Repository(root).require_clean()
    assert said in failure.value.message
    assert failure.value.remedies


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda root: git(root, "checkout", "--quiet", "--detach"), "no branch is checked out"),
        (lambda root: (root / ".git/shallow").write_text(git(root, "rev-parse", "HEAD")), "this clone is shallow"),
    ],
)
def test_where_no_commit_can_be_made_it_can_still_be_clean(
    root: Path, change: Callable[[Path], object], said: str
) -> None:
    change(root)
    Repository(root).require_clean()
    with pytest.raises(Failure, match=said) as failure:
        Repository(root).propose({PROD: "x"}, "m")
    assert failure.value.remedies


def test_somebody_has_to_be_who_commits(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.delenv(f"GIT_{name}")
    with pytest.raises(Failure, match="git does not know who you are"):
        Repository(root).propose({PROD: "x"}, "m")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.com")
    assert Repository(root).propose({PROD: "x"}, "m")


def test_a_repository_without_commits_is_named(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(Failure, match="has no commit yet"):
        Repository(tmp_path).head()


def test_a_file_is_read_as_the_commit_has_it(root: Path) -> None:
    before = Repository(root).head()
    write(root, {PROD: "changed"})
    assert Repository(root).text(before, PROD) == FILES[PROD]
    with pytest.raises(Failure, match=r"has no Pulumi\.none\.yaml"):
        Repository(root).text(before, "Pulumi.none.yaml")


@pytest.mark.parametrize(
    ("name", "same"), [(PROD, True), ("docs/index.md", True), ("infra/__main__.py", False), ("policies/new.py", False)]
)
def test_the_programs_digest_changes_with_the_program_alone(root: Path, name: str, same: bool) -> None:
    repository = Repository(root)
    before = repository.digest(repository.head())
    write(root, {name: "another"})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "second")
    assert (repository.digest(repository.head()) == before) is same
    assert len(before) == 64


def test_a_proposal_is_a_commit_on_no_branch(root: Path) -> None:
    repository = Repository(root)
    before = repository.head()
    commit = repository.propose(
        {PROD: "config:\r\n  x: 1\r\n"}, "Promote 1 from staging\n\nservices.api.image: a -> b\n"
    )
    assert (repository.head(), git(root, "status", "--porcelain")) == (before, "")
    assert git(root, "rev-parse", f"{commit}^") == before
    assert git(root, "diff", "--name-only", before, commit) == PROD
    assert repository.text(commit, PROD) == "config:\r\n  x: 1\r\n"
    assert git(root, "log", "-1", "--format=%an %ae|%s|%b", commit) == (
        "Ada ada@example.com|Promote 1 from staging|services.api.image: a -> b"
    )
    assert git(root, "branch", "--all", "--contains", commit) == ""


def test_a_proposal_keeps_what_is_staged_and_a_files_mode(root: Path) -> None:
    (root / PROD).chmod(0o755)
    git(root, "commit", "--quiet", "--all", "--message", "mode")
    write(root, {"docs/staged.md": ""})
    git(root, "add", "--all")
    commit = Repository(root).propose({PROD: "x"}, "m")
    assert git(root, "ls-tree", commit, PROD).startswith("100755")
    assert git(root, "status", "--porcelain") == "A  docs/staged.md"


def test_in_a_folder_of_a_larger_repository_all_is_the_same(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    root = tmp_path / "deploy" / "headroom"
    write(root, FILES)
    write(tmp_path, {"app/main.py": ""})
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    write(tmp_path, {"app/new.py": ""})
    repository = Repository(root)
    repository.require_clean()
    digest = repository.digest(repository.head())
    commit = repository.propose({PROD: "x"}, "m")
    assert repository.text(commit, PROD) == "x"
    with repository.checkout(commit) as there:
        assert (there.root / PROD).read_text() == "x"
    repository.advance(commit)
    assert (root / PROD).read_text() == "x"
    assert repository.digest(commit) == digest
    write(root, {"infra/new.py": ""})
    with pytest.raises(Failure, match=r"here: infra/new\.py"):
        repository.require_clean()


def test_advancing_moves_the_branch_the_work_tree_and_the_remote(root: Path, tmp_path: Path) -> None:
    repository = Repository(root)
    commit = repository.propose({PROD: "x"}, "m")
    repository.advance(commit)
    assert (repository.head(), (root / PROD).read_text(), repository.branch()) == (commit, "x", "main")
    assert git(tmp_path / "remote.git", "rev-parse", "main") == commit
    assert git(root, "for-each-ref", "refs/headroom") == ""
    repository.advance(commit)  # resumed
    repository.require_clean()


def test_without_an_upstream_it_stays_here(root: Path) -> None:
    git(root, "branch", "--unset-upstream")
    repository = Repository(root)
    commit = repository.propose({PROD: "x"}, "m")
    repository.advance(commit)
    assert repository.head() == commit
    assert repository.unpublished() == ()


def test_what_is_not_published_is_told(root: Path) -> None:
    repository = Repository(root)
    assert repository.unpublished() == ()
    write(root, {"docs/index.md": "x"})
    git(root, "commit", "--quiet", "--all", "--message", "mine alone")
    assert [line.partition(" ")[2] for line in repository.unpublished()] == ["mine alone"]


def test_a_branch_that_moved_here_is_left_alone(root: Path) -> None:
    repository = Repository(root)
    commit = repository.propose({PROD: "x"}, "m")
    write(root, {"docs/index.md": "x"})
    git(root, "commit", "--quiet", "--all", "--message", "meanwhile")
    moved = repository.head()
    with pytest.raises(Failure, match="main moved since"):
        repository.advance(commit)
    assert repository.head() == moved


def test_a_branch_that_moved_there_is_not_overwritten_and_ours_goes_back(
    root: Path, other: Path, tmp_path: Path
) -> None:
    repository = Repository(root)
    before = repository.head()
    commit = repository.propose({PROD: "x"}, "m")
    write(other, {"docs/index.md": "theirs"})
    git(other, "commit", "--quiet", "--all", "--message", "theirs")
    git(other, "push", "--quiet")
    with pytest.raises(Failure, match="origin's main moved since") as failure:
        repository.advance(commit)
    assert failure.value.remedies == (
        "git pull --ff-only, then give the same command again: what is promoted is reviewed anew",
    )
    assert (repository.head(), (root / PROD).read_bytes().decode()) == (before, FILES[PROD])
    assert git(tmp_path / "remote.git", "log", "-1", "--format=%s", "main") == "theirs"
    git(root, "pull", "--quiet", "--ff-only")
    repository.advance(repository.propose({PROD: "x"}, "m"))


def test_a_refused_push_is_told_in_the_remotes_words_and_taken_back(root: Path, tmp_path: Path) -> None:
    hook(tmp_path / "remote.git", "pre-receive", "echo 'main is protected' >&2; exit 1")
    repository = Repository(root)
    before = repository.head()
    with pytest.raises(Failure, match=r"(?s)refuses the push.*main is protected"):
        repository.advance(repository.propose({PROD: "x"}, "m"))
    assert (repository.head(), git(root, "status", "--porcelain")) == (before, "")


def test_commits_of_the_users_own_are_never_taken_back(root: Path, tmp_path: Path) -> None:
    write(root, {"docs/index.md": "x"})
    git(root, "commit", "--quiet", "--all", "--message", "mine")
    hook(tmp_path / "remote.git", "pre-receive", "exit 1")
    repository = Repository(root)
    mine = repository.head()
    with pytest.raises(Failure):
        repository.advance(mine)
    assert repository.head() == mine


def test_after_a_kill_between_commit_and_push_the_same_call_goes_on_or_takes_back(root: Path, tmp_path: Path) -> None:
    repository, before = Repository(root), Repository(root).head()
    commit = repository.propose({PROD: "x"}, "m")
    hook(tmp_path / "remote.git", "pre-receive", "exit 1")
    hook(root / ".git", "pre-push", "kill -9 $KILLED $PPID")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(root), commit], check=False)
    assert (killed.returncode, repository.head()) == (-9, commit)
    (root / ".git" / "hooks" / "pre-push").unlink()
    with pytest.raises(Failure):
        repository.advance(commit)
    assert repository.head() == before
    (tmp_path / "remote.git" / "hooks" / "pre-receive").unlink()
    repository.advance(commit)
    assert git(tmp_path / "remote.git", "rev-parse", "main") == commit


def test_an_answer_that_was_lost_is_looked_up(root: Path, tmp_path: Path) -> None:
    hook(tmp_path / "remote.git", "post-update", "kill -9 $PPID")
    repository = Repository(root)
    commit = repository.propose({PROD: "x"}, "m")
    repository.advance(commit)
    assert git(tmp_path / "remote.git", "rev-parse", "main") == commit == repository.head()


def test_a_remote_that_is_gone_leaves_the_branch_where_it_was(root: Path, tmp_path: Path) -> None:
    repository, before = Repository(root), Repository(root).head()
    (tmp_path / "remote.git").rename(tmp_path / "gone.git")
    with pytest.raises(Failure, match="may or may not have arrived") as failure:
        repository.advance(repository.propose({PROD: "x"}, "m"))
    assert repository.head() == before
    assert failure.value.remedies


def test_of_two_who_push_at_once_one_gets_through(root: Path, other: Path, tmp_path: Path) -> None:
    def promote(folder: Path) -> str:
        repository = Repository(folder)
        commit = repository.propose({PROD: folder.name}, folder.name)
        try:
            repository.advance(commit)
        except Failure as failure:
            assert "moved since" in failure.message  # noqa: PT017 - which of the two it is, nobody knows before
            return ""
        return commit

    before = Repository(root).head()
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(promote, (root, other)))
    assert sorted(map(bool, done)) == [False, True]
    assert git(tmp_path / "remote.git", "rev-parse", "main") == "".join(done)
    lost = (root, other)[done.index("")]
    assert Repository(lost).head() == before
    Repository(lost).require_clean()


def test_credentials_of_a_remote_are_in_no_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary0123456789")
    git(root, "remote", "set-url", "origin", "http://ada:ghs_canary@127.0.0.1:9/ghp_canary0123456789/x.git")
    repository = Repository(root)
    commit = repository.propose({PROD: "x"}, "m")
    for act in (lambda: repository.advance(commit), lambda: repository.offer(commit, "b", "t", "b")):
        with pytest.raises(Failure) as failure:
            act()
        assert "canary" not in str(failure.value) + str(failure.value.remedies)
        assert "127.0.0.1" in failure.value.message


def test_a_commit_that_the_branch_has_already_needs_no_step(root: Path, other: Path, tmp_path: Path) -> None:
    repository = Repository(root)
    commit = repository.propose({PROD: "x"}, "m")
    repository.advance(commit)
    git(other, "pull", "--quiet")
    write(other, {"docs/index.md": "theirs"})
    git(other, "commit", "--quiet", "--all", "--message", "theirs")
    git(other, "push", "--quiet")
    Repository(other).advance(commit)
    git(root, "fetch", "--quiet")
    with pytest.raises(Failure, match="origin's main moved since"):
        repository.advance(commit)
    assert git(tmp_path / "remote.git", "log", "-1", "--format=%s", "main") == "theirs"
    git(root, "pull", "--quiet", "--ff-only")
    repository.advance(commit)
    assert git(root, "log", "-1", "--format=%s") == "theirs"


def test_what_a_clone_has_and_what_follows_what(root: Path) -> None:
    repository, before = Repository(root), Repository(root).head()
    commit = repository.propose({PROD: "x"}, "m")
    assert repository.has(commit) and repository.has(before) and not repository.has("0" * 40)
    assert repository.follows(commit, before) and repository.follows(before, before)
    assert not repository.follows(before, commit) and not repository.follows("0" * 40, before)
