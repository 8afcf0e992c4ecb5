"""Brings commits to a branch and to where it is pushed, all or nothing; and offers them for review."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from operations.errors import Failure
from operations.git import Git, concealed, words
from operations.promotion.checkouts import pull_requests

AGAIN = "then give the same command again"
BEFORE = "refs/headroom/before"
"""Refs that keep, by commit, where a branch was before it was brought there, until the commit has arrived."""


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """Where a branch is pushed to."""

    remote: str
    """Its name, such as origin."""
    ref: str
    """The branch there: refs/heads/main."""
    known: str
    """The ref here that says where it was last seen: refs/remotes/origin/main."""


def upstream(git: Git, branch: str) -> Upstream | None:
    """Where a branch is pushed to; None where nowhere."""
    remote = git.found("config", f"branch.{branch}.remote")
    ref = git.found("config", f"branch.{branch}.merge")
    known = git.found("for-each-ref", "--format=%(upstream)", f"refs/heads/{branch}")
    if not remote or not ref or not known or remote == ".":
        return None
    return Upstream(remote=remote, ref=ref, known=known)


def follows(git: Git, later: str, earlier: str) -> bool:
    """Whether a commit is another one, or has it in its past; one that is not here follows nothing."""
    return git.ask("merge-base", "--is-ancestor", earlier, later).returncode == 0


def advance(git: Git, branch: str, commit: str) -> None:
    """Fast-forwards the branch that is checked out, and pushes it. Raises Failure, and leaves it where it was.

    A branch that has the commit already, here and there, is left as it is.
    """
    before = git.line("the branch can't be read", "rev-parse", "HEAD")
    if not follows(git, before, commit):
        _forward(git, branch, before, commit)
    to = upstream(git, branch)
    if to is not None:
        _push(git, branch, commit, to)
    git.ask("update-ref", "-d", f"{BEFORE}/{commit}")


def _push(git: Git, branch: str, commit: str, to: Upstream) -> None:
    pushed = git.ask("push", "--porcelain", to.remote, f"{commit}:{to.ref}")
    if pushed.returncode == 0:
        return
    there = git.ask("ls-remote", to.remote, to.ref)
    held = there.stdout.split()[0].decode() if there.returncode == 0 and there.stdout.strip() else ""
    if held and follows(git, held, commit) and follows(git, "HEAD", held):
        return  # it arrived, and only the answer was lost
    _back(git, branch, commit)
    if there.returncode != 0:
        raise Failure(
            f"{to.remote} can't be reached, so the commit may or may not have arrived; {branch} here is where it was:\n"
            f"{words(pushed)}",
            (f"git fetch {to.remote}, {AGAIN}",),
        )
    where = f"{to.remote}'s {to.ref.removeprefix('refs/heads/')}"
    if held and not follows(git, commit, held):
        raise Failure(
            f"{where} moved since, so nothing was pushed, and {branch} is where it was",
            (f"git pull --ff-only, {AGAIN}: what is promoted is reviewed anew",),
        )
    raise Failure(
        f"{where} refuses the push, and {branch} is where it was:\n{_refused(pushed)}",
        ("where it is protected: --pull-request opens a pull request instead", "else allow this user to push to it"),
    )


def _refused(pushed: subprocess.CompletedProcess[bytes]) -> str:
    """Why a remote takes no push: what it says, and git's own reason, which comes on the other stream."""
    lines = pushed.stdout.decode(errors="replace").splitlines()
    reasons = [concealed(line.rpartition("\t")[2]) for line in lines if line.startswith("!")]
    return "\n".join([words(pushed), *reasons])


def _forward(git: Git, branch: str, before: str, commit: str) -> None:
    if not follows(git, commit, before):
        raise Failure(
            f"{branch} moved since: it is at {before[:12]} now, and the promotion's commit {commit[:12]} does not "
            "follow it; nothing was done",
            (f"review again what is promoted now, {AGAIN}",),
        )
    git.line("the branch can't be noted", "update-ref", f"{BEFORE}/{commit}", before)
    done = git.ask("merge", "--ff-only", "--quiet", commit)
    if done.returncode != 0:
        raise Failure(f"{branch} can't be brought to {commit[:12]}: {words(done)}; nothing was done")


def _back(git: Git, branch: str, commit: str) -> None:
    """The branch where it was before `advance` moved it, unless somebody went on from the commit meanwhile."""
    before = git.found("rev-parse", "--verify", "--quiet", f"{BEFORE}/{commit}")
    if not before or git.found("rev-parse", "HEAD") != commit:
        return
    done = git.ask("reset", "--quiet", "--keep", before)
    if done.returncode != 0:
        raise Failure(
            f"the commit {commit[:12]} was not pushed, and {branch} can't be put back: {words(done)}",
            (f"git reset --keep {before[:12]}",),
        )
    git.ask("update-ref", "-d", f"{BEFORE}/{commit}")


def offer(
    git: Git, base: str, commit: str, branch: str, title: str, body: str, environ: Mapping[str, str] = os.environ
) -> str:
    """Pushes a commit to a branch of its own, and opens or updates one pull request for it: its address."""
    to = upstream(git, base)
    remote = to.remote if to else _remote(git)
    address = git.line(f"{remote} has no address", "remote", "get-url", "--push", remote)
    access = pull_requests.access(address, environ)
    ref = f"refs/heads/{branch}"
    held = git.ask("ls-remote", remote, ref)
    if held.returncode != 0:
        raise Failure(f"{remote} can't be reached: {words(held)}", ("sign in to it, then give the same command again",))
    there = held.stdout.split()[0].decode() if held.stdout.strip() else ""
    if there != commit:
        _require_own(git, remote, ref, there, commit)
        lease = f"--force-with-lease={ref}:{there}"
        pushed = git.ask("push", "--porcelain", lease, remote, f"{commit}:{ref}")
        if pushed.returncode != 0:
            raise Failure(f"{remote} refuses the branch {branch}:\n{_refused(pushed)}", ("allow this user to push it",))
    into = to.ref.removeprefix("refs/heads/") if to else base
    return pull_requests.offer(access, branch=branch, base=into, title=title, body=body)


def _require_own(git: Git, remote: str, ref: str, there: str, commit: str) -> None:
    """Raises Failure where somebody went on from the commit that was offered before: theirs would be lost."""
    if not there:
        return
    git.ask("fetch", "--quiet", "--no-tags", remote, ref)
    added = git.found("rev-list", "--count", there, "--not", commit, "HEAD")
    if added not in ("0", "1"):
        name = ref.removeprefix("refs/heads/")
        raise Failure(
            f"{remote}'s branch {name} has commits of somebody else's, which would be lost",
            ("merge or close its pull request", f"or delete the branch: git push {remote} --delete {name}"),
        )


def _remote(git: Git) -> str:
    names = git.found("remote").splitlines()
    if "origin" in names:
        return "origin"
    if len(names) == 1:
        return names[0]
    raise Failure(
        "there is no remote to push a branch to",
        ("git remote add origin ADDRESS", "git push --set-upstream origin main"),
    )
