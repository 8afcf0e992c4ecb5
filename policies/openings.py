"""What security groups let in and out, whichever of AWS's resources says so.

A rule stands inside its group (`ingress`, `egress`), in a resource of its own (`aws:ec2/securityGroupRule`), or in one
of the newer pair (`aws:vpc/securityGroupIngressRule`, `aws:vpc/securityGroupEgressRule`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from policies.graph import Graph, Resource
from policies.values import declared
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

Direction = Literal["ingress", "egress"]

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"

EVERYBODY_V4, EVERYBODY_V6 = 8, 16
"""Shorter prefixes than these hold so much of the internet that they are everybody: two halves, 0.0.0.0/1 and
128.0.0.0/1, are as open as 0.0.0.0/0."""


@dataclass(frozen=True)
class Opening:
    """One rule of a security group."""

    path: str
    """Where it stands in its resource, `ingress[0]`; empty where the resource is the rule."""
    protocol: str
    """Name of the property that holds the protocol."""
    properties: Properties
    """The rule alone."""

    def where(self, name: str) -> str:
        """Path of one of its properties in the resource."""
        return f"{self.path}.{name}" if self.path else name

    def sources(self, *names: str) -> Iterator[tuple[str, Any]]:
        """Path and value of what some properties hold, be they lists or not; empty ones are left out."""
        for name in names:
            value = lookup(self.properties, name)
            if isinstance(value, list):
                yield from ((f"{self.where(name)}[{index}]", member) for index, member in enumerate(value))
            elif value is not MISSING and value != "":
                yield self.where(name), value

    @property
    def ranges(self) -> list[tuple[str, Any]]:
        """Path and value of each address range."""
        return list(self.sources("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6"))

    @property
    def prefix_lists(self) -> list[tuple[str, Any]]:
        """Path and value of each prefix list's id."""
        return list(self.sources("prefixListIds", "prefixListId"))


@dataclass(frozen=True)
class Openings:
    """The rules of one resource in one direction."""

    known: Sequence[Opening] = ()
    """Those that can be read."""
    hidden: Sequence[str] = ()
    """Paths behind which there may be more."""


def openings(resource: Resource, direction: Direction) -> Openings:
    """What a resource opens."""
    if resource.type in (GROUP, DEFAULT_GROUP):
        return _inline(resource, direction)
    if resource.type == RULE:
        kind = lookup(resource.properties, "type")
        if kind is UNKNOWN:
            return Openings(hidden=("type",))
        return Openings((Opening("", "protocol", resource.properties),)) if kind == direction else Openings()
    if resource.type == (INGRESS_RULE if direction == "ingress" else EGRESS_RULE):
        return Openings((Opening("", "ipProtocol", resource.properties),))
    return Openings()


def _inline(group: Resource, direction: Direction) -> Openings:
    rules = declared(group, direction)
    if rules is UNKNOWN:
        return Openings(hidden=(direction,))
    members = list(enumerate(rules)) if isinstance(rules, list) else []
    return Openings(
        [Opening(f"{direction}[{index}]", "protocol", rule) for index, rule in members if isinstance(rule, dict)],
        [f"{direction}[{index}]" for index, rule in members if rule is UNKNOWN],
    )


def rules_of(group: Resource, direction: Direction, graph: Graph) -> list[tuple[Resource, Openings]]:
    """What opens a group: itself, and the rules that name it."""
    others = graph.referrers(group, "securityGroupId", RULE, INGRESS_RULE if direction == "ingress" else EGRESS_RULE)
    return [(resource, openings(resource, direction)) for resource in (group, *others)]


def is_everybody(cidr: object) -> bool:
    """Whether an address range is the internet, or a great part of it. What AWS would refuse is none."""
    try:
        network = ipaddress.ip_network(str(cidr), strict=False)
    except ValueError:
        return False
    return network.prefixlen < (EVERYBODY_V4 if network.version == 4 else EVERYBODY_V6)


def from_everybody(opening: Opening, resource: Resource, graph: Graph, remedy: str) -> Verdict:
    """Fail where everybody is let in (or reached), by a range or by a prefix list of the stack.

    Prefix lists from elsewhere, such as AWS's own of CloudFront, pass: theirs is not the internet.
    """

    def ranges() -> Iterator[Verdict]:
        for path, cidr in opening.ranges:
            if cidr is UNKNOWN:
                yield undetermined(path)
            elif is_everybody(cidr):
                yield fail(path, "is everybody", remedy)

    def lists() -> Iterator[Verdict]:
        for path, _ in opening.prefix_lists:
            for listed in graph.behind(resource, path, PREFIX_LIST):
                yield _holds_everybody(path, listed, graph, remedy)

    return combine([*ranges(), *lists()])


def _holds_everybody(path: str, listed: Resource, graph: Graph, remedy: str) -> Verdict:
    entries = declared(listed, "entries")
    cidrs = [lookup(entry.properties, "cidr") for entry in graph.referrers(listed, "prefixListId", PREFIX_LIST_ENTRY)]
    if isinstance(entries, list):
        cidrs += [UNKNOWN if entry is UNKNOWN else lookup(entry, "cidr") for entry in entries]
    if any(cidr is not UNKNOWN and is_everybody(cidr) for cidr in cidrs):
        return fail(path, f"is prefix list {listed.name}, which holds everybody", remedy)
    if entries is UNKNOWN or UNKNOWN in cidrs:
        return undetermined(path, f"is prefix list {listed.name}, whose ranges are not known yet")
    return PASS
