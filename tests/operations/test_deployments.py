"""What ECS tells of deployments, shaped as its API has it, and what the gate makes of it for every strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from operations.errors import Failure
from operations.rollout import PATIENCE, Gate, Wanted, wanted

BASE = "arn:aws:ecs:eu-central-1:111111111111"
FAMILY = f"{BASE}:task-definition/headroom-prod-api"
DEPLOYMENT = f"{BASE}:service-deployment/cluster/api-1a2b/"
REVISION = f"{BASE}:service-revision/cluster/api-1a2b/"
BEGAN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ALARM = "headroom-prod-api-errors-page"
API = Wanted(service="api", ecs_name="api-1a2b", task_definition=f"{FAMILY}:7", log_group="/api", waiting_minutes=20)
SHAPES = botocore.session.get_session().get_service_model("ecs")

BREAKER = "Service deployment rolled back because the circuit breaker threshold was exceeded."
"""As the Terraform provider's tests read it from AWS."""
NO_WAY_BACK = "No rollback candidate was found to run the rollback."


def deployed(
    status: str, stage: str | None = None, *, revision: int = 7, minutes: int = 0, **more: Any
) -> dict[str, Any]:
    """A service deployment, as DescribeServiceDeployments answers."""
    target = {"arn": f"{REVISION}{revision}", "requestedTaskCount": 2, "runningTaskCount": 2, "pendingTaskCount": 0}
    return {
        "serviceDeploymentArn": f"{DEPLOYMENT}{revision}-{minutes}",
        "serviceArn": f"{BASE}:service/cluster/api-1a2b",
        "clusterArn": f"{BASE}:cluster/cluster",
        "createdAt": BEGAN + timedelta(minutes=minutes),
        "targetServiceRevision": {**target, **more.pop("target", {})},
        "status": status,
        **({"lifecycleStage": stage} if stage else {}),
        **more,
    }


def service(revision: int, state: str = "COMPLETED", **more: Any) -> dict[str, Any]:
    counts = {"desiredCount": 2, "pendingCount": 0, "runningCount": 2, "failedTasks": 0}
    one = {"id": f"ecs-svc/{revision}", "status": "PRIMARY", "taskDefinition": f"{FAMILY}:{revision}", **counts}
    return {
        "serviceName": "api-1a2b",
        "status": "ACTIVE",
        "deployments": [{**one, "rolloutState": state}],
        "events": [],
        **more,
    }


class Ecs:
    """Answers each look with the next pair of a service and its deployments; the last one stays."""

    def __init__(
        self, *looks: tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]], refuse: Callable[[str], str] = lambda _: ""
    ) -> None:
        self.looks, self.refuse = list(looks), refuse
        self.now: tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]] = looks[0]
        self.calls: list[str] = []

    def _called(self, operation: str, given: Mapping[str, Any], answer: Mapping[str, Any]) -> Any:
        """As botocore would send and read it: unknown or mistyped members of either are an error."""
        self.calls.append(operation)
        model = SHAPES.operation_model(operation)
        for shape, value in ((model.input_shape, given), (model.output_shape, answer)):
            report = ParamValidator().validate(dict(value), shape)
            assert not report.has_errors(), report.generate_report()
        code = self.refuse(operation)
        if code:
            raise ClientError({"Error": {"Code": code, "Message": f"{code} said so"}}, operation)
        return answer

    def describe_services(self, **given: Any) -> Any:
        self.now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return self._called("DescribeServices", given, {"services": [self.now[0]], "failures": []})

    def list_service_deployments(self, **given: Any) -> Any:
        brief = ("serviceDeploymentArn", "serviceArn", "clusterArn", "createdAt", "status")
        briefs = [{key: told[key] for key in brief} for told in self.now[1]]
        first, more = (briefs[:1], briefs[1:]) if "nextToken" not in given else (briefs[1:], [])
        answer = {"serviceDeployments": first, **({"nextToken": "more"} if more else {})}
        return self._called("ListServiceDeployments", given, answer)

    def describe_service_deployments(self, **given: Any) -> Any:
        found = [told for told in self.now[1] if told["serviceDeploymentArn"] in given["serviceDeploymentArns"]]
        return self._called("DescribeServiceDeployments", given, {"serviceDeployments": found, "failures": []})

    def describe_service_revisions(self, **given: Any) -> Any:
        found = [
            {"serviceRevisionArn": arn, "taskDefinition": f"{FAMILY}:{arn.rsplit('/', 1)[-1]}"}
            for arn in given["serviceRevisionArns"]
        ]
        return self._called("DescribeServiceRevisions", given, {"serviceRevisions": found, "failures": []})

    def list_tasks(self, **given: Any) -> Any:
        return self._called("ListTasks", given, {"taskArns": []})


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def wait(ecs: Ecs, asked: Wanted = API) -> tuple[list[str], float]:
    heard, time = list[str](), Time()
    Gate(ecs, None, "cluster", clock=time, sleep=time.sleep).wait([asked], heard.append)
    return heard, time.now


