"""Functions are run for real, beside the server that they call; tasks are not, and end at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from offline.aws.extensions.ecs_tasks import exit_code
from tests.offline.aws.provider_cases_functions import code, function
from tests.offline.aws.provider_harness import Aws, FailedError, Maker, Plugin
from tests.offline.aws.provider_world import World, trust

FUNCTION, INVOCATION = "aws:lambda/function:Function", "aws:lambda/invocation:Invocation"
Invoke = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    """As little as a function and a task need."""
    maker = Maker(plugin)
    made = World(maker)
    made.add("vpc", "aws:ec2/vpc:Vpc", {"cidrBlock": "10.52.0.0/16"})
    made.add("subnet_a", "aws:ec2/subnet:Subnet", {"vpcId": made.vpc.id, "cidrBlock": "10.52.0.0/24"})
    made.add("group", "aws:ec2/securityGroup:SecurityGroup", {"vpcId": made.vpc.id, "description": "one"})
    made.add("key", "aws:kms/key:Key", {"description": "world", "deletionWindowInDays": 7})
    made.add("logs", "aws:cloudwatch/logGroup:LogGroup", {"name": "/world/functions"})
    yield made
    maker.clean()


@pytest.fixture
def invoke(make: Maker, world: World, aws: Aws) -> Invoke:
    """Makes a function of the text, and calls it."""

    def call(text: str, event: object = None, **changed: Any) -> dict[str, Any]:
        made = make(FUNCTION, {**function(world), "code": code(text), **changed})
        return dict(aws("lambda").invoke(FunctionName=made.id, Payload=json.dumps(event).encode()))

    return call


def answer(response: dict[str, Any]) -> Any:
    return json.loads(response["Payload"].read())


def test_a_function_answers_with_what_its_handler_returns(invoke):
    response = invoke("def handler(event, context):\n    return {'twice': event['number'] * 2}", {"number": 21})
    assert answer(response) == {"twice": 42}
    assert "FunctionError" not in response


def test_an_exception_is_told_as_lambda_tells_it(invoke):
    response = invoke("def handler(event, context):\n    raise ValueError('no such thing')")
    assert response["FunctionError"] == "Unhandled"
    told = answer(response)
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "no such thing")


def test_what_a_function_prints_stands_in_its_log_group(invoke, aws, world):
    invoke("def handler(event, context):\n    print('canary', context.get_remaining_time_in_millis() > 1000)")
    streams = aws("logs").describe_log_streams(logGroupName=world.logs.id, orderBy="LastEventTime", descending=True)
    lines = [
        event["message"]
        for stream in streams["logStreams"]
        for event in aws("logs").get_log_events(
            logGroupName=world.logs.id, logStreamName=stream["logStreamName"]
        )["events"]
    ]  # fmt: skip
    assert "canary True" in lines
    assert any(line.startswith("REPORT RequestId: ") for line in lines)


WHO = "import boto3\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']"


def test_a_function_calls_the_emulated_aws_as_its_own_role(invoke, world):
    assert "assumed-role" in answer(invoke(WHO))
    assert world.function_role["name"] in answer(invoke(WHO))


def test_a_function_knows_nothing_of_the_servers_surroundings(invoke, monkeypatch):
    text = "import os, sys\ndef handler(event, context):\n    return [sorted(os.environ), sys.path]"
    names, path = answer(invoke(text, environment={"variables": {"LEVEL": "info"}}))
    assert "LEVEL" in names
    assert not [name for name in names if name.startswith(("PULUMI", "HEADROOM", "MOTO"))]
    assert "headroom-function-" in path[0]


def test_other_requests_are_answered_while_a_function_runs(invoke, aws):
    """It begins, and ends once it sees what was asked for since."""
    answers: list[Any] = []
    text = """
import boto3, time

def handler(event, context):
    sqs = boto3.client("sqs")
    sqs.create_queue(QueueName="function-has-begun")
    while not sqs.list_queues(QueueNamePrefix="others-go-on").get("QueueUrls"):
        time.sleep(0.05)
    return "done"
