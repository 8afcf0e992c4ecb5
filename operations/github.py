"""What every command that writes to GitHub shares: by which token, how patiently, and what a refusal means."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from operations.errors import Failure

ACTIONS: Final = "github-actions[bot]"
"""Who a workflow's own token speaks as; GitHub does not tell it by /user."""
ATTEMPTS: Final = 4
"""How often a request is tried. A write whose answer was lost is looked for before it is tried again."""
WAIT_SECONDS: Final = 2.0
"""Before the second attempt; doubled before each further one."""
LONGEST_WAIT_SECONDS: Final = 120
"""Of a rate limit: a workflow that waits longer is better run again."""
TIMEOUT_SECONDS: Final = 20

Answer = TypeVar("Answer")


@dataclass(frozen=True, kw_only=True)
class Access:
    """A repository, and the token that may write to it."""

    repository: str
    """OWNER/NAME."""
    token: str
    """Of GitHub; never printed."""
    api: str = "https://api.github.com"
    """Address of GitHub's API; another for GitHub Enterprise."""


def repository_of(named: str | None, environ: Mapping[str, str]) -> str:
    """The repository that was named, or the one that a workflow runs for. Raises Failure where there is neither."""
    found = named or environ.get("GITHUB_REPOSITORY", "")
    if found.count("/") != 1 or not all(found.split("/")):
        raise Failure("no repository is named", ("--repo OWNER/NAME, or GITHUB_REPOSITORY, names it",))
    return found


def token_of(environ: Mapping[str, str], what: str, permissions: str) -> str:
    """The token. `what` can't be done without it; `permissions` is what a workflow gives it. Raises Failure."""
    token = environ.get("GITHUB_TOKEN", "")
    if not token:
        raise Failure(
            f"GITHUB_TOKEN is not set: without it GitHub takes no {what}",
            (f"in a workflow, set it to ${{{{ github.token }}}} with `permissions: {permissions}`",),
        )
    return token


def api_of(environ: Mapping[str, str], host: str = "github.com") -> str:
    """The API's address: the workflow's, or that of the host that a remote names."""
    usual = Access.api if host == "github.com" else f"https://{host}/api/v3"
    return (environ.get("GITHUB_API_URL") or usual).rstrip("/")


def patiently(
    do: Callable[[], Answer],
    where: Access,
    refused: Callable[[int, object], Failure],
    wait: Callable[[float], None] = time.sleep,
) -> Answer:
    """What `do` returns; done again after a moment of trouble. `refused` makes a Failure of a status and what GitHub
    said, which is raised when it refuses."""
    from github import GithubException, RateLimitExceededException
    from requests import RequestException

    logging.getLogger("github").setLevel(logging.ERROR)  # what it says of retries names the request
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return do()
        except RateLimitExceededException as error:
            raise refused(error.status, error.data) from error
        except GithubException as error:
            if error.status < 500 or attempt == ATTEMPTS:
                raise refused(error.status, error.data) from error
        except RequestException as error:
            if attempt == ATTEMPTS:
                raise Failure(
                    f"GitHub does not answer at {where.api}: {type(error).__name__}", ("run the command again",)
                ) from error
        wait(WAIT_SECONDS * 2 ** (attempt - 1))
    raise AssertionError("the last attempt returns or raises")


def refusal(what: str, status: int, data: object, remedies: Mapping[int, str]) -> Failure:
    """GitHub's own words on why it refuses `what`, with the remedy of the status."""
    said = data.get("message") if isinstance(data, dict) else None
    words = said if isinstance(said, str) else "no reason given"
    listed = data.get("errors") if isinstance(data, dict) else None
    more = [str(one["message"]) for one in listed or () if isinstance(one, dict) and one.get("message")]
    known = {401: "GITHUB_TOKEN is wrong or has expired", **remedies}
    limited = "rate limit" in words.lower()
    remedy = "wait until the limit is over, and run the command again" if limited else known.get(status)
    return Failure(
        f"GitHub refuses {what}: {status}, {'; '.join([words, *more])}", (remedy or "run the command again",)
    )


def client(where: Access) -> Any:
    """A client that waits for limits, and repeats nothing that may have been done."""
    from github import Auth, Github, GithubRetry

    # A post is not repeated by itself: its answer may be lost, and what it made be there.
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


def login(client: Any) -> str:
    """Who writes: a workflow's token may not ask who it is."""
    from github import GithubException

    try:
        return str(client.get_user().login)
    except GithubException as error:
        if error.status in {401, 403} and "integration" in str(error.data):
            return ACTIONS
        raise
