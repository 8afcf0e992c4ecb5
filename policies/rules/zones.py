"""Rules on surviving the loss of a zone."""

from __future__ import annotations

from policies.graph import Graph, Resource
from policies.rule import GraphRule, Rule
from policies.rules.stores import (
    CACHE_CLUSTER,
    CLUSTER,
    CLUSTER_INSTANCE,
    DOCUMENT_CLUSTER,
    GRAPH_CLUSTER,
    INSTANCE,
    MEMORY_CLUSTER,
    REPLICATION_GROUP,
    is_memcached,
    is_node_of_another,
    is_replica,
    is_set,
)
from policies.values import declared, demanded
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
SUBNET = "aws:ec2/subnet:Subnet"
MEMBERS = {
    CLUSTER: CLUSTER_INSTANCE,
    DOCUMENT_CLUSTER: "aws:docdb/clusterInstance:ClusterInstance",
    GRAPH_CLUSTER: "aws:neptune/clusterInstance:ClusterInstance",
}
"""Clusters whose instances are resources of their own, and what those are."""
REPLICAS_TAG = "headroom:replicas"
"""How many replicas a database was set to have: components.databases puts it on the writer."""
STANDBY = "set headroom:databases.<name>.multi_az to true"
MORE_INSTANCES = "add an instance in another zone (headroom:databases.<name>.replicas)"


def rds_multi_az(database: Resource, graph: Graph) -> Verdict:
    """A database in one zone is away as long as the zone is, and for minutes at each of its own failures.

    Replicas pass: they are for reading. An Aurora cluster stands by with its other instances, so it needs two.
    """
    if database.type == INSTANCE:
        return PASS if is_replica(database.properties) else demanded(database, "multiAz", True, STANDBY)
    if is_set(declared(database, "dbClusterInstanceClass")):
        return PASS  # a Multi-AZ DB cluster, always in three zones
    if declared(database, "engineMode") == "serverless":
        return PASS  # the first Serverless, without instances: AWS moves it
    members = graph.referrers(database, "clusterIdentifier", MEMBERS[database.type])
    if len(members) >= 2:
        return PASS
    return fail("clusterIdentifier", "has no second instance that could take over", MORE_INSTANCES)


def rds_replicas_spread(database: Resource, graph: Graph) -> Verdict:
    """Replicas in the writer's zone, or all in one, are lost together, and reading with them.

    A writer with a standby may stand in either of its two zones, so only its replicas are compared with each other.
    """
    if database.type in MEMBERS:
        members = graph.referrers(database, "clusterIdentifier", MEMBERS[database.type])
        return _not_all_in_one(members, "clusterIdentifier")
    if is_replica(database.properties):
        return _beside_source(database, graph)
    replicas = graph.referrers(database, "replicateSourceDb", INSTANCE)
    return combine([_as_many_as_set(database.properties, len(replicas)), _not_all_in_one(replicas, "identifier")])


def _as_many_as_set(writer: Properties, count: int) -> Verdict:
    """Only the writer's tag tells how many there were to be."""
    tags = lookup(writer, "tags")
    if tags is UNKNOWN or (isinstance(tags, dict) and tags.get(REPLICAS_TAG) is UNKNOWN):
        return undetermined("tags")
    wanted = str(tags.get(REPLICAS_TAG, "")) if isinstance(tags, dict) else ""
    if not wanted.isdigit() or count >= int(wanted):
        return PASS
    return fail("tags", "says that there are more replicas than the stack has", "run `headroom up`, which makes them")


def _not_all_in_one(copies: list[Resource], path: str) -> Verdict:
    zones = [declared(copy, "availabilityZone") for copy in copies]
    if len(zones) < 2 or any(zone is UNKNOWN or not is_set(zone) for zone in zones) or len(set(zones)) > 1:
        return PASS  # AWS spreads those for which no zone was chosen
    remedy = "set headroom:databases.<name>.replica_zones to several zones, or leave it out"
    return fail(path, "all its replicas are in one zone", remedy)


