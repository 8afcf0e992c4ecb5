"""Divides a VPC's address range into subnets.

The range is cut into eight equal blocks, one for each zone letter from a to h, so a zone's addresses depend on its
letter alone: adding or taking away a zone renumbers nothing, and at least four zones always have room. Half of a
zone's block is private (tasks), a quarter public (load balancer, NAT), a quarter isolated (databases).

For 10.10.0.0/16 and zone a: private 10.10.0.0/20, public 10.10.16.0/21, isolated 10.10.24.0/21.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

LETTERS = "abcdefgh"
LARGEST_PREFIX = 22
"""Longest prefix of a VPC: then a public subnet is a /27, the smallest that a load balancer accepts (AWS, "Subnets
for your load balancer": /27 with 8 free addresses)."""
SMALLEST_PREFIX = 16
"""Shortest prefix that AWS accepts for a VPC ("VPC CIDR blocks")."""


@dataclass(frozen=True, kw_only=True)
class ZoneSubnets:
    """The subnets of one zone."""

    zone: str
    """Letter of the availability zone."""
    private: IPv4Network
    """Half of the zone's block: reaches the internet through NAT, if at all."""
    public: IPv4Network
    """A quarter of the zone's block: has a route to the internet gateway."""
    isolated: IPv4Network
    """A quarter of the zone's block: has no route out of the VPC."""


def divide(cidr: str, zones: Sequence[str]) -> tuple[ZoneSubnets, ...]:
    """The subnets of each zone, in the order of `zones`.

    Raises ValueError if the range is not /16 to /22, or a zone is not a letter from a to h.
    """
    vpc = IPv4Network(cidr)
    if not SMALLEST_PREFIX <= vpc.prefixlen <= LARGEST_PREFIX:
        raise ValueError(f"cidr is {cidr}; a VPC here has a prefix of /{SMALLEST_PREFIX} to /{LARGEST_PREFIX}")
    return tuple(_divide_zone(vpc, zone) for zone in zones)


def _divide_zone(vpc: IPv4Network, zone: str) -> ZoneSubnets:
    if len(zone) != 1 or zone not in LETTERS:
        raise ValueError(f"zone is {zone!r}; zones are letters from {LETTERS[0]} to {LETTERS[-1]}")
    block = list(vpc.subnets(prefixlen_diff=3))[LETTERS.index(zone)]
    private, rest = block.subnets(prefixlen_diff=1)
    public, isolated = rest.subnets(prefixlen_diff=1)
    return ZoneSubnets(zone=zone, private=private, public=public, isolated=isolated)
