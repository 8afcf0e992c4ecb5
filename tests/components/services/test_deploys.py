"""How new versions take over: defaults, waits, and what ECS refuses. T1."""

from __future__ import annotations

from typing import Any

import pytest

from components.services.deploys import ROLLBACK_CONDITIONS, Deploy, deploy_problems


def problems(*, public: bool = True, requests_per_target: int | None = None, **chosen: Any) -> list[tuple[str, str]]:
    found = deploy_problems(Deploy(**chosen), public=public, requests_per_target=requests_per_target)
    return [(problem.key, problem.reason) for problem in found]


def test_a_service_rolls_by_default_without_waiting_for_anything() -> None:
    assert not Deploy().shifts and not Deploy().paired
    assert Deploy().waits == {}
    assert Deploy().waiting_minutes == 0


@pytest.mark.parametrize(
    ("chosen", "waits", "minutes"),
    [
        ({"strategy": "blue-green"}, {"bake_minutes": 10}, 10),
        (
            {"strategy": "canary", "canary_percent": 5.0},
            {"canary_percent": 5, "canary_minutes": 10, "bake_minutes": 10},
            20,
        ),
        ({"strategy": "linear"}, {"step_percent": 25, "step_minutes": 6, "bake_minutes": 10}, 28),
        ({"strategy": "linear", "step_percent": 30.0, "bake_minutes": 0, "step_minutes": 5}, None, 15),
        ({"strategy": "linear", "step_percent": 100.0}, None, 10),
        ({"rollback_on_alarms": True}, {}, 5),
        ({"rollback_on_alarms": True, "bake_minutes": 20}, {"bake_minutes": 20}, 20),
    ],
)
def test_a_strategy_waits_as_long_as_its_numbers_say(
    chosen: dict[str, Any], waits: dict[str, float] | None, minutes: int
) -> None:
    assert waits is None or Deploy(**chosen).waits == waits
    assert Deploy(**chosen).waiting_minutes == minutes


def test_every_strategy_stands_with_its_defaults() -> None:
    for strategy in ("rolling", "blue-green", "canary", "linear"):
        for watched in (False, True):
            assert problems(strategy=strategy, rollback_on_alarms=watched) == []


def test_a_second_target_group_comes_with_shifting_and_may_come_before() -> None:
    assert Deploy(strategy="canary").paired
    assert Deploy(second_target_group=True).paired
    assert problems(second_target_group=True) == []
    assert [key for key, _ in problems(strategy="canary", second_target_group=False)] == ["second_target_group"]


@pytest.mark.parametrize(
    ("chosen", "key"),
    [
        ({"strategy": "blue-green", "bake_minutes": 1441}, "bake_minutes"),
        ({"strategy": "canary", "canary_minutes": -1}, "canary_minutes"),
        ({"strategy": "canary", "canary_percent": 0.0}, "canary_percent"),
        ({"strategy": "canary", "canary_percent": 2.55}, "canary_percent"),
        ({"strategy": "canary", "canary_percent": 100.1}, "canary_percent"),
        ({"strategy": "linear", "step_percent": 2.9}, "step_percent"),
        ({"strategy": "blue-green", "canary_percent": 5.0}, "canary_percent"),
        ({"strategy": "canary", "step_minutes": 6}, "step_minutes"),
        ({"bake_minutes": 10}, "bake_minutes"),
        ({"strategy": "blue-green", "rollback_on_alarms": True, "bake_minutes": 4}, "bake_minutes"),
        ({"strategy": "canary", "rollback_on_alarms": True, "canary_minutes": 0}, "canary_minutes"),
        ({"strategy": "linear", "rollback_on_alarms": True, "step_minutes": 1}, "step_minutes"),
    ],
)
def test_a_number_that_ecs_refuses_or_that_means_nothing_is_named(chosen: dict[str, Any], key: str) -> None:
    assert [found for found, _ in problems(**chosen)] == [key]


@pytest.mark.parametrize("percent", [0.1, 0.3, 5.0, 33.3, 100.0])
def test_tenths_of_a_percent_are_taken(percent: float) -> None:
    assert problems(strategy="canary", canary_percent=percent) == []


@pytest.mark.parametrize(
    ("chosen", "key"),
    [
        ({"strategy": "linear"}, "strategy"),
        ({"second_target_group": True}, "second_target_group"),
        ({"rollback_on_alarms": True}, "rollback_on_alarms"),
    ],
)
def test_a_private_service_has_no_requests_to_move_or_to_watch(chosen: dict[str, Any], key: str) -> None:
    assert [found for found, _ in problems(public=False, **chosen)] == [key]


def test_requests_are_not_counted_where_the_live_target_group_changes() -> None:
    assert problems(requests_per_target=100) == []
    assert [key for key, _ in problems(strategy="canary", requests_per_target=100)] == ["requests_per_target"]
    assert [key for key, _ in problems(second_target_group=True, requests_per_target=100)] == ["requests_per_target"]


def test_what_is_normal_under_load_rolls_nothing_back() -> None:
    assert not set(ROLLBACK_CONDITIONS) & {"cpu-high", "memory-high", "slow", "errors-warn"}
