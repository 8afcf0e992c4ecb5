"""Each described type is created, read, changed in place and deleted, and AWS is asked what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from offline.aws import types
from offline.aws.values import plain
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_cases import CASES, KEPT_BY_ANOTHER
from tests.offline.aws.provider_harness import Maker, Plugin
from tests.offline.aws.provider_world import World, build


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    maker = Maker(plugin)
    yield build(maker)
    maker.clean()


def test_every_described_type_has_a_case() -> None:
    assert {case.token for case in CASES} == {kind.token for kind in types.everything()}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.token.rpartition(":")[2] + case.name)
def test_a_type_lives_its_whole_life(case: Case, world: World, plugin: Plugin) -> None:
    maker = Maker(plugin)
    made = maker(case.token, case.inputs(world), "life")
    try:
        assert_settled(plugin, made)
        if case.change:
            changes = case.change(world)
            before = made.inputs
            detailed = plugin.diff(case.token, before, {**before, **changes}, made.state)
            assert set(detailed.diffs) == set(changes)
            assert list(detailed.replaces) == []
            made.update(**changes)
            assert {name: made[name] for name in changes} == plain(changes)
            assert_settled(plugin, made)
    finally:
        maker.clean()
    made.delete()
    if case.token not in KEPT_BY_ANOTHER:
        assert made.read()[0] == ""


def assert_settled(plugin: Plugin, made: Any) -> None:
    """AWS holds what was asked for: reading changes nothing, and a second run has nothing to do."""
    assert not plugin.diff(made.token, made.inputs, made.inputs, made.state).detailedDiff
    identifier, inputs, _ = made.read()
    assert identifier == made.id
    assert plain(inputs) == plain(made.inputs)
