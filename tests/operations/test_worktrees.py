"""A checkout beside the work tree runs its own program, and leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from operations.errors import Failure
from operations.git import Git
from operations.project import Project
from operations.worktrees import PREFIX, checkout

ROOT = Path(__file__).parents[2]
KILLED = """
import os, pathlib, sys
from operations.project import Project
from operations.worktrees import checkout
with checkout(Project(pathlib.Path(sys.argv[1])), "HEAD"):
    os.kill(os.getpid(), 9)
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two commits of a program, and the packages of this project."""
    for name, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com")):
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    folder = tmp_path / "work"
    (folder / "components").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: headroom\n")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    git = Git(folder)
    git.line("it can't be made", "init", "--quiet", "--initial-branch=main")
    for version in ("1", "2"):
        (folder / "components" / "__init__.py").write_text(f"VERSION = {version}\n")
        git.line("it can't be added", "add", "Pulumi.yaml", "components")
        git.line("it can't be committed", "commit", "--quiet", "--message", version)
    return folder


def left(root: Path) -> list[str]:
    return [path.name for path in root.parent.glob(f"{PREFIX}*")] + Git(root).found("worktree", "list").splitlines()[1:]


def test_it_has_that_commits_files_and_program_and_the_present_packages_and_stacks(root: Path) -> None:
    with checkout(Project(root), "HEAD^") as there:
        assert (there.root / "components" / "__init__.py").read_text() == "VERSION = 1\n"
        assert there.offline_home == Project(root).offline_home
        program = "import components, yaml; print(components.VERSION, components.__file__, yaml.__file__)"
        found = subprocess.run(
            [there.root / ".venv" / "bin" / "python", "-c", program],
            cwd="/",
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    assert found[0] == "1"
    assert found[1] == str(there.root / "components" / "__init__.py")
    assert Path(found[2]).is_relative_to(ROOT / ".venv")
    assert left(root) == []


def test_nothing_is_left_after_an_error(root: Path) -> None:
    with pytest.raises(ZeroDivisionError), checkout(Project(root), "HEAD"):
        raise ZeroDivisionError
    assert left(root) == []


def test_a_commit_that_is_not_there_or_holds_no_project_is_told(root: Path) -> None:
    with pytest.raises(Failure, match="can't be checked out"), checkout(Project(root), "0" * 40):
        pass
    (root / "Pulumi.yaml").unlink()
    Git(root).line("it can't be committed", "commit", "--quiet", "--all", "--message", "gone")
    with pytest.raises(Failure, match="it holds no Headroom"), checkout(Project(root), "HEAD"):
        pass
    assert left(root) == []


def test_what_a_killed_command_left_is_taken_away_by_the_next_one(root: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(root)], check=False, env={**os.environ})
    assert killed.returncode == -9
    assert len(left(root)) == 2
    with checkout(Project(root), "HEAD"):
        assert len(left(root)) == 2  # its own
    assert left(root) == []


def test_what_others_use_or_stand_in_is_left_alone(root: Path) -> None:
    with checkout(Project(root), "HEAD") as first:
        with checkout(Project(root), "HEAD"):
            assert first.root.is_dir()
        assert first.root.is_dir()
    subprocess.run([sys.executable, "-c", KILLED, str(root)], check=False)
    [folder] = root.parent.glob(f"{PREFIX}*")
    engine = subprocess.Popen(["sleep", "60"], cwd=folder / "project")
    try:
        with checkout(Project(root), "HEAD"):
            pass
        assert (folder / "project").is_dir()
    finally:
        engine.kill()
        engine.wait()
    with checkout(Project(root), "HEAD"):
        pass
    assert left(root) == []
