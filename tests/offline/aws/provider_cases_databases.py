"""Instances of RDS beside the first one: MySQL, restored ones, and copies of backups."""

from __future__ import annotations

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World, database

INSTANCE = "aws:rds/instance:Instance"


def mysql(world: World) -> Properties:
    return {
        **{name: value for name, value in database(world).items() if name != "parameterGroupName"},
        "engine": "mysql",
        "engineVersion": "8.4.6",
        "enabledCloudwatchLogsExports": ["error", "slowquery", "iam-db-auth-error"],
        "port": 3306,
        "allocatedStorage": 400,
        "iops": 12000,
        "storageThroughput": 500,
        "blueGreenUpdate": {"enabled": True},
    }


def restored(world: World, **beginning: object) -> Properties:
    data = ("kmsKeyId", "username", "dbName")
    return {**{name: value for name, value in database(world).items() if name not in data}, **beginning}


CASES = [
    Case(
        INSTANCE,
        mysql,
        lambda w: {"iops": 16000, "storageThroughput": 1000, "enabledCloudwatchLogsExports": ["error", "slowquery"]},
        "mysql",
    ),
    Case(
        "aws:rds/parameterGroup:ParameterGroup",
        lambda w: {
            "family": "mysql8.4",
            "parameters": [
                {"name": "require_secure_transport", "value": "1", "applyMethod": "pending-reboot"},
                {"name": "long_query_time", "value": "1"},
            ],
        },
        lambda w: {"parameters": [{"name": "long_query_time", "value": "0.5"}]},
        "mysql",
    ),
    Case(
        INSTANCE,
        lambda w: restored(
            w,
            restoreToPointInTime={"sourceDbInstanceIdentifier": "world-main", "useLatestRestorableTime": True},
        ),
        lambda w: {"backupRetentionPeriod": 14},
        "frompointintime",
    ),
    Case(
        "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
        lambda w: {
            "region": "eu-west-1",
            "sourceDbInstanceArn": w.database["arn"],
            "kmsKeyId": "arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-4111-8111-111111111111",
            "retentionPeriod": 14,
        },
    ),
]
