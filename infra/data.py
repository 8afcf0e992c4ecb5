"""What holds data: databases, caches, buckets."""

from collections.abc import Mapping

from components.access import bucket_name
from components.alarm_conditions import (
    instance_conditions,
)
from components.aurora import Aurora
from components.bucket import Bucket, BucketArgs
from components.bucket_access import readable_by_cloudfront
from components.cache import Cache, CacheArgs
from components.cache_alarms import node_conditions
from components.database import Database, DatabaseArgs
from components.links import SiteBucketLink
from infra import naming
from infra.aurora import make_aurora
from infra.environment import Environment, watch

AnyDatabase = Database | Aurora
"""What runs a database: instances of RDS, or a cluster of Aurora."""


def make_databases(env: Environment) -> Mapping[str, AnyDatabase]:
    """Each database, with the alarms of its writer and replicas."""
    databases: dict[str, AnyDatabase] = {}
    for name, chosen in env.settings.databases.items():
        if chosen.engine == "aurora-postgresql" or chosen.engine == "aurora-mysql":
            databases[name] = make_aurora(env, name, chosen, chosen.engine)
            continue
        args = DatabaseArgs(
            scope=env.scope,
            vpc_id=env.network.vpc_id,
            subnet_ids=env.network.isolated_subnet_ids,
            zones=naming.zones(env.settings),
            key=env.keys["data"],
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
        databases[name] = database = Database(name, args, env.opts)
        for instance in database.instances:
            conditions = instance_conditions(instance)
            watch(env, instance.name, database, conditions, service=name)
    return databases


def make_caches(env: Environment) -> Mapping[str, Cache]:
    """Each cache, with the alarms of its nodes."""
    caches: dict[str, Cache] = {}
    for name, chosen in env.settings.caches.items():
        args = CacheArgs(
            scope=env.scope,
            vpc_id=env.network.vpc_id,
            subnet_ids=env.network.isolated_subnet_ids,
            key=env.keys["data"],
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
            watch(env, node.name, caches[name], node_conditions(node))
    return caches


def make_buckets(env: Environment) -> Mapping[str, Bucket]:
    """Each bucket, as its use wants it: uploads take no PUTs from clients; a site is read by CloudFront, and needs no
    key of ours for what is public anyway."""
    buckets: dict[str, Bucket] = {}
    for name, chosen in env.settings.buckets.items():
        site = chosen.use == "site"
        args = BucketArgs(
            scope=env.scope,
            key=None if site else env.keys["data"],
            statements=readable_by_cloudfront(env.scope, bucket_name(env.scope, name)) if site else (),
            presigned_puts=chosen.use != "uploads",
            logs=env.logs,
            replaced_days=chosen.replaced_days,
            archive_days=chosen.archive_days,
            tier_unused=chosen.tier_unused,
            expire_days=chosen.expire_days,
            cors_origins=chosen.cors_origins,
            force_destroy=chosen.force_destroy,
            protect=chosen.protect,
        )
        buckets[name] = Bucket(name, args, env.opts)
    return buckets


def site_bucket(env: Environment, buckets: Mapping[str, Bucket]) -> SiteBucketLink | None:
    """The bucket with the site's files, for CloudFront; the settings allow one."""
    for name, chosen in env.settings.buckets.items():
        if chosen.use == "site":
            bucket = buckets[name]
            return SiteBucketLink(name=bucket.bucket_name, domain_name=bucket.domain_name, ready=bucket.ready)
    return None


def database_outputs(databases: Mapping[str, AnyDatabase]) -> dict[str, object]:
    """What the stack exports of each database."""
    return {
        name: {
            "address": database.address,
            "replica_addresses": database.replica_addresses,
            "secret": database.link.secret_name,
        }
        for name, database in databases.items()
    }


def cache_outputs(caches: Mapping[str, Cache]) -> dict[str, object]:
    """What the stack exports of each cache."""
    return {
        name: {
            "address": cache.address,
            "reader_address": cache.reader_address,
            "secret": cache.link.secret_name,
        }
        for name, cache in caches.items()
    }
