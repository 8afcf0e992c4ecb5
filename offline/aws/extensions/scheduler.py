"""EventBridge Scheduler: a group takes its schedules with it, and a missing one is told as AWS tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's groups."""
    from moto.scheduler.models import EventBridgeSchedulerBackend

    wrap(EventBridgeSchedulerBackend, "delete_schedule_group", delete_schedule_group)
    wrap(EventBridgeSchedulerBackend, "create_schedule", create_schedule)


def delete_schedule_group(original: Callable[..., Any], backend: Any, name: str | None) -> Any:
    """moto would fail on a group that is not there."""
    backend.get_schedule_group(name)
    return original(backend, name)


def create_schedule(original: Callable[..., Any], backend: Any, **given: Any) -> Any:
    """A schedule needs its group."""
    backend.get_schedule_group(given["group_name"])
    return original(backend, **given)
