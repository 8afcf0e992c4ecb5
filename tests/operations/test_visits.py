"""Offline, requests are counted as a load balancer would count them, and what nothing measures is set to be well."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations import stacks, visits
from operations.errors import Failure
from operations.project import Project
from operations.screen import Screen
from operations.visits import Visits, calm, count, visit
from tests.operations.promotion.health.watched import REGION, Replayed, alarm, balancer, described, public

STACK = [alarm("api-down"), *balancer(), *public("api", "api", "api-second"), *public("web")]


class Counting:
    """CloudWatch that keeps what is put."""

    def __init__(self) -> None:
        self.data: list[dict[str, Any]] = []

    def __call__(self, service: str) -> Counting:
        return self

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        assert Namespace == "AWS/ApplicationELB"
        self.data += MetricData

    def values(self, metric: str) -> dict[str, Any]:
        """What was put of a metric, by the target group or else the load balancer."""
        return {
            one["Dimensions"][0]["Value"]: one.get("Value") or one["Values"]
            for one in self.data
            if one["MetricName"] == metric
        }


def test_requests_are_counted_of_each_service_and_of_the_load_balancer_in_all() -> None:
    aws = Counting()
    assert count(aws, STACK, Visits(requests=50, failed=5)) == ["api", "web"]  # type: ignore[arg-type]
    services = {"targetgroup/api-second/2": 50, "targetgroup/web/2": 50}  # one of the two groups of api
    assert aws.values("RequestCount") == {"app/alb/1": 100, **services}
    assert aws.values("HTTPCode_Target_5XX_Count") == {"app/alb/1": 10, **dict.fromkeys(services, 5)}
    assert set(aws.values("TargetResponseTime")) == {"app/alb/1", *services}


def test_where_none_fails_no_zero_is_put_as_by_aws() -> None:
    aws = Counting()
    count(aws, STACK, Visits())  # type: ignore[arg-type]
    assert aws.values("HTTPCode_Target_5XX_Count") == {}


def test_a_load_balancer_without_services_is_not_visited() -> None:
    aws = Counting()
    assert count(aws, balancer(), Visits()) == []  # type: ignore[arg-type]
    assert aws.data == []


def silent(aws: Replayed) -> None:
    arn = f"arn:aws:cloudwatch:{REGION}:222222222222:alarm:"
    found = [
        described("api-down", "INSUFFICIENT_DATA", TreatMissingData="breaching", AlarmArn=f"{arn}api-down"),
        described("api-slow", "INSUFFICIENT_DATA", AlarmArn=f"{arn}api-slow"),
        described("main-silent", "ALARM", TreatMissingData="breaching", AlarmArn=f"{arn}main-silent"),
    ]
    aws.answers("cloudwatch", "describe_alarms", {"MetricAlarms": found})
    aws.answers("cloudwatch", "describe_alarm_history", {})
    aws.answers("cloudwatch", "list_alarm_mute_rules", {})


def test_only_alarms_that_nothing_measures_and_that_must_be_measured_are_set() -> None:
    aws = Replayed()
    silent(aws)
    said = "set by hand: the emulated AWS measures nothing"
    asked = {"AlarmName": "api-down", "StateValue": "OK", "StateReason": said}
    aws.answers("cloudwatch", "set_alarm_state", {}, **asked)
    found = [alarm("api-down"), alarm("api-slow"), alarm("main-silent")]
    assert calm(aws, found) == ["api-down"]  # type: ignore[arg-type]
    assert aws.all_asked


def test_the_command_says_who_was_visited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Any
) -> None:
    asked: list[Any] = []

    def opened(_: object, invocation: Any, **__: object) -> Any:
        asked.append(invocation)
        return SimpleNamespace(resources=lambda: STACK[1:])

    monkeypatch.setattr(stacks, "open_stack", opened)
    monkeypatch.setattr(visits, "clients", lambda *_: Counting())
    found = Project(Path(project.root))
    assert visit(found, Screen(), "staging", Visits(requests=10, failed=1)) == 0
    assert capsys.readouterr().out == "10 requests to each of api and web: 1 failed, 0.1 s each.\n"
    assert asked[0].offline, "never the real AWS"


def test_more_failures_than_requests_are_refused(project: Any) -> None:
    with pytest.raises(Failure, match="3 of 2 requests can't fail"):
        visit(Project(Path(project.root)), Screen(), "staging", Visits(requests=2, failed=3))
