"""What ElastiCache refuses of a cache, and what follows from its use: facts of AWS, free of Pulumi."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from components.constraints import Problem, within

CACHE_GUIDE = "docs.aws.amazon.com/AmazonElastiCache/latest/dg"

Engine = Literal["redis", "valkey"]
Use = Literal["cache", "queue", "sessions"]

FAMILIES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "redis": MappingProxyType({"6.2": "redis6.x", "7.0": "redis7", "7.1": "redis7"}),
        "valkey": MappingProxyType({"7.2": "valkey7", "8.0": "valkey8", "8.1": "valkey8", "8.2": "valkey8"}),
    }
)
"""Engine to its versions in standard support, and the family of parameters of each.

Source: docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html. Versions before Redis OSS 6 know no users.
"""

EVICTION: Mapping[Use, str] = MappingProxyType(
    {"cache": "allkeys-lru", "sessions": "volatile-lru", "queue": "noeviction"}
)
"""What a full cache drops: whatever was used least lately; of what expires anyway; nothing, and it refuses to write.

A queue that drops jobs loses work without a word, so BullMQ and the like demand noeviction.
"""

SERVERLESS_VERSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType({"redis": ("7",), "valkey": ("7", "8")})
"""Engine to the major versions of serverless caches.

Source: docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
"""
SERVERLESS_EVICTION = "volatile-lru"
"""What a full serverless cache does, and nobody can change it: of keys that expire, those that were used least lately
go; without any, writing fails. Source: docs.aws.amazon.com/AmazonElastiCache/latest/dg/Scaling.html
"""
SERVERLESS_GB = (1, 5000)
SERVERLESS_ECPU = (1000, 15_000_000)
"""Bounds of the limits.

Source: docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_aws-elasticache-alpha.CacheUsageLimitsProperty.html
"""

BURSTABLE_SIZES = ("micro", "small", "medium")
LARGE_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
OLDER_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "12xlarge", "24xlarge")
CLASSES = frozenset(
    [
        *(f"cache.{family}.{size}" for family in ("t3", "t4g") for size in BURSTABLE_SIZES),
        *(f"cache.{family}.{size}" for family in ("m5", "r5") for size in OLDER_SIZES),
        *(f"cache.{family}.{size}" for family in ("m6g", "m7g", "r6g", "r7g") for size in LARGE_SIZES),
    ]
)
"""Node types of the current generation without data tiering.

Source: docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
"""

NAME = re.compile(r"^[a-z](-?[a-z0-9])*$")
LONGEST_NAME = 20
"""Letters of a name. The longest id is the disabled user's, `no-<environment>-<name>`: 3 + 16 + 1 + 20 = 40, AWS's
limit for users and user groups."""

MOST_NODES = 6
"""A primary and five replicas."""


def max_clients(node_class: str) -> int:
    """Clients that a node takes at most: 65,000, of which a burstable one is counted upon for 20,000.

    AWS sets maxclients itself and lets nobody change it; small burstable nodes have the lower number. Source:
    docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
    """
    return 20_000 if node_class.startswith("cache.t") else 65_000


def cache_name_problems(name: str) -> list[Problem]:
    """A cache's name ends the ids of its users, and ElastiCache refuses some that other services take."""
    if NAME.match(name) and len(name) <= LONGEST_NAME:
        return []
    return [
        Problem(
            key="name",
            value=name,
            reason="an ElastiCache id has small letters, digits and single hyphens, a letter first, no hyphen last",
            remedy=f"rename the cache, to {LONGEST_NAME} characters at most",
            source="docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUser.html",
        )
    ]


def cache_version_problems(engine: str, version: str) -> list[Problem]:
    """ElastiCache creates supported versions only, and takes them as major and minor number."""
    known: Sequence[str] = tuple(FAMILIES.get(engine, ()))
    if version in known or not known:
        return []
    other = next((name for name, versions in FAMILIES.items() if version in versions), "")
    reason = f"it is a version of {other}" if other else f"ElastiCache has no such {engine} in standard support"
    remedy = f"choose one of {', '.join(known)}" + (f", or engine: {other}" if other else "")
    source = f"{CACHE_GUIDE}/engine-versions.html"
    return [Problem(key="version", value=version, reason=reason, remedy=remedy, source=source)]


