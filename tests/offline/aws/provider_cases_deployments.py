"""Cases of ECS services by their deployment strategies."""

from __future__ import annotations

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World, service


def watched(world: World) -> Properties:
    alarms = {"alarmNames": ["api-errors-page"], "enable": True, "rollback": True}
    return {**service(world), "alarms": alarms}


CASES = (
    Case(
        "aws:ecs/service:Service",
        lambda w: {
            **watched(w),
            "deploymentConfiguration": {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "10",
                "canaryConfiguration": {"canaryPercent": 5.5, "canaryBakeTimeInMinutes": "15"},
            },
        },
        lambda w: {
            "alarms": {"alarmNames": [], "enable": False, "rollback": False},
            "deploymentConfiguration": {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": "0",
                "linearConfiguration": {"stepPercent": 25, "stepBakeTimeInMinutes": "6"},
            },
        },
        name="canary",
    ),
    Case(
        "aws:ecs/service:Service",
        lambda w: {**watched(w), "deploymentConfiguration": {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "10"}},
        lambda w: {"deploymentConfiguration": {"strategy": "ROLLING"}},
        name="blue-green",
    ),
)
