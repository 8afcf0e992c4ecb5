"""Cases of queues, schedules, rules on events, and the image registry."""

from __future__ import annotations

import json

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World, document


def tags(world: World) -> Properties:
    return {"tags": {"Name": "changed", "Added": "yes"}}


def own_queue(world: World) -> str:
    """A queue that the cases of its parts share."""
    if "queue" not in world.made:
        world.add("queue", "aws:sqs/queue:Queue", {"name": "world-queue"})
        world.add("dead", "aws:sqs/queue:Queue", {"name": "world-dead"})
    return str(world.queue.id)


def redrive(world: World, most: int) -> str:
    own_queue(world)
    return json.dumps({"deadLetterTargetArn": world.dead["arn"], "maxReceiveCount": most})


def tls_only(world: World, sid: str) -> str:
    own_queue(world)
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    statement = {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": world.queue["arn"]}
    return document({**statement, "Condition": condition})


def own_group(world: World) -> str:
    if "group_of_schedules" not in world.made:
        world.add("group_of_schedules", "aws:scheduler/scheduleGroup:ScheduleGroup", {"name": "world"})
    return str(world.group_of_schedules.id)


def run_task(world: World, command: str, retries: int) -> Properties:
    return {
        "arn": world.cluster["arn"],
        "roleArn": world.role["arn"],
        "input": json.dumps({"containerOverrides": [{"name": "app", "command": [command]}]}),
        "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": retries},
        "deadLetterConfig": {"arn": "arn:aws:sqs:eu-central-1:111111111111:world-dead"},
        "ecsParameters": {
            "taskDefinitionArn": world.definition["arn"],
            "capacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1}],
            "networkConfiguration": {
                "subnets": [world.subnet_a.id],
                "securityGroups": [world.group.id],
                "assignPublicIp": False,
            },
            "enableEcsManagedTags": True,
            "propagateTags": "TASK_DEFINITION",
            "group": "schedule:world",
            "taskCount": 1,
        },
    }


def own_rule(world: World) -> str:
    if "rule" not in world.made:
        pattern = json.dumps({"source": ["aws.ecs"]})
        world.add("rule", "aws:cloudwatch/eventRule:EventRule", {"name": "world", "eventPattern": pattern})
    return str(world.rule.id)


def own_repository(world: World) -> str:
    if "repository" not in world.made:
        world.add("repository", "aws:ecr/repository:Repository", {"name": "world/api"})
    return str(world.repository.id)


def keep(count: int) -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count}
    return json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})


def pull(account: str) -> str:
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    return document({"Effect": "Allow", "Principal": principal, "Action": ["ecr:BatchGetImage"]})


def scanned(frequency: str) -> Properties:
    filters = [{"filter": "world/*", "filterType": "WILDCARD"}]
    return {"rules": [{"scanFrequency": frequency, "repositoryFilters": filters}]}


CASES = [
    Case(
        "aws:sqs/queue:Queue",
        lambda w: {
            "name": "life-queue",
            "visibilityTimeoutSeconds": 60,
            "messageRetentionSeconds": 86_400,
            "receiveWaitTimeSeconds": 20,
            "maxMessageSize": 262_144,
            "kmsMasterKeyId": w.key["arn"],
            "redrivePolicy": redrive(w, 3),
        },
        lambda w: {
            "visibilityTimeoutSeconds": 120,
            "maxMessageSize": 1_048_576,
            "redrivePolicy": redrive(w, 5),
            "tags": {"Name": "changed"},
        },
    ),
    Case(
        "aws:sqs/queue:Queue",
        lambda w: {
            "name": "life-queue.fifo",
            "fifoQueue": True,
            "contentBasedDeduplication": True,
            "deduplicationScope": "messageGroup",
            "fifoThroughputLimit": "perMessageGroupId",
            "sqsManagedSseEnabled": True,
        },
        lambda w: {"contentBasedDeduplication": False},
        "fifo",
    ),
    Case(
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda w: {"queueUrl": own_queue(w), "policy": tls_only(w, "One")},
        lambda w: {"policy": tls_only(w, "Two")},
    ),
    Case(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        lambda w: {"queueUrl": own_queue(w), "redriveAllowPolicy": json.dumps({"redrivePermission": "allowAll"})},
        lambda w: {"redriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"})},
    ),
    Case(
        "aws:sqs/redrivePolicy:RedrivePolicy",
        lambda w: {"queueUrl": own_queue(w), "redrivePolicy": redrive(w, 3)},
        lambda w: {"redrivePolicy": redrive(w, 4)},
    ),
    Case("aws:scheduler/scheduleGroup:ScheduleGroup", lambda w: {"name": "life-group"}, tags),
    Case(
        "aws:scheduler/schedule:Schedule",
        lambda w: {
            "name": "life-schedule",
            "groupName": own_group(w),
            "scheduleExpression": "cron(0 2 * * ? *)",
            "scheduleExpressionTimezone": "Europe/Berlin",
            "flexibleTimeWindow": {"mode": "OFF"},
            "target": run_task(w, "daily", 2),
        },
        lambda w: {
            "scheduleExpression": "rate(1 hour)",
            "state": "DISABLED",
            "target": run_task(w, "hourly", 3),
        },
    ),
    Case(
        "aws:cloudwatch/eventRule:EventRule",
        lambda w: {"name": "life-rule", "eventPattern": json.dumps({"source": ["aws.ecs"]}), "tags": {"Old": "1"}},
        lambda w: {"eventPattern": json.dumps({"source": ["aws.rds"]}), "tags": {"Name": "changed"}},
    ),
    Case(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda w: {"rule": own_rule(w), "arn": w.topic["arn"], "input": json.dumps({"says": "one"})},
        lambda w: {"input": json.dumps({"says": "two"})},
    ),
    Case(
        "aws:ecr/repository:Repository",
        lambda w: {
            "name": "life/api",
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": w.key["arn"]}],
            "forceDelete": True,
        },
        lambda w: {"imageScanningConfiguration": {"scanOnPush": False}, "tags": {"Name": "changed"}},
    ),
    Case(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        lambda w: {"repository": own_repository(w), "policy": keep(10)},
    ),
    Case(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        lambda w: {"repository": own_repository(w), "policy": pull("222222222222")},
        lambda w: {"policy": pull("333333333333")},
    ),
    Case(
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        lambda w: {"scanType": "ENHANCED", **scanned("SCAN_ON_PUSH")},
        lambda w: scanned("CONTINUOUS_SCAN"),
    ),
]
