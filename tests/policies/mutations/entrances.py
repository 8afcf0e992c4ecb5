"""How the ways in lose what guards them."""

from typing import Any

from policies.graph import Graph
from tests.policies.mutations.mutation import Mutation, drop, edit_each, put

DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def without_access_control(distribution: dict[str, Any]) -> None:
    for origin in distribution["origins"]:
        origin.pop("originAccessControlId", None)


def for_everybody(rule: dict[str, Any]) -> None:
    del rule["referencedSecurityGroupId"]
    rule["cidrIpv4"] = "0.0.0.0/0"


def past_the_cdn(graph: Graph) -> Graph:
    """The load balancer faces everybody, and its firewall is the CDN's."""
    public = put(LOAD_BALANCER, "internal", False)(graph)
    return edit_each(INGRESS_RULE, for_everybody, lambda rule: rule.name.startswith("cdn-"))(public)


MUTATIONS = [
    Mutation(rule="cdn-oac", change=edit_each(DISTRIBUTION, without_access_control)),
    Mutation(
        rule="cdn-oac",
        change=put("aws:cloudfront/originAccessControl:OriginAccessControl", "signingBehavior", "never"),
    ),
    Mutation(rule="waf-attached", change=drop(DISTRIBUTION, "webAclId")),
    Mutation(rule="waf-attached", change=past_the_cdn, environments=("staging", "prod")),
    Mutation(rule="alb-hardened", change=put(LOAD_BALANCER, "dropInvalidHeaderFields", False)),
    Mutation(rule="alb-hardened", change=put(LOAD_BALANCER, "desyncMitigationMode", "monitor")),
]
