"""Posts a report as one comment of a pull request, and updates that comment from then on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from operations.errors import Failure
from operations.github import Access, api_of, client, login, patiently, refusal, repository_of, token_of
from operations.report.markdown import LIMIT

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest

MARKER: Final = "<!-- headroom report -->"
"""First line of the comment, by which it is found again; nobody sees it."""
PERMISSIONS: Final = "pull-requests: write"


@dataclass(frozen=True, kw_only=True)
class Target(Access):
    """The pull request that is commented."""

    number: int


def target(repository: str | None, number: int | None, environ: Mapping[str, str] = os.environ) -> Target:
    """The pull request that was named, or the one that a workflow runs for.

    Raises Failure where either, or the token, is missing.
    """
    found = repository_of(repository, environ)
    pull = number if number is not None else _number(environ)
    if pull is None:
        raise Failure("no pull request is named", ("--pull NUMBER names it; a workflow on pull_request knows it",))
    token = token_of(environ, "comment", PERMISSIONS)
    return Target(repository=found, number=pull, token=token, api=api_of(environ))


def _number(environ: Mapping[str, str]) -> int | None:
    try:
        event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        return int(event["pull_request"]["number"])
    except (KeyError, OSError, ValueError, TypeError):
        return None


def post(body: str, where: Target, wait: Callable[[float], None] = time.sleep) -> str:
    """Makes `body` the pull request's one comment of a report: its address.

    Raises Failure, in GitHub's words, when it can't be done.
    """
    text = f"{MARKER}\n{body}"
    if len(text) > LIMIT:
        raise Failure(
            f"the report has {len(body):,} characters, and a comment of GitHub holds {LIMIT:,} at most",
            ("write it with --format markdown, which stays below that",),
        )
    return patiently(lambda: _post(text, where), where, lambda status, data: _refused(where, status, data), wait)


def _post(text: str, where: Target) -> str:
    with client(where) as github:
        pull = github.get_repo(where.repository).get_pull(where.number)
        found = list(_own(pull, login(github)))
        if not found:
            return str(pull.create_issue_comment(text).html_url)
        first, *others = found
        for extra in others:
            extra.delete()  # of two runs that both found none
        if first.body != text:
            first.edit(text)
        return str(first.html_url)


def _own(pull: PullRequest, own: str) -> Iterator[IssueComment]:
    """Comments that this command made, oldest first: anybody can write the marker into one of theirs."""
    for comment in pull.get_issue_comments():
        if comment.user and comment.user.login == own and (comment.body or "").startswith(MARKER):
            yield comment


def _refused(where: Target, status: int, data: object) -> Failure:
    remedies = {
        403: f"the token needs `permissions: {PERMISSIONS}`; on pull requests from forks it never has them",
        404: f"there is no pull request {where.number} in {where.repository}, or the token may not see it",
        422: "the comment was refused as it is",
    }
    return refusal(f"the comment on {where.repository}#{where.number}", status, data, remedies)
