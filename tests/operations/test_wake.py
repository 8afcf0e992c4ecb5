"""`headroom wake`: what the morning would do, now. O6."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from operations.rollout import State, Wanted, judge
from operations.wake import actions_of, evening, restore

EVENING, MORNING = "cron(0 20 * * ? *)", "cron(0 7 ? * MON,TUE *)"


@pytest.fixture
def scaling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Application Auto Scaling with two services that sleep, and one of another cluster."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        ecs = boto3.client("ecs", "eu-central-1")
        client = boto3.client("application-autoscaling", "eu-central-1")
        ecs.register_task_definition(
            family="task", containerDefinitions=[{"name": "task", "image": "a:1", "memory": 64}]
        )
        for cluster, service in (("main", "api-1"), ("main", "web-2"), ("other", "api-3")):
            ecs.create_cluster(clusterName=cluster)
            ecs.create_service(cluster=cluster, serviceName=service, taskDefinition="task", desiredCount=0)
            target = {
                "ServiceNamespace": "ecs",
                "ResourceId": f"service/{cluster}/{service}",
                "ScalableDimension": "ecs:service:DesiredCount",
            }
            client.register_scalable_target(**target, MinCapacity=0, MaxCapacity=0)
            for name, schedule, least, most in (("evening", EVENING, 0, 0), ("morning", MORNING, 1, 4)):
                client.put_scheduled_action(
                    **target,
                    ScheduledActionName=f"{service}-{name}",
                    Schedule=schedule,
                    Timezone="Europe/Berlin",
                    ScalableTargetAction={"MinCapacity": least, "MaxCapacity": most},
                )
        yield client


def ranges(scaling: Any) -> dict[str, tuple[int, int]]:
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return {t["ResourceId"].rpartition("/")[2]: (t["MinCapacity"], t["MaxCapacity"]) for t in targets}


def test_sleeping_services_of_the_cluster_get_their_range_of_the_day_back(scaling: Any) -> None:
    woken = [*restore(scaling, actions_of(scaling, "main"))]
    assert [(service.service, service.least, service.most) for service in woken] == [("api-1", 1, 4), ("web-2", 1, 4)]
    assert ranges(scaling) == {"api-1": (1, 4), "web-2": (1, 4), "api-3": (0, 0)}


def test_it_says_when_they_sleep_again(scaling: Any) -> None:
    assert evening(actions_of(scaling, "main")) == "at 20:00 (Europe/Berlin)"


def test_a_cluster_that_never_sleeps_has_nothing_to_wake(scaling: Any) -> None:
    assert actions_of(scaling, "third") == []


def test_the_gate_takes_a_sleeping_service_for_one_that_runs() -> None:
    asked = Wanted(service="api", ecs_name="api-1", task_definition="arn:td/api:7", log_group="/api")
    primary = {"status": "PRIMARY", "taskDefinition": "arn:td/api:7", "desiredCount": 0, "runningCount": 0}
    described = {"status": "ACTIVE", "deployments": [{**primary, "rolloutState": "COMPLETED"}]}
    assert judge(asked, described).state is State.RUNS
