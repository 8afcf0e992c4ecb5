"""What an event's pattern means, as AWS's rules have it."""

from __future__ import annotations

from typing import Any

import pytest

from offline.aws.extensions.events_patterns import matches_event

FAILED = {"containers": {"name": ["worker"], "exitCode": [1]}}


def plain(pattern: Any, event: dict[str, Any]) -> bool:
    """A pattern of names with values, on an event without arrays."""
    return all(
        plain(wanted, event[name]) if isinstance(wanted, dict) else event.get(name) in wanted
        for name, wanted in pattern.items()
        if not isinstance(wanted, dict) or name in event
    )


@pytest.mark.parametrize(
    ("containers", "matches"),
    [
        ([{"name": "worker", "exitCode": 1}], True),
        ([{"name": "collector", "exitCode": 0}, {"name": "worker", "exitCode": 1}], True),
        ([{"name": "collector", "exitCode": 1}, {"name": "worker", "exitCode": 0}], False),
        ([{"name": "worker"}], False),
    ],
)
def test_what_is_asked_of_an_array_must_be_true_of_one_of_its_objects(containers: Any, matches: bool) -> None:
    assert matches_event(plain, FAILED, {"group": "schedule", "containers": containers}) is matches
