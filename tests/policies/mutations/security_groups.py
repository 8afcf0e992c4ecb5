"""How security groups let through what they must not."""

from typing import Any

from policies.graph import Graph, Resource
from policies.verdict import UNKNOWN
from tests.policies.mutations.mutation import Mutation, added, edit_each, put, without

INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SSH = {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0"}
EVERYTHING = {"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0", "securityGroupId": UNKNOWN}


def by_address(rule: dict[str, Any]) -> None:
    del rule["referencedSecurityGroupId"]
    rule["cidrIpv4"] = "10.0.0.0/16"


def database_reaches_everybody(graph: Graph) -> Graph:
    """A rule that lets the database's group out."""
    database = graph.of_type("aws:rds/instance:Instance")[0]
    urn = f"urn:pulumi:test::headroom::{EGRESS_RULE}::out"
    group = database.depends_on["vpcSecurityGroupIds"]
    rule = Resource(EGRESS_RULE, "out", urn, EVERYTHING, depends_on={"securityGroupId": group})
    return Graph([*graph.resources, rule])


MUTATIONS = [
    Mutation(rule="sg-world-ingress", change=added(INGRESS_RULE, "ssh", SSH)),
    Mutation(
        rule="data-ingress-by-sg", change=edit_each(INGRESS_RULE, by_address, lambda rule: rule.name == "main-users")
    ),
    Mutation(rule="default-sg-empty", change=put(DEFAULT_GROUP, "ingress", [{"protocol": "-1", "self": True}])),
    Mutation(rule="default-sg-empty", change=without(DEFAULT_GROUP)),
    Mutation(rule="egress-scoped", change=database_reaches_everybody),
]
