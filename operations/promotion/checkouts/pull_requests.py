"""Opens a pull request for a branch that was pushed, or brings the one that is open up to date."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from operations.errors import Failure
from operations.github import Access, api_of, client, patiently, refusal, token_of

PERMISSIONS: Final = "contents: write, pull-requests: write"
ADDRESS: Final = re.compile(
    r"^(?:[a-z+]+://(?:[^/@]+@)?(?P<host>[^/:@]+)(?::\d+)?/|(?:[^/@:]+@)?(?P<ssh>[^/:@]+):)"
    r"(?:.*/)?(?P<owner>[^/:]+)/(?P<name>[^/]+?)(?:\.git)?/?$"
)
"""Of a remote: https://host/owner/name.git, ssh://git@host/owner/name, git@host:owner/name.git."""
LONGEST_BODY: Final = 65_536
"""Characters that the text of a pull request may have."""
CUT: Final = "\n\n(cut: GitHub takes no more)"


def access(address: str, environ: Mapping[str, str]) -> Access:
    """The repository on GitHub: the one that a workflow runs for, or that of a remote's address.

    Raises Failure where there is none, or no token; the address is not repeated, as it may hold a password.
    """
    token = token_of(environ, "pull request", PERMISSIONS)
    named = environ.get("GITHUB_REPOSITORY", "")
    found = ADDRESS.match(address)
    host = (found["host"] or found["ssh"]) if found else "github.com"
    if not named and found is None:
        raise Failure(
            "the remote's address names no repository on GitHub",
            ("GITHUB_REPOSITORY names it, as OWNER/NAME", "or open the pull request by hand"),
        )
    repository = named or (f"{found['owner']}/{found['name']}" if found else "")
    return Access(repository=repository, token=token, api=api_of(environ, host))


def offer(
    where: Access,
    *,
    branch: str,
    base: str,
    title: str,
    body: str,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """One open pull request that wants `branch` in `base`, with this title and text: its address. Raises Failure."""
    text = body if len(body) <= LONGEST_BODY else body[: LONGEST_BODY - len(CUT)] + CUT

    def refused(status: int, data: object) -> Failure:
        remedies = {
            403: f"the token needs `permissions: {PERMISSIONS}`, and the organization must let workflows open "
            "pull requests (Settings, Actions, General)",
            404: f"there is no repository {where.repository}, or the token may not see it",
            422: f"look whether {branch} differs from {base}, and whether both are in {where.repository}",
        }
        return refusal(f"the pull request for {branch} in {where.repository}", status, data, remedies)

    return patiently(lambda: _offer(where, branch, base, title, text), where, refused, wait)


def _offer(where: Access, branch: str, base: str, title: str, body: str) -> str:
    """Looks for an open one first, also when it is tried again: the answer to the first try may have been lost."""
    with client(where) as github:
        repository = github.get_repo(where.repository)
        owner = where.repository.split("/", 1)[0]
        found: list[Any] = list(repository.get_pulls(state="open", head=f"{owner}:{branch}", base=base))
        if not found:
            return str(repository.create_pull(base=base, head=branch, title=title, body=body).html_url)
        pull = found[0]
        if (pull.title, pull.body or "") != (title, body):
            pull.edit(title=title, body=body)
        return str(pull.html_url)
