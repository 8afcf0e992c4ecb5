"""Rules on security groups: who may talk to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from policies.graph import Graph, Resource
from policies.openings import (
    DEFAULT_GROUP,
    GROUP,
    INGRESS_RULE,
    RULE,
    Direction,
    Opening,
    from_everybody,
    openings,
    rules_of,
)
from policies.rule import GraphRule, Rule
from policies.rules.stores import is_set
from policies.values import declared
from policies.verdict import MISSING, PASS, UNKNOWN, Outcome, Verdict, combine, fail, lookup, undetermined

VPC = "aws:ec2/vpc:Vpc"
DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"

PUBLIC_PORTS = frozenset({80, 443})
PATH_MTU = frozenset({("icmp", 3), ("icmpv6", 2)})
"""Messages by which senders learn to send smaller packets; without them connections hang.
docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-rules-reference.html"""

OURS_ONLY = (
    "name the caller's security group (referencedSecurityGroupId) or your own address ranges; only the load balancer "
    "is for everybody, on 80 and 443 (headroom:load_balancer.access)"
)
BY_GROUP = "open it with components.network.connections.open_connection, which names the caller's security group"
NO_WAY_OUT = "remove the rule: a database answers and never calls; for HTTPS to AWS open TCP 443 alone"

DATA: Mapping[str, str] = MappingProxyType(
    {
        "aws:dax/cluster:Cluster": "securityGroupIds",
        "aws:docdb/cluster:Cluster": "vpcSecurityGroupIds",
        "aws:efs/mountTarget:MountTarget": "securityGroups",
        "aws:elasticache/cluster:Cluster": "securityGroupIds",
        "aws:elasticache/replicationGroup:ReplicationGroup": "securityGroupIds",
        "aws:elasticache/serverlessCache:ServerlessCache": "securityGroupIds",
        "aws:memorydb/cluster:Cluster": "securityGroupIds",
        "aws:mq/broker:Broker": "securityGroups",
        "aws:msk/cluster:Cluster": "brokerNodeGroupInfo.securityGroups",
        "aws:neptune/cluster:Cluster": "vpcSecurityGroupIds",
        "aws:opensearch/domain:Domain": "vpcOptions.securityGroupIds",
        "aws:rds/cluster:Cluster": "vpcSecurityGroupIds",
        "aws:rds/instance:Instance": "vpcSecurityGroupIds",
        "aws:rds/proxy:Proxy": "vpcSecurityGroupIds",
        "aws:redshift/cluster:Cluster": "vpcSecurityGroupIds",
        "aws:redshiftserverless/workgroup:Workgroup": "securityGroupIds",
    }
)
"""What keeps data or stands right before it, and the property that names its security groups."""

_Judge = Callable[[Opening, Resource, Resource], Verdict]
"""Judges an opening, given the resource that says it and the group that it opens."""


def sg_world_ingress(group: Resource, graph: Graph) -> Verdict:
    """Scanners try every open port of every public address within minutes: only a web server is meant for them.

    A port range passes only if all of it is public. Ranges too large to be anybody's own count as everybody, and so
    do the stack's prefix lists that hold such.
    """
    found = openings(group, "ingress")
    return combine(
        [*(_world(opening, group, graph) for opening in found.known), *(undetermined(path) for path in found.hidden)]
    )


def _world(opening: Opening, group: Resource, graph: Graph) -> Verdict:
    sources, ports = from_everybody(opening, group, graph, OURS_ONLY), _public_ports(opening)
    if PASS in (sources, ports):
        return PASS
    if sources.outcome is Outcome.FAIL and ports.outcome is Outcome.UNDETERMINED:
        return ports
    return sources


def _public_ports(opening: Opening) -> Verdict:
    """Pass for ports that may be open to everybody."""
    names = (opening.protocol, "fromPort", "toPort")
    protocol, first, last = (lookup(opening.properties, name) for name in names)
    spelled = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}.get(str(protocol), str(protocol).lower())
    if protocol is not UNKNOWN and spelled not in ("tcp", "udp", "icmp", "icmpv6"):
        return fail(opening.where(opening.protocol), "opens every port", OURS_ONLY)
    for name, value in zip(names, (protocol, first, last), strict=True):
        if value is UNKNOWN:
            return undetermined(opening.where(name))
    if (spelled, first) in PATH_MTU or (spelled in ("tcp", "udp") and first == last and first in PUBLIC_PORTS):
        return PASS
    return fail(opening.where("fromPort"), "opens other ports than 80 and 443", OURS_ONLY)


def data_ingress_by_sg(store: Resource, graph: Graph) -> Verdict:
    """An address range lets in whatever will have an address there one day; a security group lets in its members.

    Without a security group of its own, a database gets the VPC's default one: `default-sg-empty` is about that.
    """

    def judge(opening: Opening, rule: Resource, group: Resource) -> Verdict:
        path = DATA[store.type]
        sources = [value for _, value in (*opening.ranges, *opening.prefix_lists)]
        what = f"security group {group.name} lets in addresses, by rule {rule.name} ({opening.path or rule.type})"
        if any(source is not UNKNOWN for source in sources):
            return fail(path, what, BY_GROUP)
        return undetermined(path, what.replace("lets in", "may let in")) if sources else PASS

    return combine(_each_opening(store, "ingress", graph, judge))


def egress_scoped(store: Resource, graph: Graph) -> Verdict:
    """Whoever gets into a database sends its data wherever the security group lets it.

    TCP 443 alone passes: exports to S3 and the like need it.
    """

    def judge(opening: Opening, rule: Resource, group: Resource) -> Verdict:
        path, verdict = DATA[store.type], from_everybody(opening, rule, graph, NO_WAY_OUT)
        if verdict is PASS or _https_only(opening):
            return PASS
        what = f"security group {group.name} reaches everybody, by rule {rule.name} ({opening.path or rule.type})"
        if verdict.outcome is Outcome.FAIL:
            return fail(path, what, NO_WAY_OUT)
        return undetermined(path, what.replace("reaches", "may reach"))

    return combine(_each_opening(store, "egress", graph, judge))


def _https_only(opening: Opening) -> bool:
    protocol, first, last = (lookup(opening.properties, name) for name in (opening.protocol, "fromPort", "toPort"))
    return str(protocol).lower() in ("tcp", "6") and first == last == 443


def _each_opening(store: Resource, direction: Direction, graph: Graph, judge: _Judge) -> Iterator[Verdict]:
    """The verdicts on all openings of a store's security groups, and on what cannot be seen of them."""
    path = DATA[store.type]
    value = declared(store, path)
    if not is_set(value):
        return
    groups = [group for token in (GROUP, DEFAULT_GROUP) for group in graph.behind(store, path, token)]
    if not groups or (isinstance(value, list) and len(value) > len(groups) and UNKNOWN not in value):
        what = "names security groups outside this stack, whose rules cannot be seen"
        yield undetermined(path, what, "attach a security group of this stack, or record an exception")
    for group in groups:
        for rule, found in rules_of(group, direction, graph):
            yield from (judge(opening, rule, group) for opening in found.known)
            for hidden in found.hidden:
                yield undetermined(path, f"security group {group.name}: {hidden} of {rule.name} is not known yet")


