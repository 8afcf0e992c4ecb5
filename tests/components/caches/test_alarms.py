"""What is watched of a cache's nodes. O1."""

from typing import Any

import pytest

from components.alarms.watched import WatchedNode, WatchedServerlessCache
from components.caches.alarms import THRESHOLDS, node_conditions, serverless_conditions
from components.caches.constraints import Use

BASE: dict[str, Any] = {
    "name": "main-1",
    "cluster_id": "main-001",
    "node_class": "cache.r7g.large",
    "use": "cache",
    "has_replicas": True,
}


def conditions(**changed: Any) -> dict[str, Any]:
    return {condition.name: condition for condition in node_conditions(WatchedNode(**(BASE | changed)))}


def test_a_node_is_watched_for_cpu_connections_silence_its_size_and_lag():
    assert list(conditions()) == [
        "cache-cpu-high",
        "cache-connections-high",
        "cache-silent",
        "cache-too-small",
        "cache-replica-lag",
    ]


def test_every_metric_is_of_this_very_node():
    for condition in conditions().values():
        for metric in condition.metrics.values():
            assert metric.namespace == "AWS/ElastiCache"
            assert metric.dimensions == {"CacheClusterId": "main-001", "CacheNodeId": "0001"}


def test_a_full_cache_is_no_reason_to_warn_unless_it_misses_what_it_dropped():
    """It drops keys for ever once it is full: that is how it works."""
    cache = conditions(use="cache")
    assert not {"cache-memory-high", "cache-evictions"} & set(cache)
    small = cache["cache-too-small"]
    assert small.expression == "IF(evictions > 100 AND misses > 0, 100 * misses / (hits + misses), 0)"
    assert small.threshold == 20
    assert {metric.name for metric in small.metrics.values()} == {"Evictions", "CacheHits", "CacheMisses"}


def test_a_queue_evicts_nothing_and_pages_before_it_is_full():
    queue = conditions(use="queue")
    assert not {"cache-evictions", "cache-too-small"} & set(queue)
    assert queue["cache-memory-high"].severity == "page"
    assert "refuses every new job" in queue["cache-memory-high"].what


def test_one_lost_session_is_told_and_that_it_is_near():
    sessions = conditions(use="sessions")
    assert sessions["cache-evictions"].threshold == 0
    assert (sessions["cache-memory-high"].severity, sessions["cache-memory-high"].threshold) == ("warn", 80)


def test_without_replicas_nothing_lags():
    assert "cache-replica-lag" not in conditions(has_replicas=False)


def test_the_thread_that_runs_commands_is_watched_and_not_the_host():
    assert conditions()["cache-cpu-high"].metrics["cpu"].name == "EngineCPUUtilization"


@pytest.mark.parametrize(("node_class", "limit"), [("cache.r7g.large", 52_000), ("cache.t4g.micro", 16_000)])
def test_connections_are_told_at_80_percent_of_what_the_class_takes(node_class, limit):
    assert conditions(node_class=node_class)["cache-connections-high"].threshold == limit


def test_a_node_that_stopped_reporting_is_told_once():
    for use in ("cache", "sessions", "queue"):
        assert [name for name, c in conditions(use=use).items() if c.missing == "breaching"] == ["cache-silent"]
    assert (conditions()["cache-silent"].above, conditions()["cache-silent"].threshold) == (False, 0)


def test_every_threshold_names_its_source():
    assert all(threshold.source for threshold in THRESHOLDS.values())


def serverless(use: Use) -> dict[str, Any]:
    watched = WatchedServerlessCache(
        name="main", cache_name="main-1a2b3c4", use=use, max_gb=10, max_ecpu_per_second=5000
    )
    return {condition.name: condition for condition in serverless_conditions(watched)}


def test_a_serverless_cache_is_told_at_75_percent_of_its_limits_as_aws_advises():
    found = serverless("cache")
    assert list(found) == ["cache-data-high", "cache-ecpu-high", "cache-throttled"]
    assert found["cache-data-high"].threshold == 7_500_000_000
    assert found["cache-ecpu-high"].threshold == 5000 * 60 * 0.75
    assert list(serverless("sessions"))[-1] == "cache-evictions"


def test_a_serverless_cache_reports_under_a_dimension_of_its_own():
    for condition in serverless("sessions").values():
        for metric in condition.metrics.values():
            assert metric.dimensions == {"clusterId": "main-1a2b3c4"}
