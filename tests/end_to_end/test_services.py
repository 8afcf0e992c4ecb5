"""What ECS was told of each service of the three environments, seen through boto3. T1, C4, O6."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

ENVIRONMENTS = ("dev", "staging", "prod")
PUBLIC = ("api", "web")


def services(session: boto3.Session) -> dict[str, dict[str, Any]]:
    """Services by their name in the settings."""
    ecs = session.client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    arns = ecs.list_services(cluster=cluster)["serviceArns"]
    found = ecs.describe_services(cluster=cluster, services=arns)["services"]
    return {service["serviceName"].rsplit("-", 1)[0]: service for service in found}


def tasks(session: boto3.Session) -> dict[str, dict[str, Any]]:
    """Task definitions by service."""
    ecs = session.client("ecs")
    return {
        name: ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        for name, service in services(session).items()
    }


def actions(session: boto3.Session) -> dict[tuple[str, str], dict[str, Any]]:
    """Scheduled actions by service and name."""
    found = session.client("application-autoscaling").describe_scheduled_actions(ServiceNamespace="ecs")
    return {
        (
            action["ResourceId"].rsplit("/", 1)[-1].rsplit("-", 1)[0],
            action["ScheduledActionName"].split("-")[1],
        ): action
        for action in found["ScheduledActions"]
    }


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("dev", {"api": (1, 3, 0), "web": (1, 3, 0), "worker": (0, 1, 0)}),
        ("staging", {"api": (1, 0, 0), "web": (1, 0, 0), "worker": (1, 1, 1)}),
        ("prod", {"api": (1, 0, 0), "web": (1, 0, 0), "worker": (1, 0, 0)}),
    ],
)
def test_dev_runs_mostly_on_spot_staging_tries_it_with_the_worker_and_prod_does_not(
    environment: str, expected: dict[str, tuple[int, int, int]], accounts: dict[str, boto3.Session]
) -> None:
    """Weight on demand, weight on Spot, base on demand."""
    found = {}
    for name, service in services(accounts[environment]).items():
        strategy = {item["capacityProvider"]: item for item in service["capacityProviderStrategy"]}
        on_demand, spot = (strategy.get(provider, {}) for provider in ("FARGATE", "FARGATE_SPOT"))
        found[name] = (on_demand.get("weight", 0), spot.get("weight", 0), on_demand.get("base", 0))
    assert found == expected


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_ecs_checks_each_container_by_a_command_and_shells_are_off(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    for name, definition in tasks(accounts[environment]).items():
        container = next(c for c in definition["containerDefinitions"] if c["name"] == name)
        check = container["healthCheck"]
        assert check["command"][0] in ("CMD", "CMD-SHELL")
        assert (check["interval"], check["timeout"], check["retries"], check["startPeriod"]) == (15, 5, 3, 60)
        assert container["readonlyRootFilesystem"] is True
        assert container["linuxParameters"]["initProcessEnabled"] is True
    assert {s["enableExecuteCommand"] for s in services(accounts[environment]).values()} == {False}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_public_services_scale_on_requests_too(environment: str, accounts: dict[str, boto3.Session]) -> None:
    policies = accounts[environment].client("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")
    counting = {
        policy["PolicyName"].split("-")[0]
        for policy in policies["ScalingPolicies"]
        if policy["TargetTrackingScalingPolicyConfiguration"]
        .get("PredefinedMetricSpecification", {})
        .get("PredefinedMetricType")
        == "ALBRequestCountPerTarget"
    }
    assert counting == set(PUBLIC)


@pytest.mark.parametrize(("environment", "range_by_day"), [("dev", (1, 2)), ("staging", (2, 4))])
def test_services_of_dev_and_staging_sleep_at_night(
    environment: str, range_by_day: tuple[int, int], accounts: dict[str, boto3.Session]
) -> None:
    found = actions(accounts[environment])
    assert set(found) == {(name, time) for name in ("api", "web", "worker") for time in ("evening", "morning")}
    for (_, time), action in found.items():
        counts = action["ScalableTargetAction"]
        expected = (0, 0) if time == "evening" else range_by_day
        assert (counts["MinCapacity"], counts["MaxCapacity"]) == expected
        assert action["Timezone"] == "Europe/Berlin"


def test_prod_never_sleeps(standing: Any, accounts: dict[str, boto3.Session]) -> None:
    assert actions(accounts["prod"]) == {}
    assert accounts["prod"].client("cloudwatch").list_alarm_mute_rules()["AlarmMuteRuleSummaries"] == []
    assert "headroom:sleep.enabled is false" in standing.headroom("wake", "prod", "--offline", ok=False)


def test_who_works_late_wakes_dev(standing: Any, accounts: dict[str, boto3.Session]) -> None:
    scaling = accounts["dev"].client("application-autoscaling")

    def ranges() -> dict[str, tuple[int, int]]:
        targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        return {target["ResourceId"]: (target["MinCapacity"], target["MaxCapacity"]) for target in targets}

    by_day = ranges()
    for (_, time), action in actions(accounts["dev"]).items():
        if time == "evening":  # the emulated AWS keeps scheduled actions, and never acts
            counts = action["ScalableTargetAction"]
            scaling.register_scalable_target(
                ServiceNamespace="ecs",
                ResourceId=action["ResourceId"],
                ScalableDimension=action["ScalableDimension"],
                **counts,
            )
    assert set(ranges().values()) == {(0, 0)}
    printed = standing.headroom("wake", "dev", "--offline")
    assert "sleeps again at 20:00 (Europe/Berlin)" in printed
    assert ranges() == by_day


def test_alarms_are_muted_by_the_clock_of_the_place(accounts: dict[str, boto3.Session]) -> None:
    client = accounts["dev"].client("cloudwatch")
    rules = [
        client.get_alarm_mute_rule(AlarmMuteRuleName=f"headroom-dev-asleep-{number}")
        for number in range(1, len(client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]) + 1)
    ]
    assert {rule["Rule"]["Schedule"]["Timezone"] for rule in rules} == {"Europe/Berlin"}
    assert {"headroom-dev-api-failing", "headroom-dev-jobs-queue-stuck"} <= {
        name for rule in rules for name in rule["MuteTargets"]["AlarmNames"]
    }
