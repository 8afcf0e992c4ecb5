"""What ECS is told of deployments, under pretended AWS. T1."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi_aws as aws
import pytest

from components.access import Scope
from components.links import ClusterLink, KeyLink, LoadBalancerLink, RouteLink, SecondGroupLink
from components.services.deployment import DeploymentArgs
from components.services.deploys import Deploy
from components.services.ecs_service import EcsService, EcsServiceArgs

Run = Callable[..., Any]

PAIRED = RouteLink(
    target_group_arn="first",
    target_group_arn_suffix="targetgroup/api/1",
    load_balancer=LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg-alb"),
    rule_arn="production-rule",
    second=SecondGroupLink(
        target_group_arn="second", target_group_arn_suffix="targetgroup/api-second/2", rule_arn="test-rule"
    ),
)
ARGS: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/prod"),
    "key": KeyLink(arn="services-key", alias="alias/headroom-prod-services"),
    "cluster": ClusterLink(arn="cluster-arn", name="cluster-1"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "image": "ghcr.io/example/api:1.0.0",
    "cpu_units": 256,
    "memory_mib": 512,
    "min_count": 2,
    "max_count": 10,
    "port": 5000,
    "route": PAIRED,
    "log_retention_days": 30,
    "secret_recovery_days": 7,
}


def made(run: Run, alarms: tuple[str, ...] = (), route: RouteLink = PAIRED, **chosen: Any) -> Any:
    deployment = DeploymentArgs(deploy=Deploy(**chosen), alarms=alarms)
    return run(lambda: EcsService("api", EcsServiceArgs(**ARGS | {"deployment": deployment, "route": route})))


def service(stack: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one("ecs/service:Service")["inputs"]
    return inputs


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({}, {"strategy": "ROLLING"}),
        ({"rollback_on_alarms": True, "bake_minutes": 7}, {"strategy": "ROLLING", "bakeTimeInMinutes": "7"}),
        ({"strategy": "blue-green"}, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "10"}),
        (
            {"strategy": "canary", "canary_percent": 5.0, "canary_minutes": 15},
            {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "10",
                "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": "15"},
            },
        ),
        (
            {"strategy": "linear", "bake_minutes": 0},
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": "0",
                "linearConfiguration": {"stepPercent": 25, "stepBakeTimeInMinutes": "6"},
            },
        ),
    ],
)
def test_ecs_is_told_the_strategy_and_its_numbers(run: Run, chosen: dict[str, Any], told: dict[str, Any]) -> None:
    assert service(made(run, **chosen))["deploymentConfiguration"] == told


@pytest.mark.parametrize("strategy", ["rolling", "blue-green", "canary", "linear"])
def test_the_circuit_breaker_stands_with_every_strategy(run: Run, strategy: str) -> None:
    assert service(made(run, strategy=strategy))["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_alarms_roll_back_where_there_are_any_and_are_switched_off_where_there_are_none(run: Run) -> None:
    name = "headroom-prod-api-errors-page"
    assert service(made(run, alarms=(name,)))["alarms"] == {"alarmNames": [name], "enable": True, "rollback": True}
    assert service(made(run))["alarms"] == {"alarmNames": [], "enable": False, "rollback": False}


def test_a_service_waits_for_the_alarms_that_watch_it(run: Run) -> None:
    def program() -> None:
        alarm = aws.cloudwatch.CompositeAlarm("alarm", alarm_name="x", alarm_rule="FALSE")
        deployment = DeploymentArgs(alarms=("x",), ready=[alarm])
        EcsService("api", EcsServiceArgs(**ARGS | {"deployment": deployment}))

    stack = run(program)
    assert any(
        urn.endswith("CompositeAlarm::alarm") for urn in stack.one("ecs/service:Service")["options"]["depends_on"]
    )


def test_requests_move_between_two_target_groups_by_a_role_of_the_services_own(run: Run) -> None:
    stack = made(run, strategy="canary")
    (balancer,) = service(stack)["loadBalancers"]
    role = stack.one("iam/role:Role", "api-shifting")
    assert balancer["targetGroupArn"] == "first"
    assert balancer["advancedConfiguration"] == {
        "alternateTargetGroupArn": "second",
        "productionListenerRule": "production-rule",
        "testListenerRule": "test-rule",
        "roleArn": balancer["advancedConfiguration"]["roleArn"],
    }
    assert balancer["advancedConfiguration"]["roleArn"].endswith(":role/api-shifting")
    assert json.loads(role["inputs"]["assumeRolePolicy"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]


def test_that_role_changes_nothing_but_the_services_own_target_groups_and_rules(run: Run) -> None:
    policy = json.loads(
        made(run, strategy="canary").one("iam/rolePolicy:RolePolicy", "api-shifting")["inputs"]["policy"]
    )
    own = {"StringEquals": {"aws:ResourceTag/Service": "api"}}
    changing = [s for s in policy["Statement"] if not all(":Describe" in action for action in s["Action"])]
    assert [statement["Condition"] for statement in changing] == [own, own]
    assert {action for statement in changing for action in statement["Action"]} == {
        "elasticloadbalancing:RegisterTargets",
        "elasticloadbalancing:DeregisterTargets",
        "elasticloadbalancing:ModifyRule",
    }
    assert all("*" not in statement["Resource"] for statement in changing)


def test_a_rolling_service_gets_ready_to_move_requests_by_a_second_target_group(run: Run) -> None:
    (balancer,) = service(made(run, second_target_group=True))["loadBalancers"]
    assert balancer["advancedConfiguration"]["alternateTargetGroupArn"] == "second"


def test_a_service_with_one_target_group_has_no_such_role(run: Run) -> None:
    stack = made(run, route=replace(PAIRED, second=None))
    (balancer,) = service(stack)["loadBalancers"]
    assert "advancedConfiguration" not in balancer
    assert "api-shifting" not in stack.names("iam/role:Role")


def test_requests_can_not_be_moved_without_a_second_target_group(run: Run) -> None:
    with pytest.raises(ValueError, match=r"strategy is linear.*paired"):
        made(run, route=replace(PAIRED, second=None), strategy="linear")