def default_sg_empty(owner: Resource, graph: Graph) -> Verdict:
    """Whatever forgets its security group gets the VPC's default one: it must be a dead end, and at first it is none.

    A VPC's default group that no resource has adopted keeps AWS's rules: everything from itself, and all ways out.
    """
    if owner.type in (VPC, DEFAULT_VPC):
        adopted = graph.referrers(owner, "vpcId", DEFAULT_GROUP)
        if owner.type == DEFAULT_VPC:  # a group that names no VPC is the default VPC's
            adopted += [g for g in graph.of_type(DEFAULT_GROUP) if declared(g, "vpcId") is MISSING]
        if adopted:
            return PASS
        what = "the VPC's default security group keeps the rules that AWS gave it"
        return fail("defaultSecurityGroupId", what, "adopt it: aws.ec2.DefaultSecurityGroup(ingress=[], egress=[])")
    return combine(_rules_of_default(owner, direction, graph) for direction in ("ingress", "egress"))


def _rules_of_default(group: Resource, direction: Direction, graph: Graph) -> Verdict:
    found = rules_of(group, direction, graph)
    if any(rules.known for _, rules in found):
        return fail(direction, "the default security group has rules", f"set {direction} to [], and remove its rules")
    return combine(undetermined(direction) for _, rules in found if rules.hidden)


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=sg_world_ingress,
        title="Everybody reaches ports 80 and 443 only",
        types=frozenset({GROUP, DEFAULT_GROUP, RULE, INGRESS_RULE}),
        severity="critical",
        references=(
            "AWS FSBP EC2.18",
            "AWS FSBP EC2.19",
            "Checkov CKV_AWS_24",
            "Checkov CKV_AWS_25",
            "cdk-nag AwsSolutions-EC23",
        ),
    ),
    GraphRule(
        check=data_ingress_by_sg,
        title="Databases and caches accept traffic from security groups only",
        types=frozenset(DATA),
        severity="high",
        references=("cdk-nag AwsSolutions-RDS8",),
    ),
    GraphRule(
        check=default_sg_empty,
        title="The default security group has no rule",
        types=frozenset({DEFAULT_GROUP, VPC, DEFAULT_VPC}),
        severity="medium",
        references=("AWS FSBP EC2.2", "Checkov CKV2_AWS_12"),
    ),
    GraphRule(
        check=egress_scoped,
        title="Databases and caches do not reach everybody",
        types=frozenset(DATA),
        severity="medium",
        references=("Checkov CKV_AWS_382",),
    ),
)
