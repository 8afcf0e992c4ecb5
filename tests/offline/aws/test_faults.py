"""AWS throttles, fails, hangs, breaks connections and forgets for a while: calls are made again, and things once."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from offline import cloud
from offline.aws import connection, consistency, types
from offline.aws.connection import AwsError, Connection, Tokens
from offline.aws.lifecycle import HalfMadeError, Lifecycle
from tests.offline.aws.provider_harness import ACCOUNT, REGION, Aws, FailedError, Maker, Plugin

TOPIC, QUEUE, VPC, BUCKET = "aws:sns/topic:Topic", "aws:sqs/queue:Queue", "aws:ec2/vpc:Vpc", "aws:s3/bucket:Bucket"
GROUP = "aws:scheduler/scheduleGroup:ScheduleGroup"
SetFaults = Callable[..., None]


def ask(port: int, method: str, body: Any = None, host: str = "127.0.0.1") -> tuple[int, str]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request(method, "/headroom/faults", body if isinstance(body, str) else json.dumps(body), {"Host": host})
    answer = client.getresponse()
    text = answer.read().decode()
    client.close()
    return answer.status, text


@pytest.fixture
def faults(aws_cloud: cloud.Cloud) -> Iterator[SetFaults]:
    """Sets faults, each a map as `offline/aws/faults.py` describes it; whichever are left end with the test."""

    def put(*wanted: dict[str, Any]) -> None:
        assert ask(aws_cloud.port, "PUT", wanted)[0] == 200

    yield put
    left = json.loads(ask(aws_cloud.port, "GET")[1])
    ask(aws_cloud.port, "DELETE")
    assert left == []


def name() -> str:
    return f"faults-{uuid.uuid4().hex[:8]}"


@pytest.mark.parametrize(
    ("token", "inputs", "fault"),
    [
        (TOPIC, "name", {"match": "sns:CreateTopic", "code": "Throttling", "message": "Rate exceeded"}),
        (QUEUE, "name", {"match": "sqs:CreateQueue", "code": "ThrottlingException"}),
        (VPC, None, {"match": "ec2:CreateVpc$", "code": "RequestLimitExceeded", "status": 503}),
        (BUCKET, "bucket", {"match": "s3:PUT /[^?]*$", "code": "SlowDown", "status": 503}),
        (GROUP, "name", {"match": "scheduler:POST", "code": "TooManyRequestsException", "status": 429}),
        (TOPIC, "name", {"match": "sns:GetTopicAttributes", "code": "InternalError", "status": 500}),
        (QUEUE, "name", {"match": "sqs:CreateQueue", "reset": True}),
        (VPC, None, {"match": "ec2:CreateVpc$", "reset": True, "executed": True}),
        (VPC, None, {"match": "ec2:CreateVpc$", "code": "InternalError", "status": 500, "executed": True}),
    ],
    ids=lambda value: value["match"] if isinstance(value, dict) else "",
)
def test_a_call_that_fails_for_a_while_is_made_again(
    token: str, inputs: str | None, fault: dict[str, Any], make: Maker, faults: SetFaults, aws: Aws
) -> None:
    before = len(aws("ec2").describe_vpcs()["Vpcs"])
    faults(fault)
    make(token, {inputs: name()} if inputs else {"cidrBlock": "10.88.0.0/16"})
    assert len(aws("ec2").describe_vpcs()["Vpcs"]) == before + (token == VPC)


def test_updates_and_deletes_are_made_again(make: Maker, faults: SetFaults, aws: Aws) -> None:
    queue = make(QUEUE, {"name": name()})
    faults({"match": "sqs:SetQueueAttributes", "code": "InternalError", "status": 500, "executed": True})
    assert queue.update(delaySeconds=7)["delaySeconds"] == 7
    faults({"match": "sqs:DeleteQueue", "code": "InternalError", "status": 500, "executed": True})
    queue.delete()
    assert queue["url"] not in aws("sqs").list_queues().get("QueueUrls", [])


@pytest.fixture
def lifecycle(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Lifecycle:
    """What the plugin does, in this process and with little patience."""
    monkeypatch.setattr(connection, "ATTEMPTS", 2)
    monkeypatch.setattr(connection, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(consistency, "PATIENCE_SECONDS", 0)
    context = {"account": ACCOUNT, "partition": "aws", "region": REGION, "defaultTags": {}}
    return Lifecycle(Connection(environment["AWS_ENDPOINT_URL"], REGION, environment), context)


def create(lifecycle: Lifecycle, token: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
    kind = types.find(token)
    assert kind is not None
    return lifecycle.create(kind, inputs, Tokens(str(uuid.uuid4())))


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"code": "Throttling", "message": "Rate exceeded"}, "CreateTopic: Throttling: Rate exceeded (tried 2 times)"),
        ({"code": "InternalFailure", "status": 500}, "CreateTopic: InternalFailure: no message (tried 2 times)"),
        ({"seconds": 0.6}, "CreateTopic: ReadTimeoutError: Read timeout on endpoint URL"),
        ({"reset": True}, "CreateTopic: ConnectionClosedError: Connection was closed before we received"),
    ],
    ids=["throttling", "failing", "hanging", "breaking"],
)
def test_one_that_goes_on_failing_is_told_in_awss_own_words(
    fault: dict[str, Any], words: str, lifecycle: Lifecycle, faults: SetFaults
) -> None:
    faults({"match": "sns:CreateTopic", "times": 2, **fault})
    with pytest.raises(AwsError, match=re.escape(words)) as caught:
        create(lifecycle, TOPIC, name=name())
    assert str(caught.value).endswith("(tried 2 times)")


def test_a_function_may_take_its_fifteen_minutes_and_no_other_call_may(environment: dict[str, str]) -> None:
    calls = Connection(environment["AWS_ENDPOINT_URL"], REGION, environment)
    assert calls.client("lambda").meta.config.read_timeout > 15 * 60
    assert calls.client("sns").meta.config.read_timeout == connection.ANSWER_SECONDS


def test_a_refusal_is_no_failure_and_told_at_once(plugin: Plugin, faults: SetFaults) -> None:
    faults({"match": "sns:CreateTopic", "code": "AuthorizationError", "message": "not authorized", "status": 403})
    with pytest.raises(FailedError) as caught:
        plugin.create(TOPIC, plugin.checked(TOPIC, {"name": name()}, "news"), "news")
    assert str(caught.value) == f"{TOPIC} news: CreateTopic: AuthorizationError: not authorized"


UNKNOWN = {"code": "InvalidVpcID.NotFound", "message": "The vpc ID does not exist"}


def test_what_is_found_only_after_a_while_is_waited_for(make: Maker, faults: SetFaults) -> None:
    faults(
        {"match": "ec2:ModifyVpcAttribute", "times": 2, **UNKNOWN},
        {"match": "ec2:DescribeVpcs", "times": 2, **UNKNOWN},
    )
    vpc = make(VPC, {"cidrBlock": "10.89.0.0/16", "enableDnsHostnames": True})
    assert vpc["ownerId"] == ACCOUNT


def test_what_is_never_found_is_kept_and_told(lifecycle: Lifecycle, faults: SetFaults, plugin: Plugin) -> None:
    faults({"match": "ec2:DescribeVpcs", **UNKNOWN})
    with pytest.raises(HalfMadeError, match=r"DescribeVpcs: NotFound: vpc-\w+ was made, and is unknown") as caught:
        create(lifecycle, VPC, cidrBlock="10.90.0.0/16")
    plugin.delete(VPC, caught.value.identifier, {})


def test_what_else_is_missing_is_not_waited_for(lifecycle: Lifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consistency, "PATIENCE_SECONDS", 600)
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = {"name": name(), "assumeRolePolicy": trust, "managedPolicyArns": ["arn:aws:iam::aws:policy/Missing"]}
    with pytest.raises(HalfMadeError, match="AttachRolePolicy: NoSuchEntity"):
        create(lifecycle, "aws:iam/role:Role", **role)


def test_an_emulator_that_has_gone_is_told_at_once_and_as_such(tmp_path: Path) -> None:
    running = cloud.ensure(tmp_path)
    plugin = Plugin(cloud.environment(running, ACCOUNT, REGION))
    plugin.configure(region=REGION)
    inputs = plugin.checked(TOPIC, {"name": "late"}, "late")
    os.kill(running.pid, signal.SIGKILL)
    os.waitpid(running.pid, 0)
    with pytest.raises(FailedError) as caught:
        plugin.create(TOPIC, inputs, "late")
    assert str(caught.value) == (
        f"{TOPIC} late: the emulated AWS that held this stack is gone: {running.endpoint} does not answer any more"
    )
    plugin.close()


def test_faults_are_set_from_this_machine_and_by_its_own_name_only(aws_cloud: cloud.Cloud) -> None:
    assert ask(aws_cloud.port, "PUT", [], host="example.com:80")[0] == 403
    assert ask(aws_cloud.port, "PUT", [], host="localhost:80")[0] == 200
    assert ask(aws_cloud.port, "PUT", [{"match": "("}])[0] == 400
    assert ask(aws_cloud.port, "PUT", [{"matches": "x"}])[0] == 400
    assert ask(aws_cloud.port, "PUT", "{")[0] == 400
    outside = socket.create_connection(("127.0.0.1", aws_cloud.port))
    assert outside.getpeername()[0] == "127.0.0.1"  # it listens nowhere else
    outside.close()
