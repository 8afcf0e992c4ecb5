"""How versions grow old."""

from typing import Any

from policies.graph import Resource
from tests.policies.mutations.mutation import Mutation, edit_each, put

INSTANCE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"


def is_writer(database: Resource) -> bool:
    return "replicateSourceDb" not in database.properties


def redis_5(cache: dict[str, Any]) -> None:
    cache |= {"engine": "redis", "engineVersion": "5.0.6"}


MUTATIONS = [
    Mutation(rule="versions-supported", change=edit_each(CACHE, redis_5)),
    Mutation(rule="versions-supported", change=put(INSTANCE, "autoMinorVersionUpgrade", False, is_writer)),
    Mutation(
        rule="versions-supported",
        change=put(CACHE, "autoMinorVersionUpgrade", False),
    ),
    Mutation(rule="versions-supported", change=put("aws:eks/cluster:Cluster", "version", "1.30"), compute="eks"),
]
