"""What ElastiCache refuses of a cache, and the words in which it is told. D5."""

from collections.abc import Iterable
from typing import Any

import pytest

from components.caches.constraints import (
    CLASSES,
    EVICTION,
    FAMILIES,
    cache_class_problems,
    cache_name_problems,
    cache_problems,
    cache_version_problems,
    failover_problems,
    max_clients,
    node_problems,
    serverless_problems,
    snapshot_problems,
)
from components.constraints import Problem

GUIDE = "docs.aws.amazon.com/AmazonElastiCache/latest/dg"
RIGHT: dict[str, Any] = {
    "engine": "valkey",
    "version": "8.1",
    "node_class": "cache.t4g.small",
    "nodes": 2,
    "snapshot_days": 7,
    "failover": None,
}


def said(problems: Iterable[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def test_a_right_cache_has_no_problem():
    assert cache_problems(**RIGHT) == []


@pytest.mark.parametrize(("engine", "version"), [(e, v) for e, versions in FAMILIES.items() for v in versions])
def test_each_known_version_is_taken_by_its_engine(engine, version):
    assert cache_version_problems(engine, version) == []


def test_a_version_of_the_other_engine_is_told():
    assert said(cache_version_problems("redis", "8.1")) == [
        "version is 8.1: it is a version of valkey; choose one of 6.2, 7.0, 7.1, or engine: valkey "
        f"({GUIDE}/engine-versions.html)"
    ]


@pytest.mark.parametrize("version", ["8", "8.1.0", "5.0", "", "newest"])
def test_a_version_out_of_support_or_without_its_minor_is_told(version):
    assert said(cache_version_problems("valkey", version)) == [
        f"version is {version}: ElastiCache has no such valkey in standard support; choose one of 7.2, 8.0, 8.1, 8.2 "
        f"({GUIDE}/engine-versions.html)"
    ]


def test_the_sizes_of_a_family_are_named():
    assert said(cache_class_problems("cache.t4g.large")) == [
        "class is cache.t4g.large: there is no such node type here; choose one of cache.t4g.medium, cache.t4g.micro, "
        f"cache.t4g.small ({GUIDE}/CacheNodes.SupportedTypes.html)"
    ]


def test_the_families_are_named_where_there_is_none():
    assert said(cache_class_problems("db.t4g.small")) == [
        "class is db.t4g.small: there is no such node type here; choose a class of cache.m5, cache.m6g, cache.m7g, "
        f"cache.r5, cache.r6g, cache.r7g, cache.t3, cache.t4g ({GUIDE}/CacheNodes.SupportedTypes.html)"
    ]


@pytest.mark.parametrize(
    ("node_class", "reason", "page"),
    [
        ("cache.t1.micro", "T1 nodes take no snapshots and do not fail over", "API_CreateSnapshot"),
        ("cache.r6gd.xlarge", "R6gd nodes keep data on disk as well (data tiering)", "data-tiering"),
    ],
)
def test_nodes_that_can_not_do_what_is_needed_are_told_why(node_class, reason, page):
    (problem,) = said(cache_class_problems(node_class))
    assert reason in problem
    assert f"/{page}.html" in problem


@pytest.mark.parametrize("nodes", [0, 7])
def test_a_cache_has_one_to_six_nodes(nodes):
    assert said(node_problems(nodes)) == [
        f"nodes is {nodes}: AWS takes 1 to 6 nodes: a primary and its replicas; choose 1 to 6 nodes: a primary and "
        f"its replicas ({GUIDE}/Replication.Redis.Groups.html)"
    ]


def test_snapshots_are_kept_for_35_days_at_most():
    assert said(snapshot_problems(36)) == [
        f"snapshot_days is 36: AWS takes 0 to 35 days; choose 0 to 35 days ({GUIDE}/backups-automatic.html)"
    ]


def test_failover_needs_a_replica():
    assert said(failover_problems(1, True)) == [
        "failover is true: a cache of one node has no replica that could take over; choose nodes: 2 or more, or leave "
        f"failover out ({GUIDE}/AutoFailover.html)"
    ]
    assert failover_problems(1, None) == failover_problems(1, False) == failover_problems(2, True) == []


@pytest.mark.parametrize("name", ["Main", "two--hyphens", "end-", "1st", "a" * 21])
def test_a_name_that_aws_refuses_is_told(name):
    (problem,) = said(cache_name_problems(name))
    assert problem.startswith(f"name is {name}: an ElastiCache id has small letters, digits and single hyphens")


def test_all_problems_are_told_at_once():
    wrong: dict[str, Any] = {
        "engine": "redis",
        "version": "9",
        "node_class": "x",
        "nodes": 0,
        "snapshot_days": 99,
        "failover": True,
    }
    keys = [problem.key for problem in cache_problems(**wrong)]
    assert keys == ["version", "class", "nodes", "snapshot_days", "failover"]


def test_a_queue_drops_nothing_and_sessions_only_what_ends_anyway():
    assert EVICTION == {"cache": "allkeys-lru", "sessions": "volatile-lru", "queue": "noeviction"}


def test_the_classes_of_the_stack_files_are_known():
    assert {"cache.t4g.micro", "cache.t4g.small", "cache.r7g.large"} <= CLASSES


def test_burstable_nodes_take_fewer_clients():
    assert (max_clients("cache.t4g.micro"), max_clients("cache.r7g.large")) == (20_000, 65_000)


SERVERLESS: dict[str, Any] = {
    "engine": "valkey",
    "version": "8",
    "max_gb": 10,
    "max_ecpu_per_second": 5000,
    "use": "cache",
    "snapshot_days": 7,
}


@pytest.mark.parametrize(("engine", "version"), [("redis", "7"), ("valkey", "7"), ("valkey", "8")])
@pytest.mark.parametrize("use", ["cache", "sessions"])
def test_a_right_serverless_cache_has_no_problem(engine, version, use):
    assert serverless_problems(**(SERVERLESS | {"engine": engine, "version": version, "use": use})) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"use": "queue"}, "use is queue: a queue needs noeviction, and a serverless cache has volatile-lru for good"),
        ({"version": "8.1"}, "version is 8.1: a serverless cache takes a major version only; choose 8"),
        ({"engine": "redis", "version": "6"}, "version is 6: there is no such serverless redis; choose 7"),
        ({"max_gb": 0}, "serverless.max_gb is 0: AWS takes 1 to 5000 GB"),
        ({"max_gb": 5001}, "serverless.max_gb is 5001: AWS takes 1 to 5000 GB"),
        (
            {"max_ecpu_per_second": 999},
            "serverless.max_ecpu_per_second is 999: AWS takes 1000 to 15000000 ECPU a second",
        ),
        ({"snapshot_days": 36}, "snapshot_days is 36: AWS takes 0 to 35 days"),
    ],
)
def test_what_a_serverless_cache_can_not_be_is_told(changed, says):
    (problem,) = said(serverless_problems(**(SERVERLESS | changed)))
    assert problem.startswith(says)