def cache_class_problems(node_class: str) -> list[Problem]:
    """ElastiCache offers a fixed set of node types, and not every one can do what a cache here needs."""
    if node_class in CLASSES:
        return []
    family = node_class.rpartition(".")[0]
    sizes = sorted(name for name in CLASSES if name.startswith(f"{family}."))
    families = sorted({name.rpartition(".")[0] for name in CLASSES})
    reason, source = "there is no such node type here", f"{CACHE_GUIDE}/CacheNodes.SupportedTypes.html"
    if family == "cache.t1":
        # SnapshotFeatureNotSupportedFault names cache.t1.micro and no other class; T1 knows no failover either.
        reason = "T1 nodes take no snapshots and do not fail over"
        source = "docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateSnapshot.html"
    elif family == "cache.r6gd":
        reason = "R6gd nodes keep data on disk as well (data tiering), which can't be turned off again"
        source = f"{CACHE_GUIDE}/data-tiering.html"
    remedy = f"choose one of {', '.join(sizes)}" if sizes else f"choose a class of {', '.join(families)}"
    return [Problem(key="class", value=node_class, reason=reason, remedy=remedy, source=source)]


def node_problems(nodes: int) -> list[Problem]:
    """One primary, and five replicas at most."""
    source = f"{CACHE_GUIDE}/Replication.Redis.Groups.html"
    return within("nodes", nodes, 1, MOST_NODES, "nodes: a primary and its replicas", source)


def snapshot_problems(snapshot_days: int) -> list[Problem]:
    """Automatic snapshots are kept for 35 days at most."""
    return within("snapshot_days", snapshot_days, 0, 35, "days", f"{CACHE_GUIDE}/backups-automatic.html")


def failover_problems(nodes: int, failover: bool | None) -> list[Problem]:
    """Only a replica can take over."""
    if not failover or nodes > 1:
        return []
    return [
        Problem(
            key="failover",
            value="true",
            reason="a cache of one node has no replica that could take over",
            remedy="choose nodes: 2 or more, or leave failover out",
            source=f"{CACHE_GUIDE}/AutoFailover.html",
        )
    ]


def cache_problems(
    *, engine: str, version: str, node_class: str, nodes: int, snapshot_days: int, failover: bool | None
) -> list[Problem]:
    """All that AWS would refuse of a cache."""
    return [
        *cache_version_problems(engine, version),
        *cache_class_problems(node_class),
        *node_problems(nodes),
        *snapshot_problems(snapshot_days),
        *failover_problems(nodes, failover),
    ]


def serverless_version_problems(engine: str, version: str) -> list[Problem]:
    """A serverless cache has a major version, and AWS keeps it on the newest release of that."""
    known = SERVERLESS_VERSIONS.get(engine, ())
    if version in known or not known:
        return []
    major = version.partition(".")[0]
    reason = (
        "a serverless cache takes a major version only" if major in known else f"there is no such serverless {engine}"
    )
    return [
        Problem(
            key="version",
            value=version,
            reason=reason,
            remedy=f"choose {major}" if major in known else f"choose {' or '.join(known)}",
            source=f"{CACHE_GUIDE}/engine-versions.html",
        )
    ]


def serverless_use_problems(use: str) -> list[Problem]:
    """A queue must not lose a job."""
    if use != "queue":
        return []
    return [
        Problem(
            key="use",
            value=use,
            reason=f"a queue needs noeviction, and a serverless cache has {SERVERLESS_EVICTION} for good",
            remedy="choose a class and nodes instead of serverless",
            source=f"{CACHE_GUIDE}/Scaling.html",
        )
    ]


def serverless_limit_problems(max_gb: int, max_ecpu_per_second: int) -> list[Problem]:
    """AWS's bounds."""
    source = f"{CACHE_GUIDE}/Scaling.html"
    return [
        *within("serverless.max_gb", max_gb, *SERVERLESS_GB, "GB", source),
        *within("serverless.max_ecpu_per_second", max_ecpu_per_second, *SERVERLESS_ECPU, "ECPU a second", source),
    ]


def serverless_problems(
    *, engine: str, version: str, max_gb: int, max_ecpu_per_second: int, use: str, snapshot_days: int
) -> list[Problem]:
    """All that AWS would refuse of a serverless cache."""
    return [
        *serverless_version_problems(engine, version),
        *serverless_limit_problems(max_gb, max_ecpu_per_second),
        *serverless_use_problems(use),
        *snapshot_problems(snapshot_days),
    ]
