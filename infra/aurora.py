"""Databases on Aurora."""

from components.databases.args import Restore
from components.databases.aurora import Aurora
from components.databases.aurora_alarms import cluster_conditions, member_conditions
from components.databases.aurora_args import AuroraArgs
from components.databases.aurora_constraints import ServerlessRange
from components.databases.aurora_versions import AuroraEngine
from infra import naming
from infra.environment import Environment, watch
from infra.settings.databases import Database as Chosen


def make_aurora(env: Environment, name: str, chosen: Chosen, engine: AuroraEngine) -> Aurora:
    """A cluster, with the alarms of its volume and of every instance that always stands."""
    capacity = chosen.serverless
    args = AuroraArgs(
        scope=env.scope,
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.isolated_subnet_ids,
        zones=naming.zones(env.settings),
        key=env.keys["data"],
        engine=engine,
        version=chosen.version,
        instance_class=chosen.instance_class,
        serverless=ServerlessRange(**capacity.model_dump()) if capacity is not None else None,
        replicas=chosen.replicas,
        max_replicas=chosen.max_replicas,
        io_optimized=chosen.io_optimized,
        backtrack_hours=chosen.backtrack_hours,
        backup_days=chosen.backup_days,
        backup_window=chosen.backup_window,
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
        iam_authentication=chosen.iam_authentication,
        apply_immediately=chosen.apply_immediately,
        allow_major_upgrade=chosen.allow_major_upgrade,
        restore=Restore(**chosen.restore.model_dump()) if chosen.restore is not None else None,
    )
    made = Aurora(name, args, env.opts)
    watch(env, name, made, cluster_conditions(made.identifier))
    for member in made.instances:
        watch(env, member.name, made, member_conditions(member), service=name)
    return made
