"""Keeps one issue on GitHub for each environment that drifts: opened, brought up to date, closed when it is over."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from operations.drift import writing
from operations.drift.model import Drift
from operations.errors import Failure
from operations.github import Access, api_of, client, login, patiently, refusal, repository_of, token_of

if TYPE_CHECKING:
    from github.Issue import Issue

PERMISSIONS: Final = "issues: write"
TITLE: Final = "Drift in {environment}"
OVER: Final = "AWS has what was asked for again."
"""What an issue is closed with."""


def marker(environment: str) -> str:
    """First line of the issue, by which it is found again; nobody sees it."""
    return f"<!-- headroom drift: {environment} -->"


def access(repository: str | None, environ: Mapping[str, str] = os.environ) -> Access:
    """The repository that was named, or the one that a workflow runs in.

    Raises Failure where it, or the token, is missing.
    """
    found = repository_of(repository, environ)
    return Access(repository=found, token=token_of(environ, "issue", PERMISSIONS), api=api_of(environ))


def keep(drift: Drift, where: Access, *, offline: bool = False, wait: Callable[[float], None] = time.sleep) -> str:
    """Opens, updates or closes the environment's issue: what was done, in a sentence; empty where nothing was to do.

    Where nothing can be told of an environment, its issue stays as it is. Raises Failure, in GitHub's words, when
    GitHub refuses.
    """
    if drift.error or drift.absent:
        return ""

    def refused(status: int, data: object) -> Failure:
        return refusal(
            f"the issue in {where.repository}",
            status,
            data,
            {
                403: f"the token needs `permissions: {PERMISSIONS}`",
                404: f"there is no repository {where.repository}, or the token may not see it",
                410: f"issues are turned off in {where.repository}",
            },
        )

    return patiently(lambda: _keep(drift, where, offline=offline), where, refused, wait)


def _keep(drift: Drift, where: Access, *, offline: bool) -> str:
    name = drift.environment
    with client(where) as github:
        repository = github.get_repo(where.repository)
        mine = login(github)
        found: list[Issue] = [
            issue
            for issue in repository.get_issues(state="open", sort="created", direction="asc")
            if issue.user and issue.user.login == mine and (issue.body or "").startswith(marker(name))
        ]
        first, others = (found[0], found[1:]) if found else (None, [])
        for extra in others:  # of two runs that both found none
            extra.edit(state="closed", state_reason="not_planned")
        if drift.ending != "real":
            return _close(first, name)
        body = f"{marker(name)}\n{writing.markdown([drift], offline=offline)}"
        if first is None:
            made = repository.create_issue(title=TITLE.format(environment=name), body=body)
            return f"Opened: {made.html_url}"
        if (first.body or "").replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n"):
            return f"Unchanged: {first.html_url}"
        first.edit(body=body)
        return f"Updated: {first.html_url}"


def _close(issue: Issue | None, name: str) -> str:
    """Its body says that it is over: a comment could be posted twice, where GitHub's answer is lost."""
    if issue is None:
        return ""
    before = (issue.body or "").removeprefix(marker(name)).strip()
    body = f"{marker(name)}\n{OVER} Before, it was:\n\n{before}\n"
    issue.edit(body=body, state="closed", state_reason="completed")
    return f"Closed: {issue.html_url}"
