"""What ECS answers after a deploy, replayed as its API documents it, and what the gate makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from botocore.validate import ParamValidator

from operations.errors import Failure
from operations.rollout import LONGEST_SECONDS, Gate, State, Wanted, judge, wanted

FAMILY = "arn:aws:ecs:eu-central-1:111111111111:task-definition/headroom-dev-api"
API = Wanted(service="api", ecs_name="api-1a2b", task_definition=f"{FAMILY}:7", log_group="/headroom/dev/service/api")
WEB = Wanted(service="web", ecs_name="web-3c4d", task_definition=f"{FAMILY}:2", log_group="/headroom/dev/service/web")


SHAPES = botocore.session.get_session().get_service_model("ecs")
BREAKER = "ECS deployment circuit breaker: tasks failed to start."


def deployment(revision: int, **more: Any) -> dict[str, Any]:
    counts = {"desiredCount": 2, "pendingCount": 0, "runningCount": 2, "failedTasks": 0}
    state = {"status": "PRIMARY", "taskDefinition": f"{FAMILY}:{revision}", "rolloutState": "COMPLETED"}
    return {"id": f"ecs-svc/{revision}", **counts, **state, **more}


def service(*deployments: dict[str, Any], name: str = "api-1a2b", **more: Any) -> dict[str, Any]:
    return {"serviceName": name, "status": "ACTIVE", "deployments": list(deployments), "events": [], **more}


RUNS = service(deployment(7))
UNDER_WAY = service(
    deployment(7, rolloutState="IN_PROGRESS", runningCount=1, pendingCount=1),
    deployment(6, status="ACTIVE"),
)
UNHEALTHY = service(
    deployment(7, rolloutState="IN_PROGRESS", runningCount=0, failedTasks=3),
    deployment(6, status="ACTIVE"),
)
ROLLED_BACK = service(
    deployment(6),
    deployment(7, status="INACTIVE", rolloutState="FAILED", rolloutStateReason=BREAKER),
)
GIVEN_UP = service(deployment(7, rolloutState="FAILED", runningCount=0, rolloutStateReason=BREAKER))
FORGOTTEN = service(deployment(6), events=[{"message": "(service api-1a2b) rolling back to deployment ecs-svc/6."}])


@pytest.mark.parametrize(
    ("described", "state", "says"),
    [
        (RUNS, State.RUNS, "2 of 2 tasks run revision 7"),
        (UNDER_WAY, State.WAITING, "1 of 2 tasks run revision 7"),
        (UNHEALTHY, State.WAITING, "0 of 2 tasks run revision 7, 3 failed to start"),
        (service(deployment(7, desiredCount=0, runningCount=0)), State.RUNS, "0 of 0 tasks run revision 7"),
        (service(deployment(7, runningCount=1)), State.WAITING, "1 of 2 tasks run revision 7"),
        (service(deployment(7, rolloutState=None)), State.WAITING, "2 of 2 tasks run revision 7"),
        (service(), State.WAITING, "ECS has not begun to deploy it"),
        (
            ROLLED_BACK,
            State.FAILED,
            "revision 6 runs, and 7 was asked for: ECS rolled it back, or somebody did. "
            "ECS deployment circuit breaker: tasks failed to start.",
        ),
        (
            FORGOTTEN,
            State.FAILED,
            "revision 6 runs, and 7 was asked for: ECS rolled it back, or somebody did. "
            "(service api-1a2b) rolling back to deployment ecs-svc/6.",
        ),
        (
            GIVEN_UP,
            State.FAILED,
            "the rollout of revision 7 failed. ECS deployment circuit breaker: tasks failed to start.",
        ),
        (service(deployment(7), status="INACTIVE"), State.FAILED, "ECS says it is INACTIVE"),
        (None, State.FAILED, "ECS does not know it"),
    ],
)
def test_an_answer_of_ecs_means(described, state, says):
    verdict = judge(API, described)
    assert (verdict.state, verdict.says) == (state, says)


def test_a_service_without_rollout_states_runs_when_nothing_else_of_it_is_left():
    plain = {key: value for key, value in deployment(7).items() if key != "rolloutState"}
    assert judge(API, service(plain)).state is State.RUNS
    assert judge(API, service(plain, deployment(6, status="ACTIVE"))).state is State.WAITING


def test_what_was_asked_stands_in_the_outputs():
    api = {"name": "api-1a2b", "log_group": "/headroom/dev/service/api", "task_definition": f"{FAMILY}:7"}
    assert wanted({"services": {"api": api}}) == [API]
    assert wanted({}) == []


def test_a_service_on_eks_was_waited_for_by_the_engine():
    assert wanted({"services": {"api": {"name": "api", "namespace": "api", "log_group": "/headroom/dev/api"}}}) == []


def as_documented(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer that has no member which AWS's own model of the API does not have, and none of another type."""
    report = ParamValidator().validate(answer, SHAPES.operation_model(operation).output_shape)
    assert not report.has_errors(), report.generate_report()
    return answer


