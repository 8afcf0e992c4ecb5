"""What is watched of a cache's nodes. O1."""

from typing import Any

import pytest

from components.cache_alarms import THRESHOLDS, node_conditions
from components.links import WatchedNode

BASE: dict[str, Any] = {
    "name": "main-1",
    "cluster_id": "main-001",
    "node_class": "cache.r7g.large",
    "use": "cache",
    "has_replicas": True,
}


def conditions(**changed: Any) -> dict[str, Any]:
    return {condition.name: condition for condition in node_conditions(WatchedNode(**(BASE | changed)))}


def test_a_node_is_watched_for_cpu_memory_connections_evictions_and_lag():
    assert list(conditions()) == [
        "cache-cpu-high",
        "cache-memory-high",
        "cache-connections-high",
        "cache-evictions",
        "cache-replica-lag",
    ]


def test_every_metric_is_of_this_very_node():
    for condition in conditions().values():
        for metric in condition.metrics.values():
            assert metric.namespace == "AWS/ElastiCache"
            assert metric.dimensions == {"CacheClusterId": "main-001", "CacheNodeId": "0001"}


def test_a_queue_evicts_nothing_and_pages_before_it_is_full():
    queue = conditions(use="queue")
    assert "cache-evictions" not in queue
    assert queue["cache-memory-high"].severity == "page"
    assert "refuses every new job" in queue["cache-memory-high"].what


@pytest.mark.parametrize(("use", "limit"), [("cache", 100), ("sessions", 0)])
def test_one_lost_session_is_told_and_a_hundred_keys_a_minute_of_a_cache(use, limit):
    assert conditions(use=use)["cache-evictions"].threshold == limit


def test_without_replicas_nothing_lags():
    assert "cache-replica-lag" not in conditions(has_replicas=False)


def test_the_thread_that_runs_commands_is_watched_and_not_the_host():
    assert conditions()["cache-cpu-high"].metrics["cpu"].name == "EngineCPUUtilization"


@pytest.mark.parametrize(("node_class", "limit"), [("cache.r7g.large", 52_000), ("cache.t4g.micro", 16_000)])
def test_connections_are_told_at_80_percent_of_what_the_class_takes(node_class, limit):
    assert conditions(node_class=node_class)["cache-connections-high"].threshold == limit


def test_a_node_that_stopped_reporting_is_told_once():
    assert [name for name, c in conditions().items() if c.missing == "breaching"] == ["cache-memory-high"]


def test_every_threshold_names_its_source():
    assert all(threshold.source for threshold in THRESHOLDS.values())
