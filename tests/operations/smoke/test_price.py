"""What a run costs at most."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.operations.smoke.conftest import PRICE


@pytest.mark.parametrize(("minutes", "hours"), [(10, 2), (30, 2), (60, 3), (90, 3), (91, 4)])
def test_the_most_counts_begun_hours_of_the_run_and_of_taking_it_down(minutes: int, hours: int) -> None:
    assert replace(PRICE, hourly=1.0).ceiling(minutes) == hours


@pytest.mark.parametrize(("seconds", "hours"), [(1.0, 1), (3600.0, 1), (3601.0, 2)])
def test_a_begun_hour_counts_as_a_whole_one(seconds: float, hours: int) -> None:
    assert replace(PRICE, hourly=1.0).of(seconds) == hours