"""
    running = threading.Thread(target=lambda: answers.append(answer(invoke(text, timeout=60))))
    running.start()
    while running.is_alive() and not aws("sqs").list_queues(QueueNamePrefix="function-has-begun").get("QueueUrls"):
        time.sleep(0.05)
    aws("sqs").create_queue(QueueName="others-go-on")
    running.join()
    assert answers == ["done"]


def test_a_function_that_takes_too_long_is_ended(invoke):
    response = invoke("import time\ndef handler(event, context):\n    time.sleep(60)", timeout=1)
    assert answer(response)["errorMessage"] == "Task timed out after 1.00 seconds"


def test_a_runtime_other_than_python_is_told_and_not_run(invoke):
    response = invoke("exports.handler = 1", runtime="nodejs22.x", handler="index.handler")
    assert answer(response)["errorMessage"] == "nodejs22.x is not run offline; Python is"


def test_a_call_without_an_answer_is_made_all_the_same(make, world, aws):
    text = "import boto3\ndef handler(event, context):\n    boto3.client('sqs').create_queue(QueueName='called')"
    made = make(FUNCTION, {**function(world), "code": code(text)})
    assert aws("lambda").invoke(FunctionName=made.id, InvocationType="Event")["StatusCode"] == 202
    end = time.monotonic() + 60
    while not any("called" in url for url in aws("sqs").list_queues().get("QueueUrls", [])):
        assert time.monotonic() < end
        time.sleep(0.2)


def test_new_code_counts_from_the_update_on(make, world, aws):
    made = make(FUNCTION, {**function(world), "code": code("def handler(event, context):\n    return 1")})
    made.update(code=code("def handler(event, context):\n    return 2"))
    assert answer(aws("lambda").invoke(FunctionName=made.id)) == 2


def test_a_failed_invocation_makes_no_resource_and_says_why(make, world):
    text = "def handler(event, context):\n    raise RuntimeError('migration failed')"
    made = make(FUNCTION, {**function(world), "code": code(text)})
    with pytest.raises(FailedError, match="RuntimeError: migration failed") as failed:
        make(INVOCATION, {"functionName": made.id, "input": "{}"}, "life")
    assert failed.value.partial is None


def test_an_invocation_tells_its_result_and_a_repeated_request_calls_once(plugin, make, world):
    text = "import time\ndef handler(event, context):\n    return {'at': time.time_ns()}"
    made = make(FUNCTION, {**function(world), "code": code(text)})
    inputs = plugin.checked(INVOCATION, {"functionName": made.id, "input": "{}", "triggers": {"a": "1"}})
    results = [plugin.create(INVOCATION, inputs, operation="the-same")[1]["result"] for _ in range(2)]
    assert results[0] == results[1]
    assert plugin.create(INVOCATION, inputs)[1]["result"] != results[0]


def test_a_preview_calls_nothing(plugin, world):
    inputs = plugin.checked(INVOCATION, {"functionName": "no-such-function", "input": "{}"})
    _, properties = plugin.create(INVOCATION, inputs, preview=True)
    assert "result" not in properties


def test_another_trigger_calls_again(plugin):
    old = {"functionName": "f", "input": "{}", "triggers": {"task": "one"}}
    assert list(plugin.diff(INVOCATION, old, {**old, "triggers": {"task": "two"}}).replaces) == ["triggers"]


@pytest.mark.parametrize(
    ("command", "code_"),
    [(["false"], 1), (["sh", "-c", "exit 3"], 3), (["node", "migrate.js"], 0), (["sh", "-c", "exit 3; true"], 0)],
)
def test_a_task_ends_as_its_command_says_where_that_is_plain(command, code_):
    assert exit_code(command) == code_


@pytest.fixture
def definition(make: Maker, world: World) -> Callable[..., Any]:
    def register(command: list[str]) -> Any:
        options = {"awslogs-group": world.logs.id, "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "task"}
        container = {"name": "main", "image": "example/image:1", "essential": True, "command": command}
        container["logConfiguration"] = {"logDriver": "awslogs", "options": options}
        role = make("aws:iam/role:Role", {"assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
        inputs: dict[str, Any] = {
            "family": f"f-{command[0]}",
            "containerDefinitions": json.dumps([container]),
            "cpu": "256",
        }
        inputs |= {"memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
        return make("aws:ecs/taskDefinition:TaskDefinition", {**inputs, "executionRoleArn": role["arn"]})["arn"]

    return register


def test_a_task_has_stopped_when_it_is_asked_for_and_a_token_starts_one(definition, make, world, aws):
    cluster = make("aws:ecs/cluster:Cluster", {})
    network = {"subnets": [world.subnet_a.id], "securityGroups": [world.group.id], "assignPublicIp": "DISABLED"}
    wanted: dict[str, Any] = {
        "cluster": cluster["arn"],
        "taskDefinition": definition(["false"]),
        "launchType": "FARGATE",
        "clientToken": "one",
        "networkConfiguration": {"awsvpcConfiguration": network},
    }
    started = [aws("ecs").run_task(**wanted)["tasks"][0]["taskArn"] for _ in range(2)]
    assert started[0] == started[1]
    (task,) = aws("ecs").describe_tasks(cluster=cluster["arn"], tasks=started[:1])["tasks"]
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert (task["containers"][0]["name"], task["containers"][0]["exitCode"]) == ("main", 1)
    with pytest.raises(aws("ecs").exceptions.ConflictException):
        aws("ecs").run_task(**{**wanted, "startedBy": "somebody"})
    (event,) = aws("logs").get_log_events(
        logGroupName=world.logs.id, logStreamName=f"task/main/{started[0].rpartition('/')[2]}"
    )["events"]
    assert event["message"] == "The emulated AWS runs no image: example/image:1 counts as ended with 1."
