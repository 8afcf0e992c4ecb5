"""CloudWatch Logs: saved queries; a metric filter that is put again takes the place of the one before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's metric filters, and gives it saved queries."""
    from moto.logs.models import LogsBackend
    from moto.logs.responses import LogsResponse

    wrap(LogsBackend, "put_metric_filter", put_metric_filter)
    for operation in (put_query_definition, describe_query_definitions, delete_query_definition):
        setattr(LogsResponse, operation.__name__, operation)


def put_metric_filter(original: Callable[..., Any], backend: Any, name: str, pattern: str, group: str, *rest: Any,
                      **more: Any) -> Any:  # fmt: skip
    """moto would keep both."""
    kept = [f for f in backend.filters.metric_filters if (f["filterName"], f["logGroupName"]) != (name, group)]
    backend.filters.metric_filters = kept
    return original(backend, name, pattern, group, *rest, **more)


def saved(backend: Any) -> dict[str, dict[str, Any]]:
    """The saved queries of an account and region, by id."""
    if not hasattr(backend, "query_definitions"):
        backend.query_definitions = {}
    kept: dict[str, dict[str, Any]] = backend.query_definitions
    return kept


def put_query_definition(response: Any) -> str:
    """Makes a saved query, or changes the one that has the given id."""
    given = {name: response._get_param(name) for name in ("name", "queryString", "logGroupNames")}
    identifier = response._get_param("queryDefinitionId") or str(uuid4())
    saved(response.logs_backend)[identifier] = {
        "queryDefinitionId": identifier,
        **{name: value for name, value in given.items() if value is not None},
    }
    return json.dumps({"queryDefinitionId": identifier})


def describe_query_definitions(response: Any) -> str:
    """Those whose names start as asked for."""
    prefix = response._get_param("queryDefinitionNamePrefix") or ""
    found = [query for query in saved(response.logs_backend).values() if query["name"].startswith(prefix)]
    return json.dumps({"queryDefinitions": found})


def delete_query_definition(response: Any) -> str:
    """Whether there was one."""
    gone = saved(response.logs_backend).pop(response._get_param("queryDefinitionId"), None)
    return json.dumps({"success": gone is not None})
