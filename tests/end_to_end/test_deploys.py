"""What stands in AWS of a service whose requests move to a new version bit by bit. T1."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest


@pytest.fixture(scope="module")
def shop(options_account: boto3.Session) -> dict[str, Any]:
    ecs = options_account.client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    [arn] = [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if "/shop-" in arn]
    [found] = ecs.describe_services(cluster=cluster, services=[arn])["services"]
    return dict(found)


def group(account: boto3.Session, arn: str) -> dict[str, Any]:
    [found] = account.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    return dict(found)


def test_a_few_requests_go_to_a_new_version_first(shop: dict[str, Any]) -> None:
    configuration = shop["deploymentConfiguration"]
    assert configuration["strategy"] == "CANARY"
    assert configuration["canaryConfiguration"] == {"canaryPercent": 5, "canaryBakeTimeInMinutes": 10}
    assert configuration["bakeTimeInMinutes"] == 15
    assert configuration["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_it_goes_back_by_an_alarm_that_stands_and_watches_both_target_groups(
    shop: dict[str, Any], options_account: boto3.Session
) -> None:
    watched = shop["deploymentConfiguration"]["alarms"]
    assert watched == {"alarmNames": ["headroom-dev-shop-errors-page"], "enable": True, "rollback": True}
    [alarm] = options_account.client("cloudwatch").describe_alarms(AlarmNames=watched["alarmNames"])["MetricAlarms"]
    dimensions = [
        {d["Name"]: d["Value"] for d in query["MetricStat"]["Metric"]["Dimensions"]}
        for query in alarm["Metrics"]
        if "MetricStat" in query
    ]
    [balancer] = shop["loadBalancers"]
    arns = [balancer["targetGroupArn"], balancer["advancedConfiguration"]["alternateTargetGroupArn"]]
    assert {d["TargetGroup"] for d in dimensions} == {arn.rpartition(":")[2] for arn in arns}


def test_both_target_groups_check_and_drain_alike(shop: dict[str, Any], options_account: boto3.Session) -> None:
    [balancer] = shop["loadBalancers"]
    one = group(options_account, balancer["targetGroupArn"])
    other = group(options_account, balancer["advancedConfiguration"]["alternateTargetGroupArn"])
    differing = {"TargetGroupArn", "TargetGroupName", "LoadBalancerArns"}
    assert {key: value for key, value in one.items() if key not in differing} == {
        key: value for key, value in other.items() if key not in differing
    }


def test_requests_go_to_the_live_target_group_and_none_to_the_test_rule(
    shop: dict[str, Any], options_account: boto3.Session
) -> None:
    [balancer] = shop["loadBalancers"]
    advanced = balancer["advancedConfiguration"]
    rules = options_account.client("elbv2").describe_rules(
        RuleArns=[advanced["productionListenerRule"], advanced["testListenerRule"]]
    )["Rules"]
    by_arn = {rule["RuleArn"]: rule for rule in rules}
    forwarded = by_arn[advanced["productionListenerRule"]]["Actions"][0]["ForwardConfig"]["TargetGroups"]
    weights = {found["TargetGroupArn"]: found["Weight"] for found in forwarded}
    assert weights == {balancer["targetGroupArn"]: 100, advanced["alternateTargetGroupArn"]: 0}
    [condition] = by_arn[advanced["testListenerRule"]]["Conditions"]
    assert condition["SourceIpConfig"]["Values"] == ["192.0.2.1/32"]


def test_ecs_may_move_the_services_own_requests_and_nothing_else(
    shop: dict[str, Any], options_account: boto3.Session
) -> None:
    [balancer] = shop["loadBalancers"]
    role = balancer["advancedConfiguration"]["roleArn"].rpartition("/")[2]
    iam = options_account.client("iam")
    [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    document = json.loads(document) if isinstance(document, str) else document
    changing = [s for s in document["Statement"] if s["Resource"] not in ("*", ["*"])]
    assert {json.dumps(statement["Condition"]) for statement in changing} == {
        '{"StringEquals": {"aws:ResourceTag/Service": "shop"}}'
    }
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []


def test_the_migration_ran_before_the_first_deployment_began(
    shop: dict[str, Any], options_account: boto3.Session
) -> None:
    ecs = options_account.client("ecs")
    told = ecs.list_service_deployments(cluster=shop["clusterArn"], service=shop["serviceArn"])["serviceDeployments"]
    arns = ecs.list_tasks(cluster=shop["clusterArn"], desiredStatus="STOPPED")["taskArns"]
    tasks = ecs.describe_tasks(cluster=shop["clusterArn"], tasks=arns)["tasks"]
    ended = [
        task["stoppedAt"]
        for task in tasks
        if ":task-definition/headroom-dev-shop_migrate:" in task["taskDefinitionArn"]
    ]
    # Later ones ran for later changes.
    assert ended and min(ended) <= min(one["createdAt"] for one in told)
