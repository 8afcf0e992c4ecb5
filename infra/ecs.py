"""Services on ECS."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.edge.route import Route
from components.links import ClusterLink, FunctionLink
from components.services.args import MigrationArgs
from components.services.constraints import stop_seconds
from components.services.ecs_cluster import EcsCluster, EcsClusterArgs
from components.services.ecs_service import EcsService, EcsServiceArgs
from components.services.metrics import ecs_metrics
from components.services.registry import Registry
from components.services.service_connect import CalledLink, CallsArgs
from components.services.telemetry import TracesArgs
from infra.caches import AnyCache
from infra.calls import calls_of, in_call_order, make_call_namespace
from infra.deploys import deploy_output, deployment
from infra.environment import Environment, night
from infra.logins import logins_of
from infra.queues import backlogs
from infra.registry import image
from infra.schedules import make_schedules
from infra.services import Running, service_environment, service_grants, watch_service
from infra.settings.services import Service
from infra.traces import make_traces, ports_out, traces_of
from infra.users import Users


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What the services of an environment on ECS have in common, or choose from by name."""

    cluster: ClusterLink
    """What runs them."""
    runner: FunctionLink | None
    """What runs their migrations."""
    users: Users
    """Databases that each signs in to, by service."""
    caches: Mapping[str, AnyCache]
    """Caches by name."""
    routes: Mapping[str, Route]
    """How requests reach each public one, by service."""
    registry: Registry | None
    """Registry of their images, where the stack makes it."""


def make_cluster(env: Environment) -> ClusterLink | None:
    """One cluster for all services; none if there is no service. With EKS it is for tasks that are no service: those
    that make databases' users, and PgBouncer's."""
    settings = env.settings
    pooled = any(database.pooling == "pgbouncer" for database in settings.databases.values())
    if not settings.services or not (settings.compute == "ecs" or pooled or logins_of(settings)):
        return None
    return EcsCluster("cluster", EcsClusterArgs(insights=env.settings.cluster.insights), env.opts).link


def make_ecs_services(
    env: Environment,
    cluster: ClusterLink | None,
    runner: FunctionLink | None,
    users: Users,
    caches: Mapping[str, AnyCache],
    routes: Mapping[str, Route],
    registry: Registry | None,
) -> Mapping[str, Running]:
    """Each service with its schedules, and the alarms of all."""
    if cluster is None:
        return {}
    shared = Shared(cluster=cluster, runner=runner, users=users, caches=caches, routes=routes, registry=registry)
    made: dict[str, EcsService] = {}
    services: dict[str, Running] = {}
    namespace, known, traces = make_call_namespace(env), dict[str, CalledLink](), make_traces(env)
    for name in in_call_order(env.settings):
        traced = traces_of(traces, env.settings.services[name])
        args = describe(env, shared, name, calls_of(env, name, namespace, known), traced)
        made[name] = service = EcsService(name, args, env.opts)
        if name in routes and env.settings.cluster.wait_for_tasks:
            routes[name].turn([service])
        if service.called is not None:
            known[name] = service.called
        services[name] = running(env, name, service, cluster, routes.get(name))
        watch_service(env, services[name])
    make_schedules(env, cluster, made)
    return {name: services[name] for name in env.settings.services}


def describe(
    env: Environment, shared: Shared, name: str, calls: CallsArgs | None, traces: TracesArgs | None
) -> EcsServiceArgs:
    """What a service on ECS is, of what its settings say and its environment has."""
    chosen = env.settings.services[name]
    return EcsServiceArgs(
        scope=env.scope,
        key=env.keys["services"],
        cluster=shared.cluster,
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.private_subnet_ids,
        ready=[*env.network.private_ready, *(shared.registry.ready(image(env, name)) if shared.registry else ())],
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
        sleep=night(env.settings),
        critical=chosen.critical,
        base_on_demand=chosen.base_on_demand,
        spot_percent=chosen.spot_percent,
        log_retention_days=env.settings.logs.retention_days,
        secret_recovery_days=env.settings.secrets.recovery_days,
        by_hand=env.by_hand,
        stop_timeout_seconds=stop_seconds(chosen.drain_seconds),
        port=chosen.port,
        route=shared.routes[name].link if name in shared.routes else None,
        deployment=deployment(env, name),
        databases=shared.users[name],
        migration=migration(chosen, shared.runner),
        cache=shared.caches[chosen.cache].link if chosen.cache is not None else None,
        calls=calls,
        traces=traces,
        egress_ports=ports_out(traces),
        secrets=chosen.secrets,
        environment=service_environment(env, name),
        grants=service_grants(env, name),
        execute_command=env.settings.cluster.execute_command,
        wait_for_tasks=env.settings.cluster.wait_for_tasks,
        keep_revisions=env.settings.cluster.keep_revisions,
    )


def running(env: Environment, name: str, service: EcsService, cluster: ClusterLink, route: Route | None) -> Running:
    """A service on ECS as those who watch it see it."""
    return Running(
        name=name,
        resource=service,
        metrics=ecs_metrics(cluster, service.name),
        log_group=service.log_group,
        route=route.link if route else None,
        output={
            "name": service.name,
            "log_group": service.log_group,
            "task_definition": service.task_definition_arn,
            "deploy": deploy_output(env, name),
        },
    )


def migration(chosen: Service, runner: FunctionLink | None) -> MigrationArgs | None:
    """What is run before a new version of the service; None for most."""
    if not chosen.migrate or runner is None:
        return None
    return MigrationArgs(command=chosen.migrate, runner=runner, wait_seconds=chosen.migrate_timeout_seconds)
