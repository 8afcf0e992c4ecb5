"""What holds data: databases; caches and buckets have files of their own."""

from collections.abc import Mapping
from dataclasses import replace

from components.alarms.conditions import (
    instance_conditions,
)
from components.databases.args import DatabaseArgs, Restore
from components.databases.aurora import Aurora
from components.databases.connection import Protocol
from components.databases.database import Database
from components.databases.engines import ENGINES, RdsEngine
from components.databases.existing import ExistingDatabase, existing_database
from components.keys.kms import Key, KeyArgs
from components.links import KeyLink
from infra import naming
from infra.aurora import make_aurora
from infra.environment import Environment, watch
from infra.settings.databases import Database as Chosen
from infra.settings.databases import ExistingDatabase as Existing

AnyDatabase = Database | Aurora | ExistingDatabase
"""What runs a database: instances of RDS, a cluster of Aurora, or whatever stood before."""


def make_databases(env: Environment) -> Mapping[str, AnyDatabase]:
    """Each database, with the alarms of its writer and replicas."""
    copy_keys = make_copy_keys(env)
    databases: dict[str, AnyDatabase] = {}
    for name, chosen in env.settings.databases.items():
        if chosen.existing is not None:
            databases[name] = use_database(env, chosen, chosen.existing)
        elif chosen.engine == "aurora-postgresql" or chosen.engine == "aurora-mysql":
            databases[name] = make_aurora(env, name, chosen, chosen.engine)
        else:
            databases[name] = make_database(env, name, chosen, chosen.engine, copy_keys)
    return databases


def make_copy_keys(env: Environment) -> Mapping[str, KeyLink]:
    """A key in each region that backups are copied to: the data key does not reach there."""
    keys: dict[str, KeyLink] = {}
    for chosen in env.settings.databases.values():
        region = chosen.backup_copy_region
        if region == "none" or region in keys:
            continue
        args = KeyArgs(
            scope=replace(env.scope, region=region),
            elsewhere=True,
            description="Copies of the databases' backups",
            rotation_days=env.settings.encryption.rotation_days,
            deletion_days=env.settings.encryption.deletion_days,
            protect=any(
                database.protect
                for database in env.settings.databases.values()
                if database.backup_copy_region == region
            ),
        )
        keys[region] = Key(f"backups-{region}", args, env.opts).link
    return keys


def use_database(env: Environment, chosen: Chosen, existing: Existing) -> ExistingDatabase:
    """A database that stood before."""
    protocol: Protocol = "mysql" if chosen.engine.endswith("mysql") else "postgres"
    return existing_database(
        env.scope,
        protocol=protocol,
        address=existing.address,
        port=existing.port or ENGINES[protocol].port,
        secret_arn=existing.secret,
        secret_key=existing.secret_key,
        security_group_id=existing.security_group,
        database_name=existing.database_name,
    )


def make_database(
    env: Environment, name: str, chosen: Chosen, engine: RdsEngine, copy_keys: Mapping[str, KeyLink]
) -> Database:
    """An instance of RDS with its replicas, and the alarms of each."""
    args = DatabaseArgs(
        scope=env.scope,
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.isolated_subnet_ids,
        zones=naming.zones(env.settings),
        key=env.keys["data"],
        engine=engine,
        version=chosen.version,
        instance_class=chosen.instance_class,
        replica_class=chosen.replica_class,
        storage_gib=chosen.storage_gib,
        max_storage_gib=chosen.max_storage_gib,
        iops=chosen.iops,
        throughput_mib=chosen.throughput_mib,
        multi_az=chosen.multi_az,
        replicas=chosen.replicas,
        replica_zones=[f"{env.settings.region}{letter}" for letter in chosen.replica_zones],
        backup_days=chosen.backup_days,
        backup_window=chosen.backup_window,
        backup_copy_region=chosen.backup_copy_region,
        backup_copy_key=copy_keys.get(chosen.backup_copy_region),
        maintenance_window=chosen.maintenance_window,
        deletion_protection=chosen.deletion_protection,
        final_snapshot=chosen.final_snapshot,
        insights=chosen.insights,
        monitoring_seconds=chosen.monitoring_seconds,
        log_retention_days=env.settings.logs.retention_days,
        secret_recovery_days=env.settings.secrets.recovery_days,
        by_hand=env.by_hand,
        protect=chosen.protect,
        slow_query_ms=chosen.slow_query_ms,
        extensions=chosen.extensions,
        parameters=chosen.parameters,
        ca=chosen.ca,
        database_name=chosen.database_name,
        apply_immediately=chosen.apply_immediately,
        iam_authentication=chosen.iam_authentication,
        allow_major_upgrade=chosen.allow_major_upgrade,
        blue_green=chosen.blue_green,
        restore=Restore(**chosen.restore.model_dump()) if chosen.restore else None,
    )
    database = Database(name, args, env.opts)
    for instance in database.instances:
        watch(env, instance.name, database, instance_conditions(instance), service=name)
    return database


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
