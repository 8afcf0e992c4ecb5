"""What holds for a service whatever it runs on: what it is told, what it may do, and what is watched of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pulumi

from components.access import Statement, bucket_name, use_buckets
from components.buckets.constraints import bucket_variable, limit_variable, upload_bytes
from components.links import RouteLink
from components.services.alarms import logged_errors_condition, reach_conditions, service_conditions
from components.services.constraints import POOL_VARIABLES
from components.services.metrics import ServiceMetrics
from infra.environment import Environment, watch
from infra.keys import key_environment, key_grants
from infra.queues import queue_environment, queue_grants
from infra.settings.services import Service
from infra.watching import make_service_logs


@dataclass(frozen=True, kw_only=True)
class Running:
    """A service as those who watch it see it."""

    name: str
    """Its name in the settings."""
    resource: pulumi.Resource
    """The component that runs it."""
    metrics: ServiceMetrics
    """What its platform reports."""
    log_group: str
    """Log group that it writes to."""
    route: RouteLink | None
    """How requests reach it; None for a private service."""
    output: Mapping[str, object]
    """What the stack exports of it."""


def watch_service(env: Environment, service: Running) -> None:
    """The alarms of a service, those of its route that tell of its tasks, and what is read from its log."""
    name, route = service.name, service.route
    conditions = service_conditions(service.metrics, env.settings.services[name].max_count, routed=route is not None)
    if route is not None:
        conditions += reach_conditions(route, service.metrics)
    else:
        conditions.append(logged_errors_condition(env.scope.namespace, name))
    watch(env, name, service.resource, conditions, sleeps=True)
    make_service_logs(env, name, service.resource, service.log_group, routed=route is not None)


def service_grants(env: Environment, name: str) -> list[Statement]:
    """What the code of a service may do in AWS."""
    chosen = env.settings.services[name]
    return [
        *use_buckets(env.scope, chosen.buckets, [env.keys["data"].alias]),
        *queue_grants(env, chosen),
        *key_grants(env, name),
    ]


def service_environment(env: Environment, name: str) -> dict[str, str]:
    """The plain variables of a service: its own, and what it needs to know of what it uses."""
    chosen = env.settings.services[name]
    return {
        **chosen.environment,
        **pool_environment(chosen),
        **bucket_environment(env, chosen.buckets),
        **queue_environment(env, chosen),
        **key_environment(env, name),
    }


def pool_environment(chosen: Service) -> dict[str, str]:
    """What the budget of connections counts with: the service keeps to it, or its database refuses some."""
    if chosen.database is None and not chosen.tenants:
        return {}
    counts = (chosen.database_pool, chosen.database_read_pool, chosen.workers)
    return {name: str(count) for name, count in zip(POOL_VARIABLES, counts, strict=True)}


def bucket_environment(env: Environment, buckets: Collection[str]) -> dict[str, str]:
    """The names of a service's buckets, and the largest upload where there is one: what the service signs states it."""
    told: dict[str, str] = {}
    for name in buckets:
        told[bucket_variable(name)] = bucket_name(env.scope, name)
        limit = upload_bytes(env.settings.buckets[name].use, env.settings.buckets[name].max_mib)
        if limit:
            told[limit_variable(name)] = str(limit)
    return told


def service_outputs(services: Mapping[str, Running]) -> dict[str, object]:
    """What the stack exports of each service."""
    return {name: dict(service.output) for name, service in services.items()}
