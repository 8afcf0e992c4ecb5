"""What stands between the internet and the services."""

from collections.abc import Mapping, Sequence

import pulumi

from components.alarms.conditions import load_balancer_conditions
from components.edge.cdn import Cdn
from components.edge.certificate import Certificate, CertificateArgs
from components.edge.dns import Aliases, AliasesArgs, AliasTarget, Zone, ZoneArgs
from components.edge.domain_names import APEX, certificate_names, host_name
from components.edge.load_balancer import LoadBalancer, LoadBalancerArgs
from components.edge.route import Route, RouteArgs
from components.edge.waf import GLOBAL_REGION, WebAcl, WebAclArgs
from components.edge.waf_alarms import web_acl_conditions
from components.links import KeyLink, WebAclLink
from components.services.alarms import answer_conditions
from infra.environment import Environment, watch
from infra.settings.edge import protection

Certificates = Mapping[str, pulumi.Output[str]]
"""ARNs of certificates by region."""


def make_zone(env: Environment) -> Zone | None:
    """The hosted zone of the environment's domain; none without a domain."""
    chosen = env.settings.domain
    if chosen.name == "none":
        return None
    args = ZoneArgs(
        domain=chosen.name,
        existing_id=None if chosen.zone == "create" else chosen.zone,
        only_amazon_issues=chosen.caa,
        protect=chosen.protect,
    )
    return Zone("zone", args, env.opts)


def make_certificates(env: Environment, zone: Zone | None) -> Certificates:
    """Certificates for all of the environment's names; none without a domain, or where none is needed: a load balancer
    may not be there, or be given one that exists. CloudFront takes one of us-east-1."""
    given = env.settings.load_balancer.certificate_arn != "none"
    regions = [env.settings.region] if has_public_service(env) and not given else []
    if env.settings.cdn is not None and GLOBAL_REGION not in regions:
        regions.append(GLOBAL_REGION)
    if zone is None or not regions:
        return {}
    args = CertificateArgs(
        zone=zone.link,
        names=certificate_names(zone.link.domain, public_hosts(env)),
        regions=regions,
        wait_minutes=env.settings.domain.validation_minutes,
    )
    return Certificate("certificate", args, env.opts).arns


def has_public_service(env: Environment) -> bool:
    """Whether anything hangs behind a load balancer."""
    return any(service.public for service in env.settings.services.values())


def public_hosts(env: Environment) -> list[str]:
    """Hosts that public services answer for, the domain itself first: it leads to those that take any host. A CDN
    answers for the domain itself, and for hosts of its own."""
    public = [service for service in env.settings.services.values() if service.public]
    hosts = {host for service in public for host in service.hosts or (APEX,)}
    if env.settings.cdn is not None:
        hosts |= {APEX, *env.settings.cdn.hosts}
    return sorted(hosts, key=lambda host: (host != APEX, host))


def make_load_balancer(env: Environment, certificates: Certificates) -> LoadBalancer | None:
    """One load balancer for all public services; none if there is no public service."""
    if not has_public_service(env):
        return None
    chosen = env.settings.load_balancer
    internal = chosen.access == "internal"
    made = certificates.get(env.settings.region)
    args = LoadBalancerArgs(
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.private_subnet_ids if internal else env.network.public_subnet_ids,
        certificate_arn=made if chosen.certificate_arn == "none" else chosen.certificate_arn,
        deletion_protection=chosen.deletion_protection,
        idle_timeout_seconds=chosen.idle_timeout_seconds,
        internal=internal,
        ingress_cidrs=admitted(env),
        desync_mitigation=chosen.desync_mitigation,
        hsts_days=chosen.hsts_days,
        frame_options=chosen.frame_options,
        logs=env.logs,
        connection_logs=chosen.connection_logs,
        ready=env.network.public_ready,
    )
    balancer = LoadBalancer("alb", args, env.opts)
    watch(env, "alb", balancer, load_balancer_conditions(balancer.link), sleeps=True)
    return balancer


