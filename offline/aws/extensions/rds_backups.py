"""Copies of automated backups in another region, which moto lacks: that they are asked for, not what they hold."""

from __future__ import annotations

import copy
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap

LEAST_DAYS, MOST_DAYS = 1, 35


def install() -> None:
    """Adds the two operations, and lists what they make."""
    from moto.rds.models import RDSBackend
    from moto.rds.responses import RDSResponse

    wrap(RDSBackend, "__init__", initialise)
    wrap(RDSBackend, "describe_db_instance_automated_backups", describe_db_instance_automated_backups)
    for operation in (
        start_db_instance_automated_backups_replication,
        stop_db_instance_automated_backups_replication,
    ):
        setattr(RDSResponse, operation.__name__, operation)


def initialise(original: Callable[..., Any], backend: Any, *args: Any, **arguments: Any) -> None:
    """A place for the copies, in the region that they come to."""
    original(backend, *args, **arguments)
    backend.replicated_backups = {}


def _error(code: str, message: str) -> Exception:
    from moto.rds.exceptions import RDSClientError

    return RDSClientError(code, message)


def _source(backend: Any, arn: str) -> Any:
    """The instance that an ARN names, in its own region."""
    from moto.rds.models import rds_backends

    region, account, identifier = arn.split(":")[3], arn.split(":")[4], arn.split(":")[6]
    if region == backend.region_name:
        raise _error("InvalidParameterValue", "The source and target regions must be different.")
    instance = rds_backends[account][region].databases.get(identifier)
    if instance is None:
        raise _error("DBInstanceNotFound", f"DBInstance {identifier} not found.")
    return instance


def source_of(backend: Any, backups_arn: str) -> Any:
    """The instance whose backups were copied, without what only its own region has. It may be gone by now."""
    for kept in backend.replicated_backups.values():
        if kept["DBInstanceAutomatedBackupsArn"] == backups_arn:
            source = copy.copy(kept["source"])
            source.db_parameter_group_name = source._db_subnet_group_name = None
            source.vpc_security_group_ids, source.availability_zone = [], f"{backend.region_name}a"
            source.kms_key_id = kept["KmsKeyId"]
            return source
    raise _error("DBInstanceAutomatedBackupNotFound", f"Automated backup {backups_arn} not found.")


def start_db_instance_automated_backups_replication(response: Any) -> Any:
    """StartDBInstanceAutomatedBackupsReplication."""
    from moto.core.responses import ActionResult

    backend, given = response.backend, response.params
    arn, days = given["SourceDBInstanceArn"], given.get("BackupRetentionPeriod", 7)
    source = _source(backend, arn)
    if source.backup_retention_period == 0:
        raise _error("InvalidDBInstanceState", "Automated backups are not enabled for the source DB instance.")
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise _error("InvalidParameterValue", f"Invalid backup retention period: {days}.")
    if source.storage_encrypted and not given.get("KmsKeyId"):
        raise _error("InvalidParameterCombination", "KmsKeyId is required: the source DB instance is encrypted.")
    backend.replicated_backups[arn] = kept = {
        "DBInstanceArn": arn,
        "DBInstanceAutomatedBackupsArn": ":".join(
            ["arn:aws:rds", backend.region_name, backend.account_id, "auto-backup", _name()]
        ),
        "DBInstanceIdentifier": source.db_instance_identifier,
        "DbiResourceId": source.dbi_resource_id,
        "Region": arn.split(":")[3],
        "Status": "replicating",
        "Engine": source.engine,
        "EngineVersion": source.engine_version,
        "Encrypted": bool(source.storage_encrypted),
        "KmsKeyId": given.get("KmsKeyId"),
        "BackupRetentionPeriod": days,
        "source": source,
    }
    return ActionResult({"DBInstanceAutomatedBackup": _shown(kept)})


def stop_db_instance_automated_backups_replication(response: Any) -> Any:
    """StopDBInstanceAutomatedBackupsReplication. AWS keeps what is there until it runs out; here it is gone."""
    from moto.core.responses import ActionResult

    kept = response.backend.replicated_backups.pop(response.params["SourceDBInstanceArn"], None)
    if kept is None:
        raise _error("InvalidDBInstanceState", "Automated backup replication is not enabled.")
    return ActionResult({"DBInstanceAutomatedBackup": _shown(kept)})


def describe_db_instance_automated_backups(
    original: Callable[..., Any], backend: Any, db_instance_identifier: str | None = None, **others: Any
) -> Any:
    """The region's own, then those that were copied to it."""
    copies = [_shown(kept) for kept in backend.replicated_backups.values()]
    if db_instance_identifier is not None:
        copies = [kept for kept in copies if kept["DBInstanceIdentifier"] == db_instance_identifier]
    return [*original(backend, db_instance_identifier, **others), *copies]


def _shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name != "source" and value is not None}


def _name() -> str:
    return "ab-" + "".join(secrets.choice(string.ascii_lowercase + "234567") for _ in range(52))
