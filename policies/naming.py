"""Names of resources as the settings know them: remedies say which database or service they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from policies.graph import Resource
from policies.verdict import Place

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "headroom:compute:EcsService": "services",
        "headroom:compute:EksService": "services",
        "headroom:data:Aurora": "databases",
        "headroom:data:Cache": "caches",
        "headroom:data:Database": "databases",
        "headroom:data:ServerlessCache": "caches",
        "headroom:jobs:Schedule": "schedules",
        "headroom:messaging:Queue": "queues",
        "headroom:storage:Bucket": "buckets",
    }
)
"""Components that are made from a group of settings, one for each name in it."""
NAMED_LIKE_IT = frozenset(
    {
        "aws:ecs/service:Service",
        "aws:ecs/taskDefinition:TaskDefinition",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:elasticache/serverlessCache:ServerlessCache",
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
    }
)
"""Children that have the name of their component, some with a number behind it; others have words behind it."""
LOGS = "headroom:storage:LogsBucket"
"""Holds a bucket that no settings name: it is as protected as the buckets that it logs."""
NUMBER = re.compile(r"-\d+$")


def in_settings(place: Place, resource: Resource) -> Place:
    """The place with `headroom:databases.main.multi_az` for `headroom:databases.<name>.multi_az` in its remedy, if
    the resource belongs to the component `main`. A team's own resource is in no settings, and its remedy stays."""
    kinds = resource.urn.split("::")[2].split("$") if resource.urn.count("::") > 2 else []
    owner = kinds[-2] if len(kinds) > 1 else ""
    if owner not in GROUPS or LOGS in kinds:
        return place
    name = resource.parent.rpartition("::")[2]
    if not name and resource.type in NAMED_LIKE_IT:  # asked about one resource alone, nobody tells its parent
        name = NUMBER.sub("", resource.name)
    if not name:
        return place
    group = f"headroom:{GROUPS[owner]}."
    return replace(place, remedy=place.remedy.replace(f"{group}<name>", f"{group}{name}"))
