"""The hosted zone of an environment's domain, and the records that lead to what answers there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.edge.domain_names import AMAZON_ISSUERS, APEX, host_name
from components.links import ZoneLink

CAA_TTL_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class ZoneArgs:
    """Which domain, and whether its zone exists already."""

    domain: str
    """The environment's domain, `staging.example.com`."""
    existing_id: str | None = None
    """Id of a public hosted zone of this account that holds the domain. Without it a zone of the domain's own is made,
    which the parent zone must delegate to."""
    only_amazon_issues: bool = False
    """Whether a CAA record forbids every other authority to issue certificates for the domain and below it."""
    protect: bool = True
    """Whether Pulumi refuses to delete the zone: a new one has other name servers, and the delegation leads nowhere."""


class Zone(pulumi.ComponentResource):
    """A public hosted zone, made or existing."""

    link: ZoneLink
    """What certificates and records need."""
    name_servers: pulumi.Output[Sequence[str]]
    """Name servers that the parent zone must delegate the domain to; none for an existing zone."""

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:Zone", name, None, opts)
        if args.existing_id is None:
            zone = aws.route53.Zone(
                name,
                name=args.domain,
                comment=f"{args.domain}, delegated by its parent zone",
                opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
            )
            zone_id: pulumi.Input[str] = zone.zone_id
            self.name_servers = zone.name_servers
        else:
            zone_id = args.existing_id
            self.name_servers = pulumi.Output.from_input([])
        if args.only_amazon_issues:
            aws.route53.Record(
                f"{name}-caa",
                zone_id=zone_id,
                name=args.domain,
                type="CAA",
                records=[f'0 issue "{issuer}"' for issuer in AMAZON_ISSUERS],
                ttl=CAA_TTL_SECONDS,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.link = ZoneLink(zone_id=zone_id, domain=args.domain)
        self.register_outputs({"zoneId": zone_id, "nameServers": self.name_servers})


@dataclass(frozen=True, kw_only=True)
class AliasTarget:
    """A load balancer or a distribution, as an alias record leads to it. Such records cost nothing a request."""

    dns_name: pulumi.Input[str]
    """Name that AWS gave it."""
    zone_id: pulumi.Input[str]
    """Route 53 zone of that name: AWS's, not ours."""
    evaluate_health: bool
    """Whether an unhealthy target is left out of answers; CloudFront can't be evaluated."""
    ipv6: bool
    """Whether it has IPv6 addresses, so that it gets an AAAA record, too."""


@dataclass(frozen=True, kw_only=True)
class AliasesArgs:
    """Which hosts lead where."""

    zone: ZoneLink
    """Zone of the records."""
    targets: Mapping[str, AliasTarget]
    """Host (`api`, or `@` for the domain itself) to what answers for it."""


class Aliases(pulumi.ComponentResource):
    """Alias records of an environment's hosts."""

    hosts: Sequence[str]
    """Full names of the hosts."""

    def __init__(self, name: str, args: AliasesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:Aliases", name, None, opts)
        self.hosts = [host_name(args.zone.domain, host) for host in args.targets]
        for host, target in args.targets.items():
            for type_ in ("A", "AAAA") if target.ipv6 else ("A",):
                aws.route53.Record(
                    f"{name}-{'apex' if host == APEX else host}" + ("-ipv6" if type_ == "AAAA" else ""),
                    zone_id=args.zone.zone_id,
                    name=host_name(args.zone.domain, host),
                    type=type_,
                    aliases=[
                        aws.route53.RecordAliasArgs(
                            name=target.dns_name,
                            zone_id=target.zone_id,
                            evaluate_target_health=target.evaluate_health,
                        )
                    ],
                    opts=pulumi.ResourceOptions(parent=self),
                )
        self.register_outputs({"hosts": list(self.hosts)})
