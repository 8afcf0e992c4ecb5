"""EventBridge: a pattern looks into arrays of objects, as AWS's does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's matching of events."""
    from moto.events.models import EventPattern

    wrap(EventPattern, "matches_event", matches_event)


def matches_event(original: Callable[..., bool], pattern: Any, event: dict[str, Any]) -> bool:
    """`{"containers": {"name": ["api"], "exitCode": [1]}}` matches if one of the containers has that name and code.

    Source: github.com/aws/event-ruler, "array-consistent matching"
    """
    return any(original(pattern, reading) for reading in _readings(event))


def _readings(value: Any) -> Iterator[Any]:
    """Every way to read a value that takes one object of each array of objects."""
    if isinstance(value, dict):
        items = product(*(list(_readings(item)) for item in value.values()))
        yield from (dict(zip(value, chosen, strict=True)) for chosen in items)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield from (reading for item in value for reading in _readings(item))
    else:
        yield value
