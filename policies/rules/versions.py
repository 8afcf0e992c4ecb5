"""Rules on versions: what AWS still mends, and without a surcharge."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from policies import clock
from policies.graph import Graph, Resource
from policies.rule import GraphRule, Rule
from policies.rules.stores import (
    CACHE_CLUSTER,
    CLUSTER,
    CLUSTER_INSTANCE,
    INSTANCE,
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    is_node_of_another,
    is_replica,
    is_set,
)
from policies.values import declared
from policies.verdict import PASS, UNKNOWN, Verdict, combine, fail, undetermined

FACTS = Path(__file__).parents[2] / "components" / "support.json"
"""The one place that knows until when AWS supports what; the components read it, too."""

KUBERNETES_CLUSTER = "aws:eks/cluster:Cluster"
GLOBAL_CLUSTER = "aws:rds/globalCluster:GlobalCluster"
VERSION: Mapping[str, str] = MappingProxyType(
    {
        CACHE_CLUSTER: "engineVersion",
        CLUSTER: "engineVersion",
        GLOBAL_CLUSTER: "engineVersion",
        INSTANCE: "engineVersion",
        KUBERNETES_CLUSTER: "version",
        REPLICATION_GROUP: "engineVersion",
        SERVERLESS_CACHE: "majorEngineVersion",
    }
)
"""What has a version, and the property that says it. Not set, AWS chooses one, and never one out of support."""
UPGRADED = frozenset({INSTANCE, CLUSTER_INSTANCE, REPLICATION_GROUP, CACHE_CLUSTER})
"""What follows minor releases by itself, unless autoMinorVersionUpgrade is off."""
DEFAULT_ENGINE: Mapping[str, str] = MappingProxyType({KUBERNETES_CLUSTER: "kubernetes", REPLICATION_GROUP: "redis"})
SETTING: Mapping[str, str] = MappingProxyType(
    {
        KUBERNETES_CLUSTER: "headroom:eks.version",
        REPLICATION_GROUP: "headroom:caches.<name>.version",
        SERVERLESS_CACHE: "headroom:caches.<name>.version",
        CACHE_CLUSTER: "headroom:caches.<name>.version",
    }
)

Number = tuple[int, ...]


@dataclass(frozen=True)
class Support:
    """Until when AWS supports the versions of its engines."""

    looked_at: date
    """When somebody last looked."""
    until: Mapping[str, Mapping[Number, date | None]]
    """Engine to its versions, oldest first, and the last day of standard support; None where none is announced."""


@cache
def read_support(file: Path = FACTS) -> Support:
    """The file's content."""
    content = json.loads(file.read_text(encoding="utf-8"))
    return Support(
        date.fromisoformat(content["looked_at"]),
        {
            engine: {_number(v): date.fromisoformat(end) if end else None for v, end in facts["until"].items()}
            for engine, facts in content["engines"].items()
        },
    )


def versions_supported(holder: Resource, graph: Graph, today: date | None = None) -> Verdict:
    """Out of standard support, holes stay open or cost extra by the hour, and AWS upgrades at a time of its choosing.

    Replicas and nodes pass, whose version is their source's. `today` is the clock's day unless a test says another.
    Engines that components/support.json does not know, such as Oracle's, are not judged by their version.
    """
    if is_replica(holder.properties) or is_node_of_another(holder):
        return PASS
    verdicts = [_version(holder, today or clock.today())] if holder.type in VERSION else []
    if holder.type in UPGRADED:
        verdicts.append(_minor_upgrades(holder))
    return combine(verdicts)


def _version(holder: Resource, today: date) -> Verdict:
    path, support = VERSION[holder.type], read_support()
    version, engine = declared(holder, path), declared(holder, "engine")
    engine = engine if is_set(engine) else DEFAULT_ENGINE.get(holder.type, "")
    if not is_set(version):
        return PASS
    for name, value in (("engine", engine), (path, version)):
        if value is UNKNOWN:
            return undetermined(name)
    known = support.until.get(str(engine).lower(), {})
    found = _line(_number(str(version)), known)
    if not known or found is None:
        return PASS  # newer than the file, or of an engine that it does not know
    end = known[found]
    if end is None or end >= today:
        return PASS
    what = f"is out of standard support since {end} at the latest (looked up on {support.looked_at})"
    return fail(path, what, f"upgrade it: set {SETTING.get(holder.type, 'headroom:databases.<name>.version')}")


def _line(version: Number, known: Mapping[Number, date | None]) -> Number | None:
    """The line of releases that a version belongs to, or else the next one; None for what is newer than all."""
    for length in range(len(version), 0, -1):
        if version[:length] in known:
            return version[:length]
    newer = [line for line in sorted(known) if line > version]
    return newer[0] if newer and version else None


def _number(version: str) -> Number:
    """`(17, 6)` of `17.6`, `(8, 0)` of Aurora's `8.0.mysql_aurora.3.10.3`, `(6,)` of `6.x`."""
    numeric = re.split(r"[^\d.]", version, maxsplit=1)[0]
    return tuple(int(part) for part in numeric.split(".") if part)


def _minor_upgrades(holder: Resource) -> Verdict:
    path = "autoMinorVersionUpgrade"
    value = declared(holder, path)
    if value is UNKNOWN:
        return undetermined(path)
    if value is False or str(value).lower() == "false":  # a cache cluster's is text
        remedy = (
            f"set it to true, and {SETTING.get(holder.type, 'headroom:databases.<name>.version')} to a major version"
        )
        return fail(path, "keeps minor releases out, and what they mend", remedy)
    return PASS


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=versions_supported,
        title="Engines and clusters are in standard support, and follow minor releases",
        types=frozenset({*VERSION, *UPGRADED}),
        severity="medium",
        references=(
            "AWS FSBP EKS.2",
            "AWS FSBP RDS.13",
            "AWS FSBP RDS.35",
            "AWS FSBP ElastiCache.2",
            "Checkov CKV_AWS_226",
            "Checkov CKV_AWS_339",
        ),
    ),
)
