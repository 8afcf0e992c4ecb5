"""The health of an environment against the emulated AWS: what is measured opens the gates, and each is shut in turn."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest

from offline import cloud
from operations.clients import Clients
from operations.promotion.health import health
from operations.promotion.health.health import Health
from operations.promotion.health.look import Look, shut
from operations.promotion.health.rollout_gate import RolloutGate
from operations.promotion.model import Check
from operations.visits import Visits, calm, count
from tests.operations.promotion.health.watched import HOUR, LIMITS, REGION, Resource, alarm, balancer, public

NUMBERS = itertools.count(1)
MINUTE = timedelta(minutes=1)
PAUSES = (lambda: None,) * 2
"""Until a minute has begun within the bake time: only whole ones count."""
ALARMS = ("api-errors-page", "api-cpu-high", "database-silent")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    home: Path = tmp_path_factory.mktemp("health-home")
    given = cloud.environment(cloud.ensure(home), "444444444444", REGION)
    keys = [given[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")]
    yield Clients(boto3.Session(*keys, REGION), REGION, given["AWS_ENDPOINT_URL"])
    cloud.stop(home)


@dataclass
class Town:
    """A load balancer, a service, alarms on both, and a clock that can be moved."""

    aws: Clients
    name: str
    """First part of every name: all towns are in one account."""
    ahead: timedelta = timedelta()
    told: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def resources(self) -> list[Resource]:
        return [
            *(alarm(f"{self.name}-{name}") for name in ALARMS),
            alarm(f"{self.name}-api-failing", composite=True),
            *balancer(self.name),
            *public("api", of=self.name),
        ]

    @cached_property
    def cloudwatch(self) -> Any:
        return self.aws("cloudwatch")

    @property
    def health(self) -> Health:
        return Health(self.aws, "staging", {}, self.resources, clock=lambda: self.now)

    def checks(self) -> dict[str, Check]:
        """By their names, the town's own left out."""
        return {
            check.name.replace(self.name, "alb"): check for check in self.health.checks(self.now - 3 * HOUR, LIMITS)
        }

    def shut(self) -> list[str]:
        return [name for name, check in self.checks().items() if not check.passed]

    def put(self, metric: str, *values: float, minutes_ago: float = 10, service: bool = True) -> None:
        """What the load balancer counts, of itself and of its service."""
        named = [{"Name": "LoadBalancer", "Value": f"app/{self.name}/1"}]
        both = [named, [{"Name": "TargetGroup", "Value": "targetgroup/api/2"}, *named]]
        at = self.now - minutes_ago * MINUTE
        data = [
            {"MetricName": metric, "Dimensions": dimensions, "Timestamp": at, "Values": list(values)}
            for dimensions in (both if service else both[:1])
        ]
        self.cloudwatch.put_metric_data(Namespace="AWS/ApplicationELB", MetricData=data)

    def serve(self, requests: int, *, failed: int = 0, seconds: float = 0.1, minutes_ago: float = 10) -> None:
        self.put("RequestCount", requests, minutes_ago=minutes_ago)
        self.put("TargetResponseTime", *[seconds] * 30, minutes_ago=minutes_ago)
        if failed:
            self.put("HTTPCode_Target_5XX_Count", failed, minutes_ago=minutes_ago)

    def set(self, name: str, state: str) -> None:
        self.cloudwatch.set_alarm_state(AlarmName=f"{self.name}-{name}", StateValue=state, StateReason="a drill")

    def watch(self, minutes: float, *events: Any) -> list[str]:
        """Follows a bake time; something happens after each pause. Returns the shut gates."""
        happening = iter(events)

        def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.ahead += timedelta(seconds=seconds)
            next(happening, lambda: None)()

        shut = self.health.watch(self.now + minutes * MINUTE, LIMITS, self.told.append, sleep)
        self.told = [line.replace(f" {self.name}:", " alb:").replace(f"{self.name}-", "") for line in self.told]
        return [f"{check.name}: {check.said}".replace(f" {self.name}:", " alb:") for check in shut]


