"""How the loss of a zone is the loss of more."""

from policies.graph import Resource
from policies.verdict import UNKNOWN
from tests.policies.mutations.mutation import Mutation, put, without

INSTANCE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
LASTING = ("staging", "prod")


def is_replica(database: Resource) -> bool:
    return "replicateSourceDb" in database.properties


def is_writer(database: Resource) -> bool:
    return not is_replica(database)


MUTATIONS = [
    Mutation(rule="rds-multi-az", change=put(INSTANCE, "multiAz", False, is_writer), environments=("prod",)),
    Mutation(
        rule="rds-replicas-spread",
        change=put(INSTANCE, "availabilityZone", "eu-central-1a", is_replica),
        environments=LASTING,
    ),
    Mutation(
        rule="rds-replicas-spread",
        change=without(INSTANCE, lambda database: database.name == "main-1"),
        environments=LASTING,
    ),
    Mutation(rule="cache-failover", change=put(CACHE, "automaticFailoverEnabled", False), environments=LASTING),
    Mutation(rule="cache-failover", change=put(CACHE, "multiAzEnabled", False), environments=LASTING),
    Mutation(rule="alb-two-zones", change=put("aws:lb/loadBalancer:LoadBalancer", "subnets", [UNKNOWN])),
]
