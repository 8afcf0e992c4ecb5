"""Queues on the emulated AWS, used as services use them: by the URL that they are told. T6, E6."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from operations.permissions import Principal, allowed

ENVIRONMENTS = ("dev", "staging", "prod")


def told(session: boto3.Session, service: str) -> dict[str, str]:
    """The plain variables of a service's tasks."""
    ecs = session.client("ecs")
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        definition = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        container = definition["containerDefinitions"][0]
        if container["name"] == service:
            return {variable["name"]: variable["value"] for variable in container["environment"]}
    raise LookupError(service)


def attributes(session: boto3.Session, url: str) -> dict[str, str]:
    found = session.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return dict(found)


def receive(session: boto3.Session, url: str) -> list[dict[str, Any]]:
    """What is there, and visible again at once."""
    answer = session.client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0, WaitTimeSeconds=0)
    return list(answer.get("Messages", []))


@pytest.fixture
def empty_queues(accounts: dict[str, boto3.Session]) -> Iterator[boto3.Session]:
    """dev's account, whose queues are emptied afterwards."""
    session = accounts["dev"]
    yield session
    sqs = session.client("sqs")
    for url in sqs.list_queues()["QueueUrls"]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0).get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_queue_of_jobs_is_encrypted_polled_long_and_gives_up_after_five_tries(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    found = attributes(session, told(session, "worker")["QUEUE_URL_JOBS"])
    account = session.client("sts").get_caller_identity()["Account"]
    failed = f"arn:aws:sqs:eu-central-1:{account}:headroom-{environment}-jobs-dlq"
    assert json.loads(found["RedrivePolicy"]) == {"deadLetterTargetArn": failed, "maxReceiveCount": 5}
    assert (found["ReceiveMessageWaitTimeSeconds"], found["MaximumMessageSize"]) == ("20", "1048576")
    assert ":key/" in found["KmsMasterKeyId"]
    assert json.loads(found["Policy"])["Statement"][0]["Sid"] == "TlsOnly"
    letters = attributes(session, told(session, "worker")["QUEUE_URL_JOBS"] + "-dlq")
    assert letters["MessageRetentionPeriod"] == str(14 * 86_400)
    assert json.loads(letters["RedriveAllowPolicy"])["sourceQueueArns"] == [failed.removesuffix("-dlq")]


def test_what_the_api_sends_the_worker_receives(empty_queues: boto3.Session) -> None:
    session, sqs = empty_queues, empty_queues.client("sqs")
    sent, received = (told(session, service)["QUEUE_URL_JOBS"] for service in ("api", "worker"))
    sqs.send_message(QueueUrl=sent, MessageBody="resize picture 7")
    [message] = sqs.receive_message(QueueUrl=received)["Messages"]
    assert message["Body"] == "resize picture 7"
    sqs.delete_message(QueueUrl=received, ReceiptHandle=message["ReceiptHandle"])
    assert receive(session, received) == []


def test_a_job_that_fails_five_times_lies_with_the_dead_letters_until_it_is_redriven(
    empty_queues: boto3.Session,
) -> None:
    session, sqs = empty_queues, empty_queues.client("sqs")
    jobs = told(session, "worker")["QUEUE_URL_JOBS"]
    dead = f"{jobs}-dlq"
    sqs.send_message(QueueUrl=jobs, MessageBody="poison")
    assert [len(receive(session, jobs)) for _ in range(5)] == [1] * 5
    assert receive(session, jobs) == []
    assert [message["Body"] for message in receive(session, dead)] == ["poison"]
    sqs.start_message_move_task(SourceArn=attributes(session, dead)["QueueArn"])
    assert receive(session, dead) == []
    assert [message["Body"] for message in receive(session, jobs)] == ["poison"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_workers_role_consumes_its_queue_and_no_other(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session = accounts[environment]
    iam = session.client("iam")
    [role] = [r for r in iam.list_roles()["Roles"] if r["RoleName"].startswith("worker-task-")]
    documents = [
        iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    ]
    account = role["Arn"].split(":")[4]
    worker = Principal(arn=role["Arn"], account=account, documents=documents, boundary=None)
    arn = f"arn:aws:sqs:eu-central-1:{account}:headroom-{environment}"
    jobs, others = f"{arn}-jobs", (f"{arn}-jobs-dlq", f"{arn}-mails", f"{arn}-failed-scheduled-runs")
    assert all(allowed(worker, f"sqs:{action}", jobs, {}) for action in ("ReceiveMessage", "DeleteMessage"))
    assert not any(allowed(worker, f"sqs:{a}", jobs, {}) for a in ("SendMessage", "PurgeQueue", "DeleteQueue"))
    assert not any(allowed(worker, "sqs:ReceiveMessage", other, {}) for other in others)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_workers_follow_the_backlog(environment: str, accounts: dict[str, boto3.Session]) -> None:
    scaling = accounts[environment].client("application-autoscaling")
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    [backlog] = [p for p in policies if p["PolicyName"].startswith("worker-backlog-jobs")]
    specification = backlog["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]
    found = {query["Id"]: query for query in specification["Metrics"]}
    assert found["backlog"]["Expression"] == "waiting / tasks"
    queue = found["waiting"]["MetricStat"]["Metric"]["Dimensions"]
    assert queue == [{"Name": "QueueName", "Value": f"headroom-{environment}-jobs"}]
