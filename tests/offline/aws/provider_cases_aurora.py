"""Aurora's types: valid inputs, and a change that AWS makes in place."""

from __future__ import annotations

from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world_aurora import cluster, member, serverless

CASES = [
    Case(
        "aws:rds/clusterParameterGroup:ClusterParameterGroup",
        lambda w: {
            "family": "aurora-postgresql17",
            "parameters": [
                {"name": "rds.force_ssl", "value": "1", "applyMethod": "pending-reboot"},
                {"name": "log_min_duration_statement", "value": "1000"},
            ],
        },
        lambda w: {"parameters": [{"name": "log_min_duration_statement", "value": "500"}]},
    ),
    Case(
        "aws:rds/cluster:Cluster",
        cluster,
        lambda w: {
            "engineVersion": "17.7",
            "backupRetentionPeriod": 30,
            "enabledCloudwatchLogsExports": ["postgresql", "instance"],
            "iamDatabaseAuthenticationEnabled": False,
            "monitoringInterval": 30,
            "preferredMaintenanceWindow": "mon:03:00-mon:04:00",
        },
    ),
    Case(
        "aws:rds/cluster:Cluster",
        serverless,
        lambda w: {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 16}},
        "serverless",
    ),
    Case(
        "aws:rds/cluster:Cluster",
        lambda w: {
            **{name: value for name, value in cluster(w).items() if name not in ("databaseName", "masterUsername")},
            "restoreToPointInTime": {"sourceClusterIdentifier": w.aurora.id, "useLatestRestorableTime": True},
        },
        lambda w: {"backupRetentionPeriod": 30},
        "restored",
    ),
    Case(
        "aws:rds/clusterInstance:ClusterInstance",
        member,
        lambda w: {"instanceClass": "db.r8g.xlarge", "promotionTier": 2},
    ),
    Case(
        "aws:rds/clusterEndpoint:ClusterEndpoint",
        lambda w: {
            "clusterIdentifier": w.aurora.id,
            "clusterEndpointIdentifier": "world-reports",
            "customEndpointType": "READER",
            "staticMembers": [w.aurora_2.id],
            "tags": {"Service": "reports"},
        },
        lambda w: {"staticMembers": [w.aurora_1.id, w.aurora_2.id]},
    ),
]
