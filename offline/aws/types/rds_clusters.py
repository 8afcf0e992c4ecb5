"""Aurora: clusters, their instances, parameter groups and custom endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope
from offline.aws.regions import DATABASE_ZONES, OTHER_ZONE
from offline.aws.types.rds import TAGGING, log_exports, managed_secret, parameter_group, window

CLUSTER_PARAMETER_GROUP = parameter_group(token="clusterParameterGroup", name="ClusterParameterGroup", cluster=True)

_NAMES = {
    "clusterIdentifier": "DBClusterIdentifier",
    "masterPassword": "MasterUserPassword",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "serverlessv2ScalingConfiguration": "ServerlessV2ScalingConfiguration",
}
_NOT_SENT = ("masterPasswordWo", "masterPasswordWoVersion", "snapshotIdentifier", "restoreToPointInTime")
_PROVIDER_ONLY = (
    "applyImmediately",
    "allowMajorVersionUpgrade",
    "clusterMembers",
    "deleteAutomatedBackups",
    "finalSnapshotIdentifier",
    "skipFinalSnapshot",
)
_BY_MODIFYING = (
    "autoMinorVersionUpgrade",
    "databaseInsightsMode",
    "masterPassword",
    "preferredMaintenanceWindow",
)
"""What no restore takes."""


def _from_snapshot(scope: Scope) -> bool:
    return bool(scope.get("snapshotIdentifier"))


def _from_point_in_time(scope: Scope) -> bool:
    return bool(scope.get("restoreToPointInTime"))


def _is_restored(scope: Scope) -> bool:
    return _from_snapshot(scope) or _from_point_in_time(scope)


def _final_snapshot(scope: Scope) -> Iterator[Mapping[str, Any]]:
    skip = bool(scope.get("skipFinalSnapshot"))
    name = scope.get("finalSnapshotIdentifier")
    yield {"SkipFinalSnapshot": True} if skip else {"SkipFinalSnapshot": False, "FinalDBSnapshotIdentifier": name or ""}


def _members(scope: Scope) -> list[str]:
    return [member["DBInstanceIdentifier"] for member in scope["item"].get("DBClusterMembers") or []]


def _kind_of_storage(before: Scope, after: Scope) -> tuple[str, ...]:
    """Aurora changes the kind of its storage in place; clusters of other engines do not."""
    return () if str(after.get("engine", "")).startswith("aurora") else ("storageType",)


CLUSTER = ResourceType(
    token="aws:rds/cluster:Cluster",
    service="rds",
    create=(
        Call(
            operation="create_db_cluster",
            names=_NAMES,
            skip=_NOT_SENT,
            when=lambda scope: not _is_restored(scope),
            extended=True,
        ),
        Call(
            operation="restore_db_cluster_from_snapshot",
            names={
                **{name: path for name, path in _NAMES.items() if name not in _BY_MODIFYING},
                "snapshotIdentifier": "SnapshotIdentifier",
                "storageEncrypted": "",  # as the snapshot is
                "masterUsername": "",  # the snapshot's own
            },
            skip=_NOT_SENT,
            when=_from_snapshot,
            extended=True,
        ),
        Call(
            operation="restore_db_cluster_to_point_in_time",
            names={
                **{name: path for name, path in _NAMES.items() if name not in _BY_MODIFYING},
                "restoreToPointInTime.sourceClusterIdentifier": "SourceDBClusterIdentifier",
                "restoreToPointInTime.sourceClusterResourceId": "SourceDbClusterResourceId",
                "restoreToPointInTime.restoreToTime": "RestoreToTime",
                "restoreToPointInTime.restoreType": "RestoreType",
                "restoreToPointInTime.useLatestRestorableTime": "UseLatestRestorableTime",
                "engine": "",  # engine, version, database and users are the source's
                "engineVersion": "",
                "databaseName": "",
                "storageEncrypted": "",
                "masterUsername": "",
            },
            skip=_NOT_SENT,
            when=lambda scope: _from_point_in_time(scope) and not _from_snapshot(scope),
            extended=True,
        ),
        Call(
            operation="modify_db_cluster",
            params={"DBClusterIdentifier": "$clusterIdentifier", "ApplyImmediately": True},
            names={name: _NAMES[name] for name in _BY_MODIFYING if name in _NAMES},
            only=_BY_MODIFYING,
            when=_is_restored,
            extended=True,
        ),
    ),
    id="{clusterIdentifier}",
    find=(Find(operation="describe_db_clusters", params={"DBClusterIdentifier": "$id"}, path="DBClusters[0]"),),
    update=(
        Call(
            operation="modify_db_cluster",
            params={"DBClusterIdentifier": "$id", "AllowMajorVersionUpgrade": "$allowMajorVersionUpgrade"},
            names={
                **{name: path for name, path in _NAMES.items() if name != "clusterIdentifier"},
                "enabledCloudwatchLogsExports": "",
            },
            skip=(*_NOT_SENT, "engine"),
            full=False,
            each=log_exports,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_db_cluster", params={"DBClusterIdentifier": "$id"}, each=_final_snapshot),),
    replace=(
        "availabilityZones",
        "clusterIdentifier",
        "clusterIdentifierPrefix",
        "databaseName",
        "dbSubnetGroupName",
        "dbSystemId",
        "engine",
        "engineMode",
        "kmsKeyId",
        "masterUsername",
        "restoreToPointInTime",
        "s3Import",
        "snapshotIdentifier",
        "sourceRegion",
        "storageEncrypted",
    ),
    replace_if=_kind_of_storage,
    conflicts=(
        ("clusterIdentifier", "clusterIdentifierPrefix"),
        ("manageMasterUserPassword", "masterPassword"),
        ("restoreToPointInTime", "snapshotIdentifier", "s3Import"),
        ("snapshotIdentifier", "globalClusterIdentifier"),
    ),
    autoname=Autoname(property="clusterIdentifier", longest=63, lower=True, prefix_property="clusterIdentifierPrefix"),
    default={"skipFinalSnapshot": False, "deleteAutomatedBackups": True, "engineMode": "provisioned"},
    on_removal={
        "backtrackWindow": 0,
        "monitoringInterval": 0,
        "performanceInsightsRetentionPeriod": 7,
        "storageType": "aurora",
    },
    local=_PROVIDER_ONLY,
    hidden=("masterPassword", "snapshotIdentifier", "restoreToPointInTime"),
    lost=("dbInstanceParameterGroupName", "enableGlobalWriteForwarding"),
    reads={
        "clusterIdentifier": "DBClusterIdentifier",
        "dbClusterParameterGroupName": "DBClusterParameterGroup",
        "dbSubnetGroupName": "DBSubnetGroup",
        "vpcSecurityGroupIds": lambda scope: [
            group["VpcSecurityGroupId"] for group in scope["item"].get("VpcSecurityGroups") or []
        ],
        "enabledCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
        "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
        "performanceInsightsEnabled": "PerformanceInsightsEnabled",
        "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
        # standard storage is not reported at all
        "storageType": lambda scope: scope["item"].get("StorageType") or ("aurora" if "storageType" in scope else ""),
        "preferredMaintenanceWindow": lambda scope: window(scope, "preferredMaintenanceWindow"),
    },
    unordered=("vpcSecurityGroupIds", "enabledCloudwatchLogsExports", "availabilityZones"),
    outputs={
        "arn": "DBClusterArn",
        "clusterIdentifier": "DBClusterIdentifier",
        "clusterResourceId": "DbClusterResourceId",
        "endpoint": "Endpoint",
        "readerEndpoint": "ReaderEndpoint",
        "engineVersionActual": "EngineVersion",
        "hostedZoneId": lambda scope: DATABASE_ZONES.get(scope["region"], OTHER_ZONE),
        "clusterMembers": _members,
        "masterUserSecrets": managed_secret,
    },
    predicted={"arn": "arn:{partition}:rds:{region}:{account}:cluster:{clusterIdentifier}"},
    secret=("masterPassword",),
    tagging=TAGGING,
)

_INSTANCE_NAMES = {
    "identifier": "DBInstanceIdentifier",
    "clusterIdentifier": "DBClusterIdentifier",
    "instanceClass": "DBInstanceClass",
    "caCertIdentifier": "CACertificateIdentifier",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
}


def _writes(scope: Scope) -> Any:
    """Which member writes, only the cluster tells; it is told once, after creation, as the provider does on AWS."""
    members = scope["item"].get("Cluster", {}).get("DBClusterMembers") or []
    name = scope["item"]["DBInstanceIdentifier"]
    return any(member["DBInstanceIdentifier"] == name and member["IsClusterWriter"] for member in members)


CLUSTER_INSTANCE = ResourceType(
    token="aws:rds/clusterInstance:ClusterInstance",
    service="rds",
    create=(Call(operation="create_db_instance", names=_INSTANCE_NAMES, extended=True),),
    id="{identifier}",
    find=(
        Find(operation="describe_db_instances", params={"DBInstanceIdentifier": "$id"}, path="DBInstances[0]"),
        Find(
            operation="describe_db_clusters",
            params={"DBClusterIdentifier": "$item.DBClusterIdentifier"},
            path="DBClusters[0]",
            into="Cluster",
        ),
    ),
    update=(
        Call(
            operation="modify_db_instance",
            params={"DBInstanceIdentifier": "$id", "ApplyImmediately": True},
            names={name: path for name, path in _INSTANCE_NAMES.items() if name not in ("identifier",)},
            skip=("engine", "engineVersion", "clusterIdentifier", "availabilityZone"),
            full=False,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_db_instance", params={"DBInstanceIdentifier": "$id", "SkipFinalSnapshot": True}),),
    replace=(
        "availabilityZone",
        "clusterIdentifier",
        "customIamInstanceProfile",
        "dbSubnetGroupName",
        "engine",
        "identifier",
        "identifierPrefix",
    ),
    conflicts=(("identifier", "identifierPrefix"),),
    autoname=Autoname(property="identifier", longest=63, lower=True, prefix_property="identifierPrefix"),
    on_removal={"monitoringInterval": 0, "performanceInsightsRetentionPeriod": 7},
    local=("applyImmediately", "forceDestroy"),
    reads={
        "identifier": "DBInstanceIdentifier",
        "dbParameterGroupName": "DBParameterGroups[0].DBParameterGroupName",
        "dbSubnetGroupName": "DBSubnetGroup.DBSubnetGroupName",
        "caCertIdentifier": "CACertificateIdentifier",
        "performanceInsightsEnabled": "PerformanceInsightsEnabled",
        "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
        "preferredMaintenanceWindow": lambda scope: window(scope, "preferredMaintenanceWindow"),
    },
    outputs={
        "arn": "DBInstanceArn",
        "dbiResourceId": "DbiResourceId",
        "endpoint": "Endpoint.Address",
        "port": "Endpoint.Port",
        "engineVersionActual": "EngineVersion",
        "identifier": "DBInstanceIdentifier",
        "writer": _writes,
    },
    predicted={"arn": "arn:{partition}:rds:{region}:{account}:db:{identifier}"},
    tagging=TAGGING,
)

CLUSTER_ENDPOINT = ResourceType(
    token="aws:rds/clusterEndpoint:ClusterEndpoint",
    service="rds",
    create=(
        Call(
            operation="create_db_cluster_endpoint",
            names={
                "clusterEndpointIdentifier": "DBClusterEndpointIdentifier",
                "clusterIdentifier": "DBClusterIdentifier",
                "customEndpointType": "EndpointType",
            },
            extended=True,
        ),
    ),
    id="{clusterEndpointIdentifier}",
    find=(
        Find(
            operation="describe_db_cluster_endpoints",
            params={"DBClusterEndpointIdentifier": "$id"},
            path="DBClusterEndpoints[0]",
            extended=True,
        ),
    ),
    update=(
        Call(
            operation="modify_db_cluster_endpoint",
            params={"DBClusterEndpointIdentifier": "$id"},
            names={"customEndpointType": "EndpointType"},
            only=("customEndpointType", "staticMembers", "excludedMembers"),
            full=False,
            extended=True,
        ),
    ),
    delete=(
        Call(operation="delete_db_cluster_endpoint", params={"DBClusterEndpointIdentifier": "$id"}, extended=True),
    ),
    replace=("clusterEndpointIdentifier", "clusterIdentifier"),
    conflicts=(("excludedMembers", "staticMembers"),),
    reads={
        "clusterEndpointIdentifier": "DBClusterEndpointIdentifier",
        "clusterIdentifier": "DBClusterIdentifier",
        "customEndpointType": "CustomEndpointType",
        "staticMembers": lambda scope: scope["item"].get("StaticMembers") or paths.MISSING,
        "excludedMembers": lambda scope: scope["item"].get("ExcludedMembers") or paths.MISSING,
    },
    unordered=("staticMembers", "excludedMembers"),
    outputs={"arn": "DBClusterEndpointArn", "endpoint": "Endpoint"},
    predicted={"arn": "arn:{partition}:rds:{region}:{account}:cluster-endpoint:{clusterEndpointIdentifier}"},
    tagging=TAGGING,
)

TYPES = (CLUSTER, CLUSTER_INSTANCE, CLUSTER_PARAMETER_GROUP, CLUSTER_ENDPOINT)
