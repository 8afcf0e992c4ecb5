"""What databases, proxies and caches cost. O6."""

from typing import Any

import pytest

from operations.cost import estimate
from tests.operations.held import HOURS, database, monthly, resource


def test_a_standby_doubles_instance_and_storage():
    alone, double = (database(instanceClass="db.t4g.small", allocatedStorage=50, multiAz=two) for two in (False, True))
    assert monthly(alone) == pytest.approx(0.032 * HOURS + 50 * 0.115, abs=0.006)
    assert monthly(double) == pytest.approx(2 * monthly(alone), abs=0.011)


def test_some_instances_with_a_standby_have_a_price_of_their_own():
    found = database(engine="mysql", instanceClass="db.t4g.small", multiAz=True, allocatedStorage=20)
    assert monthly(found) == pytest.approx(0.065 * HOURS + 2 * 20 * 0.115, abs=0.006)


def test_a_replica_has_its_sources_engine():
    source = database(identifier="headroom-main")
    replica = database(logical="main-1", engine=None, replicateSourceDb="headroom-main")
    stranger = database(logical="main-2", engine=None, replicateSourceDb="elsewhere")
    assert monthly(source, replica) == pytest.approx(2 * monthly(source), abs=0.011)
    assert estimate([source, stranger]).unpriced == ["rds.Instance main-2"]


@pytest.mark.parametrize(
    ("storage", "dollars", "gaps"),
    [
        ({"allocatedStorage": 20, "iops": 3000, "storageThroughput": 125}, 20 * 0.115, []),
        ({"allocatedStorage": 400, "iops": 12000, "storageThroughput": 500}, 400 * 0.115, []),
        ({"allocatedStorage": 400, "iops": 14000}, 400 * 0.115 + 2000 * 0.02, []),
        ({"allocatedStorage": 400, "iops": 14000, "multiAz": True}, 2 * (400 * 0.115 + 2000 * 0.02), []),
        ({"storageType": "io2", "iops": 1000}, 100 * 0.125 + 1000 * 0.1, []),
        ({"allocatedStorage": 400, "storageThroughput": 600}, 400 * 0.115, ["100 x 100 MiB/s above what is included"]),
        ({"storageType": "standard"}, 0, ["100 GiB of standard"]),
        ({"databaseInsightsMode": "advanced"}, 100 * 0.115, ["advanced Database Insights"]),
        ({"performanceInsightsRetentionPeriod": 731}, 100 * 0.115, ["Performance Insights kept for longer"]),
    ],
)  # fmt: skip
def test_storage_costs_its_size_and_what_is_beyond_what_is_included(storage, dollars, gaps):
    found = estimate([database(**storage)])
    copies = 2 if storage.get("multiAz") else 1
    assert found.monthly == pytest.approx(copies * 0.168 * HOURS + dollars, abs=0.006)
    assert found.unpriced == [f"rds.Instance main ({gap})" for gap in gaps]


CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"


def aurora(instance_class: str, **cluster: Any) -> list[dict[str, Any]]:
    given = {"clusterIdentifier": "shop", "engine": "aurora-postgresql", **cluster}
    return [
        resource(CLUSTER, "shop", **given),
        *(resource(MEMBER, f"shop-{n}", clusterIdentifier="shop", instanceClass=instance_class) for n in (1, 2)),
    ]


@pytest.mark.parametrize(
    ("instance_class", "cluster", "hourly"),
    [
        ("db.r6g.large", {}, 0.26),
        ("db.r6g.large", {"storageType": "aurora-iopt1"}, 0.338),
        ("db.serverless", {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 8}}, 0.5 * 0.12),
        ("db.serverless", {"serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 8}}, 0),
    ],
)  # fmt: skip
def test_aurora_costs_its_instances_and_names_its_storage(instance_class, cluster, hourly):
    found = estimate(aurora(instance_class, **cluster))
    assert found.monthly == pytest.approx(2 * hourly * HOURS, abs=0.011)
    assert found.unpriced == []
    assert "storage" in found.by_use[CLUSTER]


def test_an_instance_whose_cluster_nobody_knows_has_no_price():
    assert estimate(aurora("db.serverless")[1:]).unpriced == [
        "rds.ClusterInstance shop-1",
        "rds.ClusterInstance shop-2",
    ]
    assert estimate([resource(CLUSTER, engine="mysql")]).unpriced == ["rds.Cluster main"]


def test_a_proxy_costs_the_vcpus_behind_it():
    proxy = resource("aws:rds/proxy:Proxy", name="pool")
    target = resource("aws:rds/proxyTarget:ProxyTarget", dbProxyName="pool", dbInstanceIdentifier="headroom-main")
    for kind, vcpus in (("db.t4g.micro", 2), ("db.m7g.large", 2), ("db.r6g.xlarge", 4), ("db.r6g.2xlarge", 8)):
        behind = database(identifier="headroom-main", instanceClass=kind)
        alone = monthly(behind)
        assert monthly(proxy, target, behind) - alone == pytest.approx(vcpus * 0.015 * HOURS, abs=0.011)
    assert estimate([proxy]).unpriced == ["rds.Proxy main"]
    odd = database(identifier="headroom-main", instanceClass="db.x2g.large")
    assert "rds.Proxy main" in estimate([proxy, target, odd]).unpriced


GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"


def test_a_cache_costs_its_nodes():
    node = 0.1752 * HOURS
    assert monthly(resource(GROUP, engine="valkey", nodeType="cache.r7g.large", numCacheClusters=3)) == round(
        3 * node, 2
    )
    shards = resource(GROUP, engine="valkey", nodeType="cache.r7g.large", numNodeGroups=2, replicasPerNodeGroup=1)
    assert monthly(shards) == round(4 * node, 2)
    assert estimate([resource(GROUP, engine="valkey", nodeType="cache.z9.large", numCacheClusters=1)]).unpriced
    assert estimate([resource(GROUP, engine="valkey", nodeType="cache.r7g.large")]).unpriced


def test_a_serverless_cache_costs_the_least_that_is_billed():
    kind = "aws:elasticache/serverlessCache:ServerlessCache"
    assert monthly(resource(kind, engine="valkey")) == round(0.1 * 0.084 * HOURS, 2)
    assert monthly(resource(kind, engine="redis")) == round(0.125 * HOURS, 2)
    assert monthly(resource(kind, engine="valkey", cacheUsageLimits={"dataStorage": {"minimum": 2}})) == round(
        2 * 0.084 * HOURS, 2
    )
    least = estimate([resource(kind, engine="valkey", cacheUsageLimits={"ecpuPerSeconds": [{"minimum": 1000}]})])
    assert least.unpriced == ["elasticache.ServerlessCache main (the least ECPU a second)"]
