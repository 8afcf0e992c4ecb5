"""The program: one environment, as a flat list in the order in which things depend on each other."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.database import Database, DatabaseArgs
from components.ecs_cluster import EcsCluster, EcsClusterArgs
from components.kms import Key, KeyArgs, alarms_may_publish, logs_may_encrypt
from components.links import KeyLink
from components.load_balancer import LoadBalancer, LoadBalancerArgs, Route, RouteArgs
from components.network import Network, NetworkArgs
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


def deploy(settings: Settings, scope: Scope) -> None:
    """Registers everything."""
    opts = pulumi.ResourceOptions(provider=make_provider(settings, scope))
    keys = make_keys(settings, scope, opts)
    network = make_network(settings, scope, keys["operations"], opts)
    databases = {name: make_database(name, settings, scope, network, keys["data"], opts) for name in settings.databases}
    balancer = make_load_balancer(settings, network, opts)
    cluster = make_cluster(settings, opts)
    routes = make_routes(settings, network, balancer, opts)
    export(
        {
            "account": settings.account,
            "region": settings.region,
            "url": balancer.url if balancer else "",
            "vpc_id": network.vpc_id,
            "private_subnet_ids": network.private_subnet_ids,
            "cluster": cluster.link.name if cluster else "",
            "databases": {
                name: {
                    "address": database.address,
                    "replica_addresses": database.replica_addresses,
                    "secret": database.link.secret_name,
                }
                for name, database in databases.items()
            },
            "services": {name: {} for name in routes},
            "topics": {},
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


def make_keys(settings: Settings, scope: Scope, opts: pulumi.ResourceOptions) -> Mapping[str, KeyLink]:
    """One key for what databases store, one for the services' secrets and logs, one for operating it all."""
    own_logs = f"/{scope.namespace}/*"
    uses = {
        "data": (
            "Databases, their logs and their secrets",
            [logs_may_encrypt(scope, [f"/aws/rds/instance/{scope.prefix}-*"])],
        ),
        "services": ("Secrets and logs of services", [logs_may_encrypt(scope, [own_logs])]),
        "operations": ("Flow logs and alarm topics", [logs_may_encrypt(scope, [own_logs]), alarms_may_publish(scope)]),
    }
    return {
        name: Key(
            name,
            KeyArgs(
                scope=scope,
                description=description,
                services=services,
                rotation_days=settings.encryption.rotation_days,
                deletion_days=settings.encryption.deletion_days,
            ),
            opts,
        ).link
        for name, (description, services) in uses.items()
    }


def make_network(settings: Settings, scope: Scope, key: KeyLink, opts: pulumi.ResourceOptions) -> Network:
    chosen = settings.network
    return Network(
        "network",
        NetworkArgs(
            scope=scope,
            cidr=chosen.cidr,
            zones=chosen.zones,
            nat=chosen.nat,
            flow_log_days=chosen.flow_log_days,
            key=key,
        ),
        opts,
    )


def make_database(
    name: str, settings: Settings, scope: Scope, network: Network, key: KeyLink, opts: pulumi.ResourceOptions
) -> Database:
    chosen = settings.databases[name]
    return Database(
        name,
        DatabaseArgs(
            scope=scope,
            vpc_id=network.vpc_id,
            subnet_ids=network.isolated_subnet_ids,
            zones=naming.zones(settings),
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
            log_retention_days=settings.logs.retention_days,
            secret_recovery_days=settings.secrets.recovery_days,
            protect=chosen.protect,
        ),
        opts,
    )


def make_load_balancer(settings: Settings, network: Network, opts: pulumi.ResourceOptions) -> LoadBalancer | None:
    """One load balancer for all public services; none if there is no public service."""
    if not any(service.public for service in settings.services.values()):
        return None
    chosen = settings.load_balancer
    internal = chosen.access == "internal"
    return LoadBalancer(
        "alb",
        LoadBalancerArgs(
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids if internal else network.public_subnet_ids,
            certificate_arn=None if chosen.certificate_arn == "none" else chosen.certificate_arn,
            deletion_protection=chosen.deletion_protection,
            idle_timeout_seconds=chosen.idle_timeout_seconds,
            internal=internal,
            ingress_cidrs=[settings.network.cidr] if internal else ["0.0.0.0/0"],
        ),
        opts,
    )


def make_cluster(settings: Settings, opts: pulumi.ResourceOptions) -> EcsCluster | None:
    if not settings.services:
        return None
    return EcsCluster("cluster", EcsClusterArgs(insights=settings.cluster.insights), opts)


def make_routes(
    settings: Settings, network: Network, balancer: LoadBalancer | None, opts: pulumi.ResourceOptions
) -> Mapping[str, Route]:
    """How requests reach each public service."""
    routes: dict[str, Route] = {}
    for name, service in settings.services.items():
        if service.public and service.port is not None and balancer is not None:
            routes[name] = Route(
                name,
                RouteArgs(
                    vpc_id=network.vpc_id,
                    load_balancer=balancer.link,
                    port=service.port,
                    paths=service.paths,
                    priority=service.priority,
                    health_path=service.health_path,
                ),
                opts,
            )
    return routes
