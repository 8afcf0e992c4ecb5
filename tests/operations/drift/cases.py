"""Differences by which the table of benign ones is tested, and the resources around them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.operations.drift.refreshed import read

ECS = "aws:ecs/service:Service"
RULE = "aws:lb/listenerRule:ListenerRule"
TARGET = "aws:appautoscaling/target:Target"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
SECRET = "aws:secretsmanager/secret:Secret"
DATABASE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
RECORD = "aws:route53/record:Record"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


@dataclass(frozen=True)
class Case:
    """A property with what was asked for and what AWS has."""

    type: str
    path: str
    asked: Any
    found: Any
    more: dict[str, Any] = field(default_factory=dict)
    """Further properties of the resource, the same on both sides."""
    others: tuple[dict[str, Any], ...] = ()
    """Other resources of the stack, as events."""


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def forward(*groups: tuple[str, int], kind: str = "forward") -> list[dict[str, Any]]:
    return [{"type": kind, "forward": {"targetGroups": [{"arn": arn, "weight": weight} for arn, weight in groups]}}]


def balancer(live: str, other: str, rule: str = "rule") -> list[dict[str, Any]]:
    advanced = {"alternateTargetGroupArn": other, "productionListenerRule": rule}
    return [{"targetGroupArn": live, "containerPort": 5000, "advancedConfiguration": advanced}]


def same(token: str, name: str, physical: str = "", **properties: Any) -> dict[str, Any]:
    return read(token, name, asked=properties, found=properties, physical=physical)


SHIFTING = same(ECS, "api", loadBalancers=balancer("blue", "green"))
SCALING = same(TARGET, "api", resourceId="service/cluster/api-1", minCapacity=2, maxCapacity=10)
OF_TARGET = {"resourceId": "service/cluster/web", "scalableDimension": "ecs:service:DesiredCount"}
EVENING = same(ACTION, "web-evening", **OF_TARGET, scalableTargetAction={"minCapacity": 0, "maxCapacity": 0})
GOES_ALONG = {"engine": "postgres", "autoMinorVersionUpgrade": True}

CONTAINER = {
    "name": "api",
    "image": "api:1",
    "essential": True,
    "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    "portMappings": [{"containerPort": 5000}],
}
AS_ECS_HAS_IT = {
    **CONTAINER,
    "cpu": 0,
    "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
    "portMappings": [{"containerPort": 5000, "hostPort": 5000, "protocol": "tcp"}],
    "mountPoints": [],
    "volumesFrom": [],
}
NEWER = [{**AS_ECS_HAS_IT, "image": "api:2"}]
ISSUER = {"url": "https://token.actions.githubusercontent.com"}
FRESH = "2026-12-01T00:00:00Z"
