"""Previews of the revision that a pull request starts from, to tell old findings and pending changes apart."""

from __future__ import annotations

from collections.abc import Sequence

from operations.errors import Failure
from operations.git import Git
from operations.project import Project
from operations.report.build import Base
from operations.report.collect import preview_all
from operations.worktrees import checkout


def commit_of(project: Project, revision: str = "HEAD") -> str:
    """The commit that a revision names; empty for HEAD outside of git. Raises Failure when there is none such."""
    found = Git(project.root).found("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found:
        return found
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
    with checkout(project, commit) as old:
        there = [name for name in environments if name in old.environments]
        previewed = preview_all(old, there, offline=offline) if there else []
    problems = {found.environment: found.error for found in previewed if found.error}
    return Base(
        commit=commit,
        runs={found.environment: found.run for found in previewed if not found.error},
        problems={name: f"its preview failed: {error}" for name, error in problems.items()}
        | {name: "it is not there" for name in environments if name not in there},
    )
