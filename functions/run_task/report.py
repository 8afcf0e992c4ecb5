"""How a task ended, in words that help, and without what must not be seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from functions.run_task.request import Request

LINES = 20
"""Last lines of the log that a failure shows."""
LONGEST_LINE = 400

_IN_URL = re.compile(r"(://[^\s:/@]*:)[^\s@]+@")
_NAMED = re.compile(
    r"((?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|credentials?)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]+",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """Without passwords in URLs, and without what is named like a secret: a failure is shown to whoever deploys."""
    return _NAMED.sub(r"\1***", _IN_URL.sub(r"\1***@", text))


def task_id(task_arn: str) -> str:
    """The last part of a task's ARN."""
    return task_arn.rpartition("/")[2]


def stream(request: Request, task_arn: str) -> str:
    """Log stream of the task's container, as the awslogs driver names it."""
    return f"task/{request.container}/{task_id(task_arn)}"


def exit_code(request: Request, task: Mapping[str, Any]) -> int | None:
    """Of the container that counts; None when it never ran."""
    codes = [c.get("exitCode") for c in task.get("containers", []) if c.get("name") == request.container]
    return codes[0] if codes else None


def failure(request: Request, task: Mapping[str, Any], lines: Iterable[str]) -> str:
    """Why the task failed: its exit code or why it never ran, and what it said last."""
    code = exit_code(request, task)
    reasons = [c.get("reason") for c in task.get("containers", []) if c.get("name") == request.container]
    why = masked("; ".join(reason for reason in [*reasons, task.get("stoppedReason")] if reason)) or "no reason given"
    ended = f"it never ran: {why}" if code is None else f"exit code {code}: {why}"
    where = f"log group {request.log_group}, stream {stream(request, task['taskArn'])}"
    said = [masked(line.rstrip())[:LONGEST_LINE] for line in lines][-LINES:]
    log = "\n".join([f"Its last lines ({where}):", *(f"  {line}" for line in said)]) if said else f"No line in {where}."
    return f"{request.title} failed, {ended}\n{log}"


def unfinished(request: Request, task_arn: str, seconds: int) -> str:
    """What to do about a task that still runs."""
    return (
        f"{request.title} still runs after {seconds} s; nothing was stopped. Run `up` again to wait for the same task, "
        f"give it a longer limit (14 minutes at most: Lambda's own is 15), or stop task {task_id(task_arn)}"
    )
