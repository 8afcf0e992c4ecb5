"""What databases, their proxies and caches cost a month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from operations.price_list import Parts, Said, monthly, price, said
from operations.state import Resource, of_type, outputs

INSTANCE: Final = "aws:rds/instance:Instance"
CLUSTER: Final = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
PROXY_TARGET: Final = "aws:rds/proxyTarget:ProxyTarget"

STRIPED_GIB: Final = 400
"""From this size on, gp3 has more included with PostgreSQL and MySQL: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/
CHAP_Storage.html."""
PROXY_VCPUS: Final = 2
"""The fewest that a proxy is billed for, `Minimum Charge: 2 vCPUs`: aws.amazon.com/rds/proxy/pricing."""
INSIGHTS_DAYS: Final = 7
"""How long Performance Insights keeps its numbers for nothing: aws.amazon.com/rds/performance-insights/pricing."""
SERVERLESS_GIB: Final = {"valkey": 0.1, "redis": 1.0, "memcached": 1.0}
"""The least that a serverless cache is billed for: aws.amazon.com/elasticache/pricing."""


def instance(resource: Resource, held: Sequence[Resource]) -> Parts:
    """Instance and storage, both twice with a standby: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/
    USER_OnDemandDBInstances.html."""
    found = said(resource)
    name, copies = f"rds_{_engine(found, held)}_{found['instanceClass']}", 2 if found.get("multiAz", False) else 1
    if price(f"{name}_hour") is None:
        return
    if copies == 2 and price(f"{name}_standby_hour") is not None:
        yield from monthly(f"{name}_standby_hour", 1, f"{found['instanceClass']} with a standby")
    else:
        yield from monthly(f"{name}_hour", copies, str(found["instanceClass"]))
    yield from _storage(found, copies)
    yield from _insights(found)


def _engine(found: Said, held: Sequence[Resource]) -> str:
    """Replicas have their source's."""
    if found.get("engine"):
        return str(found["engine"])
    named = found["replicateSourceDb"]
    sources = map(outputs, of_type(held, INSTANCE))
    engines = (one.get("engine") for one in sources if named in (one.get("identifier"), one.get("arn")))
    return str(next(engines, "unknown"))


def _storage(found: Said, copies: int) -> Parts:
    kind, gib = str(found.get("storageType", "gp2")), float(found["allocatedStorage"])
    if kind not in ("gp2", "gp3", "io1", "io2"):
        yield None, f"{gib:g} GiB of {kind}"
        return
    yield from monthly(f"rds_{kind}_gib_month", copies * gib, f"GiB of {kind}")
    striped = gib >= STRIPED_GIB
    included = 0 if kind.startswith("io") else 12_000 if striped else 3_000
    iops = float(found.get("iops", 0)) - included
    if kind != "gp2" and iops > 0:
        yield from monthly(f"rds_{kind}_iops_month", copies * iops, "IOPS" + " above what is included" * bool(included))
    throughput = float(found.get("storageThroughput", 0)) - (500 if striped else 125)
    if kind == "gp3" and throughput > 0:
        more = f"{throughput:g} MiB/s above what is included"
        yield from monthly("rds_gp3_throughput_month", copies * throughput, more)


def _insights(found: Said) -> Parts:
    if found.get("databaseInsightsMode", "standard") != "standard":
        yield None, "advanced Database Insights"
    if int(found.get("performanceInsightsRetentionPeriod", 0)) > INSIGHTS_DAYS:
        yield None, "Performance Insights kept for longer"


def cluster(resource: Resource, held: Sequence[Resource]) -> Parts:
    """Aurora's storage is paid by what lies in it; its instances are resources of their own."""
    if str(said(resource)["engine"]).startswith("aurora"):
        yield 0.0, "instances on their own, storage by use"


