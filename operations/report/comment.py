"""Posts a report as one comment of a pull request, and updates that comment from then on."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from operations.errors import Failure
from operations.report.markdown import LIMIT

if TYPE_CHECKING:
    from github.IssueComment import IssueComment
    from github.PullRequest import PullRequest

MARKER: Final = "<!-- headroom report -->"
"""First line of the comment, by which it is found again; nobody sees it."""
ACTIONS: Final = "github-actions[bot]"
"""Who a workflow's own token speaks as; GitHub does not tell it by /user."""
ATTEMPTS: Final = 4
"""How often posting is tried. A post whose answer was lost is looked for before it is tried again."""
WAIT_SECONDS: Final = 2.0
"""Before the second attempt; doubled before each further one."""
LONGEST_WAIT_SECONDS: Final = 120
"""Of a rate limit: a workflow that waits longer is better run again."""
TIMEOUT_SECONDS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Target:
    """The pull request that is commented."""

    repository: str
    """OWNER/NAME."""
    number: int
    token: str
    """Of GitHub; never printed."""
    api: str = "https://api.github.com"
    """Address of GitHub's API; another for GitHub Enterprise."""


def target(repository: str | None, number: int | None, environ: Mapping[str, str] = os.environ) -> Target:
    """The pull request that was named, or the one that a workflow runs for.

    Raises Failure where either, or the token, is missing.
    """
    found = repository or environ.get("GITHUB_REPOSITORY", "")
    if found.count("/") != 1 or not all(found.split("/")):
        raise Failure("no repository is named", ("--repo OWNER/NAME, or GITHUB_REPOSITORY, names it",))
    pull = number if number is not None else _number(environ)
    if pull is None:
        raise Failure("no pull request is named", ("--pull NUMBER names it; a workflow on pull_request knows it",))
    token = environ.get("GITHUB_TOKEN", "")
    if not token:
        raise Failure(
            "GITHUB_TOKEN is not set: without it GitHub takes no comment",
            ("in a workflow, set it to ${{ github.token }} with `permissions: pull-requests: write`",),
        )
    api = environ.get("GITHUB_API_URL") or Target.api
    return Target(repository=found, number=pull, token=token, api=api.rstrip("/"))


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
    from github import GithubException, RateLimitExceededException
    from requests import RequestException

    logging.getLogger("github").setLevel(logging.ERROR)  # what it says of retries names the request
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _post(text, where)
        except RateLimitExceededException as error:
            raise _refused(where, error.status, error.data) from error
        except GithubException as error:
            if error.status < 500 or attempt == ATTEMPTS:
                raise _refused(where, error.status, error.data) from error
        except RequestException as error:
            if attempt == ATTEMPTS:
                raise Failure(
                    f"GitHub does not answer at {where.api}: {type(error).__name__}", ("run the command again",)
                ) from error
        wait(WAIT_SECONDS * 2 ** (attempt - 1))
    raise AssertionError("the last attempt returns or raises")


def _post(text: str, where: Target) -> str:
    with _client(where) as client:
        pull = client.get_repo(where.repository).get_pull(where.number)
        found = list(_own(pull, _login(client)))
        if not found:
            return str(pull.create_issue_comment(text).html_url)
        first, *others = found
        for extra in others:
            extra.delete()  # of two runs that both found none
        if first.body != text:
            first.edit(text)
        return str(first.html_url)


def _client(where: Target) -> Any:
    from github import Auth, Github, GithubRetry

    # A post is not repeated by itself: its answer may be lost, and the comment there.
    retry = GithubRetry(
        total=ATTEMPTS,
        backoff_factor=0.5,
        allowed_methods={"GET", "PATCH", "DELETE", "HEAD"},
        secondary_rate_wait=LONGEST_WAIT_SECONDS / 2,
        max_rate_limit_wait=LONGEST_WAIT_SECONDS,
    )
    return Github(
        auth=Auth.Token(where.token),
        base_url=where.api,
        timeout=TIMEOUT_SECONDS,
        per_page=100,
        retry=retry,
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
    )


def _login(client: Any) -> str:
    """Who comments: a workflow's token may not ask who it is."""
    from github import GithubException

    try:
        return str(client.get_user().login)
    except GithubException as error:
        if error.status in {401, 403} and "integration" in str(error.data):
            return ACTIONS
        raise


def _own(pull: PullRequest, login: str) -> Iterator[IssueComment]:
    """Comments that this command made, oldest first: anybody can write the marker into one of theirs."""
    for comment in pull.get_issue_comments():
        if comment.user and comment.user.login == login and (comment.body or "").startswith(MARKER):
            yield comment


def _refused(where: Target, status: int, data: object) -> Failure:
    said = data.get("message") if isinstance(data, dict) else None
    words = said if isinstance(said, str) else "no reason given"
    remedies = {
        401: "GITHUB_TOKEN is wrong or has expired",
        403: "the token needs `permissions: pull-requests: write`; on pull requests from forks it never has them",
        404: f"there is no pull request {where.number} in {where.repository}, or the token may not see it",
        422: "the comment was refused as it is",
    }
    limited = "rate limit" in words.lower()
    return Failure(
        f"GitHub refuses the comment on {where.repository}#{where.number}: {status}, {words}",
        ("wait until the limit is over, and run the command again",)
        if limited
        else (remedies.get(status, "run the command again"),),
    )
