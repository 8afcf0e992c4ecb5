"""Cases of serverless caches."""

from __future__ import annotations

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World


def serverless(world: World) -> Properties:
    return {
        "name": "life",
        "engine": "valkey",
        "majorEngineVersion": "7",
        "cacheUsageLimits": {
            "dataStorage": {"maximum": 5, "unit": "GB"},
            "ecpuPerSeconds": [{"maximum": 5000}],
        },
        "kmsKeyId": world.key["arn"],
        "securityGroupIds": [world.group.id],
        "subnetIds": [world.subnet_a.id, world.subnet_b.id],
        "userGroupId": world.user_group.id,
        "snapshotRetentionLimit": 7,
        "dailySnapshotTime": "07:00",
        "description": "one",
    }


CASES = [
    Case(
        "aws:elasticache/serverlessCache:ServerlessCache",
        serverless,
        lambda w: {
            "majorEngineVersion": "8",
            "cacheUsageLimits": {
                "dataStorage": {"maximum": 10, "unit": "GB"},
                "ecpuPerSeconds": [{"maximum": 10000}],
            },
            "securityGroupIds": [w.other_group.id],
            "snapshotRetentionLimit": 14,
            "description": "two",
            "tags": {"Name": "changed"},
        },
    ),
]
