"""Rules on what can reach what."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

INSTANCE = "aws:rds/instance:Instance"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
DEFAULT_ROUTE_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
MAIN_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE = "aws:ec2/route:Route"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"

KEEP_PRIVATE = "remove publiclyAccessible (or set it to false) and reach the database from inside the network"


def rds_private(database: Properties) -> Verdict:
    """A database with a public address is one wrong security group rule away from everybody's scanners."""
    public = lookup(database, "publiclyAccessible")
    if public is UNKNOWN:
        return undetermined("publiclyAccessible")
    if public is True:
        return fail("publiclyAccessible", "the database gets a public address", KEEP_PRIVATE)
    if public is MISSING and lookup(database, "clusterIdentifier") is not MISSING:
        # The provider sends false for an instance, but nothing for a cluster's: AWS then goes by the subnets' VPC.
        what = "is not set, and AWS makes a cluster's instance public wherever the VPC has an internet gateway"
        return fail("publiclyAccessible", what, "set publiclyAccessible to false")
    return PASS


def rds_private_subnets(group: Resource, graph: Graph) -> Verdict:
    """Whatever a database's own settings say, a route to the internet gateway is the way in and the way out."""
    subnets = graph.behind(group, "subnetIds", SUBNET)
    if not subnets:
        what = "names subnets outside this stack, whose routes cannot be seen"
        return undetermined("subnetIds", what, "check their route tables by hand, and record an exception")
    exposed = (
        fail("subnetIds", f"subnet {subnet.name} routes to an internet gateway", "use the network's isolated subnets")
        for subnet in subnets
        if any(_reaches_internet(table, graph) for table in _route_tables(subnet, graph))
    )
    return combine(exposed)


def _route_tables(subnet: Resource, graph: Graph) -> Iterator[Resource]:
    """The route tables in force in a subnet; its VPC's main one where nothing is associated."""
    associated = [a for a in graph.of_type(ASSOCIATION) if graph.refers_to(a, "subnetId", subnet)]
    for association in associated:
        yield from graph.behind(association, "routeTableId", ROUTE_TABLE)
    if associated:
        return
    vpcs = graph.behind(subnet, "vpcId", "aws:ec2/vpc:Vpc")
    for default in graph.of_type(DEFAULT_ROUTE_TABLE):
        made_from = default.depends_on.get("defaultRouteTableId", ())
        if any(graph.refers_to(default, "vpcId", vpc) or vpc.urn in made_from for vpc in vpcs):
            yield default
    for main in graph.of_type(MAIN_ASSOCIATION):
        if any(graph.refers_to(main, "vpcId", vpc) for vpc in vpcs):
            yield from graph.behind(main, "routeTableId", ROUTE_TABLE)


def _reaches_internet(table: Resource, graph: Graph) -> bool:
    inline = lookup(table.properties, "routes")
    routes = inline if isinstance(inline, list) else []
    if any(_to_gateway(route, bool(graph.behind(table, "routes", INTERNET_GATEWAY))) for route in routes):
        return True
    return any(
        _to_gateway(route.properties, bool(graph.behind(route, "gatewayId", INTERNET_GATEWAY)))
        for route in graph.of_type(ROUTE)
        if graph.refers_to(route, "routeTableId", table)
    )


def _to_gateway(route: Properties, made_from_gateway: bool) -> bool:
    """Whether a route leads to an internet gateway: by its id, or before that is known by what it is made from."""
    gateway = lookup(route, "gatewayId")
    if gateway is UNKNOWN:
        return made_from_gateway
    return isinstance(gateway, str) and gateway.startswith("igw-")


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=rds_private,
        title="Databases have no public address",
        types=frozenset({INSTANCE, CLUSTER_INSTANCE}),
        severity="critical",
        references=("AWS FSBP RDS.2", "Checkov CKV_AWS_17"),
    ),
    GraphRule(
        check=rds_private_subnets,
        title="The subnets of databases have no route to the internet",
        types=frozenset({"aws:rds/subnetGroup:SubnetGroup"}),
        severity="critical",
        references=("AWS FSBP RDS.2",),
    ),
)
