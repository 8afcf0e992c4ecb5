"""Checkouts of a commit beside the work tree, on the present stacks, which are gone afterwards.

Each lies in a folder of its own with a file that its process locks: what a killed process left is taken away by the
next one that makes a checkout.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from operations.errors import Failure
from operations.git import Git, words
from operations.project import Project

PREFIX = "headroom-checkout-"
"""Of the folders, in the system's folder for such."""
LOCK = "in-use"
ENVIRONMENT = ".venv"
LONGEST_SECONDS = 24 * 3600
"""Age at which a folder without a holder counts as left behind where the system does not tell who works in it."""


@contextlib.contextmanager
def checkout(project: Project, commit: str) -> Iterator[Project]:
    """The project as it was at a commit, with its own program, on the present stacks and Python packages."""
    git = Git(project.root)
    sweep(git)
    prefix = git.found("rev-parse", "--show-prefix")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        tree = folder / "project"
        done = git.ask("worktree", "add", "--detach", "--quiet", str(tree), commit)
        if done.returncode != 0:
            raise Failure(f"{commit} can't be checked out: {words(done)}")
        root = tree / prefix
        if not (root / "Pulumi.yaml").is_file():
            raise Failure(f"{commit} has no Pulumi.yaml, so it holds no Headroom")
        _environment(project.root / ENVIRONMENT, root)
        yield Project(root, home=project.offline_home)
    finally:
        _remove(git, folder)
        os.close(handle)


def sweep(git: Git) -> None:
    """Takes away what killed processes left of this repository's checkouts."""
    for line in git.found("worktree", "list", "--porcelain").splitlines():
        folder = Path(line.removeprefix("worktree ")).parent
        if not line.startswith("worktree ") or not folder.name.startswith(PREFIX) or not folder.is_dir():
            continue
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            handle = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not _worked_in(folder):
                    _remove(git, folder)
            finally:
                os.close(handle)
    git.ask("worktree", "prune")


def _worked_in(folder: Path) -> bool:
    """Whether some process still stands in the folder: an engine goes on when the command that began it is killed."""
    processes = Path("/proc")
    if not (processes / "self" / "cwd").exists():
        return time.time() - folder.stat().st_mtime < LONGEST_SECONDS
    for process in processes.glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if Path(os.readlink(process)).is_relative_to(folder):
                return True
    return False


def _remove(git: Git, folder: Path) -> None:
    git.ask("worktree", "remove", "--force", "--force", str(folder / "project"))
    shutil.rmtree(folder, ignore_errors=True)
    git.ask("worktree", "prune")


def _environment(present: Path, root: Path) -> None:
    """A virtual environment for the checkout: the present one's interpreter and packages, but the checkout's program.

    A link to the present one would not do: it is installed editable, and so leads back to the present program.
    """
    own = root / ENVIRONMENT
    if own.exists() or own.is_symlink() or not (present / "pyvenv.cfg").is_file():
        return
    (own / "bin").mkdir(parents=True)
    shutil.copy(present / "pyvenv.cfg", own / "pyvenv.cfg")
    for name in ("python", "python3"):
        (own / "bin" / name).symlink_to((present / "bin" / "python").resolve())
    for packages in present.glob("lib/python3.*/site-packages"):
        place = own / packages.relative_to(present)
        place.mkdir(parents=True)
        lines = [str(root), f"import site; site.addsitedir({str(packages.resolve())!r})", ""]
        (place / "headroom-checkout.pth").write_text("\n".join(lines), encoding="utf-8")
