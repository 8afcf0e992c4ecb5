"""Which connections the nodes of a cluster have: every pod shares their security group, so each is opened once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.links import LoadBalancerLink
from components.network.connections import open_connection


@dataclass(frozen=True, kw_only=True)
class Store:
    """A database, a cache or a pool of connections."""

    security_group_id: pulumi.Input[str]
    """Its security group."""
    ports: Sequence[int]
    """TCP ports that services use."""


@dataclass(frozen=True, kw_only=True)
class EksConnectionsArgs:
    """All that pods reach or are reached from by security groups."""

    security_group_id: pulumi.Input[str]
    """Security group of the cluster's nodes."""
    load_balancer: LoadBalancerLink | None = None
    """Load balancer before the routed services."""
    ports: Sequence[int] = ()
    """Ports of the routed services, each once."""
    stores: Mapping[str, Store] = field(default_factory=dict)
    """Stores that some service uses, by name."""


class EksConnections(pulumi.ComponentResource):
    """Rules between the nodes, the load balancer and the stores.

    EKS Auto Mode has one security group for all pods, whose way out is open: which service reaches which store is
    decided by network policies, and by whose credentials it has.
    Source: docs.aws.amazon.com/eks/latest/userguide/auto-networking.html ("does not support security groups per pod")
    """

    ready: list[pulumi.Resource]
    """What must stand before a service starts."""

    def __init__(self, name: str, args: EksConnectionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:EksConnections", name, None, opts)
        child, self.ready = pulumi.ResourceOptions(parent=self), []
        if args.load_balancer is not None:
            for port in sorted(set(args.ports)):
                balancer = args.load_balancer.security_group_id
                self.ready += open_connection(
                    f"{name}-load-balancer-{port}", balancer, args.security_group_id, port, child
                )
        for store, reached in sorted(args.stores.items()):
            for port in sorted(set(reached.ports)):
                rule = aws.vpc.SecurityGroupIngressRule(
                    f"{name}-{store}-{port}",
                    security_group_id=reached.security_group_id,
                    referenced_security_group_id=args.security_group_id,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    description=f"{name}-{store}: in",
                    opts=child,
                )
                self.ready.append(rule)
        self.register_outputs({})
