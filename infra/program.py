"""The program: one environment, as a flat list in the order in which things depend on each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope, bucket_name, use_buckets
from components.alarm_conditions import (
    Condition,
    instance_conditions,
    load_balancer_conditions,
    route_conditions,
    service_conditions,
)
from components.alarms import Alarms, AlarmsArgs, Topics, TopicsArgs
from components.bucket import Bucket, BucketArgs
from components.bucket_constraints import bucket_variable
from components.cache import Cache, CacheArgs
from components.cache_alarms import node_conditions
from components.database import Database, DatabaseArgs
from components.ecs_cluster import EcsCluster, EcsClusterArgs
from components.ecs_service import EcsService, EcsServiceArgs
from components.kms import Key, KeyArgs, alarms_may_publish, logs_may_encrypt
from components.links import ClusterLink, KeyLink, RouteLink, TopicsLink
from components.load_balancer import LoadBalancer, LoadBalancerArgs, Route, RouteArgs
from components.network import INTERFACE_ENDPOINTS, Network, NetworkArgs
from infra import naming
from infra.outputs import export
from infra.settings import Settings, SettingsError, read


def main() -> None:
    """Brings the stack's environment to what its settings say. Mistakes end it with their text, not a traceback."""
    try:
        settings = read()
        scope = naming.scope(settings, pulumi.get_stack())
    except (SettingsError, ValueError) as error:
        raise pulumi.RunError(str(error)) from None
    check_account(settings)
    deploy(settings, scope)


def check_account(settings: Settings) -> None:
    """Nothing is registered unless the credentials in use belong to the environment's account (E1)."""
    try:
        actual = aws.get_caller_identity().account_id
    except Exception as error:
        raise pulumi.RunError(
            f"AWS did not say which account the credentials in use belong to; sign in to account {settings.account}, "
            f"for example by AWS_PROFILE. It said: {error}"
        ) from error
    if actual != settings.account:
        file = f"Pulumi.{pulumi.get_stack()}.yaml"
        raise pulumi.RunError(
            f"{file}: headroom:account is {settings.account}, but the credentials in use belong to account {actual}; "
            f"nothing was changed. Sign in to {settings.account}, for example by AWS_PROFILE, or correct the setting"
        )


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What every part of the program needs."""

    settings: Settings
    """What the environment chooses."""
    scope: Scope
    """Account, region and name space of all names."""
    opts: pulumi.ResourceOptions
    """The provider of the account and region."""


def deploy(settings: Settings, scope: Scope) -> None:
    """Registers everything."""
    opts = pulumi.ResourceOptions(provider=make_provider(settings, scope))
    env = Environment(settings=settings, scope=scope, opts=opts)
    keys = make_keys(env)
    topics = make_topics(env, keys["operations"])
    network = make_network(env, keys["operations"])
    databases = make_databases(env, network, keys["data"], topics)
    caches = make_caches(env, network, keys["data"], topics)
    buckets = make_buckets(env, keys["data"])
    balancer = make_load_balancer(env, network, topics)
    routes = make_routes(env, network, balancer)
    cluster = make_cluster(env)
    services = make_services(env, network, keys, cluster, databases, caches, routes, topics)
    export(
        {
            "account": settings.account,
            "region": settings.region,
            "url": balancer.url if balancer else "",
            "vpc_id": network.vpc_id,
            "private_subnet_ids": network.private_subnet_ids,
            "cluster": cluster.name if cluster else "",
            "databases": {
                name: {
                    "address": database.address,
                    "replica_addresses": database.replica_addresses,
                    "secret": database.link.secret_name,
                }
                for name, database in databases.items()
            },
            "caches": {
                name: {
                    "address": cache.address,
                    "reader_address": cache.reader_address,
                    "secret": cache.link.secret_name,
                }
                for name, cache in caches.items()
            },
            "buckets": {name: bucket.bucket_name for name, bucket in buckets.items()},
            "services": {
                name: {
                    "name": service.name,
                    "log_group": service.log_group,
                    "task_definition": service.task_definition_arn,
                }
                for name, service in services.items()
            },
            "topics": {"warn": topics.warn_arn, "page": topics.page_arn},
        }
    )


def make_provider(settings: Settings, scope: Scope) -> aws.Provider:
    """AWS in this account and region only; its default tags say whose everything is."""
    tags = {
        "Project": naming.PROJECT,
        "Environment": scope.namespace.removeprefix(f"{naming.PROJECT}/"),
        "Owner": settings.owner,
        "ManagedBy": "pulumi",
    }
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account],
        default_tags=aws.ProviderDefaultTagsArgs(tags=tags),
    )


def make_keys(env: Environment) -> Mapping[str, KeyLink]:
    """One key for what databases and caches store, one for the services' secrets and logs, one for operating it all."""
    scope, chosen = env.scope, env.settings.encryption
    own_logs = logs_may_encrypt(scope, [f"/{scope.namespace}/*"])
    data_logs = logs_may_encrypt(scope, [f"/aws/rds/instance/{scope.prefix}-*", f"/{scope.namespace}/cache/*"])
    uses = {
        "data": ("Databases, caches, their logs and their secrets", [data_logs]),
        "services": ("Secrets and logs of services", [own_logs]),
        "operations": ("Flow logs and alarm topics", [own_logs, alarms_may_publish(scope)]),
    }
    keys: dict[str, KeyLink] = {}
    for name, (description, services) in uses.items():
        args = KeyArgs(
            scope=scope,
            description=description,
            services=services,
            rotation_days=chosen.rotation_days,
            deletion_days=chosen.deletion_days,
            # As long as any database is protected, so is what its storage, its backups and its secret need.
            protect=name == "data" and any(database.protect for database in env.settings.databases.values()),
        )
        keys[name] = Key(name, args, env.opts).link
    return keys


