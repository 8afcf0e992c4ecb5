"""The function that runs a task: it starts one, waits, and tells what came of it. T9."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.run_task import report
from functions.run_task.request import Request
from functions.run_task.runner import Runner, StillRunningError, TaskFailedError

BEGAN = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)
REQUEST = Request(
    title="Migration of api",
    request="0123456789abcdef",
    cluster="arn:cluster",
    task_definition="arn:definition:7",
    container="api-migrate",
    subnets=["subnet-a"],
    security_groups=["sg-1"],
    log_group="/headroom/dev/service/api",
    wait_seconds=600,
)


class Clock:
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = BEGAN

    def now(self) -> datetime.datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += datetime.timedelta(seconds=seconds)


class Ecs:
    """ECS as its documents have it: a client token starts one task, and is answered with it afterwards."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.codes: list[int | None] = [0]
        self.run_seconds = 30
        self.refusals: list[ClientError | dict[str, Any]] = []
        self.started: list[dict[str, Any]] = []
        self.tokens: dict[str, dict[str, Any]] = {}
        self.forgotten: set[str] = set()

    def run_task(self, **parameters: Any) -> dict[str, Any]:
        if self.refusals:
            refusal = self.refusals.pop(0)
            if isinstance(refusal, dict):
                return refusal
            raise refusal
        token = parameters["clientToken"]
        if token not in self.tokens:
            self.started.append(parameters)
            task = {"taskArn": f"arn:task/c/{len(self.started)}", "createdAt": self.clock.time}
            self.tokens[token] = {**task, "number": len(self.started)}
        found = self.tokens[token]
        return {"tasks": [{"taskArn": found["taskArn"], "createdAt": found["createdAt"]}], "failures": []}

    def describe_tasks(self, cluster: str, tasks: list[str]) -> dict[str, Any]:
        found = [task for task in self.tokens.values() if task["taskArn"] in tasks]
        return {"tasks": [self.describe(task) for task in found if task["taskArn"] not in self.forgotten]}

    def describe(self, task: dict[str, Any]) -> dict[str, Any]:
        ended = self.clock.time >= task["createdAt"] + datetime.timedelta(seconds=self.run_seconds)
        container: dict[str, Any] = {"name": "api-migrate"}
        code = self.codes[min(task["number"], len(self.codes)) - 1]
        if ended and code is not None:
            container["exitCode"] = code
        stopped = {"stoppedReason": "Essential container in task exited"} if ended else {}
        return {"lastStatus": "STOPPED" if ended else "RUNNING", "containers": [container], **task, **stopped}


class Logs:
    lines = ("one", "two")
    there = True

    def get_log_events(self, **wanted: Any) -> dict[str, Any]:
        if not self.there:
            raise refused("ResourceNotFoundException", "The specified log stream does not exist.")
        assert wanted["logStreamName"].startswith("task/api-migrate/")
        return {"events": [{"message": line} for line in self.lines]}


