"""Rules on the ways in: load balancers and CDNs."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph import Graph, Resource
from policies.openings import GROUP, from_everybody, rules_of
from policies.rule import GraphRule, ResourceRule, Rule
from policies.rules.stores import is_set
from policies.values import declared
from policies.verdict import (
    MISSING,
    PASS,
    UNKNOWN,
    Outcome,
    Properties,
    Verdict,
    combine,
    fail,
    lookup,
    require,
    undetermined,
)

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
ORIGIN_ACCESS = "aws:cloudfront/originAccessControl:OriginAccessControl"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
REGIONAL_ASSOCIATION = "aws:wafregional/webAclAssociation:WebAclAssociation"

ADD_ACCESS = "give the origin an aws.cloudfront.OriginAccessControl (originAccessControlId); components.edge.cdn does"
ADD_FIREWALL = "attach a web ACL, as components.edge.waf does for the CDN (headroom:waf)"


def cdn_oac(distribution: Resource, graph: Graph) -> Verdict:
    """Without origin access control the bucket behind a CDN must be public, and everybody reads past the CDN.

    Origin access identities do not sign with SigV4: no objects under KMS keys, no new regions.
    docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    if distribution.type == ORIGIN_ACCESS:
        value = lookup(distribution.properties, "signingBehavior")
        if value is UNKNOWN:
            return undetermined("signingBehavior")
        return fail("signingBehavior", "signs nothing", "set it to always") if value == "never" else PASS
    origins = lookup(distribution.properties, "origins")
    if origins is UNKNOWN:
        return undetermined("origins")
    controlled = bool(graph.behind(distribution, "origins", ORIGIN_ACCESS))
    return combine(
        undetermined(f"origins[{index}]") if origin is UNKNOWN else _origin(origin, f"origins[{index}]", controlled)
        for index, origin in enumerate(origins if isinstance(origins, list) else [])
    )


def _origin(origin: Properties, path: str, controlled: bool) -> Verdict:
    """`controlled`: the origins are made from an origin access control, whose id may not be known yet."""
    domain, access = (lookup(origin, name) for name in ("domainName", "originAccessControlId"))
    if is_set(lookup(origin, "vpcOriginConfig")):
        return PASS
    if is_set(lookup(origin, "customOriginConfig")):
        if isinstance(domain, str) and ".s3-website" in domain:
            what = "is the website of a bucket, which must be public for it"
            return fail(f"{path}.domainName", what, f"name the bucket itself, and {ADD_ACCESS}")
        return PASS
    if access is UNKNOWN and not controlled:
        return undetermined(f"{path}.originAccessControlId")
    if access is UNKNOWN or (isinstance(access, str) and access):
        return PASS
    return fail(f"{path}.originAccessControlId", "is not set for a bucket", ADD_ACCESS)


def waf_attached(entrance: Resource, graph: Graph) -> Verdict:
    """Floods, scanners and known exploits reach the services where no firewall stands at the door.

    An internal load balancer passes, and one that only named ranges and prefix lists reach, such as CloudFront's: the
    firewall is the CDN's then.
    """
    if entrance.type == DISTRIBUTION:
        return _firewall_of_cdn(entrance, graph)
    kind, internal = (declared(entrance, name) for name in ("loadBalancerType", "internal"))
    if internal is True or kind in ("network", "gateway"):
        return PASS
    if graph.referrers(entrance, "resourceArn", ASSOCIATION, REGIONAL_ASSOCIATION):
        return PASS
    if UNKNOWN in (kind, internal):
        return undetermined("loadBalancerType" if kind is UNKNOWN else "internal")
    return _faces_everybody(entrance, graph)


def _firewall_of_cdn(distribution: Resource, graph: Graph) -> Verdict:
    if lookup(distribution.properties, "enabled") is False:
        return PASS
    value = declared(distribution, "webAclId")
    if isinstance(value, str) and value:
        return PASS
    if value is UNKNOWN:
        return PASS if graph.behind(distribution, "webAclId", WEB_ACL) else undetermined("webAclId")
    return fail("webAclId", "no firewall stands before the CDN", ADD_FIREWALL)


def _faces_everybody(balancer: Resource, graph: Graph) -> Verdict:
    """Fail if everybody may reach it, and where that cannot be seen."""
    groups = graph.behind(balancer, "securityGroups", GROUP)
    bare = fail("securityGroups", "everybody reaches the load balancer, and it has no firewall", ADD_FIREWALL)
    if not groups and is_set(declared(balancer, "securityGroups")):
        what = "names security groups outside this stack, whose rules cannot be seen"
        return undetermined("securityGroups", what, f"{ADD_FIREWALL}, or a security group of this stack")
    if not groups:
        return bare
    verdicts = list(_reached(groups, graph))
    if any(verdict.outcome is Outcome.FAIL for verdict in verdicts):
        return bare
    if any(verdict.outcome is Outcome.UNDETERMINED for verdict in verdicts):
        return undetermined("securityGroups", "has rules whose ranges are not known yet")
    return PASS


def _reached(groups: list[Resource], graph: Graph) -> Iterator[Verdict]:
    for group in groups:
        for rule, found in rules_of(group, "ingress", graph):
            yield from (from_everybody(opening, rule, graph, ADD_FIREWALL) for opening in found.known)
            yield from (undetermined(path) for path in found.hidden)


def alb_hardened(balancer: Properties) -> Verdict:
    """What a proxy and a server read differently lets one client's request slip into another's (request smuggling)."""
    kind = lookup(balancer, "loadBalancerType")
    if kind in ("network", "gateway"):
        return PASS
    classic = is_set(lookup(balancer, "listeners"))
    desync = lookup(balancer, "desyncMitigationMode")
    remedy = "set headroom:load_balancer.desync_mitigation to defensive or strictest"
    verdicts = []
    if desync is UNKNOWN:
        verdicts.append(undetermined("desyncMitigationMode"))
    elif desync not in (MISSING, "", "defensive", "strictest"):  # defensive is AWS's own choice
        verdicts.append(fail("desyncMitigationMode", "passes on what is known to be harmful", remedy))
    if not classic:
        verdicts.append(require(balancer, "dropInvalidHeaderFields", True, "set dropInvalidHeaderFields to true"))
    return combine(verdicts)


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=cdn_oac,
        title="Buckets behind the CDN are read by origin access control",
        types=frozenset({DISTRIBUTION, ORIGIN_ACCESS}),
        severity="medium",
        references=("AWS FSBP CloudFront.13", "Checkov CKV2_AWS_46", "cdk-nag AwsSolutions-CFR7"),
    ),
    GraphRule(
        check=waf_attached,
        title="A firewall stands before what faces everybody",
        types=frozenset({LOAD_BALANCER, DISTRIBUTION}),
        severity="medium",
        references=(
            "AWS FSBP ELB.16",
            "AWS FSBP CloudFront.6",
            "Checkov CKV_AWS_68",
            "Checkov CKV2_AWS_28",
            "cdk-nag AwsSolutions-CFR2",
        ),
    ),
    ResourceRule(
        check=alb_hardened,
        title="Load balancers refuse what servers may read in another way",
        types=frozenset({LOAD_BALANCER, CLASSIC}),
        severity="medium",
        references=(
            "AWS FSBP ELB.4",
            "AWS FSBP ELB.12",
            "AWS FSBP ELB.14",
            "Checkov CKV_AWS_131",
            "Checkov CKV_AWS_328",
        ),
    ),
)
