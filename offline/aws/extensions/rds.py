"""RDS instances: Database Insights' fields are kept, each instance has an id of its own, a replica its own zone."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

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
    from moto.rds.models import RDSBackend

    wrap(RDSBackend, "create_db_instance", create_db_instance)
    wrap(RDSBackend, "create_db_instance_read_replica", create_db_instance_read_replica)
    wrap(RDSBackend, "modify_db_instance", modify_db_instance)
    wrap(RDSBackend, "modify_db_subnet_group", modify_db_subnet_group)


def resource_id() -> str:
    """moto gives every instance the same id."""
    return "db-" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(26))


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
