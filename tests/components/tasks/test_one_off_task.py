"""A task that runs once, and the function that runs it, under pretended AWS. T9."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.access import Scope, allow, document
from components.links import ClusterLink, FunctionLink, KeyLink
from components.tasks.one_off_task import OneOffTask, OneOffTaskArgs
from components.tasks.statements import run_tasks
from components.tasks.task_runner import TaskRunner, TaskRunnerArgs

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
ARGS: dict[str, Any] = {
    "scope": SCOPE,
    "title": "Migration of api",
    "service": "api",
    "cluster": ClusterLink(arn="cluster-arn", name="cluster-1"),
    "runner": FunctionLink(name="headroom-dev-run-task", arn="arn:runner", made_arn="arn:runner"),
    "subnet_ids": ["subnet-a"],
    "security_group_ids": ["sg-1"],
    "image": "ghcr.io/example/api:1.0.0",
    "log_group": "/headroom/dev/service/api",
    "command": ["node", "migrate.js"],
    "secrets": {"DATABASE_URL": "arn:secret:url::"},
    "secret_names": ["headroom/dev/service/api/database"],
    "key_aliases": ["alias/headroom-dev-services"],
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(*, preview: bool = False, outputs: Any = None, **changed: Any) -> Any:
        def program() -> OneOffTask:
            return OneOffTask("api-migrate", OneOffTaskArgs(**(ARGS | changed)))

        return run(program, preview=preview, outputs=outputs)

    return make


def event(stack: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(stack.one("lambda/invocation:Invocation")["inputs"]["input"])
    return told


def test_the_runner_is_told_what_to_run_where_and_how_long(made: Run) -> None:
    stack = made(wait_seconds=120)
    definition = "arn:aws:ecs:eu-central-1:111111111111:taskdefinition/api-migrate"
    told = event(stack)
    request = told.pop("request")
    assert told == {
        "title": "Migration of api",
        "cluster": "cluster-arn",
        "task_definition": definition,
        "container": "api-migrate",
        "subnets": ["subnet-a"],
        "security_groups": ["sg-1"],
        "log_group": "/headroom/dev/service/api",
        "wait_seconds": 120,
    }
    assert len(request) == 32
    assert stack.one("lambda/invocation:Invocation")["inputs"]["functionName"] == "headroom-dev-run-task"


def test_what_the_runner_is_told_is_what_it_takes(made: Run) -> None:
    from functions.run_task.request import Request

    assert Request.of(event(made())).parameters(3)["clientToken"].endswith("-3")


def test_another_definition_or_trigger_is_another_request_and_another_place_is_not(made: Run) -> None:
    other = {"aws:ecs/taskDefinition:TaskDefinition": {"arn": "arn:another-revision"}}
    one = event(made())["request"]
    assert event(made())["request"] == one
    assert event(made(outputs=other))["request"] != one
    assert event(made(triggers={"user": "1"}))["request"] != one
    assert event(made(subnet_ids=["subnet-b"], wait_seconds=60))["request"] == one


def test_a_change_of_the_definition_or_of_a_trigger_calls_again(made: Run) -> None:
    triggers = made(triggers={"user api": "version-1"}).one("lambda/invocation:Invocation")["inputs"]["triggers"]
    assert set(triggers) == {"task_definition", "user api"}


def test_the_call_waits_for_what_the_task_needs_and_for_the_runner(run: Run) -> None:
    def program() -> None:
        ready, function = (pulumi.CustomResource("aws:ec2/route:Route", name) for name in ("way", "function"))
        runner = FunctionLink(name="runner", arn="arn", made_arn="arn", ready=[function])
        OneOffTask("api-migrate", OneOffTaskArgs(**(ARGS | {"ready": [ready], "runner": runner})))

    stack = run(program)
    waits = stack.one("lambda/invocation:Invocation")["options"]["depends_on"]
    for name in ("way", "function"):
        assert stack.one("Route", name)["urn"] in waits
    assert stack.one("iam/rolePolicy:RolePolicy")["urn"] in waits


def test_a_task_is_hardened_like_a_service_and_has_no_role_of_its_own_without_grants(made: Run) -> None:
    stack = made(entry_point=["sh", "-c"])
    inputs = stack.one("TaskDefinition")["inputs"]
    (container,) = json.loads(inputs["containerDefinitions"])
    assert container["readonlyRootFilesystem"] is True
    assert container["user"] == "1000:1000"
    assert container["entryPoint"] == ["sh", "-c"]
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert "taskRoleArn" not in inputs
    assert stack.names("iam/role:Role") == ["api-migrate-execution"]


def test_its_roles_have_the_names_that_the_runner_may_pass(run: Run) -> None:
    grant = allow("Send", ["sqs:SendMessage"], ["arn:aws:sqs:r:a:q"])

    def program() -> None:
        OneOffTask("api-migrate", OneOffTaskArgs(**(ARGS | {"grants": [grant]})))
        key = KeyLink(arn="key", alias="alias/key")
        tasks = {"api_migrate": "/headroom/dev/service/api"}
        TaskRunner("run-task", TaskRunnerArgs(scope=SCOPE, key=key, log_retention_days=7, tasks=tasks))

    stack = run(program)
    document = json.loads(stack.one("iam/rolePolicy:RolePolicy", "run-task")["inputs"]["policy"])
    allowed = {statement["Sid"]: statement for statement in document["Statement"]}
    names = [stack.one("iam/role:Role", f"api-migrate-{kind}")["inputs"]["name"] for kind in ("execution", "task")]
    assert allowed["PassRoles"]["Resource"] == [f"arn:aws:iam::111111111111:role/{name}" for name in names]
    assert allowed["PassRoles"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    family = stack.one("TaskDefinition")["inputs"]["family"]
    assert allowed["RunTasks"]["Resource"] == [f"arn:aws:ecs:eu-central-1:111111111111:task-definition/{family}:*"]
    assert allowed["ReadLastLines"]["Resource"] == [
        "arn:aws:logs:eu-central-1:111111111111:log-group:/headroom/dev/service/api:log-stream:task/*"
    ]


@pytest.mark.parametrize("count", [15, 16, 200])
def test_a_runner_of_many_tasks_names_their_kinds_since_a_role_holds_so_much_and_no_more(count: int) -> None:
    scope = replace(SCOPE, namespace="headroom/staging-of-europe")
    groups = {f"a_service_with_a_long_name_{number}_migrate": f"/g/{number}" for number in range(1, count)}
    tasks = {**groups, "main_users": "/headroom/staging-of-europe/database/main/users"}
    statements = run_tasks(scope, list(tasks), list(tasks.values()))
    assert len(json.dumps(document(statements))) < 9_000
    passed = {one["Sid"]: one["Resource"] for one in statements}["PassRoles"]
    if count > 15:
        assert [arn.rpartition("/")[2] for arn in passed] == [
            f"headroom-staging-of-europe-*_{kind}-{purpose}"
            for kind in ("migrate", "users")
            for purpose in ("execution", "task")
        ]
    else:
        assert len(passed) == 2 * count


def test_a_runner_has_all_of_lambdas_time(run: Run) -> None:
    args = TaskRunnerArgs(scope=SCOPE, key=KeyLink(arn="k", alias="alias/k"), log_retention_days=7, tasks={"a": "b"})
    stack = run(lambda: TaskRunner("run-task", args))
    assert stack.one("lambda/function:Function")["inputs"]["timeout"] == 900


def test_every_policy_is_known_in_the_first_preview(made: Run) -> None:
    stack = made(preview=True, grants=[allow("Send", ["sqs:SendMessage"], ["arn:aws:sqs:r:a:q"])])
    for resource in stack.all("iam/rolePolicy:RolePolicy"):
        assert json.loads(resource["inputs"]["policy"])["Version"] == "2012-10-17"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"wait_seconds": 841}, "wait_seconds is 841: AWS takes 30 to 840 seconds"),
        ({"memory_mib": 100}, "memory_mib is 100: a task of 256 CPU units has"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OneOffTaskArgs(**(ARGS | changed))