def cluster_instance(resource: Resource, held: Sequence[Resource]) -> Parts:
    """A provisioned one by its class, a serverless one by the least capacity that it has."""
    found = said(resource)
    own = _cluster(str(found["clusterIdentifier"]), held)
    optimized = "_io_optimized" if own.get("storageType") == "aurora-iopt1" else ""
    if found["instanceClass"] != "db.serverless":
        name = f"{own['engine']}_{found['instanceClass']}{optimized}_hour"
        if price(name) is not None:
            yield from monthly(name, 1, str(found["instanceClass"]))
    else:
        least = float(own["serverlessv2ScalingConfiguration"]["minCapacity"])
        yield from monthly(f"aurora_acu{optimized}_hour", least, "ACU, the least that it has")
    yield from _insights(found)


def _cluster(named: str, held: Sequence[Resource]) -> Said:
    """The one that an instance belongs to; empty where nobody can tell which, so that no rule finds a property."""
    found = (one for one in of_type(held, CLUSTER) if outputs(one).get("clusterIdentifier") == named)
    return next(map(said, found), Said())


def proxy(resource: Resource, held: Sequence[Resource]) -> Parts:
    """A proxy is paid by the vCPUs behind it."""
    name = said(resource)["name"]
    targets = [said(one) for one in of_type(held, PROXY_TARGET) if outputs(one).get("dbProxyName") == name]
    classes = [kind for target in targets for kind in _behind(target, held)]
    if classes and "db.serverless" not in classes:
        count = max(PROXY_VCPUS, sum(vcpus(kind) for kind in classes))
        yield from monthly("rds_proxy_vcpu_hour", count, "vCPU behind the proxy")


def _behind(target: Said, held: Sequence[Resource]) -> Iterator[str]:
    one, many = target.get("dbInstanceIdentifier"), target.get("dbClusterIdentifier")
    for resource in of_type(held, INSTANCE, CLUSTER_INSTANCE):
        found = outputs(resource)
        if (one and found.get("identifier") == one) or (many and found.get("clusterIdentifier") == many):
            yield str(said(resource)["instanceClass"])


def vcpus(instance_class: str) -> int:
    """Of the general and memory-optimized classes, and of t3 and t4g: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/
    Concepts.DBInstanceClass.Summary.html."""
    parts = re.fullmatch(r"db\.(?:[mr][5-9]\w*|t3|t4g)\.(?:(micro|small|medium|large)|(\d*)xlarge)", instance_class)
    if parts is None:
        raise ValueError(f"{instance_class} has an unknown number of vCPUs")
    return 2 if parts[1] else 4 * int(parts[2] or 1)


def cache_nodes(resource: Resource, held: Sequence[Resource]) -> Parts:
    """Every node of a replication group, by its engine."""
    found = said(resource)
    nodes = found.get("numCacheClusters", 0)
    nodes = nodes or int(found["numNodeGroups"]) * (1 + int(found.get("replicasPerNodeGroup", 0)))
    yield from _nodes(found, int(nodes))


def cache_cluster(resource: Resource, held: Sequence[Resource]) -> Parts:
    """The nodes of a cluster; those of a replication group are the group's."""
    found = said(resource)
    if found.get("replicationGroupId"):
        yield 0.0, "a node of its replication group"
    else:
        yield from _nodes(found, int(found["numCacheNodes"]))


def _nodes(found: Said, count: int) -> Parts:
    engine, kind = str(found["engine"]), str(found["nodeType"])
    if price(f"{engine}_{kind}_hour") is not None:
        yield from monthly(f"{engine}_{kind}_hour", count, f"{kind} of {engine}")


def serverless_cache(resource: Resource, held: Sequence[Resource]) -> Parts:
    """The least data that is billed; data above it and requests are paid by use."""
    found = said(resource)
    engine = str(found["engine"])
    limits = found.get("cacheUsageLimits", {})
    stored = float((limits.get("dataStorage") or {}).get("minimum") or 0)
    gib = max(SERVERLESS_GIB[engine], stored)
    yield from monthly(f"{engine}_serverless_gib_hour", gib, f"GB of {engine}, the least that is billed")
    if any(limit.get("minimum") for limit in limits.get("ecpuPerSeconds") or ()):
        yield None, "the least ECPU a second"
