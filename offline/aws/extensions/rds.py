"""RDS instances: Database Insights' fields are kept, each instance has an id of its own, a replica its own zone."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.rds_backups import source_of
from offline.aws.extensions.wrapping import wrap

KEPT: Mapping[str, Any] = {
    "performance_insights_retention_period": None,
    "performance_insights_kms_key_id": None,
    "database_insights_mode": "standard",
    "dedicated_log_volume": False,
    "network_type": "IPV4",
    "engine_lifecycle_support": None,
}
"""Parameters that moto drops, with what AWS reports where they were not given."""

ENABLED = "enable_performance_insights"


def install() -> None:
    """Extends moto's instances and subnet groups."""
    from moto.rds.models import DBInstance, RDSBackend
    from moto.rds.responses import RDSResponse

    setattr(DBInstance, "enhanced_monitoring_resource_arn", property(_os_metrics))  # noqa: B010 (moto lacks it)
    wrap(RDSBackend, "create_db_instance", create_db_instance)
    wrap(RDSBackend, "create_db_instance_read_replica", create_db_instance_read_replica)
    wrap(RDSBackend, "create_auto_snapshot", create_auto_snapshot)
    wrap(RDSBackend, "create_auto_cluster_snapshot", create_auto_cluster_snapshot)
    wrap(RDSBackend, "restore_db_instance_from_db_snapshot", restore_db_instance_from_db_snapshot)
    wrap(RDSBackend, "restore_db_instance_to_point_in_time", restore_db_instance_to_point_in_time)
    wrap(RDSBackend, "modify_db_instance", modify_db_instance)
    wrap(RDSBackend, "modify_db_subnet_group", modify_db_subnet_group)
    operation = reset_db_parameter_group
    setattr(RDSResponse, operation.__name__, operation)


def resource_id() -> str:
    """moto gives every instance the same id."""
    return "db-" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(26))


def _os_metrics(instance: Any) -> str | None:
    """Where the operating system's measurements go, once they are taken."""
    if not instance.monitoring_interval:
        return None
    where = instance.db_instance_arn.split(":")
    group = f"log-group:RDSOSMetrics:log-stream:{instance.dbi_resource_id}"
    return f"arn:{where[1]}:logs:{where[3]}:{where[4]}:{group}"


def _keep(instance: Any, parameters: Mapping[str, Any], fresh: bool) -> None:
    if fresh or ENABLED in parameters:
        instance.performance_insights_enabled = bool(parameters.get(ENABLED, False))
    for name, default in KEPT.items():
        if fresh or name in parameters:
            setattr(instance, name, parameters.get(name, default))
    if not instance.performance_insights_enabled:
        instance.performance_insights_retention_period = None
        instance.performance_insights_kms_key_id = None
    elif instance.performance_insights_retention_period is None:
        instance.performance_insights_retention_period = 7


def create_db_instance(original: Callable[..., Any], backend: Any, db_kwargs: Any) -> Any:
    """Keeps what moto drops."""
    instance = original(backend, db_kwargs)
    instance.dbi_resource_id = resource_id()
    _keep(instance, db_kwargs, fresh=True)
    return instance


def create_db_instance_read_replica(original: Callable[..., Any], backend: Any, db_kwargs: Any) -> Any:
    """moto copies the source whole; AWS takes the source's storage and engine, and its own defaults for the rest."""
    replica = original(backend, db_kwargs)
    replica.dbi_resource_id = resource_id()
    replica.replicas = []
    replica.multi_az = bool(db_kwargs.get("multi_az", False))
    replica.deletion_protection = bool(db_kwargs.get("deletion_protection", False))
    replica.copy_tags_to_snapshot = bool(db_kwargs.get("copy_tags_to_snapshot", False))
    replica.backup_retention_period = 0
    replica.monitoring_interval = int(db_kwargs.get("monitoring_interval", 0))
    replica.monitoring_role_arn = db_kwargs.get("monitoring_role_arn")
    replica.publicly_accessible = bool(db_kwargs.get("publicly_accessible", False))
    replica.vpc_security_group_ids = list(db_kwargs.get("vpc_security_group_ids") or replica.vpc_security_group_ids)
    replica.enabled_cloudwatch_logs_exports = list(db_kwargs.get("enable_cloudwatch_logs_exports") or [])
    replica.tags = list(db_kwargs.get("tags") or [])
    _keep(replica, db_kwargs, fresh=True)
    return replica


