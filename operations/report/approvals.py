"""What a pull request's text approves."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from operations.errors import Failure

LINE = re.compile(r"^\s*(?:[-*>]\s+)?`?headroom-approve:\s*(replace|delete|unprotect)\s+(urn:pulumi:\S+?)`?\s*$", re.M)
BEGINNING = re.compile(r"^.*headroom-approve:.*$", re.M)


def read(source: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The text that may approve: of a file, of standard input for `-`, or of the pull request that a workflow runs for.

    Raises Failure when it can't be read.
    """
    if source == "-":
        return sys.stdin.read()
    try:
        if source is not None:
            return Path(source).read_text(encoding="utf-8")
        event = environ.get("GITHUB_EVENT_PATH")
        document = json.loads(Path(event).read_text(encoding="utf-8")) if event else {}
    except (OSError, ValueError) as error:
        raise Failure(f"the text of the pull request can't be read from {source or event}: {error}") from error
    request = document.get("pull_request") if isinstance(document, dict) else None
    body = request.get("body") if isinstance(request, dict) else None
    return body if isinstance(body, str) else ""


def approved(text: str) -> frozenset[str]:
    """`replace URN`, `delete URN` and `unprotect URN` of each approving line.

    Raises Failure for a line that begins like an approval and is none: a slip must not look like silence.
    """
    lines = text.replace("\r\n", "\n")
    wrong = [line.strip() for line in BEGINNING.findall(lines) if not LINE.match(line)]
    if wrong:
        raise Failure(
            f"this line of the pull request approves nothing: {wrong[0]}",
            ("write `headroom-approve: replace URN`, `delete URN` or `unprotect URN`, alone on its line",),
        )
    return frozenset(f"{danger} {urn}" for danger, urn in LINE.findall(lines))
