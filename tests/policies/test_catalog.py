"""Every rule is described, and is shown passing, failing, unknown and secret cases."""

import pytest

from policies.catalog import RULES
from policies.judging import message, read_message
from policies.rule import ResourceRule, Rule
from policies.verdict import Outcome, Verdict

KINDS = ("pass", "fail", "unknown", "secret")


def verdict(case) -> Verdict:
    rule = next(rule for rule in RULES if rule.id == case.rule)
    return (
        rule.check(case.subject.properties) if isinstance(rule, ResourceRule) else rule.check(case.subject, case.graph)
    )


def test_no_rule_lacks_cases_and_no_case_lacks_its_rule(all_cases):
    shown = {(case.rule, case.kind) for case in all_cases}
    assert shown == {(rule.id, kind) for rule in RULES for kind in KINDS}


def test_rules_have_distinct_ids():
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_says_what_it_promises_and_why(rule: Rule):
    assert rule.title
    assert rule.types
    assert len(rule.why) > 40, "the docstring of a rule says what goes wrong without it"
    assert rule.references, "name the published control, or the requirement, that the rule serves"


def test_a_passing_case_passes(pass_case):
    assert verdict(pass_case).outcome is Outcome.PASS


def test_a_failing_case_fails_where_it_is_wrong(fail_case):
    found = verdict(fail_case)
    assert (found.outcome, [place.where for place in found.places]) == (Outcome.FAIL, [fail_case.where])
    assert all(place.what and place.remedy for place in found.places)


def test_an_unknown_case_is_neither_pass_nor_fail(unknown_case):
    found = verdict(unknown_case)
    assert (found.outcome, [place.where for place in found.places]) == (Outcome.UNDETERMINED, [unknown_case.where])


def test_what_a_rule_says_is_read_again_from_an_engines_report(fail_case):
    rule = next(rule for rule in RULES if rule.id == fail_case.rule)
    for place in verdict(fail_case).places:
        told = f"{rule.title}\n{message(rule, place)}"
        assert read_message(told) == (place, Outcome.FAIL)


def test_no_verdict_echoes_a_value(secret_case):
    found = verdict(secret_case)
    assert found.outcome is Outcome.FAIL
    assert "canary" not in str(found)


def test_a_resource_without_properties_never_crashes_a_rule(all_cases):
    for case in all_cases:
        bare = type(case)(case.rule, case.kind, case.name, "", [{**item, "properties": {}} for item in case.resources])
        assert verdict(bare).outcome in Outcome
