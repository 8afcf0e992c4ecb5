"""Deployments of an emulated ECS service: how they come through, how they fail, and where requests go meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from offline.aws.values import Properties
from tests.offline.aws.provider_harness import Aws, Maker, Plugin
from tests.offline.aws.provider_world import World, build, service

ALARM = "api-errors-page"


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    maker = Maker(plugin)
    yield build(maker)
    maker.clean()


def definition(make: Maker, tag: str) -> str:
    """ARN of a task definition whose image has this tag."""
    container = {"name": "api", "image": f"registry.example/api:{tag}", "essential": True, "memory": 256}
    made = make(
        "aws:ecs/taskDefinition:TaskDefinition",
        {
            "family": "shifted",
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": json.dumps([container]),
        },
        f"definition-{tag}",
    )
    return str(made["arn"])


class Api:
    """A service with two target groups, whose version is the tag of its image."""

    def __init__(self, world: World, aws: Aws, make: Maker, *, associate: bool = True, **changed: Any) -> None:
        self.world, self.aws, self.make = world, aws, make
        self.groups = [make("aws:lb/targetGroup:TargetGroup", self._group(), name) for name in ("one", "two")]
        self.rules = [self._rule(20, self.groups[0]), self._rule(30, self.groups[1 if associate else 0])]
        role = make(
            "aws:iam/role:Role",
            {"assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": []})},
            "shifting",
        )
        between = {
            "alternateTargetGroupArn": self.groups[1].id,
            "productionListenerRule": self.rules[0].id,
            "testListenerRule": self.rules[1].id,
            "roleArn": role["arn"],
        }
        balancer = {"containerName": "api", "containerPort": 5000, "targetGroupArn": self.groups[0].id}
        given: Properties = {
            **service(world),
            "taskDefinition": definition(self.make, "1.0.0"),
            "deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "10"},
            "alarms": {"alarmNames": [ALARM], "enable": True, "rollback": True},
            "loadBalancers": [{**balancer, "advancedConfiguration": between}],
            **changed,
        }
        self.made = make("aws:ecs/service:Service", given, "shifted")

    def _group(self) -> Properties:
        return {"vpcId": self.world.vpc.id, "targetType": "ip", "protocol": "HTTP", "port": 5000}

    def _rule(self, priority: int, group: Any) -> Any:
        return self.make(
            "aws:lb/listenerRule:ListenerRule",
            {
                "listenerArn": self.world.listener.id,
                "priority": priority,
                "actions": [{"type": "forward", "targetGroupArn": group.id}],
                "conditions": [{"pathPattern": {"values": [f"/{priority}/*"]}}],
            },
            f"rule-{priority}",
        )

    def deploy(self, tag: str) -> str:
        arn = definition(self.make, tag)
        self.made.update(taskDefinition=arn)
        return arn

    @property
    def described(self) -> dict[str, Any]:
        ecs = self.aws("ecs")
        found = ecs.describe_services(cluster=self.world.cluster.id, services=[self.made.id])["services"][0]
        return dict(found)

    @property
    def newest(self) -> dict[str, Any]:
        ecs = self.aws("ecs")
        listed = ecs.list_service_deployments(cluster=self.world.cluster.id, service=self.made.id)
        arns = [listed["serviceDeployments"][0]["serviceDeploymentArn"]]
        return dict(ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"][0])

    @property
    def live(self) -> str:
        """The target group that requests go to."""
        (rule,) = self.aws("elbv2").describe_rules(RuleArns=[self.rules[0].id])["Rules"]
        groups = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return next(str(group["TargetGroupArn"]) for group in groups if group["Weight"] == 100)

    def stopped(self) -> list[dict[str, Any]]:
        ecs = self.aws("ecs")
        arns = ecs.list_tasks(cluster=self.world.cluster.id, desiredStatus="STOPPED")["taskArns"]
        tasks = ecs.describe_tasks(cluster=self.world.cluster.id, tasks=arns)["tasks"] if arns else []
        return [task for task in tasks if task["group"] == f"service:{self.made['name']}"]


def test_requests_go_to_the_other_target_group_with_every_deployment(world: World, aws: Aws, make: Maker) -> None:
    api = Api(world, aws, make)
    seen = [api.live]
    for tag in ("1.1.0", "1.2.0"):
        api.deploy(tag)
        seen.append(api.live)
    first, second = (group.id for group in api.groups)
    assert seen == [first, second, first]
    assert api.newest["status"] == "SUCCESSFUL"


def test_a_change_of_a_routes_paths_leaves_its_requests_where_ecs_sends_them(
    world: World, aws: Aws, make: Maker
) -> None:
    api = Api(world, aws, make)
    api.deploy("1.1.0")
    live = api.live
    api.rules[0].update(conditions=[{"pathPattern": {"values": ["/20/*", "/21/*"]}}])
    assert api.live == live == api.groups[1].id


@pytest.mark.parametrize(
    ("fate", "reason", "code"),
    [
        ("missing", "CannotPullContainerError", None),
        ("crashes", "Essential container in task exited", 1),
        ("unhealthy", "Task failed ELB health checks", 143),
    ],
)
def test_a_version_whose_tasks_fail_is_rolled_back_by_the_circuit_breaker(
    world: World, aws: Aws, make: Maker, fate: str, reason: str, code: int | None
) -> None:
    api = Api(world, aws, make)
    before, live = api.described["taskDefinition"], api.live
    bad = api.deploy(f"2.0.0-offline-{fate}")
    assert api.described["taskDefinition"] == before
    assert api.described["deployments"][0]["rolloutState"] == "COMPLETED"
    assert api.live == live
    assert api.newest["status"] == "ROLLBACK_SUCCESSFUL"
    assert api.newest["deploymentCircuitBreaker"] == {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    (task,) = api.stopped()
    assert task["taskDefinitionArn"] == bad
    assert task["stoppedReason"].startswith(reason)
    assert task["containers"][0].get("exitCode") == code


def test_a_version_that_alarms_is_rolled_back_and_the_alarm_named(world: World, aws: Aws, make: Maker) -> None:
    api = Api(world, aws, make)
    before = api.described["taskDefinition"]
    api.deploy("2.0.0-offline-alarms")
    assert api.described["taskDefinition"] == before
    assert api.newest["alarms"]["triggeredAlarmNames"] == [ALARM]


def test_nobody_is_rolled_back_by_alarms_that_do_not_watch(world: World, aws: Aws, make: Maker) -> None:
    api = Api(world, aws, make, alarms={"alarmNames": [ALARM], "enable": False, "rollback": False})
    asked = api.deploy("2.0.0-offline-alarms")
    assert api.described["taskDefinition"] == asked


def test_a_first_version_that_fails_has_nothing_to_go_back_to(world: World, aws: Aws, make: Maker) -> None:
    made = make(
        "aws:ecs/service:Service",
        {**service(world), "taskDefinition": definition(make, "1.0.0-offline-crashes")},
        "never",
    )
    (described,) = aws("ecs").describe_services(cluster=world.cluster.id, services=[made.id])["services"]
    assert described["deployments"][0]["rolloutState"] == "FAILED"
    assert (described["runningCount"], described["deployments"][0]["failedTasks"]) == (0, 3)
    (told,) = aws("ecs").list_service_deployments(cluster=world.cluster.id, service=made.id)["serviceDeployments"]
    assert told["status"] == "ROLLBACK_FAILED"
    assert told["statusReason"] == "No rollback candidate was found to run the rollback."


def test_two_target_groups_that_no_rule_leads_to_are_refused_as_ecs_refuses_them(
    world: World, aws: Aws, make: Maker
) -> None:
    api = Api(world, aws, make, associate=False)
    assert "must be associated with the productionListenerRule or testListenerRule" in api.newest["rollback"]["reason"]


def test_a_change_of_the_count_or_of_the_strategy_is_no_deployment(world: World, aws: Aws, make: Maker) -> None:
    api = Api(world, aws, make)
    before = api.newest["serviceDeploymentArn"]
    aws("ecs").update_service(cluster=world.cluster.id, service=api.made.id, desiredCount=5)
    assert api.newest["serviceDeploymentArn"] == before
    assert api.described["runningCount"] == 5


def test_a_standing_service_changes_its_strategy_in_place_and_back(world: World, aws: Aws, make: Maker) -> None:
    api = Api(world, aws, make, deploymentConfiguration={"strategy": "ROLLING"})
    for told in ({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "5"}, {"strategy": "ROLLING"}):
        api.made.update(deploymentConfiguration=told)
        assert api.described["deploymentConfiguration"]["strategy"] == told["strategy"]
