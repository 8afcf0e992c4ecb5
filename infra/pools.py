"""What stands between services and their databases: RDS Proxy, or PgBouncer."""

from collections.abc import Mapping, Sequence

from components.databases.connection_budget import Capacity, Consumer, pool_clients
from components.databases.pgbouncer import TASKS, PgBouncer, PgBouncerArgs
from components.databases.pool_alarms import pgbouncer_conditions, proxy_conditions
from components.databases.proxy import Proxy, ProxyArgs
from components.links import ClusterLink, NamespaceLink, PooledUser, PoolLink
from components.network.namespace import Namespace, NamespaceArgs
from components.services.alarms import service_conditions
from components.services.metrics import ecs_metrics
from infra.data import AnyDatabase
from infra.environment import Environment, watch
from infra.settings import Settings
from infra.settings.checks_connections import capacity_of, consumers_of, users_of
from infra.settings.databases import Database as Chosen


def budget_of(settings: Settings, database: str) -> tuple[list[Consumer], Capacity]:
    """Who connects to a database of ours, and what it accepts. The settings were checked: it has a size."""
    services = {name: service.model_dump(by_alias=True) for name, service in settings.services.items()}
    schedules = {name: schedule.model_dump() for name, schedule in settings.schedules.items()}
    capacity = capacity_of(settings.databases[database].model_dump(by_alias=True))
    if capacity is None:
        raise ValueError(f"the size of database {database} is not known")
    return consumers_of(users_of(database, services), schedules), capacity


def make_pools(
    env: Environment,
    cluster: ClusterLink | None,
    databases: Mapping[str, AnyDatabase],
    users: Mapping[str, Sequence[PooledUser]],
) -> Mapping[str, PoolLink]:
    """The pool of each database that has one; `users` are those of each database."""
    chosen = {name: found for name, found in env.settings.databases.items() if found.pooling != "none"}
    names = make_namespace(env) if any(found.pooling == "pgbouncer" for found in chosen.values()) else None
    pools: dict[str, PoolLink] = {}
    for name, found in chosen.items():
        if found.pooling == "proxy":
            pools[name] = make_proxy(env, name, found, databases[name], users[name])
        elif cluster is not None and names is not None:
            pools[name] = make_pgbouncer(env, name, found, databases[name], users[name], cluster, names)
    return pools


def make_namespace(env: Environment) -> NamespaceLink:
    """The names by which tasks find a PgBouncer."""
    return Namespace("names", NamespaceArgs(scope=env.scope, vpc_id=env.network.vpc_id), env.opts).link


def make_proxy(
    env: Environment, name: str, chosen: Chosen, database: AnyDatabase, users: Sequence[PooledUser]
) -> PoolLink:
    """RDS Proxy, with its alarms."""
    consumers, capacity = budget_of(env.settings, name)
    args = ProxyArgs(
        scope=env.scope,
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.isolated_subnet_ids,
        engine=chosen.engine,
        identifier=database.link.instances[0],
        database_group_id=database.link.security_group_id,
        port=database.link.port,
        users=users,
        key=env.keys["data"],
        has_readers=max(chosen.replicas, chosen.max_replicas) > 0,
        max_connections_percent=chosen.pool.max_connections_percent,
        borrow_timeout_seconds=chosen.pool.borrow_timeout_seconds,
        idle_seconds=chosen.pool.idle_seconds,
        session_pinning_filters=chosen.pool.session_pinning_filters,
        log_retention_days=env.settings.logs.retention_days,
        ready=database.link.ready,
    )
    proxy = Proxy(name, args, env.opts)
    watch(env, name, proxy, proxy_conditions(proxy.proxy_name, pool_clients(consumers, capacity)))
    return proxy.link


def make_pgbouncer(
    env: Environment,
    name: str,
    chosen: Chosen,
    database: AnyDatabase,
    users: Sequence[PooledUser],
    cluster: ClusterLink,
    names: NamespaceLink,
) -> PoolLink:
    """PgBouncer, with its alarms: those of its tasks, and clients that waited in vain."""
    consumers, capacity = budget_of(env.settings, name)
    args = PgBouncerArgs(
        scope=env.scope,
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.private_subnet_ids,
        cluster=cluster,
        namespace=names,
        image=chosen.pool.image,
        engine=chosen.engine,
        host=database.address,
        database_group_id=database.link.security_group_id,
        port=database.link.port,
        users=users,
        clients={consumer.name: pool_clients([consumer], capacity) for consumer in consumers},
        connections=capacity.pooled,
        key=env.keys["services"],
        log_retention_days=env.settings.logs.retention_days,
        mode=chosen.pool.mode,
        borrow_timeout_seconds=chosen.pool.borrow_timeout_seconds,
        idle_seconds=chosen.pool.idle_seconds,
        ready=env.network.private_ready,
    )
    pool = PgBouncer(name, args, env.opts)
    conditions = service_conditions(ecs_metrics(cluster, pool.name), TASKS, routed=False)
    watch(env, f"{name}-pgbouncer", pool, [*conditions, *pgbouncer_conditions(pool.waited)], service=name)
    return pool.link