@pytest.fixture
def town(aws: Clients) -> Town:
    made = Town(aws, f"t{next(NUMBERS)}")
    for name, missing in zip(ALARMS, ("notBreaching", "notBreaching", "breaching"), strict=True):
        made.cloudwatch.put_metric_alarm(
            AlarmName=f"{made.name}-{name}",
            Namespace="Headroom/Test",
            MetricName=f"{made.name}-{name}",
            Statistic="Average",
            Period=3600,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData=missing,
        )
        made.set(name, "OK")
    rule = f'ALARM("{made.name}-api-errors-page")'
    made.cloudwatch.put_composite_alarm(AlarmName=f"{made.name}-api-failing", AlarmRule=rule)
    return made


def test_what_is_measured_opens_every_gate(town: Town) -> None:
    town.serve(500, failed=2)
    found = town.checks()
    assert list(found) == ["alarms quiet", "rollouts complete", "requests of alb", "requests of api"]
    assert town.shut() == []
    assert found["requests of api"].said.startswith("500 requests in 60 minutes, 0.4 % failed with 5xx (2), p95 0.1 s")


def test_a_visit_opens_every_gate_of_an_environment_that_nothing_measures(town: Town) -> None:
    town.set("database-silent", "INSUFFICIENT_DATA")
    assert town.shut() == ["alarms quiet", "requests of alb", "requests of api"]
    assert count(town.aws, town.resources, Visits()) == ["api"]
    assert calm(town.aws, town.resources) == [f"{town.name}-database-silent"]
    assert town.shut() == []


def test_without_measurements_the_gates_of_requests_are_shut(town: Town) -> None:
    assert town.shut() == ["requests of alb", "requests of api"]


@pytest.mark.parametrize(
    ("requests", "failed", "seconds", "said"),
    [
        (99, 0, 0.1, "99 requests in 60 minutes, and at least 100"),
        (500, 6, 0.1, "more than 1 % of the requests failed"),
        (500, 0, 2.1, "95 % took more than 2 s"),
    ],
)
def test_each_number_shuts_its_gate(town: Town, requests: int, failed: int, seconds: float, said: str) -> None:
    town.serve(requests, failed=failed, seconds=seconds)
    assert town.checks()["requests of alb"].said.startswith(said)


def test_what_was_measured_before_the_soak_time_does_not_count(town: Town) -> None:
    town.serve(500, failed=400, seconds=9, minutes_ago=61)
    town.serve(500)
    assert town.shut() == []


def test_an_alarm_and_what_is_made_of_it_shut_the_gate_until_the_soak_time_is_over(town: Town) -> None:
    town.serve(500)
    town.set("api-errors-page", "ALARM")
    said = town.checks()["alarms quiet"].said
    assert "api-errors-page is in ALARM since" in said
    assert "api-failing is in ALARM since" in said
    town.set("api-errors-page", "OK")
    said = town.checks()["alarms quiet"].said
    assert "api-errors-page was in ALARM from" in said
    assert "api-failing was in ALARM from" in said
    town.ahead += HOUR + MINUTE
    town.serve(500)
    assert town.shut() == []


def test_an_alarm_that_takes_silence_for_trouble_shuts_the_gate_without_data(town: Town) -> None:
    town.serve(500)
    for name in ("api-errors-page", "database-silent"):
        town.set(name, "INSUFFICIENT_DATA")
    said = town.checks()["alarms quiet"].said
    assert said.startswith("without data, which they must have, since they take silence for trouble: " + town.name)
    assert f"without data yet: {town.name}-api-errors-page" in said


def test_an_alarm_that_is_gone_shuts_the_gate(town: Town) -> None:
    town.cloudwatch.delete_alarms(AlarmNames=[f"{town.name}-database-silent"])
    assert f"unknown to CloudWatch: {town.name}-database-silent" in town.checks()["alarms quiet"].said


def test_a_muted_alarm_that_is_on_is_told_with_its_rule(town: Town) -> None:
    schedule = {"Expression": f"at({datetime.now(UTC) - MINUTE:%Y-%m-%dT%H:%M})", "Duration": "PT1H"}
    targets = {"AlarmNames": [f"{town.name}-api-cpu-high"]}
    town.cloudwatch.put_alarm_mute_rule(Name=f"{town.name}-sleep-1", Rule={"Schedule": schedule}, MuteTargets=targets)
    town.set("api-cpu-high", "ALARM")
    assert f", muted by {town.name}-sleep-1: a drill" in town.checks()["alarms quiet"].said


def test_a_bake_time_without_trouble_ends_at_its_end(town: Town) -> None:
    assert town.watch(2) == []
    assert sum(town.slept) == pytest.approx(120, abs=2)
    assert len(town.slept) in (4, 5)


