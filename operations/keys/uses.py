"""When API keys were last used: the services that verify them write that down once an hour (functions/verify_key).

A line of theirs holds `{"api_key_id": "...", "consumer": "frontend", "previous": false}`, whatever the service's own
format puts around it. FilterLogEvents costs nothing but time: the last day is looked through first, and earlier ones
only for keys that it does not name.

Source: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

LINE = re.compile(
    r"api_key_id\W+(?P<id>\w+)\W+consumer\W+(?P<consumer>[a-z0-9][a-z0-9-]*)\W+previous\W+(?P<previous>true|false)"
)
WINDOWS_DAYS = (1, 7, 90)
PAGES = 20
"""Pages of a service's log that are looked through for each window, a megabyte each."""


@dataclass
class Uses:
    """What the logs tell."""

    last: dict[str, datetime] = field(default_factory=dict)
    """Consumer to when its key was last used."""
    of_keys: dict[str, datetime] = field(default_factory=dict)
    """The same by the key's id."""
    silent: set[str] = field(default_factory=set)
    """Services whose log is not there, or too long to be read to its end."""

    def knows(self, services: Iterable[str]) -> bool:
        """Whether nothing of these services' logs was left out."""
        return not self.silent & set(services)


def last_uses(logs: Any, namespace: str, services: Mapping[str, Iterable[str]], now: datetime) -> Uses:
    """Looks through the logs of `services` (to their consumers), the last day first."""
    uses = Uses()
    end = now + timedelta(hours=1)
    for days in WINDOWS_DAYS:
        begin = now - timedelta(days=days)
        for service, consumers in sorted(services.items()):
            if service not in uses.silent and not set(consumers) <= set(uses.last):
                _look(logs, f"/{namespace}/service/{service}", service, begin, end, uses)
        end = begin
    return uses


def _look(logs: Any, group: str, service: str, begin: datetime, end: datetime, uses: Uses) -> None:
    given: dict[str, Any] = {
        "logGroupName": group,
        "startTime": int(begin.timestamp() * 1000),
        "endTime": int(end.timestamp() * 1000),
        "filterPattern": '"api_key_id"',
    }
    for _ in range(PAGES):
        try:
            page = logs.filter_log_events(**given)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            break
        for event in page["events"]:
            _note(uses, str(event["message"]), datetime.fromtimestamp(event["timestamp"] / 1000, UTC))
        if not page.get("nextToken"):
            return
        given["nextToken"] = page["nextToken"]
    uses.silent.add(service)


def _note(uses: Uses, message: str, when: datetime) -> None:
    for found in LINE.finditer(message):
        for known, name in ((uses.last, found["consumer"]), (uses.of_keys, found["id"])):
            known[name] = max(when, known.get(name, when))
