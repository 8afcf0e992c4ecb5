"""Where tasks run. T1, O6."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.services.capacity import Share, capacity_problems, shares

VALID: dict[str, Any] = {"critical": False, "spot_percent": 50, "base_on_demand": 1, "max_count": 4}


@pytest.mark.parametrize(
    ("percent", "weights"),
    [
        (0, [("FARGATE", 1)]),
        (75, [("FARGATE", 1), ("FARGATE_SPOT", 3)]),
        (33, [("FARGATE", 67), ("FARGATE_SPOT", 33)]),
        (100, [("FARGATE_SPOT", 1)]),
    ],
)
def test_the_spot_share_becomes_weights(percent: int, weights: list[tuple[str, int]]) -> None:
    assert [(share.provider, share.weight) for share in shares(percent, 0)] == weights


def test_the_base_is_on_demand_and_counts_before_the_weights() -> None:
    assert shares(50, 2) == [
        Share(provider="FARGATE", weight=1, base=2),
        Share(provider="FARGATE_SPOT", weight=1),
    ]


def test_without_spot_there_is_no_base_to_speak_of() -> None:
    assert shares(0, 3) == [Share(provider="FARGATE", weight=1)]


@given(percent=st.integers(0, 100), base=st.integers(0, 10))
def test_only_one_provider_has_a_base_and_none_a_weight_of_nothing(percent: int, base: int) -> None:
    found = shares(percent, base)
    assert sum(share.base > 0 for share in found) <= 1
    assert all(1 <= share.weight <= 1000 for share in found)


def problems(**changed: Any) -> list[str]:
    return [str(problem) for problem in capacity_problems(**(VALID | changed))]


def test_a_mix_that_can_be_is_right() -> None:
    assert problems() == problems(critical=True, spot_percent=0) == problems(spot_percent=100, base_on_demand=0) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"critical": True}, "spot_percent is 50: the service is critical (critical: true), and AWS stops Spot tasks"),
        ({"spot_percent": 100}, "base_on_demand is 1: spot_percent is 100, which leaves on demand a weight of 0"),
        ({"base_on_demand": 4}, "base_on_demand is 4: it is all of max_count, 4, so no task would run on Spot"),
        ({"spot_percent": 101}, "spot_percent is 101: AWS takes 0 to 100 percent"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(changed: dict[str, Any], said: str) -> None:
    (found,) = problems(**changed)
    assert found.startswith(said)
