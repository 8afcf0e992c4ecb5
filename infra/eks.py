"""Services on EKS. Only who runs on EKS imports this module: Kubernetes' SDK takes about half a second."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pulumi

from components.edge.route import Route
from components.eks.cluster import EksCluster, EksClusterArgs
from components.eks.connections import EksConnections, EksConnectionsArgs, Store
from components.eks.link import EksLink
from components.eks.service import EksService
from components.eks.service_args import EksServiceArgs
from components.kubernetes.constraints import kubernetes_cron
from components.kubernetes.jobs import Work
from components.kubernetes.network import ANYWHERE
from components.kubernetes.pod import exec_command, resources_of
from components.network.subnets import divide
from components.schedules.constraints import expression
from components.services.alarms import reach_conditions
from components.services.metrics import eks_metrics
from components.services.registry import Registry
from components.services.telemetry import TracesArgs
from infra.caches import AnyCache
from infra.calls import callers_of, ports_of_calls
from infra.eks_watching import watch_cluster, watch_schedules
from infra.environment import Environment, watch
from infra.registry import image
from infra.services import Running, service_environment, service_grants, watch_service
from infra.settings.services import Service
from infra.traces import make_traces, ports_out, traces_of
from infra.users import Users

CLUSTER = "eks"
"""Name of the cluster in the program."""
Tier = Literal["public", "private", "isolated"]


def make_eks_services(
    env: Environment,
    users: Users,
    caches: Mapping[str, AnyCache],
    routes: Mapping[str, Route],
    registry: Registry | None,
) -> Mapping[str, Running]:
    """The cluster, and each service with its schedules and alarms; requests turn to its pods when they are ready."""
    if not env.settings.services:
        return {}
    made = make_cluster(env)
    watch_cluster(env, made)
    cluster = made.link
    connections = make_connections(env, cluster, users, caches, routes)
    ready = [*env.network.private_ready, *connections.ready]
    traces, services = make_traces(env), dict[str, Running]()
    for name in env.settings.services:
        pulled = registry.ready(image(env, name)) if registry else []
        args = service_args(env, name, cluster, users, caches, routes.get(name), traces, [*ready, *pulled])
        service = EksService(name, args, env.opts)
        route = routes.get(name)
        if route is not None:
            route.turn([service.pods])
        services[name] = running(env, name, service, route)
        watch_pods(env, services[name])
    watch_schedules(env, made, services)
    return services


def make_cluster(env: Environment) -> EksCluster:
    """One cluster for all services."""
    chosen, services = env.settings.eks, env.settings.services.values()
    args = EksClusterArgs(
        scope=env.scope,
        key=env.keys["services"],
        subnet_ids=env.network.private_subnet_ids,
        log_retention_days=env.settings.logs.retention_days,
        admins=chosen.admins,
        viewers=chosen.viewers,
        version=chosen.version,
        public_cidrs=chosen.public_cidrs,
        hosted_runners=chosen.hosted_runners,
        architectures=tuple(sorted({service.architecture for service in services})),
        spot=any(service.spot_percent for service in services),
        max_cpus=chosen.max_cpus,
        deletion_protection=chosen.deletion_protection,
        observability=chosen.observability,
        ready=env.network.private_ready,
    )
    return EksCluster(CLUSTER, args, env.opts)


def make_connections(
    env: Environment, cluster: EksLink, users: Users, caches: Mapping[str, AnyCache], routes: Mapping[str, Route]
) -> EksConnections:
    """What the nodes reach, and what reaches them: each store and each port once, whoever uses it."""
    stores: dict[str, Store] = {}
    for name, chosen in env.settings.services.items():
        for door in (door for user in users[name] for door in user.doors):
            stores[f"database-{door.name}"] = Store(security_group_id=door.security_group_id, ports=[door.port])
        if chosen.cache is not None:
            cache = caches[chosen.cache].link
            ports = [cache.port, cache.read_port or cache.port]
            stores[f"cache-{cache.name}"] = Store(security_group_id=cache.security_group_id, ports=ports)
    routed = [route.link.load_balancer for route in routes.values()]
    args = EksConnectionsArgs(
        security_group_id=cluster.security_group_id,
        load_balancer=routed[0] if routed else None,
        ports=[port for name in routes if (port := env.settings.services[name].port) is not None],
        stores=stores,
    )
    return EksConnections(CLUSTER, args, env.opts)


def service_args(
    env: Environment,
    name: str,
    cluster: EksLink,
    users: Users,
    caches: Mapping[str, AnyCache],
    route: Route | None,
    traces: TracesArgs | None,
    ready: Sequence[pulumi.Resource],
) -> EksServiceArgs:
    """The description of a service, as EKS runs it."""
    chosen = env.settings.services[name]
    own_traces = traces_of(traces, chosen)
    return EksServiceArgs(
        scope=env.scope,
        key=env.keys["services"],
        cluster=cluster,
        image=image(env, name),
        architecture=chosen.architecture,
        command=chosen.command,
        user=chosen.user,
        port=chosen.port,
        # What no load balancer asks need not answer there: then its own command tells, or its port.
        health_path=chosen.health_path if chosen.public else None,
        liveness_path=chosen.liveness_path,
        health_command=exec_command(chosen.health_command),
        resources=resources_of(chosen.cpu_units, chosen.memory_mib),
        tmp_mib=chosen.tmp_mib,
        min_count=chosen.min_count,
        max_count=chosen.max_count,
        critical=chosen.critical,
        spot_percent=chosen.spot_percent,
        drain_seconds=chosen.drain_seconds,
        log_retention_days=env.settings.logs.retention_days,
        secret_recovery_days=env.settings.secrets.recovery_days,
        by_hand=env.by_hand,
        route=route.link if route else None,
        caller_cidrs=ranges(env, balancer_tier(env)) if route else (),
        callers=callers_of(env.settings, name),
        calls=ports_of_calls(env.settings, name),
        traces=own_traces,
        egress_ports=ports_out(own_traces),
        databases=users[name],
        cache=caches[chosen.cache].link if chosen.cache is not None else None,
        store_cidrs=store_ranges(env, chosen),
        secrets=chosen.secrets,
        environment=service_environment(env, name),
        schedules=works(env, name),
        migration=chosen.migrate,
        migration_timeout_seconds=chosen.migrate_timeout_seconds,
        grants=service_grants(env, name),
        ready=ready,
    )


def balancer_tier(env: Environment) -> Tier:
    """The subnets that the load balancer's requests come from."""
    return "private" if env.settings.load_balancer.access == "internal" else "public"


