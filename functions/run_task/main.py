"""The function itself; what it is given is in `request`."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import Any

import boto3

from functions.run_task.request import Request
from functions.run_task.runner import Runner

MARGIN_SECONDS = 15
"""Kept for the answer."""


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Runs the task, and returns when it has succeeded; every other end is an exception that says why."""
    request = Request.of(event)
    left = context.get_remaining_time_in_millis() // 1000 - MARGIN_SECONDS
    runner = Runner(boto3.client("ecs"), boto3.client("logs"), _now, time.sleep)
    return runner.run(request, min(request.wait_seconds, left))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