class Ecs:
    """Answers each look with the next of the given answers; the last one stays. It tells nothing of deployments: see
    test_deployments.py."""

    def __init__(self, *looks: Sequence[Mapping[str, Any]], tasks: Sequence[Mapping[str, Any]] = ()) -> None:
        self.looks, self.tasks, self.asked = list(looks), list(tasks), list[list[str]]()

    def list_service_deployments(self, **_: Any) -> dict[str, Any]:
        return {"serviceDeployments": []}

    def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
        assert len(services) <= 10, "ECS takes ten at most"
        self.asked.append(services)
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        answer = {"services": [s for s in found if s["serviceName"] in services], "failures": []}
        return as_documented("DescribeServices", answer)

    def list_tasks(self, *, cluster: str, serviceName: str, desiredStatus: str) -> dict[str, Any]:  # noqa: N803
        assert desiredStatus == "STOPPED"
        return as_documented("ListTasks", {"taskArns": [task["taskArn"] for task in self.tasks]})

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> dict[str, Any]:
        return as_documented("DescribeTasks", {"tasks": [task for task in self.tasks if task["taskArn"] in tasks]})


class Logs:
    """Streams by name."""

    def __init__(self, **streams: Sequence[str]) -> None:
        self.streams = streams

    def get_log_events(self, *, logGroupName: str, logStreamName: str, limit: int) -> dict[str, Any]:  # noqa: N803
        if logStreamName not in self.streams:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no stream"}}, "GetLogEvents")
        return {"events": [{"message": line} for line in self.streams[logStreamName][-limit:]]}


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def gate(ecs: Any, logs: Any = None, time: Time | None = None) -> Gate:
    moving = time or Time()
    return Gate(ecs, logs or Logs(), "cluster", clock=moving, sleep=moving.sleep)


