"""What a security group lets in and out, and what of it is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from operations import properties

LATER = "(known after up)"
"""The other side, where it is not there yet."""
WORLD = ("0.0.0.0/0", "::/0")
SOURCES = (
    "cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "securityGroups",
    "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId", "sourceSecurityGroupId",
)  # fmt: skip
"""Properties of a rule that name the other side, of every resource type that holds rules."""


@dataclass(frozen=True, order=True)
class Opening:
    """Packets that pass."""

    inwards: bool
    """True for ingress."""
    protocol: str
    """tcp, udp, icmp or a number; `-1` for all."""
    ports: tuple[int, int] | None
    """First and last; None for all."""
    peer: str
    """Address range, prefix list or security group on the other side."""

    def covers(self, other: Opening) -> bool:
        """Whether whatever passes through `other` passes through this one."""
        same = self.inwards == other.inwards and self.protocol in ("-1", other.protocol)
        peer = self.peer == other.peer or (self.peer == "0.0.0.0/0" and "." in other.peer and "/" in other.peer)
        ports = self.ports is None or (
            other.ports is not None and self.ports[0] <= other.ports[0] and other.ports[1] <= self.ports[1]
        )
        return same and peer and ports

    def spoken(self) -> str:
        """`TCP 5432 from 10.0.0.0/16`."""
        what = "everything" if self.protocol == "-1" else self.protocol.upper()
        if self.ports and self.protocol != "-1":
            first, last = self.ports
            what += f" {first}" if first == last else f" {first} to {last}"
        peer = f"{self.peer} (the world)" if self.peer in WORLD else self.peer
        return f"{what} {'from' if self.inwards else 'to'} {peer}"


def openings(token: str, inputs: Mapping[str, Any]) -> set[Opening]:
    """What a security group, or a rule of one, lets pass."""
    kind = token.rsplit(":", 1)[-1]
    if kind in {"SecurityGroup", "DefaultSecurityGroup"}:
        return {
            opening
            for name, inwards in (("ingress", True), ("egress", False))
            for rule in _listed(inputs.get(name))
            for opening in _rule(rule, inwards)
        }
    return set(_rule(inputs, "Egress" not in kind and inputs.get("type") != "egress"))


def _rule(rule: Any, inwards: bool) -> Iterator[Opening]:
    if not isinstance(rule, Mapping):
        return
    protocol = str(rule.get("protocol", rule.get("ipProtocol", "-1"))).lower()
    protocol = "-1" if protocol == "all" else protocol
    first, last = rule.get("fromPort"), rule.get("toPort")
    numbers = [int(port) for port in (first, last) if isinstance(port, int | float)]
    ports = (numbers[0], numbers[1]) if len(numbers) == 2 and protocol != "-1" and numbers[0] >= 0 else None
    peers = [str(peer) for name in SOURCES for peer in _listed(rule.get(name))]
    peers += ["itself"] if rule.get("self") is True else []
    for peer in peers:
        yield Opening(inwards, protocol, ports, LATER if peer == properties.UNKNOWN else peer)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def sentences(old: set[Opening], new: set[Opening], subject: str) -> Iterator[tuple[str, bool]]:
    """What now passes and what no longer does, in words, with whether more passes than before."""
    came = sorted(opening for opening in new - old if not any(kept.covers(opening) for kept in old))
    went = sorted(opening for opening in old - new if not any(kept.covers(opening) for kept in new))
    for opening in came:
        way = "in" if opening.inwards else "out"
        before = [other.peer for other in went if replace(other, peer=opening.peer) == opening]
        if opening.peer == LATER and len(before) == 1:
            # Where the group on the other side is replaced, one rule goes and comes: that is one thing to say.
            went = [other for other in went if other.peer != before[0]]
            yield f"{subject} lets {way} {opening.spoken()}, in place of {before[0]}", True
        else:
            yield f"{subject} now lets {way} {opening.spoken()}", True
    for opening in went:
        yield f"{subject} no longer lets {'in' if opening.inwards else 'out'} {opening.spoken()}", False
