"""The program: one environment, as a flat list in the order in which things depend on each other."""

import pulumi
import pulumi_aws as aws

from components.access import Scope
from infra import naming
from infra.buckets import make_buckets, site_bucket
from infra.caches import cache_outputs, make_caches
from infra.cdn import make_cdn, site_outputs
from infra.compute import cluster_of, make_services
from infra.consumers import make_consumers
from infra.dashboards import make_dashboards, watched_services
from infra.data import database_outputs, make_databases
from infra.ecs import make_cluster
from infra.foundation import make_environment
from infra.keys import make_api_keys, make_rotator
from infra.outputs import export
from infra.pools import make_pools
from infra.queues import make_queues, queue_outputs
from infra.registry import make_registry, registry_outputs
from infra.services import service_outputs
from infra.settings import Settings, SettingsError, read
from infra.traffic import (
    make_aliases,
    make_certificates,
    make_firewall,
    make_load_balancer,
    make_routes,
    make_zone,
    url_of,
)
from infra.users import make_logins, make_runner, make_users, pooled
from infra.watching import make_chat, make_incidents


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
    env = make_environment(settings, scope)
    cluster = make_cluster(env)
    rotator = make_rotator(env, cluster)
    databases = make_databases(env)
    caches = make_caches(env, rotator)
    buckets = make_buckets(env)
    site = site_bucket(env, buckets)
    zone = make_zone(env)
    certificates = make_certificates(env, zone)
    balancer = make_load_balancer(env, certificates)
    make_firewall(env, balancer)
    cdn = make_cdn(env, site, balancer, certificates)
    hosts = make_aliases(env, zone, balancer, cdn)
    routes = make_routes(env, balancer)
    registry = make_registry(env)
    queues = make_queues(env)
    runner = make_runner(env)
    logins = make_logins(env, rotator)
    pools = make_pools(env, cluster, databases, pooled(env, logins))
    users = make_users(env, cluster, rotator, databases, logins, pools)
    services = make_services(env, cluster, runner, users, caches, routes, registry)
    consumers = make_consumers(env)
    make_api_keys(env, rotator)
    incidents = make_incidents(env)
    make_chat(env)
    make_dashboards(
        env,
        watched_services(env, services),
        databases,
        caches,
        incidents,
        balancer=balancer.link if balancer else None,
        cdn=cdn,
    )
    export(
        {
            "account": settings.account,
            "region": settings.region,
            "url": url_of(balancer, cdn, hosts),
            "name_servers": zone.name_servers if zone else [],
            "vpc_id": env.network.vpc_id,
            "private_subnet_ids": env.network.private_subnet_ids,
            "compute": settings.compute,
            "cluster": cluster_of(env, cluster),
            "databases": database_outputs(databases),
            "caches": cache_outputs(caches),
            "buckets": {name: bucket.bucket_name for name, bucket in buckets.items()},
            "site": site_outputs(site, cdn),
            "registry": registry_outputs(env),
            "queues": queue_outputs(queues),
            "services": service_outputs(services),
            "consumers": {name: consumer.arn for name, consumer in consumers.items()},
            "ci": dict(env.ci.roles) if env.ci else {},
            "topics": {"warn": env.topics.warn_arn, "page": env.topics.page_arn},
        }
    )
