"""Previews of the revision that a pull request starts from, to tell old findings and pending changes apart."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from operations.errors import Failure
from operations.project import Project
from operations.report.build import Base
from operations.report.collect import preview_all

NEEDED = (".venv",)
"""What a checkout needs and git does not hold."""


def commit_of(project: Project, revision: str = "HEAD") -> str:
    """The commit that a revision names; empty for HEAD outside of git. Raises Failure when there is none such."""
    done = _git(project.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.strip()
    if revision == "HEAD":
        return ""
    raise Failure(
        f"--base {revision} is no revision of {project.root}",
        ("name a commit, tag or branch that this clone has", "git fetch --unshallow  where the clone is shallow"),
    )


def preview_base(project: Project, revision: str, environments: Sequence[str], *, offline: bool) -> Base:
    """What the engine says of these environments' stacks, from a revision's program and settings.

    An environment that the revision does not have, or whose preview fails, is named in `problems`.
    """
    commit = commit_of(project, revision)
    with _checkout(project, commit) as old:
        there = [name for name in environments if name in old.environments]
        previewed = preview_all(old, there, offline=offline) if there else []
    problems = {found.environment: found.error for found in previewed if found.error}
    return Base(
        commit=commit,
        runs={found.environment: found.run for found in previewed if not found.error},
        problems={name: f"its preview failed: {error}" for name, error in problems.items()}
        | {name: "it is not there" for name in environments if name not in there},
    )


@contextlib.contextmanager
def _checkout(project: Project, commit: str) -> Iterator[Project]:
    """The project as it was at a commit, in a folder that is gone afterwards, on the present stacks."""
    with tempfile.TemporaryDirectory(prefix="headroom-base-") as folder:
        root = Path(folder) / "project"
        done = _git(project.root, "worktree", "add", "--detach", "--quiet", str(root), commit)
        if done.returncode != 0:
            raise Failure(f"{commit} can't be checked out: {done.stderr.strip()}")
        try:
            for name in NEEDED:
                if (project.root / name).exists() and not (root / name).exists():
                    (root / name).symlink_to(project.root / name)
            yield Project(root, home=project.offline_home)
        finally:
            _git(project.root, "worktree", "remove", "--force", str(root))


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise Failure(f"git can't be run: {error}") from error