def ranges(env: Environment, *tiers: Tier) -> list[str]:
    """Addresses of the subnets of these tiers; of a network that stood before only all addresses are known."""
    network = env.settings.network
    if network.existing is not None:
        return [network.cidr]
    return [str(getattr(zone, tier)) for tier in tiers for zone in divide(network.cidr, network.zones)]


def store_ranges(env: Environment, chosen: Service) -> list[str]:
    """Where a service's databases and caches are. Tasks of PgBouncer are in private subnets, and a database that stood
    before may be anywhere."""
    names = [*([chosen.database] if chosen.database is not None else []), *chosen.tenants.values()]
    databases = [env.settings.databases[name] for name in names]
    if any(database.existing is not None for database in databases):
        return [ANYWHERE]
    if any(database.pooling == "pgbouncer" for database in databases):
        return ranges(env, "isolated", "private")
    return ranges(env, "isolated") if databases or chosen.cache is not None else []


def works(env: Environment, service: str) -> dict[str, Work]:
    """The schedules of a service."""
    return {
        name: Work(
            schedule=kubernetes_cron(expression(chosen.every)),
            command=chosen.command,
            time_zone=chosen.timezone,
            start_seconds=chosen.max_age_minutes * 60,
            enabled=chosen.enabled,
            resources=resources_of(chosen.cpu_units, chosen.memory_mib)
            if chosen.cpu_units is not None and chosen.memory_mib is not None
            else None,
            environment={"SCHEDULE_NAME": name},
        )
        for name, chosen in env.settings.schedules.items()
        if chosen.service == service
    }


def running(env: Environment, name: str, service: EksService, route: Route | None) -> Running:
    """A service on EKS as those who watch it see it."""
    return Running(
        name=name,
        resource=service,
        metrics=eks_metrics(env.scope.prefix, name, service.resources),
        log_group=service.log_group,
        route=route.link if route else None,
        output={"name": name, "namespace": service.namespace, "log_group": service.log_group},
    )


def watch_pods(env: Environment, service: Running) -> None:
    """The alarms of a service; without observability those that its route tells of, since nobody counts its pods."""
    if env.settings.eks.observability:
        watch_service(env, service)
    elif service.route is not None:
        watch(env, service.name, service.resource, reach_conditions(service.route, service.metrics))