def test_the_bake_time_tells_news_once_and_that_few_requests_tell_nothing(town: Town) -> None:
    town.watch(3, *PAUSES, lambda: town.serve(500, minutes_ago=0.1))
    assert [line.partition(":")[0] for line in town.told] == [
        *("alarms quiet", "rollouts complete", "requests of alb", "requests of api"),
        *("requests of alb", "requests of api"),
    ]
    assert "no request in 0 minutes: fewer than 100 tell nothing, and are no failure" in town.told[2]
    assert town.told[4].startswith("requests of alb: 500 requests in")


def test_an_alarm_that_fires_ends_the_bake_time(town: Town) -> None:
    shut = town.watch(30, lambda: None, lambda: town.set("api-errors-page", "ALARM"))
    assert len(town.slept) == 2
    (said,) = shut
    assert said.startswith(f"alarms quiet: {town.name}-api-errors-page is in ALARM since")


def test_an_alarm_that_fired_and_ended_between_two_looks_ends_it_too(town: Town) -> None:
    def flap() -> None:
        town.set("api-errors-page", "ALARM")
        town.set("api-errors-page", "OK")

    (said,) = town.watch(30, flap)
    assert "api-errors-page was in ALARM from" in said


def test_an_alarm_that_was_on_before_the_release_does_not_end_it(town: Town) -> None:
    town.set("api-errors-page", "ALARM")
    town.ahead += MINUTE
    assert town.watch(2) == []
    assert "(it was on before this release, and is not its doing)" in town.told[0]


def test_load_takes_no_release_back(town: Town) -> None:
    assert town.watch(2, lambda: town.set("api-cpu-high", "ALARM")) == []
    assert any("it tells of load, and takes no release back" in line for line in town.told)


def test_too_many_failures_fail_the_release_when_its_bake_time_ends(town: Town) -> None:
    shut = town.watch(3, *PAUSES, lambda: town.serve(500, failed=100, minutes_ago=0.1))
    assert sum(town.slept) == pytest.approx(180, abs=2)
    assert [line.partition(":")[0] for line in shut] == ["requests of alb", "requests of api"]


def test_a_few_failures_among_a_few_requests_do_not_fail_it(town: Town) -> None:
    assert town.watch(3, *PAUSES, lambda: town.serve(3, failed=2, minutes_ago=0.1)) == []
    assert any("3 requests in" in check.said for check in town.checks().values())


def rolling(monkeypatch: pytest.MonkeyPatch, *looks: Look) -> None:
    """The gate of rollouts says one thing after the other, and the last for ever."""
    said = itertools.chain(looks, itertools.repeat(looks[-1]))
    monkeypatch.setattr(RolloutGate, "look", lambda *_: next(said))


COMPLETE = Look(check=Check(name="rollouts complete", passed=True, said="api: 2 of 2 tasks run"), news="complete")
SCALING = shut("rollouts complete", "api: 1 of 2 tasks run", unfinished=True)
BACK = shut("rollouts complete", "api: ECS rolled it back", fallen=True)


def test_a_rollout_that_falls_back_ends_the_bake_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rolling(monkeypatch, COMPLETE, BACK)
    assert town.watch(30) == ["rollouts complete: api: ECS rolled it back"]
    assert len(town.slept) == 1


def test_a_service_that_scales_out_at_the_end_is_waited_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rolling(monkeypatch, *[SCALING] * 4, COMPLETE)
    assert town.watch(1) == []
    assert len(town.slept) == 4


def test_one_that_never_gets_there_is_waited_for_a_while_only(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    assert health.GRACE == 10 * MINUTE
    monkeypatch.setattr(health, "GRACE", MINUTE)
    rolling(monkeypatch, SCALING)
    assert town.watch(1) == ["rollouts complete: api: 1 of 2 tasks run"]
    assert sum(town.slept) == pytest.approx(120, abs=35)


def test_what_aws_refuses_to_say_for_a_while_does_not_end_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rolling(monkeypatch, shut("rollouts complete", "ECS did not say: Rate exceeded"), COMPLETE)
    assert town.watch(2) == []
    rolling(monkeypatch, COMPLETE, shut("rollouts complete", "ECS did not say: Rate exceeded"))
    assert town.watch(2) == ["rollouts complete: ECS did not say: Rate exceeded"]