def make_topics(env: Environment, key: KeyLink) -> TopicsLink:
    """Where alarms go, and who hears of them."""
    chosen = env.settings.alarms
    args = TopicsArgs(scope=env.scope, key=key, warn_emails=chosen.warn_emails, page_emails=chosen.page_emails)
    return Topics("alarms", args, env.opts).link


def watch(
    name: str,
    watched: pulumi.Resource,
    scope: Scope,
    topics: TopicsLink,
    conditions: Sequence[Condition],
    *,
    service: str | None = None,
) -> None:
    """The alarms of one thing, as its children: a service and a database may have the same name."""
    args = AlarmsArgs(scope=scope, topics=topics, conditions=conditions, service=service)
    Alarms(name, args, pulumi.ResourceOptions(parent=watched))


def make_network(env: Environment, key: KeyLink) -> Network:
    """The VPC; tasks with a shell need one endpoint more, where nothing else leads out."""
    chosen = env.settings.network
    shells = ["ssmmessages"] if env.settings.cluster.execute_command else []
    args = NetworkArgs(
        scope=env.scope,
        cidr=chosen.cidr,
        zones=chosen.zones,
        nat=chosen.nat,
        flow_log_days=chosen.flow_log_days,
        key=key,
        endpoints=(*INTERFACE_ENDPOINTS, *shells),
    )
    return Network("network", args, env.opts)


def make_databases(env: Environment, network: Network, key: KeyLink, topics: TopicsLink) -> Mapping[str, Database]:
    """Each database, with the alarms of its writer and replicas."""
    databases: dict[str, Database] = {}
    for name, chosen in env.settings.databases.items():
        args = DatabaseArgs(
            scope=env.scope,
            vpc_id=network.vpc_id,
            subnet_ids=network.isolated_subnet_ids,
            zones=naming.zones(env.settings),
            key=key,
            version=chosen.version,
            instance_class=chosen.instance_class,
            storage_gib=chosen.storage_gib,
            max_storage_gib=chosen.max_storage_gib,
            multi_az=chosen.multi_az,
            replicas=chosen.replicas,
            backup_days=chosen.backup_days,
            deletion_protection=chosen.deletion_protection,
            final_snapshot=chosen.final_snapshot,
            insights=chosen.insights,
            monitoring_seconds=chosen.monitoring_seconds,
            log_retention_days=env.settings.logs.retention_days,
            secret_recovery_days=env.settings.secrets.recovery_days,
            protect=chosen.protect,
        )
        databases[name] = Database(name, args, env.opts)
        for instance in databases[name].instances:
            conditions = instance_conditions(instance)
            watch(instance.name, databases[name], env.scope, topics, conditions, service=name)
    return databases


def make_caches(env: Environment, network: Network, key: KeyLink, topics: TopicsLink) -> Mapping[str, Cache]:
    """Each cache, with the alarms of its nodes."""
    caches: dict[str, Cache] = {}
    for name, chosen in env.settings.caches.items():
        args = CacheArgs(
            scope=env.scope,
            vpc_id=network.vpc_id,
            subnet_ids=network.isolated_subnet_ids,
            key=key,
            engine=chosen.engine,
            version=chosen.version,
            node_class=chosen.node_class,
            nodes=chosen.nodes,
            failover=chosen.failover,
            use=chosen.use,
            snapshot_days=chosen.snapshot_days,
            final_snapshot=chosen.final_snapshot,
            log_retention_days=env.settings.logs.retention_days,
            secret_recovery_days=env.settings.secrets.recovery_days,
            protect=chosen.protect,
        )
        caches[name] = Cache(name, args, env.opts)
        for node in caches[name].nodes:
            watch(node.name, caches[name], env.scope, topics, node_conditions(node))
    return caches


