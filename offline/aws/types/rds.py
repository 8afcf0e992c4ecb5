"""RDS: instances and replicas, subnet groups, parameter groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

TAGGING = Tagging(
    add=Call(operation="add_tags_to_resource", params={"ResourceName": "$arn", "Tags": "$tags_added"}),
    remove=Call(operation="remove_tags_from_resource", params={"ResourceName": "$arn", "TagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"ResourceName": "$arn"}, path="TagList"),
)

SUBNET_GROUP = ResourceType(
    token="aws:rds/subnetGroup:SubnetGroup",
    service="rds",
    create=(
        Call(
            operation="create_db_subnet_group",
            names={"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
        ),
    ),
    id="{name}",
    find=(Find(operation="describe_db_subnet_groups", params={"DBSubnetGroupName": "$id"}, path="DBSubnetGroups[0]"),),
    update=(
        Call(
            operation="modify_db_subnet_group",
            params={"DBSubnetGroupName": "$id"},
            names={"description": "DBSubnetGroupDescription"},
            only=("subnetIds", "description"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_db_subnet_group", params={"DBSubnetGroupName": "$id"}),),
    replace=("name", "namePrefix"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(lower=True),
    default={"description": "Managed by Pulumi"},
    reads={"subnetIds": lambda scope: [subnet["SubnetIdentifier"] for subnet in scope["item"].get("Subnets") or []]},
    unordered=("subnetIds",),
    outputs={"arn": "DBSubnetGroupArn", "vpcId": "VpcId", "name": "DBSubnetGroupName"},
    predicted={"arn": "arn:{partition}:rds:{region}:{account}:subgrp:{name}"},
    tagging=TAGGING,
)


def _parameters(entries: Any) -> list[dict[str, Any]]:
    return [
        {
            "ParameterName": entry["name"],
            "ParameterValue": str(entry["value"]),
            "ApplyMethod": entry.get("applyMethod") or "immediate",
        }
        for entry in entries or []
    ]


def _in_twenties(parameters: list[dict[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """RDS takes 20 parameters a request."""
    for start in range(0, len(parameters), 20):
        yield {"Parameters": parameters[start : start + 20]}


def set_parameters(scope: Scope) -> Iterator[Mapping[str, Any]]:
    before = _parameters(scope.get("before", {}).get("parameters"))
    yield from _in_twenties([entry for entry in _parameters(scope.get("parameters")) if entry not in before])


def reset_parameters(scope: Scope) -> Iterator[Mapping[str, Any]]:
    now = {entry["name"] for entry in scope.get("parameters") or []}
    gone = [entry for entry in _parameters(scope["before"].get("parameters")) if entry["ParameterName"] not in now]
    yield from _in_twenties([{**entry, "ApplyMethod": "pending-reboot"} for entry in gone])


def known_parameters(scope: Scope) -> Any:
    """The group's own parameters, in the order they were given."""
    actual = {entry["ParameterName"]: entry for entry in scope["item"].get("Parameters") or []}
    given = {entry["name"]: entry for entry in scope.get("parameters") or []}
    found = []
    for name in [*given, *sorted(set(actual) - set(given))]:
        if name in actual:
            block = {"name": name, "value": actual[name].get("ParameterValue", "")}
            if name in given and "applyMethod" in given[name]:
                block["applyMethod"] = actual[name].get("ApplyMethod", given[name]["applyMethod"])
            found.append(block)
    return found or paths.MISSING


_SET = Call(
    operation="modify_db_parameter_group",
    params={"DBParameterGroupName": "$id"},
    names={"parameters": ""},
    only=("parameters",),
    each=set_parameters,
)
_RESET = Call(
    operation="reset_db_parameter_group",
    params={"DBParameterGroupName": "$id", "ResetAllParameters": False},
    names={"parameters": ""},
    only=("parameters",),
    each=reset_parameters,
    checked=True,
)