def refused(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ecs(clock: Clock) -> Ecs:
    return Ecs(clock)


@pytest.fixture
def logs() -> Logs:
    return Logs()


@pytest.fixture
def run(clock: Clock, ecs: Ecs, logs: Logs) -> Callable[..., dict[str, Any]]:
    return lambda seconds=600: Runner(ecs, logs, clock.now, clock.sleep).run(REQUEST, seconds)


def test_a_task_that_ends_well_is_told_by_its_arn(run, clock):
    assert run() == {"task": "arn:task/c/1", "exit_code": 0, "attempt": 0, "waited_seconds": 30}


def test_a_task_runs_on_fargate_without_a_public_address_and_under_its_token(run, ecs):
    run()
    (parameters,) = ecs.started
    assert parameters["launchType"] == "FARGATE"
    assert parameters["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert parameters["clientToken"] == "0123456789abcdef-0"
    assert parameters["startedBy"] == "pulumi/0123456789abcdef"


def test_a_failure_tells_the_exit_code_the_reason_and_the_last_lines(run, ecs):
    ecs.codes = [3]
    with pytest.raises(TaskFailedError) as failed:
        run()
    assert str(failed.value) == (
        "Migration of api failed, exit code 3: Essential container in task exited\n"
        "Its last lines (log group /headroom/dev/service/api, stream task/api-migrate/1):\n  one\n  two"
    )


def test_a_container_that_never_ran_is_told_by_the_reason(run, ecs, logs):
    ecs.codes, logs.there = [None], False
    with pytest.raises(TaskFailedError, match="failed, it never ran: Essential container") as failed:
        run()
    assert "No line in log group" in str(failed.value)


def test_only_the_last_twenty_lines_are_shown_and_long_ones_cut():
    task = {"taskArn": "arn:task/c/1", "containers": [{"name": "api-migrate", "exitCode": 1}]}
    said = report.failure(REQUEST, task, [f"line {number} {'x' * 900}" for number in range(50)]).splitlines()
    assert [line.split()[1] for line in said[2:]] == [str(number) for number in range(30, 50)]
    assert max(map(len, said[2:])) == report.LONGEST_LINE + 2


@pytest.mark.parametrize(
    "line",
    [
        "cannot connect to postgresql://api:canary-1@host:5432/api?sslmode=require",
        "PASSWORD=canary-1 is wrong",
        '{"password": "canary-1", "user": "api"}',
        "api_key: canary-1",
        "https://:canary-1@host",
        "token='canary-1'",
    ],
)
def test_what_looks_like_a_secret_is_not_shown(line):
    task = {"taskArn": "arn:task/c/1", "containers": [{"name": "api-migrate", "exitCode": 1}], "stoppedReason": line}
    told = report.failure(REQUEST, task, [line])
    assert "canary" not in told
    assert told.count("***") == 2


def test_a_second_call_for_the_same_request_waits_for_the_same_task(run, ecs):
    with pytest.raises(StillRunningError):
        run(10)
    assert run()["task"] == "arn:task/c/1"
    assert len(ecs.started) == 1


def test_a_task_without_time_to_finish_goes_on_and_the_way_out_is_told(run, ecs):
    ecs.run_seconds = 2000
    with pytest.raises(StillRunningError, match=r"still runs after 600 s; nothing was stopped\. Run `up` again"):
        run()


def test_a_request_that_succeeded_is_not_run_again(run, ecs, clock):
    run()
    clock.sleep(600)
    assert run()["waited_seconds"] == 0
    assert len(ecs.started) == 1


def test_a_request_that_failed_before_is_tried_again(run, ecs, clock):
    ecs.codes = [1, 1, 0]
    for _ in range(2):
        with pytest.raises(TaskFailedError):
            run()
        clock.sleep(60)
    assert run()["attempt"] == 2
    assert len(ecs.started) == 3


def test_a_task_that_ecs_has_forgotten_counts_as_an_older_attempt(run, ecs, clock):
    run()
    ecs.forgotten.add("arn:task/c/1")
    clock.sleep(3600)
    assert run()["task"] == "arn:task/c/2"


def test_a_new_task_that_is_not_found_at_once_is_waited_for(run, ecs, clock):
    plain = ecs.describe_tasks
    late = BEGAN + datetime.timedelta(seconds=5)
    ecs.describe_tasks = lambda **asked: plain(**asked) if clock.time > late else {"tasks": []}
    assert run()["exit_code"] == 0
    assert len(ecs.started) == 1


def test_a_token_of_another_request_is_passed_over(run, ecs):
    ecs.refusals = [refused("ConflictException", "other parameters")]
    assert run()["attempt"] == 1


@pytest.mark.parametrize(
    "passing",
    [
        refused("AccessDeniedException", "not authorized to perform ecs:RunTask"),
        refused("ClientException", "ECS was unable to assume the role"),
        refused("ThrottlingException"),
        {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time"}]},
    ],
)
def test_what_may_pass_is_waited_out(run, ecs, passing):
    ecs.refusals = [passing] * 3
    assert run()["exit_code"] == 0


def test_what_does_not_pass_is_told_after_a_while(run, ecs, clock):
    ecs.refusals = [refused("AccessDeniedException", "no ecs:RunTask")] * 1000
    with pytest.raises(TaskFailedError, match="was not started: AccessDeniedException: no ecs:RunTask"):
        run()
    assert 90 <= (clock.time - BEGAN).total_seconds() < 100


def test_what_cannot_pass_is_told_at_once(run, ecs, clock):
    ecs.refusals = [refused("InvalidParameterException", "Subnets can not be blank.")]
    with pytest.raises(TaskFailedError, match=r"was not started: InvalidParameterException: Subnets"):
        run()
    assert clock.time == BEGAN


def test_an_event_that_is_no_request_is_refused():
    with pytest.raises(ValueError, match=r"missing are \['cluster'.*unknown are \['colour'\]"):
        Request.of({"title": "x", "request": "y", "colour": "red"})