def _beside_source(replica: Resource, graph: Graph) -> Verdict:
    path, zone = "availabilityZone", declared(replica, "availabilityZone")
    named = lookup(replica.properties, "replicateSourceDb")
    if isinstance(named, str) and named.startswith("arn:"):
        return PASS  # an ARN names a source in another region
    sources = graph.behind(replica, "replicateSourceDb", INSTANCE)
    if not sources:
        return undetermined("replicateSourceDb", "follows a database outside this stack, whose zone cannot be seen")
    standby = [declared(source, "multiAz") for source in sources]
    remedy = "set headroom:databases.<name>.replica_zones to zones other than the writer's, or leave it out"
    if zone is UNKNOWN:
        computed = replica.depends_on.get(path, ())
        return PASS if any(source.urn in computed for source in sources) else undetermined(path)
    if all(value is True for value in standby):
        return PASS
    if not is_set(zone):
        return fail(path, "is not set, and AWS may choose the writer's zone", remedy)
    writers = [declared(source, path) for source in sources]
    if zone in [value for value in writers if value is not UNKNOWN]:
        return fail(path, "is the writer's zone", remedy)
    if UNKNOWN in writers or MISSING in writers:
        return undetermined(path, "cannot be compared: AWS chooses the writer's zone")
    return PASS


def cache_failover(cache: Resource, graph: Graph) -> Verdict:
    """Without a replica in another zone that takes over by itself, a cache's failure is everybody's.

    Memcached passes, as it cannot, and so do nodes of a replication group, which decides for them.
    """
    nodes = "set headroom:caches.<name>.nodes to 2 or more"
    if is_memcached(cache) or is_node_of_another(cache):
        return PASS
    if cache.type == CACHE_CLUSTER:
        return fail("numCacheNodes", "has one node, and nothing that takes over", "use a replication group")
    if cache.type == MEMORY_CLUSTER:
        replicas = declared(cache, "numReplicasPerShard")
        if replicas is UNKNOWN:
            return undetermined("numReplicasPerShard")
        return fail("numReplicasPerShard", "has no replica that takes over", "set it to 1") if replicas == 0 else PASS
    return combine(
        demanded(cache, path, True, f"{nodes} ({path})") for path in ("automaticFailoverEnabled", "multiAzEnabled")
    )


def alb_two_zones(balancer: Resource, graph: Graph) -> Verdict:
    """A load balancer in one zone takes every service with it when the zone goes.

    AWS takes one subnet of a zone at most, so as many subnets are as many zones.
    docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
    """
    paths = ("subnets", "subnetMappings", "availabilityZones")
    chosen = [(path, declared(balancer, path)) for path in paths]
    if any(isinstance(value, list) and len(value) >= 2 for _, value in chosen):
        return PASS
    for path, value in chosen:
        if value is UNKNOWN:
            subnets = graph.behind(balancer, path, SUBNET)
            zones = {lookup(subnet.properties, "availabilityZone") for subnet in subnets} - {UNKNOWN, MISSING}
            return PASS if len(zones) >= 2 else undetermined(path)
    path = next((path for path, value in chosen if is_set(value)), "subnets")
    return fail(path, "is in one zone only", "name two zones or more in headroom:network.zones")


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=rds_multi_az,
        title="Databases have a standby in another zone",
        types=frozenset({INSTANCE, *MEMBERS}),
        severity="medium",
        references=("AWS FSBP RDS.5", "AWS FSBP RDS.15", "AWS FSBP Neptune.9", "Checkov CKV_AWS_157"),
    ),
    GraphRule(
        check=rds_replicas_spread,
        title="Replicas are there, and in other zones than the writer",
        types=frozenset({INSTANCE, *MEMBERS}),
        severity="medium",
        references=("requirement D2",),
    ),
    GraphRule(
        check=cache_failover,
        title="Caches fail over to another zone by themselves",
        types=frozenset({REPLICATION_GROUP, CACHE_CLUSTER, MEMORY_CLUSTER}),
        severity="medium",
        references=("AWS FSBP ElastiCache.3", "Checkov CKV2_AWS_50", "cdk-nag AwsSolutions-AEC4"),
    ),
    GraphRule(
        check=alb_two_zones,
        title="Load balancers stand in two zones at least",
        types=frozenset({LOAD_BALANCER, CLASSIC}),
        severity="high",
        references=("AWS FSBP ELB.10", "AWS FSBP ELB.13"),
    ),
)
