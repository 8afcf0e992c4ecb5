"""EventBridge: a pattern looks into arrays of objects, as AWS's does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's matching of events."""
    from moto.events.models import EventPattern

    wrap(EventPattern, "matches_event", matches_event)


def matches_event(original: Callable[..., bool], pattern: Any, event: dict[str, Any]) -> bool:
    """`{"containers": {"exitCode": [1]}}` matches if one of the containers has that exit code.

    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
    """
    return original(pattern, _merged(event))


def _merged(value: Any) -> Any:
    """Arrays of objects as one object whose values are arrays."""
    if isinstance(value, dict):
        return {name: _merged(item) for name, item in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        merged: dict[str, list[Any]] = {}
        for item in value:
            for name, found in _merged(item).items():
                merged.setdefault(name, []).append(found)
        return merged
    return value