PARAMETER_GROUP = ResourceType(
    token="aws:rds/parameterGroup:ParameterGroup",
    service="rds",
    create=(
        Call(
            operation="create_db_parameter_group",
            names={"name": "DBParameterGroupName", "family": "DBParameterGroupFamily"},
            only=("name", "family", "description", "tags"),
        ),
        _SET,
    ),
    id="{name}",
    find=(
        Find(
            operation="describe_db_parameter_groups",
            params={"DBParameterGroupName": "$id"},
            path="DBParameterGroups[0]",
        ),
        Find(
            operation="describe_db_parameters",
            params={"DBParameterGroupName": "$id", "Source": "user"},
            path="Parameters",
            into="Parameters",
        ),
    ),
    update=(_RESET, _SET),
    delete=(Call(operation="delete_db_parameter_group", params={"DBParameterGroupName": "$id"}),),
    replace=("description", "family", "name", "namePrefix"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(lower=True),
    default={"description": "Managed by Pulumi"},
    reads={"parameters": known_parameters},
    unordered=("parameters",),
    local=("skipDestroy",),
    outputs={"arn": "DBParameterGroupArn", "name": "DBParameterGroupName"},
    predicted={"arn": "arn:{partition}:rds:{region}:{account}:pg:{name}"},
    tagging=TAGGING,
)

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
)
_REPLICA_NAMES = {
    name: member
    for name, member in _NAMES.items()
    if name not in ("username", "password", "backupWindow", "maintenanceWindow")
}
_AFTER_REPLICATION = ("backupRetentionPeriod", "backupWindow", "maintenanceWindow", "password")


def log_exports(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """ModifyDBInstance takes which log types start and which stop."""
    request: dict[str, Any] = {"ApplyImmediately": True}
    if "enabledCloudwatchLogsExports" in scope["changed"]:
        before = set(scope["before"].get("enabledCloudwatchLogsExports") or [])
        after = set(scope.get("enabledCloudwatchLogsExports") or [])
        exports = {"EnableLogTypes": sorted(after - before), "DisableLogTypes": sorted(before - after)}
        request["CloudwatchLogsExportConfiguration"] = {name: types for name, types in exports.items() if types}
    yield request


def _is_replica(scope: Scope) -> bool:
    return bool(scope.get("replicateSourceDb"))


def _promotes(scope: Scope) -> bool:
    return not _is_replica(scope) and bool(scope.get("before", {}).get("replicateSourceDb"))


def _refuse_replication(old: Scope, new: Scope) -> tuple[str, ...]:
    """An instance that stands alone cannot become a replica; a replica is promoted in place."""
    return ("replicateSourceDb",) if new.get("replicateSourceDb") else ()


_SHARED_NAMES = {name: path for name, path in _NAMES.items() if name not in ("identifier",)}

INSTANCE = ResourceType(
    token="aws:rds/instance:Instance",
    service="rds",
    create=(
        Call(
            operation="create_db_instance",
            names=_NAMES,
            skip=("passwordWo", "replicateSourceDb"),
            when=lambda scope: not _is_replica(scope),
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
    hidden=("password",),
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
        "hostedZoneId": "Endpoint.HostedZoneId",
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


def window(scope: Scope, name: str = "maintenanceWindow") -> Any:
    """RDS writes days in lower case."""
    actual = scope["item"].get("PreferredMaintenanceWindow", paths.MISSING)
    given = scope.get(name)
    return given if given and str(given).lower() == str(actual).lower() else actual


def _final_snapshot(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """A final snapshot is made only where it is not skipped, and never of a replica."""
    skip = bool(scope.get("skipFinalSnapshot")) or _is_replica(scope)
    name = scope.get("finalSnapshotIdentifier")
    yield {"SkipFinalSnapshot": True} if skip else {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name or ""}


def _iso(scope: Scope, member: str) -> Any:
    value = scope["item"].get(member)
    return value.isoformat() if hasattr(value, "isoformat") else paths.MISSING


def managed_secret(scope: Scope) -> Any:
    secret = scope["item"].get("MasterUserSecret")
    if not secret:
        return []
    return [
        {
            "secretArn": secret.get("SecretArn", ""),
            "secretStatus": secret.get("SecretStatus", ""),
            "kmsKeyId": secret.get("KmsKeyId", ""),
        }
    ]


TYPES = (INSTANCE, SUBNET_GROUP, PARAMETER_GROUP)
