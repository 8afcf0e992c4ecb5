"""Which resource types keep data, for the rules that are about all of them. No rules of its own."""

from __future__ import annotations

from policies.graph import Resource
from policies.values import declared
from policies.verdict import MISSING, Properties, lookup

INSTANCE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
DOCUMENT_CLUSTER = "aws:docdb/cluster:Cluster"
GRAPH_CLUSTER = "aws:neptune/cluster:Cluster"
DATABASES = frozenset({INSTANCE, CLUSTER, DOCUMENT_CLUSTER, GRAPH_CLUSTER})
"""What has backups, deletion protection and a final snapshot of its own, under the same names of properties."""

REPLICATION_GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE_CLUSTER = "aws:elasticache/cluster:Cluster"
SERVERLESS_CACHE = "aws:elasticache/serverlessCache:ServerlessCache"
MEMORY_CLUSTER = "aws:memorydb/cluster:Cluster"
CACHES = frozenset({REPLICATION_GROUP, CACHE_CLUSTER, SERVERLESS_CACHE, MEMORY_CLUSTER})

BUCKET = "aws:s3/bucket:Bucket"


def is_set(value: object) -> bool:
    """Whether a property says anything: a state holds empty texts and lists for what nobody set."""
    return value is not MISSING and value != "" and value != []


def is_replica(database: Properties) -> bool:
    """Whether it follows another database, whose data it has: RDS refuses backups and snapshots of some such."""
    return is_set(lookup(database, "replicateSourceDb"))


def is_node_of_another(cache: Resource) -> bool:
    """Whether it is a cache cluster that is one node of a replication group, which decides for it.

    A replication group names itself by the same property.
    """
    return cache.type == CACHE_CLUSTER and is_set(declared(cache, "replicationGroupId"))


def is_memcached(resource: Resource) -> bool:
    """Memcached keeps nothing: no snapshots, no failover. It is what a cache cluster is if nobody says otherwise."""
    engine = declared(resource, "engine")
    if resource.type == CACHE_CLUSTER:
        return engine is MISSING or engine == "memcached"
    return resource.type == SERVERLESS_CACHE and engine == "memcached"
