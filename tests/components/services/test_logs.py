"""Saved queries over a service's logs, and its errors as a metric. O1, O3."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.dashboards.saved_queries import ERROR_LEVELS, QUERIES, error_pattern
from components.services.alarms import logged_errors_condition
from components.services.logs import ServiceLogs, ServiceLogsArgs

Run = Callable[..., Any]
SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")


def logs(run: Run, *, count_errors: bool = True, save_queries: bool = True) -> Any:
    args = ServiceLogsArgs(
        scope=SCOPE, log_group="/headroom/dev/service/worker", count_errors=count_errors, save_queries=save_queries
    )
    return run(lambda: ServiceLogs("worker", args))


def test_queries_are_saved_in_a_folder_of_the_service(run: Run) -> None:
    saved = logs(run).all("cloudwatch/queryDefinition:QueryDefinition")
    texts = {query["inputs"]["name"]: query["inputs"]["queryString"] for query in saved}
    assert texts == {f"headroom/dev/worker/{name}": text for name, text in QUERIES.items()}
    assert all(query["inputs"]["logGroupNames"] == ["/headroom/dev/service/worker"] for query in saved)


def test_there_are_queries_for_errors_for_the_slowest_and_by_status() -> None:
    assert {"errors", "slowest-requests", "requests-by-status"} <= set(QUERIES)


@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_a_query_is_made_of_commands_that_logs_insights_knows(query: str) -> None:
    known = {"fields", "filter", "stats", "sort", "limit"}
    assert {part.split()[0] for part in query.split(" | ")} <= known


def test_errors_are_counted_into_the_metric_that_the_alarm_watches(run: Run) -> None:
    (found,) = logs(run).all("cloudwatch/logMetricFilter:LogMetricFilter")
    (metric,) = logged_errors_condition(SCOPE.namespace, "worker").metrics.values()
    counted = found["inputs"]["metricTransformation"]
    assert (counted["namespace"], counted["name"], counted["value"]) == (metric.namespace, metric.name, "1")
    assert found["inputs"]["pattern"] == error_pattern()
    assert all(f'$.level = "{level}"' in error_pattern() for level in ERROR_LEVELS)
    assert len(error_pattern()) <= 1024


def test_nothing_is_made_that_is_off(run: Run) -> None:
    assert logs(run, count_errors=False, save_queries=False).all("aws:") == []


def test_a_metric_carries_its_service_since_filters_know_no_fixed_dimension(run: Run) -> None:
    (metric,) = logged_errors_condition(SCOPE.namespace, "worker").metrics.values()
    assert metric.name == "Errors-headroom-dev-worker"
    assert json.dumps(dict(metric.dimensions)) == "{}"
