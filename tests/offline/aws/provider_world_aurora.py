"""Valid inputs of Aurora's types, and the cluster that some of them belong to."""

from __future__ import annotations

from typing import Any

from offline.aws.values import Properties, Secret

PASSWORD = "canary-password-7f3a"


def cluster(world: Any) -> Properties:
    return {
        "engine": "aurora-postgresql",
        "engineVersion": "17.6",
        "databaseName": "app",
        "masterUsername": "headroom",
        "masterPassword": Secret(PASSWORD),
        "port": 5432,
        "dbSubnetGroupName": world.subnet_group.id,
        "vpcSecurityGroupIds": [world.group.id],
        "storageEncrypted": True,
        "kmsKeyId": world.key["arn"],
        "storageType": "aurora-iopt1",
        "backupRetentionPeriod": 7,
        "preferredBackupWindow": "07:00-09:00",
        "preferredMaintenanceWindow": "Sun:09:30-Sun:10:30",
        "enabledCloudwatchLogsExports": ["postgresql"],
        "iamDatabaseAuthenticationEnabled": True,
        "databaseInsightsMode": "standard",
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "performanceInsightsKmsKeyId": world.key["arn"],
        "monitoringInterval": 60,
        "monitoringRoleArn": world.role["arn"],
        "copyTagsToSnapshot": True,
        "skipFinalSnapshot": True,
        "applyImmediately": True,
    }


def serverless(world: Any) -> Properties:
    kept = ("dbSubnetGroupName", "vpcSecurityGroupIds", "storageEncrypted", "kmsKeyId", "skipFinalSnapshot")
    return {
        **{name: value for name, value in cluster(world).items() if name in kept},
        "engine": "aurora-mysql",
        "engineVersion": "8.0.mysql_aurora.3.10.3",
        "masterUsername": "headroom",
        "masterPassword": Secret(PASSWORD),
        "backtrackWindow": 3600,
        "serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 4, "secondsUntilAutoPause": 600},
    }


def member(world: Any) -> Properties:
    return {
        "clusterIdentifier": world.aurora.id,
        "engine": "aurora-postgresql",
        "instanceClass": "db.r8g.large",
        "availabilityZone": "eu-central-1b",
        "promotionTier": 1,
        "preferredMaintenanceWindow": "sun:09:30-sun:10:30",
        "dbSubnetGroupName": world.subnet_group.id,
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "performanceInsightsEnabled": True,
        "monitoringInterval": 60,
        "monitoringRoleArn": world.role["arn"],
        "publiclyAccessible": False,
    }


def add_to(world: Any) -> None:
    """A cluster with two members and a snapshot's source, for what belongs to a cluster."""
    world.add("aurora", "aws:rds/cluster:Cluster", {**cluster(world), "clusterIdentifier": "world-aurora"})
    for number in (1, 2):
        inputs = {**member(world), "identifier": f"world-aurora-{number}"}
        world.add(f"aurora_{number}", "aws:rds/clusterInstance:ClusterInstance", inputs)