def create_auto_snapshot(original: Callable[..., Any], backend: Any, identifier: str, snapshot: str) -> Any:
    """moto's automated snapshots outlive what they are of, and a second one of the same minute has the same name."""
    backend.database_snapshots.pop(snapshot, None)
    return original(backend, identifier, snapshot)


def create_auto_cluster_snapshot(original: Callable[..., Any], backend: Any, identifier: str, snapshot: str) -> Any:
    """As of an instance."""
    backend.cluster_snapshots.pop(snapshot, None)
    return original(backend, identifier, snapshot)


def restore_db_instance_from_db_snapshot(
    original: Callable[..., Any], backend: Any, from_snapshot_id: str, overrides: Mapping[str, Any]
) -> Any:
    """moto makes a copy of the instance that was; AWS a new instance of its data."""
    return _as_restored(original(backend, from_snapshot_id, overrides), overrides)


def restore_db_instance_to_point_in_time(
    original: Callable[..., Any],
    backend: Any,
    source_db_identifier: str | None,
    target_db_identifier: str,
    overrides: Mapping[str, Any],
) -> Any:
    """As from a snapshot; also from backups that were copied from another region, which moto does not know."""
    arn = overrides.get("source_db_instance_automated_backups_arn")
    if arn is None:
        restored = original(backend, source_db_identifier, target_db_identifier, overrides)
        return _as_restored(restored, overrides)
    source = source_of(backend, arn)
    standing = dict(backend.databases)
    backend.databases[source.db_instance_identifier] = source
    try:
        restored = original(backend, source.db_instance_identifier, target_db_identifier, overrides)
    finally:
        made = backend.databases.get(target_db_identifier)
        backend.databases.clear()
        backend.databases.update({**standing, **({target_db_identifier: made} if made else {})})
    return _as_restored(restored, overrides)


def _as_restored(instance: Any, given: Mapping[str, Any]) -> Any:
    """What AWS takes from the request or sets to its own default, and never from the instance that was."""
    instance.is_replica, instance.replicas, instance.source_db_instance_identifier = False, [], None
    instance.monitoring_interval, instance.monitoring_role_arn = 0, None
    for name in ("multi_az", "deletion_protection", "publicly_accessible", "enable_iam_database_authentication"):
        setattr(instance, name, bool(given.get(name, False)))
    for name in ("copy_tags_to_snapshot", "auto_minor_version_upgrade", "backup_retention_period", "availability_zone"):
        if name in given:
            setattr(instance, name, given[name])
    instance.enabled_cloudwatch_logs_exports = list(given.get("enable_cloudwatch_logs_exports") or [])
    instance.tags = list(given.get("tags") or instance.tags)
    _keep(instance, given, fresh=True)
    return instance


def modify_db_instance(original: Callable[..., Any], backend: Any, db_instance_identifier: str, db_kwargs: Any) -> Any:
    """Keeps what moto drops, of what the request names."""
    instance = original(backend, db_instance_identifier, db_kwargs)
    _keep(instance, db_kwargs, fresh=False)
    return instance


def modify_db_subnet_group(original: Callable[..., Any], backend: Any, subnet_name: str, *changes: Any) -> Any:
    """moto forgets a group that it changed."""
    group = original(backend, subnet_name, *changes)
    backend.subnet_groups[subnet_name] = group
    return group


def reset_db_parameter_group(response: Any) -> Any:
    """ResetDBParameterGroup: what is not set any more has the engine's default."""
    from moto.core.responses import ActionResult

    name = response.params["DBParameterGroupName"]
    (group,) = response.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
    if response.params.get("ResetAllParameters"):
        group.parameters.clear()
    for parameter in response.params.get("Parameters", []):
        group.parameters.pop(parameter["ParameterName"], None)
    return ActionResult({"DBParameterGroupName": name})
