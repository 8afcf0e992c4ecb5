"""What does the work: the cluster and its services."""

from collections.abc import Collection, Mapping

from components.access import bucket_name, use_buckets
from components.alarm_conditions import route_conditions
from components.bucket_constraints import bucket_variable, limit_variable, upload_bytes
from components.consumer import Consumer, ConsumerArgs
from components.ecs_cluster import EcsCluster, EcsClusterArgs
from components.ecs_service import EcsService, EcsServiceArgs
from components.links import ClusterLink, FunctionLink, RouteLink
from components.registry import Registry
from components.service_alarms import logged_errors_condition, service_conditions
from components.service_args import MigrationArgs
from components.service_constraints import POOL_VARIABLES, stop_seconds
from components.service_metrics import ecs_metrics
from infra.caches import AnyCache
from infra.environment import Environment, watch
from infra.queues import backlogs, queue_environment, queue_grants, queue_name
from infra.registry import image
from infra.settings.services import Service
from infra.users import Users
from infra.watching import make_service_logs


def make_cluster(env: Environment) -> ClusterLink | None:
    """One cluster for all services; none if there is no service."""
    if not env.settings.services:
        return None
    return EcsCluster("cluster", EcsClusterArgs(insights=env.settings.cluster.insights), env.opts).link


def make_services(
    env: Environment,
    cluster: ClusterLink | None,
    runner: FunctionLink | None,
    users: Users,
    caches: Mapping[str, AnyCache],
    routes: Mapping[str, RouteLink],
    registry: Registry | None,
) -> Mapping[str, EcsService]:
    """Each service, with its alarms and those of its route."""
    if cluster is None:
        return {}
    services: dict[str, EcsService] = {}
    for name, chosen in env.settings.services.items():
        route = routes.get(name)
        args = EcsServiceArgs(
            scope=env.scope,
            key=env.keys["services"],
            cluster=cluster,
            vpc_id=env.network.vpc_id,
            subnet_ids=env.network.private_subnet_ids,
            ready=[*env.network.private_ready, *(registry.ready if registry else ())],
            image=image(env, name),
            architecture=chosen.architecture,
            command=chosen.command or None,
            user=chosen.user,
            health_command=chosen.health_command or None,
            cpu_units=chosen.cpu_units,
            memory_mib=chosen.memory_mib,
            tmp_mib=chosen.tmp_mib,
            min_count=chosen.min_count,
            max_count=chosen.max_count,
            requests_per_target=chosen.requests_per_target,
            backlogs=backlogs(env, chosen),
            spot_percent=chosen.spot_percent,
            log_retention_days=env.settings.logs.retention_days,
            secret_recovery_days=env.settings.secrets.recovery_days,
            stop_timeout_seconds=stop_seconds(chosen.drain_seconds),
            port=chosen.port,
            route=route,
            databases=users[name],
            migration=migration(chosen, runner),
            cache=caches[chosen.cache].link if chosen.cache is not None else None,
            secrets=chosen.secrets,
            environment=service_environment(env, chosen),
            grants=[
                *use_buckets(env.scope, chosen.buckets, [env.keys["data"].alias]),
                *queue_grants(env, chosen),
            ],
            execute_command=env.settings.cluster.execute_command,
            keep_revisions=env.settings.cluster.keep_revisions,
        )
        services[name] = EcsService(name, args, env.opts)
        watch_service(env, name, services[name], cluster, route)
    return services


def watch_service(
    env: Environment, name: str, service: EcsService, cluster: ClusterLink, route: RouteLink | None
) -> None:
    """The alarms of a service, those of its route, and what is read from its log."""
    conditions = service_conditions(
        ecs_metrics(cluster, service.name), env.settings.services[name].max_count, routed=route is not None
    )
    conditions += route_conditions(route) if route else [logged_errors_condition(env.scope.namespace, name)]
    watch(env, name, service, conditions)
    make_service_logs(env, name, service, service.log_group, routed=route is not None)


def service_environment(env: Environment, chosen: Service) -> dict[str, str]:
    """The plain variables of a service: its own, and what it needs to know of what it uses."""
    return {
        **chosen.environment,
        **pool_environment(chosen),
        **bucket_environment(env, chosen.buckets),
        **queue_environment(env, chosen),
    }


def migration(chosen: Service, runner: FunctionLink | None) -> MigrationArgs | None:
    """What is run before a new version of the service; None for most."""
    if not chosen.migrate or runner is None:
        return None
    return MigrationArgs(command=chosen.migrate, runner=runner, wait_seconds=chosen.migrate_timeout_seconds)


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


def make_consumers(env: Environment) -> Mapping[str, Consumer]:
    """The role of each consumer that reaches anything."""
    consumers: dict[str, Consumer] = {}
    for name, chosen in env.settings.consumers.items():
        if chosen.access != "none":
            args = ConsumerArgs(
                scope=env.scope,
                access=chosen.access,
                principals=chosen.principals,
                buckets=sorted(env.settings.buckets),
                queues=[queue_name(env, queue) for queue in sorted(env.settings.queues)],
                bucket_key=env.keys["data"],
                service_key=env.keys["services"],
            )
            consumers[name] = Consumer(name, args, env.opts)
    return consumers


def service_outputs(services: Mapping[str, EcsService]) -> dict[str, object]:
    """What the stack exports of each service."""
    return {
        name: {
            "name": service.name,
            "log_group": service.log_group,
            "task_definition": service.task_definition_arn,
        }
        for name, service in services.items()
    }
