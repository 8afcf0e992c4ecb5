"""Starts a task once, and waits until it stopped."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Container, Mapping
from typing import Any

from botocore.exceptions import ClientError

from functions.run_task import report
from functions.run_task.request import Request

POLL_SECONDS = 3
PATIENCE_SECONDS = 90
"""How long a refusal that may pass is waited out: IAM takes a while until what it was just told counts everywhere."""
ATTEMPTS = 50
"""Failed tasks of one request that ECS may still know: for an hour after their end."""

PASSING = ("AccessDeniedException", "ThrottlingException", "ServerException", "LimitExceededException")
PASSING_WORDS = ("assume", "capacity is unavailable", "try again", "concurrent", "throttl")
"""In the message of a ClientException and the like: a role that is too new, or no room at the moment."""


class TaskFailedError(Exception):
    """The task did not do its work; the text says why."""


class StillRunningError(Exception):
    """The task had no time to finish; it goes on."""


class Runner:
    """Runs tasks by these clients of boto3's; clock and sleep are parameters."""

    def __init__(
        self, ecs: Any, logs: Any, now: Callable[[], datetime.datetime], sleep: Callable[[float], None]
    ) -> None:
        self._ecs, self._logs, self._now, self._sleep = ecs, logs, now, sleep

    def run(self, request: Request, seconds: int, accepts: Container[int] = (0,)) -> dict[str, Any]:
        """What came of the task, with one of these exit codes. Raises TaskFailedError, or StillRunningError after
        `seconds`.

        ECS answers a repeated client token with the task that the token started, for as long as it knows the task. So
        whoever asks again joins the task that runs, and hears of one that succeeded. One that failed before this call
        began is history: the next number of the token starts another.
        Source: docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
        """
        began = self._now()
        deadline = began + datetime.timedelta(seconds=seconds)
        for attempt in range(ATTEMPTS):
            started = self._start(request, attempt, deadline)
            if started is None:
                continue
            is_older = started.get("createdAt", began) < began
            task = self._ended(request, started["taskArn"], is_older, deadline, seconds)
            code = report.exit_code(request, task) if task is not None else None
            if code is not None and code in accepts:
                waited = int((self._now() - began).total_seconds())
                return {"task": started["taskArn"], "exit_code": code, "attempt": attempt, "waited_seconds": waited}
            if task is not None and not is_older:
                raise TaskFailedError(report.failure(request, task, self._last_lines(request, task)))
        raise TaskFailedError(f"{request.title} failed {ATTEMPTS} times within an hour; wait, or correct it first")

    def _start(self, request: Request, attempt: int, deadline: datetime.datetime) -> Mapping[str, Any] | None:
        """The task of this attempt; None if ECS knows the token from a request that was another."""
        patience = min(deadline, self._now() + datetime.timedelta(seconds=PATIENCE_SECONDS))
        while True:
            try:
                answer = self._ecs.run_task(**request.parameters(attempt))
            except ClientError as error:
                code, message = error.response["Error"]["Code"], str(error.response["Error"].get("Message", ""))
                if code == "ConflictException":
                    return None
                reason, passes = f"{code}: {message}", _passes(code, message)
            else:
                if answer.get("tasks"):
                    return dict(answer["tasks"][0])
                reason, passes = "; ".join(f.get("reason", "unknown") for f in answer.get("failures", [])), True
            if not passes or self._now() >= patience:
                raise TaskFailedError(f"{request.title} was not started: {report.masked(reason)}")
            self._sleep(POLL_SECONDS)

    def _ended(
        self, request: Request, task_arn: str, is_older: bool, deadline: datetime.datetime, seconds: int
    ) -> Mapping[str, Any] | None:
        """The stopped task; None for an older one that ECS has forgotten."""
        while True:
            found = self._ecs.describe_tasks(cluster=request.cluster, tasks=[task_arn])["tasks"]
            if found and found[0]["lastStatus"] == "STOPPED":
                return dict(found[0])
            if not found and is_older:
                return None
            # A task that was started just now may not be found at once: ECS is eventually consistent.
            if self._now() >= deadline:
                raise StillRunningError(report.unfinished(request, task_arn, seconds))
            self._sleep(POLL_SECONDS)

    def _last_lines(self, request: Request, task: Mapping[str, Any]) -> list[str]:
        """Empty where there is no stream: a container that never ran said nothing."""
        try:
            events = self._logs.get_log_events(
                logGroupName=request.log_group,
                logStreamName=report.stream(request, task["taskArn"]),
                limit=report.LINES,
                startFromHead=False,
            )["events"]
        except ClientError:
            return []
        return [str(event["message"]) for event in events]


def _passes(code: str, message: str) -> bool:
    """Whether asking again may help."""
    return code in PASSING or any(word in message.lower() for word in PASSING_WORDS)
