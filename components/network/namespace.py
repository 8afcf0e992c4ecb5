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


@dataclass(frozen=True, kw_only=True)
class CallNamespaceArgs:
    """Whose calls they are."""

    scope: Scope
    """Name space of the names."""


class CallNamespace(pulumi.ComponentResource):
    """Names of services that call each other by Service Connect, which has no use for DNS: proxies are told who is
    where. In a name space without DNS none of these names is taken for an address."""

    arn: pulumi.Output[str]
    """ARN, as Service Connect takes it."""

    def __init__(self, name: str, args: CallNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:network:CallNamespace", name, None, opts)
        made = aws.servicediscovery.HttpNamespace(
            name,
            name=args.scope.prefix,
            description="Services of this environment that call each other",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = made.arn
        self.register_outputs({"arn": made.arn})