def refusal(*looks: tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]], **ecs: Any) -> str:
    with pytest.raises(Failure) as failure:
        wait(Ecs(*looks, **ecs))
    return failure.value.message


UNDER_WAY = service(7, "IN_PROGRESS")


def test_a_canary_is_followed_stage_by_stage_to_the_end_of_its_bake_time() -> None:
    shifting: dict[str, Any] = {"target": {"requestedProductionTrafficWeight": 10.0}}
    heard, _ = wait(
        Ecs(
            (UNDER_WAY, [deployed("PENDING")]),
            (UNDER_WAY, [deployed("IN_PROGRESS", "SCALE_UP")]),
            (UNDER_WAY, [deployed("IN_PROGRESS", "PRODUCTION_TRAFFIC_SHIFT", **shifting)]),
            (UNDER_WAY, [deployed("IN_PROGRESS", "BAKE_TIME")]),
            (UNDER_WAY, [deployed("IN_PROGRESS", "BAKE_TIME")]),
            (service(7), [deployed("SUCCESSFUL", "CLEAN_UP")]),
        )
    )
    assert heard == [
        "api: 2 of 2 tasks run revision 7",
        "api: 2 of 2 tasks run revision 7; its tasks start",
        "api: 2 of 2 tasks run revision 7; requests move to it (10 %)",
        "api: 2 of 2 tasks run revision 7; the old tasks are kept until the bake time is over",
        "api: 2 of 2 tasks run revision 7",
    ]


def test_a_rollback_by_an_alarm_names_the_alarm() -> None:
    alarms = {"status": "TRIGGERED", "alarmNames": [ALARM], "triggeredAlarmNames": [ALARM]}
    reason = "Service deployment rolled back because of a CloudWatch alarm."
    going = deployed("ROLLBACK_IN_PROGRESS", "BAKE_TIME", alarms=alarms, statusReason=reason)
    back = deployed("ROLLBACK_SUCCESSFUL", alarms=alarms, statusReason=reason, rollback={"reason": reason})
    said = refusal((UNDER_WAY, [going]), (service(6), [back]))
    assert (
        "api: ECS rolled revision 7 back. Service deployment rolled back because of a CloudWatch alarm. "
        f"Alarm: {ALARM}." in said.splitlines()
    )


def test_a_rollback_is_followed_to_its_end_before_it_is_told() -> None:
    going = (UNDER_WAY, [deployed("ROLLBACK_IN_PROGRESS", statusReason=BREAKER)])
    ecs = Ecs((UNDER_WAY, [deployed("IN_PROGRESS")]), going, going, (service(6), [deployed("ROLLBACK_SUCCESSFUL")]))
    with pytest.raises(Failure):
        wait(ecs)
    assert ecs.calls.count("DescribeServices") == 4


