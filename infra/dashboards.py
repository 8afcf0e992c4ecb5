"""The dashboards: one of the environment, one of each service."""

from collections.abc import Mapping, Sequence

from components.alarms.incidents import Incident
from components.caches.serverless_cache import ServerlessCache
from components.dashboards.cluster import cluster_row
from components.dashboards.dashboard import Dashboard, DashboardArgs
from components.dashboards.rows import WatchedService, edge_row, log_row, services_row, tasks_row, traffic_row
from components.dashboards.stores import AnyInstance, AnyNode, WatchedQueue, cache_row, database_row, queue_row
from components.dashboards.widgets import Row
from components.edge.cdn import Cdn
from components.links import LoadBalancerLink
from infra.caches import AnyCache
from infra.data import AnyDatabase
from infra.environment import Environment
from infra.queues import queue_name
from infra.services import Running

OF_ALL = "overview"
"""Last part of the name of the environment's own dashboard."""


def make_dashboards(
    env: Environment,
    services: Sequence[WatchedService],
    databases: Mapping[str, AnyDatabase],
    caches: Mapping[str, AnyCache],
    incidents: Sequence[Incident],
    *,
    balancer: LoadBalancerLink | None,
    cdn: Cdn | None,
) -> None:
    """What exists, and nothing else: every row may be absent."""
    if not env.settings.observability.dashboards:
        return
    queues = watched_queues(env, env.settings.queues)
    rows = [
        edge_row(cdn.link if cdn else None, env.firewalls),
        *([traffic_row("Traffic of all services", balancer)] if balancer else []),
        services_row(services),
        *cluster_rows(env),
        database_row([one for database in databases.values() for one in database.instances]),
        cache_row([node for cache in caches.values() for node in nodes_of(cache)]),
        queue_row(queues),
    ]
    made = DashboardArgs(scope=env.scope, rows=rows, alarm_names=paging(env, incidents))
    Dashboard(OF_ALL, made, env.opts)
    for service in services:
        rows = service_rows(env, service, databases, caches)
        # A service may be called like the dashboard of all.
        Dashboard(f"service-{service.name}", DashboardArgs(scope=env.scope, rows=rows), env.opts)


def cluster_rows(env: Environment) -> list[Row]:
    """Of a cluster on EKS; one of ECS is a name only."""
    if env.settings.compute != "eks" or not env.settings.services:
        return []
    return [cluster_row(env.scope.prefix, observed=env.settings.eks.observability)]


def service_rows(
    env: Environment, service: WatchedService, databases: Mapping[str, AnyDatabase], caches: Mapping[str, AnyCache]
) -> list[Row]:
    """A service, and what it uses."""
    chosen = env.settings.services[service.name]
    instances: Sequence[AnyInstance] = databases[chosen.database].instances if chosen.database is not None else ()
    nodes = nodes_of(caches[chosen.cache]) if chosen.cache is not None else ()
    traffic = service.route and traffic_row("Traffic", service.route.load_balancer, service.route)
    return [
        *([traffic] if traffic else []),
        tasks_row(service),
        database_row(instances),
        cache_row(nodes),
        queue_row(watched_queues(env, dict.fromkeys([*chosen.consumes, *chosen.produces]))),
        log_row(service),
    ]


def watched_services(env: Environment, services: Mapping[str, Running]) -> list[WatchedService]:
    """The services, whatever they run on."""
    return [
        WatchedService(
            name=name,
            metrics=service.metrics,
            min_count=env.settings.services[name].min_count,
            max_count=env.settings.services[name].max_count,
            log_group=service.log_group,
            route=service.route,
        )
        for name, service in services.items()
    ]


def watched_queues(env: Environment, names: Mapping[str, object]) -> list[WatchedQueue]:
    """Queues by their names in the settings."""
    return [
        WatchedQueue(
            scope=env.scope,
            queue=queue_name(env, name),
            alarm_age_minutes=env.settings.queues[name].alarm_age_minutes,
        )
        for name in names
    ]


def nodes_of(cache: AnyCache) -> Sequence[AnyNode]:
    """A cache's nodes; a serverless one is its own."""
    return [cache.watched] if isinstance(cache, ServerlessCache) else cache.nodes


def paging(env: Environment, incidents: Sequence[Incident]) -> list[str]:
    """Names of all alarms that page: incidents, and pages of their own."""
    own = [
        f"{env.scope.prefix}-{watched.name}-{condition.name}"
        for watched in env.watched
        for condition in watched.conditions
        if condition.severity == "page" and not condition.by_incident
    ]
    return [*(f"{env.scope.prefix}-{incident.name}" for incident in incidents if incident.tells), *own]
