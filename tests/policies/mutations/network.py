"""How the network lets in what it must not."""

from policies.graph import Graph
from tests.policies.mutations.mutation import Mutation, put, with_fields


def in_public_subnets(graph: Graph) -> Graph:
    """The databases move to the subnets of the load balancer."""
    public = [r.urn for r in graph.of_type("aws:ec2/subnet:Subnet") if "public" in r.name]
    return with_fields("aws:rds/subnetGroup:SubnetGroup", depends_on={"subnetIds": tuple(public)})(graph)


MUTATIONS = [
    Mutation(rule="rds-private", change=put("aws:rds/instance:Instance", "publiclyAccessible", True)),
    Mutation(rule="rds-private-subnets", change=in_public_subnets),
]