def test_a_rollback_by_the_circuit_breaker_tells_how_often_tasks_failed() -> None:
    breaker = {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
    said = refusal(
        (service(6), [deployed("ROLLBACK_SUCCESSFUL", statusReason=BREAKER, deploymentCircuitBreaker=breaker)])
    )
    assert f"api: ECS rolled revision 7 back. {BREAKER} 3 tasks failed, of 3 that may." in said.splitlines()


def test_a_first_deployment_has_nothing_to_go_back_to() -> None:
    said = refusal((service(7, "FAILED"), [deployed("ROLLBACK_FAILED", statusReason=NO_WAY_BACK)]))
    assert f"api: revision 7 failed, and ECS could not roll it back. {NO_WAY_BACK}" in said.splitlines()


def test_a_deployment_that_somebody_stopped_is_told() -> None:
    said = refusal((service(6), [deployed("STOPPED", statusReason="Stopped by a user.")]))
    assert "api: the deployment of revision 7 was stopped. Stopped by a user." in said.splitlines()


def test_a_change_that_left_the_task_definition_alone_and_was_rolled_back_is_no_success() -> None:
    said = refusal((service(7), [deployed("SUCCESSFUL"), deployed("ROLLBACK_SUCCESSFUL", minutes=5)]))
    assert "api: ECS rolled revision 7 back." in said.splitlines()


def test_an_earlier_rollback_does_not_spoil_what_came_through_later() -> None:
    heard, _ = wait(Ecs((service(7), [deployed("ROLLBACK_SUCCESSFUL"), deployed("SUCCESSFUL", minutes=5)])))
    assert heard == ["api: 2 of 2 tasks run revision 7"]


def test_another_revision_that_somebody_deployed_since_is_told_as_such() -> None:
    said = refusal((service(8), [deployed("SUCCESSFUL", revision=8, minutes=5), deployed("SUCCESSFUL")]))
    assert "api: revision 8 runs, and 7 was asked for: ECS rolled it back, or somebody did." in said.splitlines()


def test_the_current_deployment_is_asked_for_without_listing_all() -> None:
    current = deployed("IN_PROGRESS", "BAKE_TIME")
    held = {**UNDER_WAY, "currentServiceDeployment": current["serviceDeploymentArn"]}
    ecs = Ecs((held, [current]), (service(7), [deployed("SUCCESSFUL")]))
    wait(ecs)
    assert ecs.calls.count("ListServiceDeployments") == 1


def test_a_deployment_that_never_ends_is_stuck_after_its_own_waits_and_twenty_minutes() -> None:
    time = Time()
    ecs = Ecs((UNDER_WAY, [deployed("IN_PROGRESS", "SCALE_UP", target={"runningTaskCount": 0})]))
    with pytest.raises(Failure, match="after 40 minutes only 2 of 2 tasks run revision 7; its tasks start"):
        Gate(ecs, None, "cluster", clock=time, sleep=time.sleep).wait([API], lambda _: None)
    assert time.now == pytest.approx(40 * 60, abs=5)


def test_a_revision_is_asked_for_once() -> None:
    ecs = Ecs(*[(UNDER_WAY, [deployed("IN_PROGRESS")])] * 5, (service(7), [deployed("SUCCESSFUL")]))
    wait(ecs)
    assert ecs.calls.count("DescribeServiceRevisions") == 1


def test_a_role_that_may_not_ask_for_deployments_still_learns_what_runs() -> None:
    def refuse(operation: str) -> str:
        return "AccessDeniedException" if operation == "ListServiceDeployments" else ""

    ecs = Ecs((UNDER_WAY, []), (service(7), []), refuse=refuse)
    assert wait(ecs)[0] == ["api: 2 of 2 tasks run revision 7"]
    assert ecs.calls.count("ListServiceDeployments") == 1
    assert "revision 6 runs, and 7 was asked for" in refusal((service(6), []), refuse=refuse)


def test_throttling_is_waited_out() -> None:
    turns = iter(["ThrottlingException"] * 3)

    def refuse(operation: str) -> str:
        return next(turns, "") if operation == "DescribeServiceDeployments" else ""

    heard, seconds = wait(Ecs((service(7), [deployed("SUCCESSFUL")]), refuse=refuse))
    assert heard == ["api: ECS does not answer for now", "api: 2 of 2 tasks run revision 7"]
    assert seconds == 15


def test_throttling_without_end_is_no_success() -> None:
    ecs = Ecs((service(7), [deployed("SUCCESSFUL")]), refuse=lambda _: "ThrottlingException")
    with pytest.raises(Failure, match="ECS did not say whether it runs"):
        wait(ecs)
    assert ecs.calls.count("DescribeServices") == PATIENCE + 1


def test_no_deployment_and_no_data_leave_the_word_to_what_runs() -> None:
    assert wait(Ecs((service(7), [])))[0] == ["api: 2 of 2 tasks run revision 7"]


def test_how_long_a_strategy_waits_stands_in_the_outputs() -> None:
    api = {"name": "api-1a2b", "log_group": "/api", "task_definition": f"{FAMILY}:7", "deploy": {"waiting_minutes": 20}}
    assert wanted({"services": {"api": api}}) == [API]
