"""RDS: instances and replicas, restored or new, and copies of their backups in another region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope
from offline.aws.regions import DATABASE_ZONES, OTHER_ZONE
from offline.aws.types.rds import TAGGING, log_exports, managed_secret, window

_NAMES = {
    "identifier": "DBInstanceIdentifier",
    "instanceClass": "DBInstanceClass",
    "username": "MasterUsername",
    "password": "MasterUserPassword",
    "backupWindow": "PreferredBackupWindow",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "parameterGroupName": "DBParameterGroupName",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
    "caCertIdentifier": "CACertificateIdentifier",
    "domainIamRoleName": "DomainIAMRoleName",
    "customerOwnedIpEnabled": "EnableCustomerOwnedIp",
}
_PROVIDER_ONLY = (
    "applyImmediately",
    "allowMajorVersionUpgrade",
    "deleteAutomatedBackups",
    "finalSnapshotIdentifier",
    "skipFinalSnapshot",
    "blueGreenUpdate",
)
_BEGINNING = ("snapshotIdentifier", "restoreToPointInTime")
_REPLICA_NAMES = {
    name: member
    for name, member in _NAMES.items()
    if name not in ("username", "password", "backupWindow", "maintenanceWindow")
}
_AFTER_REPLICATION = ("backupRetentionPeriod", "backupWindow", "maintenanceWindow", "password")
_AFTER_RESTORE = (
    "databaseInsightsMode",
    "engineVersion",
    "maintenanceWindow",
    "maxAllocatedStorage",
    "monitoringInterval",
    "monitoringRoleArn",
    "password",
    "performanceInsightsEnabled",
    "performanceInsightsKmsKeyId",
    "performanceInsightsRetentionPeriod",
)
"""What no restore takes; the provider modifies the instance as soon as it stands."""
_OF_THE_DATA = {"kmsKeyId": "", "storageEncrypted": "", "username": "", "dbName": ""}
"""What the data bring. A database's name is taken by Oracle's and SQL Server's restores only."""
_RESTORE_NAMES = {name: member for name, member in _NAMES.items() if name not in (*_AFTER_RESTORE, "username")}


def _is_replica(scope: Scope) -> bool:
    return bool(scope.get("replicateSourceDb"))


def _promotes(scope: Scope) -> bool:
    return not _is_replica(scope) and bool(scope.get("before", {}).get("replicateSourceDb"))


def _refuse_replication(old: Scope, new: Scope) -> tuple[str, ...]:
    """An instance that stands alone cannot become a replica; a replica is promoted in place."""
    return ("replicateSourceDb",) if new.get("replicateSourceDb") else ()


def _from_snapshot(scope: Scope) -> bool:
    return bool(scope.get("snapshotIdentifier")) and not _is_replica(scope)


def _from_point_in_time(scope: Scope) -> bool:
    return bool(scope.get("restoreToPointInTime")) and not _is_replica(scope)


def _is_restored(scope: Scope) -> bool:
    return _from_snapshot(scope) or _from_point_in_time(scope)


_SHARED_NAMES = {name: path for name, path in _NAMES.items() if name not in ("identifier",)}

