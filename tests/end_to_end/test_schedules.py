"""Schedules on the emulated AWS: what they would run, and what happens when a run fails. T7."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

ENVIRONMENTS = ("dev", "staging", "prod")


def schedules(session: boto3.Session) -> dict[str, dict[str, Any]]:
    scheduler = session.client("scheduler")
    return {
        found["Name"]: scheduler.get_schedule(GroupName=found["GroupName"], Name=found["Name"])
        for found in scheduler.list_schedules()["Schedules"]
    }


def failed_runs(session: boto3.Session, environment: str) -> list[dict[str, Any]]:
    """What lies in the queue of failed runs; taken out."""
    sqs = session.client("sqs")
    url = sqs.get_queue_url(QueueName=f"headroom-{environment}-failed-scheduled-runs")["QueueUrl"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def end_task(session: boto3.Session, group: str, stop_code: str, *exit_codes: int) -> None:
    """What ECS tells EventBridge when a task of the worker has stopped: its own container first, then those beside."""
    names = ["worker", *(f"beside-{number}" for number in range(1, len(exit_codes)))]
    detail = {
        "group": group,
        "lastStatus": "STOPPED",
        "stopCode": stop_code,
        "containers": [{"name": name, "exitCode": code} for name, code in zip(names, exit_codes, strict=False)]
        or [{"name": "worker", "lastStatus": "STOPPED"}],
    }
    entry = {"Source": "aws.ecs", "DetailType": "ECS Task State Change", "Detail": json.dumps(detail)}
    session.client("events").put_events(Entries=[entry])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_three_schedules_run_the_workers_newest_revision_on_demand_capacity(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    found = schedules(session)
    assert {name: schedule["ScheduleExpression"] for name, schedule in found.items()} == {
        "cleanup": "cron(0 * * * ? *)",
        "report": "cron(0 2 * * ? *)",
        "partitions": "cron(0 3 ? * SUN *)",
    }
    ecs = session.client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    [worker] = [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if "/worker-" in arn]
    [service] = ecs.describe_services(cluster=cluster, services=[worker])["services"]
    for schedule in found.values():
        target = schedule["Target"]
        task = target["EcsParameters"]
        assert target["Arn"] == cluster
        assert task["TaskDefinitionArn"] == service["taskDefinition"]
        assert [c["capacityProvider"] for c in task["CapacityProviderStrategy"]] == ["FARGATE"]
        own = service["networkConfiguration"]["awsvpcConfiguration"]
        network = task["NetworkConfiguration"]["awsvpcConfiguration"]
        assert (sorted(network["Subnets"]), network["SecurityGroups"]) == (
            sorted(own["subnets"]),
            own["securityGroups"],
        )
        assert json.loads(target["Input"])["containerOverrides"][0]["command"][:2] == ["python", "-m"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_schedules_role_passes_roles_that_exist_and_no_others(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    iam = session.client("iam")
    names = {role["Arn"]: role["RoleName"] for role in iam.list_roles()["Roles"]}
    for schedule in schedules(session).values():
        role = names[schedule["Target"]["RoleArn"]]
        [policy] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        statements = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
        [passed] = [s["Resource"] for s in statements if s["Action"] == ["iam:PassRole"]]
        kept = [pattern.rstrip("?").rpartition("/")[2] for pattern in passed]
        matching = [n for n in names.values() for start in kept if n.startswith(start) and len(n) == len(start) + 7]
        assert sorted(name.rpartition("-")[0] for name in matching) == ["worker-execution", "worker-task"]


@pytest.mark.parametrize(
    ("stop_code", "exit_codes"),
    [
        ("EssentialContainerExited", [1]),
        ("EssentialContainerExited", [137, 0]),
        ("TaskFailedToStart", []),
        ("UserInitiated", []),
    ],
)
def test_a_run_that_fails_leaves_its_reason_in_the_queue_of_failed_runs(
    stop_code: str, exit_codes: list[int], accounts: dict[str, boto3.Session]
) -> None:
    session = accounts["dev"]
    end_task(session, "schedule:headroom-dev-cleanup", stop_code, *exit_codes)
    [event] = failed_runs(session, "dev")
    assert event["detail"]["group"] == "schedule:headroom-dev-cleanup"
    assert event["detail"]["stopCode"] == stop_code


def test_a_run_that_succeeds_and_a_task_of_a_service_leave_nothing(accounts: dict[str, boto3.Session]) -> None:
    session = accounts["dev"]
    end_task(session, "schedule:headroom-dev-cleanup", "EssentialContainerExited", 0)
    end_task(session, "service:worker-1a2b3c4", "EssentialContainerExited", 1)
    end_task(session, "schedule:headroom-staging-cleanup", "EssentialContainerExited", 1)
    assert failed_runs(session, "dev") == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_failed_runs_and_runs_that_never_started_are_told(environment: str, accounts: dict[str, boto3.Session]) -> None:
    alarms = {a["AlarmName"]: a for a in accounts[environment].client("cloudwatch").describe_alarms()["MetricAlarms"]}
    rules = {rule["Name"] for rule in accounts[environment].client("events").list_rules()["Rules"]}
    for name in ("cleanup", "report", "partitions"):
        alarm = alarms[f"headroom-{environment}-{name}-schedule-failed"]
        assert alarm["Dimensions"][0]["Value"] in rules
        assert alarm["AlarmActions"]
    assert alarms[f"headroom-{environment}-schedules-not-started"]["MetricName"] == "InvocationDroppedCount"
