"""The git repository that holds an environment's settings: what it says, and commits on top of it.

Nothing here moves a branch, an index or a work tree but `advance`.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from operations import worktrees
from operations.errors import Failure
from operations.git import Git, concealed, words
from operations.project import Project
from operations.promotion.checkouts import publication

PROGRAM = ("Pulumi.yaml", "infra", "components", "policies", "functions", "requirements.txt", "pyproject.toml")
"""What decides, beside its stack file, which resources an environment has, and what policies say of them.

Stack files are the settings, which have a digest of their own; docs, tests, `operations` and `offline` change how we
work and no resource."""

UNDER_WAY: Mapping[str, str] = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
}
"""Files of git's while something is under way, with the command that is."""
FILES_SHOWN = 5


class Repository:
    """The checkout that a command works in."""

    def __init__(self, root: Path, home: Path | None = None) -> None:
        """`root` is the folder with Pulumi.yaml, wherever in the repository; `home` the offline home, if not usual."""
        self._project = Project(root, home)
        self._git = Git(root)

    def head(self) -> str:
        """The present commit. Raises Failure outside of git, and where nothing was committed yet."""
        self._inside()
        found = self._git.found("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if not found:
            raise Failure(f"{self._git.folder} has no commit yet", ("git add --all && git commit",))
        return found

    def require_clean(self) -> None:
        """Raises Failure unless a commit says all that is here: what is deployed from here is then known."""
        self.head()
        for name, command in UNDER_WAY.items():
            path = self._git.found("rev-parse", "--git-path", name)
            if path and (self._git.folder / path).exists():
                raise Failure(
                    f"a {command} is under way in this clone",
                    (f"git {command} --continue", f"git {command} --abort"),
                )
        changed = self._changed()
        if changed:
            more = f" and {len(changed) - FILES_SHOWN} more" if len(changed) > FILES_SHOWN else ""
            raise Failure(
                f"no commit has what lies here: {', '.join(changed[:FILES_SHOWN])}{more}",
                ("commit it: git is what is deployed", "or put it aside: git stash --include-untracked"),
            )

    def require_committable(self) -> None:
        """Raises Failure unless a commit can be made here, on a branch, with all of its past at hand."""
        if self._git.found("rev-parse", "--is-shallow-repository") == "true":
            raise Failure(
                "this clone is shallow: it does not hold the commits that releases were made of",
                ("git fetch --unshallow", "in a workflow, give actions/checkout `fetch-depth: 0`"),
            )
        self.branch()
        if self._git.ask("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT").returncode != 0:
            raise Failure(
                "git does not know who you are, and a promotion is a commit",
                ("git config user.name NAME && git config user.email ADDRESS",),
            )

    def branch(self) -> str:
        """The branch that is checked out. Raises Failure where none is."""
        found = self._git.found("symbolic-ref", "--quiet", "--short", "HEAD")
        if not found:
            raise Failure(
                "no branch is checked out here (detached HEAD), and a promotion is a commit on one",
                ("git switch main, or the branch that you deploy from",),
            )
        return found

    def has(self, commit: str) -> bool:
        """Whether this clone holds a commit."""
        return self._git.ask("cat-file", "-e", f"{commit}^{{commit}}").returncode == 0

    def follows(self, later: str, earlier: str) -> bool:
        """Whether a commit is another one, or has it in its past."""
        return publication.follows(self._git, later, earlier)

    def text(self, commit: str, path: str) -> str:
        """A file as a commit has it, line ends and all. Raises Failure where it has none such."""
        content = self._git.bytes(f"commit {commit[:12]} has no {path}", "cat-file", "blob", f"{commit}:./{path}")
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Failure(f"{path} of commit {commit[:12]} can't be read: it is not UTF-8 text") from error

    def digest(self, commit: str) -> str:
        """SHA-256 over all of the program that a commit has, in hex."""
        listed = self._git.bytes(f"{commit[:12]} can't be read", "ls-tree", "-z", commit, "--", *PROGRAM)
        entries = sorted(entry for entry in listed.split(b"\0") if entry)
        if not entries:
            raise Failure(f"commit {commit[:12]} has no Headroom in it: no {', '.join(PROGRAM[:4])}")
        return hashlib.sha256(b"\0".join(entries)).hexdigest()

    def propose(self, files: Mapping[str, str], message: str) -> str:
        """A commit on top of the present one with these files changed, on no branch.

        Its id differs from run to run, as author and time do: reviews are about its parent and its files. Raises
        Failure where no commit can be made.
        """
        parent = self.head()
        self.require_committable()
        prefix = self._git.found("rev-parse", "--show-prefix")
        with tempfile.TemporaryDirectory(prefix="headroom-index-") as folder:
            apart = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git.line("the commit can't be read", "read-tree", parent, variables=apart)
            for path, text in files.items():
                blob = self._git.line(f"{path} can't be stored", "hash-object", "-w", "--stdin", given=text)
                entry = f"{self._mode(parent, path)},{blob},{prefix}{path}"
                self._git.line(
                    f"{path} can't be staged", "update-index", "--add", "--cacheinfo", entry, variables=apart
                )
            tree = self._git.line("the files can't be stored", "write-tree", variables=apart)
        sign = ["-S"] if self._git.found("config", "--type=bool", "commit.gpgsign") == "true" else []
        return self._git.line("no commit can be made", "commit-tree", *sign, tree, "-p", parent, given=message)

    def checkout(self, commit: str) -> AbstractContextManager[Project]:
        """The project as a commit has it, program and settings, on the present stacks; gone afterwards."""
        return worktrees.checkout(self._project, commit)

    def advance(self, commit: str) -> None:
        """Brings the branch and the work tree to a commit on top of it, and the branch to where it is pushed to.

        May be given again for the same commit. Raises Failure when the branch moved or the push is refused; then the
        branch is where it was.
        """
        publication.advance(self._git, self.branch(), commit)

    def unpublished(self) -> tuple[str, ...]:
        """Commits of the branch that its upstream lacks, as far as is known here, newest first: id and subject."""
        upstream = publication.upstream(self._git, self.branch())
        if upstream is None:
            return ()
        return tuple(self._git.found("log", "--format=%h %s", f"{upstream.known}..HEAD").splitlines())

    def offer(self, commit: str, branch: str, title: str, body: str) -> str:
        """Pushes a commit to a branch of its own, and opens a pull request or updates the one that is open: its
        address. Raises Failure, in the words of git or GitHub, when it can't be done."""
        return publication.offer(self._git, self.branch(), commit, branch, title, body)

    def _inside(self) -> None:
        """Raises Failure outside of git."""
        done = self._git.ask("rev-parse", "--show-toplevel")
        if done.returncode == 0:
            return
        if b"not a git repository" in done.stderr:
            raise Failure(
                f"{self._git.folder} is no git checkout, and git is where settings are kept",
                ("work in a clone of your repository", "or make one: git init && git add --all && git commit"),
            )
        raise Failure(f"git refuses to work in {self._git.folder}: {words(done)}")

    def _changed(self) -> list[str]:
        """Files that differ from the present commit, and those of the program that no commit has."""
        options = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", ".")
        listed = self._git.bytes("the work tree can't be read", *options).decode(errors="replace").split("\0")
        prefix = self._git.found("rev-parse", "--show-prefix")
        return [
            concealed(path)
            for state, path in ((entry[:2], entry[3:].removeprefix(prefix)) for entry in listed if entry)
            if state != "??" or _counts(path)
        ]

    def _mode(self, commit: str, path: str) -> str:
        listed = self._git.found("ls-tree", commit, "--", path)
        return listed.split(" ", 1)[0] if listed else "100644"


def _counts(path: str) -> bool:
    """Whether a file that git does not know would be part of what is deployed."""
    first = path.split("/", 1)[0]
    return first in PROGRAM or (first.startswith("Pulumi.") and first.endswith(".yaml"))
