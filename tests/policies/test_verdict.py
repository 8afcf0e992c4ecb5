"""Reading properties that may be unknown, and putting verdicts together."""

from hypothesis import given
from hypothesis import strategies as st

from policies.verdict import (
    MISSING,
    PASS,
    UNKNOWN,
    Outcome,
    combine,
    fail,
    lookup,
    require,
    undetermined,
)

PROPERTIES = {"spec": {"rules": [{"port": 443}, {"port": UNKNOWN}], "tls": None}, "later": UNKNOWN}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def test_a_path_leads_through_lists():
    assert lookup(PROPERTIES, "spec.rules[0].port") == 443


def test_what_lies_behind_an_unknown_is_unknown():
    assert lookup(PROPERTIES, "later.rules[3].port") is UNKNOWN


def test_null_and_absent_both_count_as_not_set():
    assert lookup(PROPERTIES, "spec.tls") is MISSING
    assert lookup(PROPERTIES, "spec.rules[2].port") is MISSING
    assert lookup(PROPERTIES, "spec.rules.port") is MISSING


def test_require_has_three_answers():
    assert require(PROPERTIES, "spec.rules[0].port", 443, "open 443") is PASS
    assert require(PROPERTIES, "spec.rules[1].port", 443, "open 443").outcome is Outcome.UNDETERMINED
    assert require(PROPERTIES, "spec.rules[0].port", 80, "open 80").outcome is Outcome.FAIL


def test_require_does_not_take_one_for_true():
    assert require({"on": 1}, "on", True, "switch it on").outcome is Outcome.FAIL


def test_the_worst_verdict_wins_and_keeps_all_its_places():
    verdict = combine([PASS, fail("a", "is wrong", "mend a"), undetermined("b"), fail("c", "is wrong", "mend c")])
    assert (verdict.outcome, [place.where for place in verdict.places]) == (Outcome.FAIL, ["a", "c"])


def test_no_verdicts_are_a_pass():
    assert combine([]) is PASS


@given(properties=st.dictionaries(st.text(), VALUES), path=st.text())
def test_any_path_into_any_properties_has_an_answer(properties, path):
    assert require(properties, path, True, "set it").outcome in Outcome
