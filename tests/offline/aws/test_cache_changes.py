"""Which changes keep a cache, and with it what it holds."""

from __future__ import annotations

import pytest

from offline.aws.values import Properties
from tests.offline.aws.provider_harness import Plugin

NODES = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
BASES: dict[str, Properties] = {
    NODES: {"description": "one", "engine": "valkey", "engineVersion": "8.1", "nodeType": "cache.t4g.small"},
    SERVERLESS: {"engine": "valkey", "majorEngineVersion": "8", "name": "one"},
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nodeType", "cache.r7g.large"),
        ("numCacheClusters", 3),
        ("engineVersion", "8.2"),
        ("snapshotRetentionLimit", 30),
        ("automaticFailoverEnabled", True),
        ("multiAzEnabled", True),
        ("parameterGroupName", "other"),
        ("securityGroupIds", ["sg-2"]),
        ("userGroupIds", ["other"]),
        ("maintenanceWindow", "mon:01:00-mon:02:00"),
        ("transitEncryptionEnabled", True),
        ("finalSnapshotIdentifier", "last"),
    ],
)
def test_a_cache_changes_these_in_place(plugin: Plugin, name: str, value: object) -> None:
    answer = plugin.diff(NODES, BASES[NODES], {**BASES[NODES], name: value})
    assert list(answer.diffs) == [name]
    assert list(answer.replaces) == []


def test_redis_becomes_valkey_in_place(plugin: Plugin) -> None:
    redis = {**BASES[NODES], "engine": "redis", "engineVersion": "7.1"}
    assert list(plugin.diff(NODES, redis, {**redis, "engine": "valkey", "engineVersion": "8.1"}).replaces) == []


def test_tls_of_an_old_redis_is_for_life(plugin: Plugin) -> None:
    redis = {**BASES[NODES], "engine": "redis", "engineVersion": "6.2"}
    answer = plugin.diff(NODES, redis, {**redis, "transitEncryptionEnabled": True})
    assert list(answer.replaces) == ["transitEncryptionEnabled"]


@pytest.mark.parametrize(
    ("before", "after", "replaces"),
    [
        (("redis", "7"), ("valkey", "7"), []),
        (("redis", "7"), ("valkey", "8"), []),
        (("valkey", "7"), ("redis", "7"), []),
        (("valkey", "8"), ("redis", "7"), ["majorEngineVersion"]),
        (("valkey", "7"), ("valkey", "8"), []),
        (("valkey", "8"), ("valkey", "7"), ["majorEngineVersion"]),
        (("redis", "6"), ("redis", "7"), ["majorEngineVersion"]),
        (("memcached", "1.5"), ("memcached", "1.6"), ["majorEngineVersion"]),
        (("memcached", "1.6"), ("valkey", "8"), ["engine"]),
    ],
)
def test_a_serverless_cache_keeps_its_data_from_these_engines_to_those(
    plugin: Plugin, before: tuple[str, str], after: tuple[str, str], replaces: list[str]
) -> None:
    olds, news = ({"name": "one", "engine": engine, "majorEngineVersion": major} for engine, major in (before, after))
    assert list(plugin.diff(SERVERLESS, olds, news).replaces) == replaces


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cacheUsageLimits", {"dataStorage": {"maximum": 10, "unit": "GB"}}),
        ("dailySnapshotTime", "08:00"),
        ("description", "two"),
        ("securityGroupIds", ["sg-2"]),
        ("snapshotRetentionLimit", 30),
        ("userGroupId", "other"),
    ],
)
def test_a_serverless_cache_changes_these_in_place(plugin: Plugin, name: str, value: object) -> None:
    answer = plugin.diff(SERVERLESS, BASES[SERVERLESS], {**BASES[SERVERLESS], name: value})
    assert {path.partition(".")[0] for path in answer.diffs} == {name}
    assert list(answer.replaces) == []
