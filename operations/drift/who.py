"""Who changed a resource last, as CloudTrail remembers the last ninety days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final

from operations.changes import Change
from operations.drift.refusals import REFUSALS, reason

MOST: Final = 25
"""Resources that are asked about: CloudTrail answers two questions a second.

Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""
GLOBAL: Final = ("aws:iam/", "aws:cloudfront/", "aws:route53/")
"""Types of services that are in no region: CloudTrail has their events in us-east-1 alone.

Source: docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html (global service events)
"""


def ask(changes: Iterable[Change], trails: Callable[[str], Any]) -> tuple[Mapping[str, str], list[str]]:
    """URN -> who changed it last; and what could not be asked. `trails` makes CloudTrail's client of a region, of the
    environment's own where it is empty."""
    distinct = list({change.urn: change for change in changes}.values())
    notes = []
    if len(distinct) > MOST:
        notes.append(f"CloudTrail was asked about the first {MOST} of {len(distinct)} resources only")
    found: dict[str, str] = {}
    try:
        of_region = cache(trails)
        for change in distinct[:MOST]:
            trail = of_region(_region(change))
            told = next((told for name in _names(change) if (told := _last(trail, name))), "")
            if told:
                found[change.urn] = told
    except REFUSALS as error:
        notes.append(f"CloudTrail does not tell who changed what: {reason(error)}")
    return found, notes


def _region(change: Change) -> str:
    """Where its events are; empty for the environment's own region."""
    if change.type.startswith(GLOBAL):
        return "us-east-1"
    arn = str(change.old.outputs.get("arn") or "") if change.old else ""
    return arn.split(":")[3] if arn.count(":") >= 5 else ""


def _names(change: Change) -> list[str]:
    """What CloudTrail may call the resource: its id, its ARN, or the ARN's end."""
    state = change.old
    if state is None:
        return []
    arn = str(state.outputs.get("arn") or "")
    given = (state.id, str(state.outputs.get("name") or ""), arn, re.split("[:/]", arn)[-1])
    return [name for name in dict.fromkeys(given) if name]


def _last(trail: Any, name: str) -> str:
    """The newest event of a resource that changed something; CloudTrail tells the newest first."""
    asked = [{"AttributeKey": "ResourceName", "AttributeValue": name}]
    for event in trail.lookup_events(LookupAttributes=asked, MaxResults=50)["Events"]:
        if str(event.get("ReadOnly")).lower() != "true":
            when = event.get("EventTime")
            at = f", {when:%Y-%m-%d %H:%M}" if when else ""
            return f"{event.get('EventName', 'something')} by {event.get('Username') or 'nobody named'}{at}"
    return ""