INSTANCE = ResourceType(
    token="aws:rds/instance:Instance",
    service="rds",
    create=(
        Call(
            operation="create_db_instance",
            names=_NAMES,
            skip=("passwordWo", "replicateSourceDb", *_BEGINNING),
            when=lambda scope: not _is_replica(scope) and not _is_restored(scope),
            extended=True,
        ),
        Call(
            operation="restore_db_instance_from_db_snapshot",
            names={**_RESTORE_NAMES, **_OF_THE_DATA, "snapshotIdentifier": "DBSnapshotIdentifier"},
            skip=("passwordWo", "replicateSourceDb", *_AFTER_RESTORE),
            when=_from_snapshot,
            extended=True,
        ),
        Call(
            operation="restore_db_instance_to_point_in_time",
            names={
                **_RESTORE_NAMES,
                **_OF_THE_DATA,
                "identifier": "TargetDBInstanceIdentifier",
                "restoreToPointInTime.restoreTime": "RestoreTime",
                "restoreToPointInTime.sourceDbInstanceAutomatedBackupsArn": "SourceDBInstanceAutomatedBackupsArn",
                "restoreToPointInTime.sourceDbInstanceIdentifier": "SourceDBInstanceIdentifier",
                "restoreToPointInTime.sourceDbiResourceId": "SourceDbiResourceId",
                "restoreToPointInTime.useLatestRestorableTime": "UseLatestRestorableTime",
            },
            skip=("passwordWo", "replicateSourceDb", *_AFTER_RESTORE),
            when=_from_point_in_time,
            extended=True,
        ),
        Call(
            operation="modify_db_instance",
            params={"DBInstanceIdentifier": "$identifier", "ApplyImmediately": True},
            names={name: _NAMES[name] for name in _AFTER_RESTORE if name in _NAMES},
            only=_AFTER_RESTORE,
            when=_is_restored,
            extended=True,
        ),
        Call(
            operation="create_db_instance_read_replica",
            names={
                **_REPLICA_NAMES,
                "replicateSourceDb": "SourceDBInstanceIdentifier",
                "storageEncrypted": "",  # inherited from the source, as the engine is
                "engine": "",
            },
            when=_is_replica,
            extended=True,
        ),
        Call(  # a replica takes these only once it stands
            operation="modify_db_instance",
            params={"DBInstanceIdentifier": "$identifier", "ApplyImmediately": True},
            names={name: _NAMES[name] for name in _AFTER_REPLICATION if name in _NAMES},
            only=_AFTER_REPLICATION,
            when=_is_replica,
        ),
    ),
    id="{answer.DBInstance.DbiResourceId}",
    id_after_import="resourceId",
    find=(
        Find(
            operation="describe_db_instances",
            path="DBInstances",
            pick=lambda found, scope: _instance(found, scope),
        ),
    ),
    update=(
        Call(
            operation="promote_read_replica",
            params={"DBInstanceIdentifier": "$before.identifier"},
            names={"replicateSourceDb": ""},
            only=("replicateSourceDb",),
            when=_promotes,
        ),
        Call(
            operation="modify_db_instance",
            params={
                "DBInstanceIdentifier": "$before.identifier",
                "AllowMajorVersionUpgrade": "$allowMajorVersionUpgrade",
            },
            names={
                **{name: path for name, path in _SHARED_NAMES.items() if name != "username"},
                "identifier": "NewDBInstanceIdentifier",
                "enabledCloudwatchLogsExports": "",
                "port": "DBPortNumber",
            },
            skip=("passwordWo", "engine"),
            full=False,
            each=log_exports,
            extended=True,
        ),
    ),
    delete=(
        Call(
            operation="delete_db_instance",
            params={
                "DBInstanceIdentifier": "$identifier",
                "DeleteAutomatedBackups": "$deleteAutomatedBackups",
            },
            each=lambda scope: _final_snapshot(scope),
        ),
    ),
    replace=(
        "availabilityZone",
        "backupTarget",
        "characterSetName",
        "customIamInstanceProfile",
        "dbName",
        "engine",
        "kmsKeyId",
        "ncharCharacterSetName",
        "restoreToPointInTime",
        "s3Import",
        "snapshotIdentifier",
        "storageEncrypted",
        "timezone",
        "username",
    ),
    replace_if=_refuse_replication,
    conflicts=(
        ("identifier", "identifierPrefix"),
        ("manageMasterUserPassword", "password"),
        ("replicateSourceDb", "dbName"),
        ("replicateSourceDb", "restoreToPointInTime", "s3Import", "snapshotIdentifier"),
        ("replicateSourceDb", "username"),
    ),
    autoname=Autoname(property="identifier", longest=63, lower=True, prefix_property="identifierPrefix"),
    default={"skipFinalSnapshot": False, "deleteAutomatedBackups": True},
    on_removal={
        "maxAllocatedStorage": 0,
        "monitoringInterval": 0,
        "performanceInsightsRetentionPeriod": 7,
        "replicateSourceDb": "",
    },
    local=_PROVIDER_ONLY,
    hidden=("password", *_BEGINNING),
    lost=("upgradeStorageConfig", "replicaMode"),
    reads={
        "identifier": "DBInstanceIdentifier",
        "port": "Endpoint.Port",
        "dbSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
        "vpcSecurityGroupIds": lambda scope: [
            group["VpcSecurityGroupId"] for group in scope["item"].get("VpcSecurityGroups") or []
        ],
        "parameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
        "optionGroupName": "OptionGroupMemberships[0].OptionGroupName",
        "enabledCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
        "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
        "performanceInsightsEnabled": "PerformanceInsightsEnabled",
        "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
        "caCertIdentifier": "CACertificateIdentifier",
        "replicateSourceDb": "ReadReplicaSourceDBInstanceIdentifier",
        "maintenanceWindow": lambda scope: window(scope),
    },
    unordered=("vpcSecurityGroupIds", "enabledCloudwatchLogsExports"),
    outputs={
        "arn": "DBInstanceArn",
        "address": "Endpoint.Address",
        "endpoint": "{item.Endpoint.Address}:{item.Endpoint.Port}",
        "hostedZoneId": lambda scope: DATABASE_ZONES.get(scope["region"], OTHER_ZONE),
        "resourceId": "DbiResourceId",
        "engineVersionActual": "EngineVersion",
        "status": "DBInstanceStatus",
        "identifier": "DBInstanceIdentifier",
        "instanceClass": "DBInstanceClass",
        "username": "MasterUsername",
        "dbName": "DBName",
        "replicas": lambda scope: scope.get("replicas"),  # filled in later, by each replica
        # moves on every second; as it was when the instance was made
        "latestRestorableTime": lambda scope: scope.get("latestRestorableTime") or _iso(scope, "LatestRestorableTime"),
        "masterUserSecrets": lambda scope: managed_secret(scope),
    },
    predicted={"arn": "arn:{partition}:rds:{region}:{account}:db:{identifier}"},
    secret=("password",),
    tagging=TAGGING,
)