def make_buckets(env: Environment, key: KeyLink) -> Mapping[str, Bucket]:
    """Each bucket."""
    buckets: dict[str, Bucket] = {}
    for name, chosen in env.settings.buckets.items():
        args = BucketArgs(
            scope=env.scope,
            key=key,
            replaced_days=chosen.replaced_days,
            archive_days=chosen.archive_days,
            expire_days=chosen.expire_days,
            cors_origins=chosen.cors_origins,
            force_destroy=chosen.force_destroy,
            protect=chosen.protect,
        )
        buckets[name] = Bucket(name, args, env.opts)
    return buckets


def make_load_balancer(env: Environment, network: Network, topics: TopicsLink) -> LoadBalancer | None:
    """One load balancer for all public services; none if there is no public service."""
    if not any(service.public for service in env.settings.services.values()):
        return None
    chosen = env.settings.load_balancer
    internal = chosen.access == "internal"
    args = LoadBalancerArgs(
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids if internal else network.public_subnet_ids,
        certificate_arn=None if chosen.certificate_arn == "none" else chosen.certificate_arn,
        deletion_protection=chosen.deletion_protection,
        idle_timeout_seconds=chosen.idle_timeout_seconds,
        internal=internal,
        ingress_cidrs=[env.settings.network.cidr] if internal else ["0.0.0.0/0"],
        ready=network.public_ready,
    )
    balancer = LoadBalancer("alb", args, env.opts)
    watch("alb", balancer, env.scope, topics, load_balancer_conditions(balancer.link))
    return balancer


def make_routes(env: Environment, network: Network, balancer: LoadBalancer | None) -> Mapping[str, RouteLink]:
    """How requests reach each public service."""
    routes: dict[str, RouteLink] = {}
    for name, chosen in env.settings.services.items():
        if chosen.public and chosen.port is not None and balancer is not None:
            args = RouteArgs(
                vpc_id=network.vpc_id,
                load_balancer=balancer.link,
                port=chosen.port,
                paths=chosen.paths,
                priority=chosen.priority,
                health_path=chosen.health_path,
            )
            routes[name] = Route(name, args, env.opts).link
    return routes


def make_cluster(env: Environment) -> ClusterLink | None:
    """One cluster for all services; none if there is no service."""
    if not env.settings.services:
        return None
    return EcsCluster("cluster", EcsClusterArgs(insights=env.settings.cluster.insights), env.opts).link


def make_services(
    env: Environment,
    network: Network,
    keys: Mapping[str, KeyLink],
    cluster: ClusterLink | None,
    databases: Mapping[str, Database],
    caches: Mapping[str, Cache],
    routes: Mapping[str, RouteLink],
    topics: TopicsLink,
) -> Mapping[str, EcsService]:
    """Each service, with its alarms and those of its route."""
    if cluster is None:
        return {}
    services: dict[str, EcsService] = {}
    for name, chosen in env.settings.services.items():
        route = routes.get(name)
        args = EcsServiceArgs(
            scope=env.scope,
            key=keys["services"],
            cluster=cluster,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            ready=network.private_ready,
            image=chosen.image,
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
            spot_percent=chosen.spot_percent,
            log_retention_days=env.settings.logs.retention_days,
            secret_recovery_days=env.settings.secrets.recovery_days,
            port=chosen.port,
            route=route,
            database=databases[chosen.database].link if chosen.database is not None else None,
            cache=caches[chosen.cache].link if chosen.cache is not None else None,
            secrets=chosen.secrets,
            environment={
                **chosen.environment,
                **{bucket_variable(bucket): bucket_name(env.scope, bucket) for bucket in chosen.buckets},
            },
            grants=use_buckets(env.scope, chosen.buckets, [keys["data"].alias]),
            execute_command=env.settings.cluster.execute_command,
            keep_revisions=env.settings.cluster.keep_revisions,
        )
        services[name] = EcsService(name, args, env.opts)
        conditions = service_conditions(cluster, services[name].name, chosen.max_count, routed=route is not None)
        conditions += route_conditions(route) if route else []
        watch(name, services[name], env.scope, topics, conditions)
    return services
