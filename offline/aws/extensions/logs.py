"""CloudWatch Logs: a metric filter that is put again takes the place of the one before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's metric filters."""
    from moto.logs.models import LogsBackend

    wrap(LogsBackend, "put_metric_filter", put_metric_filter)


def put_metric_filter(original: Callable[..., Any], backend: Any, name: str, pattern: str, group: str, *rest: Any,
                      **more: Any) -> Any:  # fmt: skip
    """moto would keep both."""
    kept = [f for f in backend.filters.metric_filters if (f["filterName"], f["logGroupName"]) != (name, group)]
    backend.filters.metric_filters = kept
    return original(backend, name, pattern, group, *rest, **more)
