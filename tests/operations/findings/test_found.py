"""Findings keep their fingerprint while they are the same breach."""

from __future__ import annotations

import pytest

from operations.events import PolicyViolation
from operations.findings.found import Found, reported
from operations.findings.origin import Origins
from policies.catalog import RULES
from policies.judging import message
from policies.verdict import Outcome, Place
from tests.operations.findings.conftest import ROOT, URN

RULE = next(rule for rule in RULES if rule.id == "rds-private")


def told(*places: tuple[str, str], environment: str = "prod", what: str = "is wrong") -> list[Found]:
    violations = [
        PolicyViolation(
            pack="headroom",
            rule=RULE.id,
            level="mandatory",
            urn=urn,
            message=f"{RULE.title}\n{message(RULE, Place(where, what, 'mend it'))}",
        )
        for urn, where in places
    ]
    return reported(violations, RULES, environment, Origins(ROOT, "prod", {}))


def mark(urn: str = URN, where: str = "rules[0].cidr", environment: str = "prod", what: str = "is wrong") -> str:
    [found] = told((urn, where), environment=environment, what=what)
    return found.fingerprint


@pytest.mark.parametrize(
    "same",
    [
        {"what": "is wrong in other words"},
        {"where": "rules[7].cidr"},
        {"urn": URN.replace(":prod::headroom::", ":pr-12::fork::")},
    ],
)
def test_words_positions_and_the_names_of_stack_and_project_do_not_change_it(same: dict[str, str]) -> None:
    assert mark(**same) == mark()


def test_random_parts_of_names_do_not_change_it() -> None:
    assert mark(f"{URN}-0a1b2c3d") == mark(f"{URN}-9f8e7d6c5b")
    assert mark(f"{URN}-reports") != mark(f"{URN}-exports")
    assert mark(f"{URN}-defaced") != mark(f"{URN}-effaced"), "words of these letters are no hashes"


@pytest.mark.parametrize(
    "other", [{"where": "rules[0].port"}, {"urn": f"{URN}-2"}, {"environment": "dev"}, {"urn": URN + "::x"}]
)
def test_another_property_resource_or_environment_changes_it(other: dict[str, str]) -> None:
    assert mark(**other) != mark()


def test_equal_breaches_are_told_apart_by_number_whatever_their_order() -> None:
    first, second = told((URN, "rules[0].cidr"), (URN, "rules[3].cidr"))
    assert first.fingerprint != second.fingerprint
    again = told((URN, "rules[3].cidr"), (URN, "rules[0].cidr"))
    assert [one.fingerprint for one in again] == [first.fingerprint, second.fingerprint]


def test_a_policy_of_another_pack_is_told_as_it_was_reported() -> None:
    violation = PolicyViolation(pack="own", rule="ours", level="advisory", message="not like that", urn=URN)
    [found] = reported([violation], RULES, "prod", Origins(ROOT, "prod", {}))
    assert (found.rule, found.place.what, found.level, found.open) == ("ours", "not like that", "advisory", False)


def test_what_cannot_be_told_yet_is_known_from_its_words() -> None:
    said = message(RULE, Place("password", "is not known yet", "wait"), Outcome.UNDETERMINED)
    violation = PolicyViolation(pack="headroom", rule=RULE.id, level="advisory", message=said, urn=URN)
    [found] = reported([violation], RULES, "prod", Origins(ROOT, "prod", {}))
    assert (found.open, found.place.what) == (True, "is not known yet")