def _instance(found: list[Any], scope: Scope) -> Any:
    """By resource id, as it is known after creation; by identifier, as it is imported."""
    return next((item for item in found if scope["id"] in (item["DbiResourceId"], item["DBInstanceIdentifier"])), None)


def _final_snapshot(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """A final snapshot is made only where it is not skipped, and never of a replica."""
    skip = bool(scope.get("skipFinalSnapshot")) or _is_replica(scope)
    name = scope.get("finalSnapshotIdentifier")
    yield {"SkipFinalSnapshot": True} if skip else {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name or ""}


def _iso(scope: Scope, member: str) -> Any:
    value = scope["item"].get(member)
    return value.isoformat() if hasattr(value, "isoformat") else paths.MISSING


def _copied(found: list[Any], scope: Scope) -> Any:
    return next((item for item in found if item.get("DBInstanceAutomatedBackupsArn") == scope["id"]), None)


BACKUPS_REPLICATION = ResourceType(
    token="aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    service="rds",
    create=(
        Call(
            operation="start_db_instance_automated_backups_replication",
            names={"sourceDbInstanceArn": "SourceDBInstanceArn", "retentionPeriod": "BackupRetentionPeriod"},
            extended=True,
        ),
    ),
    id="{answer.DBInstanceAutomatedBackup.DBInstanceAutomatedBackupsArn}",
    find=(
        Find(
            operation="describe_db_instance_automated_backups",
            path="DBInstanceAutomatedBackups",
            pick=_copied,
            extended=True,
        ),
    ),
    delete=(
        Call(
            operation="stop_db_instance_automated_backups_replication",
            params={"SourceDBInstanceArn": "$sourceDbInstanceArn"},
            extended=True,
            ignore=("InvalidDBInstanceState",),
        ),
    ),
    replace=("kmsKeyId", "retentionPeriod", "sourceDbInstanceArn"),
    default={"retentionPeriod": 7},
    reads={
        "kmsKeyId": "KmsKeyId",
        "retentionPeriod": "BackupRetentionPeriod",
        "sourceDbInstanceArn": "DBInstanceArn",
    },
    hidden=("preSignedUrl",),
    note="the copies themselves are made by no emulator",
)

TYPES = (INSTANCE, BACKUPS_REPLICATION)
