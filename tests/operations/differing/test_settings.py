"""Settings side by side: defaults filled in, units, groups, and nothing that somebody hid in them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from infra.settings import Settings
from operations.differing.model import ABSENT, GROUPS, Setting
from operations.differing.settings import compare, unit
from tests.operations.differing.conftest import edited, settings

NAMES = ("dev", "staging", "prod", "minimal", "options")


def by_path(found: list[Setting]) -> dict[str, Setting]:
    return {one.path: one for one in found}


def mirrored(found: list[Setting]) -> list[Setting]:
    return [replace(one, a=one.b, b=one.a) for one in found]


@pytest.mark.parametrize("name", NAMES)
def test_an_environment_does_not_differ_from_itself(name: str, stacks: dict[str, Settings]) -> None:
    assert compare(stacks[name], settings(name)) == []


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(NAMES, 2)))
def test_the_other_way_round_it_is_the_same_with_values_swapped(
    one: str, other: str, stacks: dict[str, Settings]
) -> None:
    found = compare(stacks[one], stacks[other])
    assert found
    assert mirrored(found) == compare(stacks[other], stacks[one])


EDITS: dict[str, Any] = {
    "headroom:owner": "somebody",
    "headroom:compute": "eks",
    "headroom:sleep": {"enabled": False},
    "headroom:logs": {"retention_days": 7},
    "headroom:quotas": {"listener_rules": 200},
}


@examples(max_examples=8, deadline=None)
@given(st.sets(st.sampled_from(sorted(EDITS))), st.sets(st.sampled_from(sorted(EDITS))))
def test_exactly_what_was_edited_differs(ours: set[str], theirs: set[str]) -> None:
    def edit(keys: set[str]) -> Settings:
        return edited("dev", lambda config: config.update({key: EDITS[key] for key in keys}))

    found = compare(edit(ours), edit(theirs))
    edited_keys = {key.removeprefix("headroom:") for key in ours ^ theirs}
    assert {one.path.split(".")[0] for one in found} == edited_keys
    assert mirrored(found) == compare(edit(theirs), edit(ours))


def test_a_key_that_is_absent_is_its_default() -> None:
    def without(config: dict[str, Any]) -> None:
        assert config["headroom:databases"]["main"].pop("engine") == "postgres"

    assert compare(settings("prod"), edited("prod", without)) == []


def test_a_setting_has_both_values_its_unit_and_its_description(stacks: dict[str, Settings]) -> None:
    found = by_path(compare(stacks["staging"], stacks["prod"]))["databases.main.backup_days"]
    assert (found.group, found.a, found.b, found.unit) == ("safety", 7, 30, "days")
    assert found.about.startswith("Retention of automated backups")


def test_what_a_promotion_carries_comes_first_and_what_is_meant_to_differ_last(stacks: dict[str, Settings]) -> None:
    found = compare(stacks["staging"], stacks["prod"], stacks["prod"].promotion.settings)
    order = [GROUPS.index(one.group) for one in found]
    assert order == sorted(order)
    assert found[0].path == "services.api.image"
    assert {"account", "network.cidr", "domain.name"} <= {one.path for one in found if one.group == "identity"}


def test_a_service_that_one_has_not_is_one_line() -> None:
    def without(config: dict[str, Any]) -> None:
        del config["headroom:services"]["web"]

    [found] = compare(settings("prod"), edited("prod", without))
    assert (found.path, found.group, found.a, found.b) == ("services.web", "only", "given", ABSENT)


def test_a_section_that_one_has_not_is_one_line(stacks: dict[str, Settings]) -> None:
    found = by_path(compare(stacks["minimal"], stacks["dev"]))
    assert found["cdn"].a is ABSENT and found["cdn"].b == "given"
    assert not [path for path in found if path.startswith("cdn.")]


def test_a_variable_that_one_has_not_is_told_with_its_value() -> None:
    def more(config: dict[str, Any]) -> None:
        config["headroom:services"]["api"]["environment"]["REGION_NAME"] = "north"

    [found] = compare(settings("prod"), edited("prod", more))
    assert (found.path, found.a, found.b) == ("services.api.environment.REGION_NAME", ABSENT, "north")


def test_how_a_secret_comes_to_be_is_told_and_a_value_among_variables_is_not() -> None:
    canary = "canary-4f1d9a"

    def edit(config: dict[str, Any]) -> None:
        config["headroom:services"]["api"]["secrets"]["SESSION_KEY"] = "external"
        config["headroom:services"]["api"]["environment"]["CALLBACK"] = f"https://caller:{canary}@example.com"

    found = by_path(compare(settings("prod"), edited("prod", edit)))
    assert (found["services.api.secrets.SESSION_KEY"].a, found["services.api.secrets.SESSION_KEY"].b) == (
        "generated",
        "external",
    )
    assert canary not in repr(found)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Retention of log groups, in days.", "days"),
        ("Initial storage (gp3), in GiB.", "GiB"),
        ("CPU of a task, in units of 1/1024 vCPU.", "CPU units"),
        ("Share of the tasks on Spot, in percent. AWS stops those.", "%"),
        ("Age in days at which an object is deleted.", "days"),
        ("Smallest number of tasks.", ""),
    ],
)
def test_the_unit_is_the_one_that_the_description_names(description: str, expected: str) -> None:
    assert unit(description) == expected
