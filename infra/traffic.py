"""What stands between the internet and the services."""

from collections.abc import Mapping

from components.alarm_conditions import (
    load_balancer_conditions,
)
from components.links import RouteLink
from components.load_balancer import LoadBalancer, LoadBalancerArgs
from components.route import Route, RouteArgs
from infra.environment import Environment, watch


def make_load_balancer(env: Environment) -> LoadBalancer | None:
    """One load balancer for all public services; none if there is no public service."""
    if not any(service.public for service in env.settings.services.values()):
        return None
    chosen = env.settings.load_balancer
    internal = chosen.access == "internal"
    args = LoadBalancerArgs(
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.private_subnet_ids if internal else env.network.public_subnet_ids,
        certificate_arn=None if chosen.certificate_arn == "none" else chosen.certificate_arn,
        deletion_protection=chosen.deletion_protection,
        idle_timeout_seconds=chosen.idle_timeout_seconds,
        internal=internal,
        ingress_cidrs=[env.settings.network.cidr] if internal else ["0.0.0.0/0"],
        ready=env.network.public_ready,
    )
    balancer = LoadBalancer("alb", args, env.opts)
    watch(env, "alb", balancer, load_balancer_conditions(balancer.link))
    return balancer


def make_routes(env: Environment, balancer: LoadBalancer | None) -> Mapping[str, RouteLink]:
    """How requests reach each public service."""
    routes: dict[str, RouteLink] = {}
    for name, chosen in env.settings.services.items():
        if chosen.public and chosen.port is not None and balancer is not None:
            args = RouteArgs(
                vpc_id=env.network.vpc_id,
                load_balancer=balancer.link,
                port=chosen.port,
                paths=chosen.paths,
                priority=chosen.priority,
                health_path=chosen.health_path,
            )
            routes[name] = Route(name, args, env.opts).link
    return routes
