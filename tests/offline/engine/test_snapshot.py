"""The saved state stands in an order that is both possible and always the same."""

from __future__ import annotations

import itertools

import pytest

from offline.engine.errors import EngineError
from offline.engine.resource_state import ResourceState
from offline.engine.snapshot import Snapshot, stable_order


def state(name: str, *needs: str, delete: bool = False) -> ResourceState:
    urn = f"urn:pulumi:s::p::t::{name}"
    return ResourceState(urn=urn, type="t", delete=delete, dependencies=[f"urn:pulumi:s::p::t::{n}" for n in needs])


def test_the_order_does_not_depend_on_who_finished_first():
    resources = [state("a", "d"), state("b"), state("c", "a", "b"), state("d")]
    for shuffled in itertools.permutations(resources):
        assert [resource.name for resource in stable_order(list(shuffled))] == ["b", "d", "a", "c"]


def test_replaced_resources_stand_after_what_they_need():
    old = [state("b", delete=True), state("a", "b", delete=True)]
    ordered = stable_order([*old, state("a", "b"), state("b")])
    assert [(resource.name, resource.delete) for resource in ordered] == [
        ("b", False),
        ("a", False),
        ("b", True),
        ("a", True),
    ]


def test_a_state_that_refers_to_nothing_is_not_saved():
    with pytest.raises(EngineError, match="::a refers to urn:pulumi:s::p::t::b, which does not stand before it"):
        Snapshot(resources=[state("a", "b"), state("b")]).verify()