def stopped(number: str, revision: int = 7, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:ecs:eu-central-1:111111111111:task/cluster/{number}"
    container = {"name": "api", **more.pop("container", {})}
    return {"taskArn": arn, "taskDefinitionArn": f"{FAMILY}:{revision}", "containers": [container], **more}


def refusal(ecs: Any, logs: Any = None, *services: Wanted) -> str:
    with pytest.raises(Failure) as failure:
        gate(ecs, logs).wait(services or (API,), lambda _: None)
    assert failure.value.remedies
    return failure.value.message


def test_it_waits_until_every_service_runs_and_tells_each_news_once():
    heard: list[str] = []
    web = service(deployment(2), name="web-3c4d")
    ecs = Ecs([UNDER_WAY, web], [UNDER_WAY, web], [RUNS, web])
    gate(ecs).wait([API, WEB], heard.append)
    assert heard == [
        "api: 1 of 2 tasks run revision 7",
        "web: 2 of 2 tasks run revision 2",
        "api: 2 of 2 tasks run revision 7",
    ]


def test_it_asks_for_ten_services_at_a_time():
    many = [Wanted(service=f"s{n}", ecs_name=f"s{n}", task_definition=f"{FAMILY}:7", log_group="x") for n in range(23)]
    ecs = Ecs([service(deployment(7), name=f"s{n}") for n in range(23)])
    gate(ecs).wait(many, lambda _: None)
    assert [len(asked) for asked in ecs.asked] == [10, 10, 3]


def test_a_rollback_is_told_with_the_stopped_tasks_reasons_and_last_lines():
    tasks = [
        stopped("aaaa", stoppedAt="1", stoppedReason="Essential container in task exited", container={"exitCode": 1}),
        stopped("bbbb", stoppedAt="2", stoppedReason="Task failed ELB health checks", container={"exitCode": 137}),
        stopped("cccc", revision=6, stoppedAt="3", stoppedReason="Scaling activity initiated"),
    ]
    logs = Logs(**{"task/api/bbbb": [f"line {n}" for n in range(20)]})
    said = refusal(Ecs([ROLLED_BACK], tasks=tasks), logs)
    assert said.splitlines() == [
        "what was changed stands, but not all of it runs:",
        "api: revision 6 runs, and 7 was asked for: ECS rolled it back, or somebody did. "
        "ECS deployment circuit breaker: tasks failed to start.",
        "  task bbbb: Task failed ELB health checks",
        "    container api: exit code 137",
        "  task aaaa: Essential container in task exited",
        "    container api: exit code 1",
        *(f"  api wrote: line {n}" for n in range(12, 20)),
    ]


def test_an_image_that_is_missing_is_told_in_ecss_words():
    reason = "CannotPullContainerError: ref pull has been retried 1 time(s): ghcr.io/example/api:9: not found"
    said = refusal(Ecs([GIVEN_UP], tasks=[stopped("aaaa", stoppedReason=reason)]))
    assert f"  task aaaa: {reason}" in said.splitlines()


def test_a_secret_without_a_value_is_told_too():
    reason = "ResourceInitializationError: unable to pull secrets or registry auth: ResourceNotFoundException"
    assert reason in refusal(Ecs([GIVEN_UP], tasks=[stopped("aaaa", stoppedReason=reason)]))


def test_a_rollout_that_never_ends_is_stuck():
    time = Time()
    with pytest.raises(Failure) as failure:
        gate(Ecs([UNHEALTHY]), time=time).wait([API], lambda _: None)
    assert "after 20 minutes only 0 of 2 tasks run revision 7, 3 failed to start" in failure.value.message
    assert time.now == pytest.approx(LONGEST_SECONDS, abs=5)
    assert "no task of it stopped within the last hour" in failure.value.message


def test_no_answer_about_a_service_is_no_success():
    assert "api: ECS does not know it" in refusal(Ecs([]))


def test_one_failure_ends_the_wait_and_leaves_out_what_runs():
    said = refusal(Ecs([ROLLED_BACK, service(deployment(2), name="web-3c4d")]), None, API, WEB)
    assert "web:" not in said


def test_an_error_of_ecs_is_told_plainly():
    class Broken:
        def describe_services(self, **_: Any) -> Any:
            raise ClientError(
                {"Error": {"Code": "ClusterNotFoundException", "Message": "Cluster not found."}}, "DescribeServices"
            )

    with pytest.raises(Failure, match=r"ECS did not say whether it runs: .*Cluster not found"):
        gate(Broken()).wait([API], lambda _: None)


def test_tasks_that_ecs_will_not_tell_of_hide_no_failure():
    class Silent(Ecs):
        def list_tasks(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListTasks")

    assert "ECS did not tell of its stopped tasks" in refusal(Silent([GIVEN_UP]))


AWAY = "https://ecs.eu-central-1.amazonaws.com"
TROUBLE = {"Error": {"Code": "ServerException", "Message": "Service Unavailable"}}


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (ReadTimeoutError(endpoint_url=AWAY), True),
        (EndpointConnectionError(endpoint_url=AWAY), True),
        (ClientError({**TROUBLE, "ResponseMetadata": {"HTTPStatusCode": 503}}, "DescribeServices"), True),
        (NoCredentialsError(), False),
        (ClientError({"Error": {"Code": "ExpiredTokenException"}}, "DescribeServices"), False),
    ],
)
def test_what_passes_by_itself_fails_no_rollout(error: Exception, waits: bool) -> None:
    """A release would be rolled back for a network that was away for half a minute."""

    class Away(Ecs):
        def describe_services(self, *, cluster: str, services: list[str]) -> dict[str, Any]:
            if len(self.asked) < 3:
                self.asked.append(services)
                raise error
            return super().describe_services(cluster=cluster, services=services)

    heard: list[str] = []
    if waits:
        gate(Away([RUNS])).wait([API], heard.append)
        assert heard == ["api: ECS does not answer for now", "api: 2 of 2 tasks run revision 7"]
    else:
        assert "ECS did not say whether it runs" in refusal(Away([RUNS]))
