"""Names inside the VPC (Cloud Map), for what is no load balancer's business."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.links import NamespaceLink


@dataclass(frozen=True, kw_only=True)
class NamespaceArgs:
    """Where the names are known."""

    scope: Scope
    """Name space of the domain's name."""
    vpc_id: pulumi.Input[str]
    """VPC in which the names can be looked up; it must have DNS support and DNS host names."""


class Namespace(pulumi.ComponentResource):
    """A private domain, `headroom-dev.internal`, known in the VPC only. `internal` is reserved for this by ICANN."""

    link: NamespaceLink
    """What a service in it needs."""

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:network:Namespace", name, None, opts)
        domain = f"{args.scope.prefix}.internal"
        made = aws.servicediscovery.PrivateDnsNamespace(
            name,
            name=domain,
            vpc=args.vpc_id,
            description="Names of this environment inside its VPC",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.link = NamespaceLink(id=made.id, domain=domain)
        self.register_outputs({"domain": domain})