def admitted(env: Environment) -> list[str]:
    """Who may reach the load balancer: everybody, or the network; behind a CDN nobody but that, which adds itself."""
    if env.settings.load_balancer.access == "public":
        return ["0.0.0.0/0"]
    return [] if env.settings.cdn is not None else [env.settings.network.cidr]


def make_routes(env: Environment, balancer: LoadBalancer | None) -> Mapping[str, Route]:
    """How requests reach each public service, and the alarms on how they are answered."""
    routes: dict[str, Route] = {}
    for name, chosen in env.settings.services.items():
        if chosen.public and chosen.port is not None and balancer is not None:
            args = RouteArgs(
                vpc_id=env.network.vpc_id,
                load_balancer=balancer.link,
                port=chosen.port,
                paths=chosen.paths,
                hosts=[host_name(env.settings.domain.name, host) for host in chosen.hosts],
                priority=chosen.priority,
                health_path=chosen.health_path,
                health_codes=chosen.health_codes,
                slow_start_seconds=chosen.slow_start_seconds,
                drain_seconds=chosen.drain_seconds,
                eks_cluster=env.scope.prefix if env.settings.compute == "eks" else None,
                turned_later=env.settings.cluster.wait_for_tasks,
                paired=env.settings.compute == "ecs" and chosen.deploy.chosen.paired,
            )
            routes[name] = Route(name, args, env.opts)
            # Before the service, since ECS may watch them from its first deployment on.
            watch(env, name, routes[name], answer_conditions(routes[name].link), sleeps=True)
    return routes


def make_firewall(env: Environment, balancer: LoadBalancer | None) -> WebAclLink | None:
    """The web ACL before the load balancer; none where it is off, or where the load balancer faces no internet."""
    if env.settings.waf.mode == "off" or balancer is None or balancer.origin.internal:
        return None
    acl = make_web_acl(env, "waf", balancer.origin.arn, env.keys["operations"], forwarded=env.settings.cdn is not None)
    watch(env, "waf", acl, web_acl_conditions(acl.link))
    return acl.link


def make_web_acl(
    env: Environment, name: str, protects: pulumi.Input[str] | None, key: KeyLink, *, forwarded: bool = False
) -> WebAcl:
    """A web ACL by the settings: before a load balancer, or (without one) for CloudFront, with a key of its region.
    Before a public load balancer behind a CDN it counts by `forwarded` addresses."""
    args = WebAclArgs(
        scope=env.scope,
        protection=protection(env.settings.waf.model_dump(), forwarded=forwarded),
        protects=protects,
        key=key,
        log_retention_days=env.settings.logs.retention_days,
    )
    acl = WebAcl(name, args, env.opts)
    env.firewalls.append(acl.link)
    return acl


def make_aliases(env: Environment, zone: Zone | None, balancer: LoadBalancer | None, cdn: Cdn | None) -> Sequence[str]:
    """Records of the hosts that something answers for; their full names, the domain itself first."""
    target = front(balancer, cdn)
    if zone is None or target is None:
        return []
    args = AliasesArgs(zone=zone.link, targets=dict.fromkeys(public_hosts(env), target))
    return Aliases("aliases", args, env.opts).hosts


def front(balancer: LoadBalancer | None, cdn: Cdn | None) -> AliasTarget | None:
    """What faces the internet: the CDN, where there is one, or the load balancer."""
    if cdn is not None:
        return AliasTarget(dns_name=cdn.link.domain_name, zone_id=cdn.link.zone_id, evaluate_health=False, ipv6=True)
    if balancer is None:
        return None
    origin = balancer.origin
    return AliasTarget(dns_name=origin.dns_name, zone_id=origin.zone_id, evaluate_health=True, ipv6=False)


def url_of(balancer: LoadBalancer | None, cdn: Cdn | None, hosts: Sequence[str]) -> pulumi.Input[str]:
    """Where to try the environment: its first host, or the name that AWS gave the CDN or the load balancer."""
    if cdn is not None:
        return cdn.url
    if balancer is None:
        return ""
    scheme = "https" if balancer.origin.secure else "http"
    return f"{scheme}://{hosts[0]}" if hosts else balancer.url
