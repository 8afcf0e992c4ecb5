"""An exported state is judged without an engine."""

import json

import pytest

from policies.judging import Judge, message, read_message
from policies.levels import Setting
from policies.rule import GraphRule, ResourceRule
from policies.state import judge_state, read_state
from policies.verdict import UNKNOWN, Outcome, Place, fail, lookup, require, undetermined
from policies.waivers import Waivers

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
KEY = "aws:kms/key:Key"
URN = f"urn:pulumi:prod::headroom::headroom:security:Key${KEY}::data::of"
SEALED = {SIGNATURE: SECRET, "ciphertext": "v1:canary:canary"}


def key_rotates(key):
    """A key that stays the same is worth more every day to whoever wants it."""
    return require(key, "rotates", True, "let it rotate")


def key_is_described(key, graph):
    """A key of which nobody knows what it is for is never deleted."""
    return fail("description", "is not set", "say it") if len(graph.resources) == 1 else undetermined("description")


RULES = (
    ResourceRule(check=key_rotates, title="Keys rotate", types=frozenset({KEY}), severity="high"),
    GraphRule(check=key_is_described, title="Keys are described", types=frozenset({KEY}), severity="low"),
)


def state(version=3, **entry):
    resource = {"urn": URN, "type": KEY, "custom": True, "inputs": {}, "outputs": {}} | entry
    return {"version": version, "deployment": {"resources": [resource]}}


def found(document, **settings):
    judge = Judge(RULES, Waivers((), ()), {}, settings)
    return [(finding.rule.id, finding.level, finding.place) for finding in judge_state(judge, read_state(document))]


def test_inputs_decide_of_a_resource_and_outputs_of_the_stack():
    documents = state(inputs={"rotates": False}, outputs={"rotates": True})
    assert [(rule, level, place.where) for rule, level, place in found(documents)] == [
        ("key-rotates", "mandatory", "rotates"),
        ("key-is-described", "mandatory", "description"),
    ]


@pytest.mark.parametrize("version", [3, 4])
def test_the_name_may_hold_colons_and_the_stack_is_known(version):
    read = read_state(state(version))
    assert (read.inputs[0].name, read.stack) == ("data::of", "prod")


def test_what_waits_for_its_deletion_is_not_judged():
    assert found(state(delete=True)) == []


def test_an_encrypted_value_is_unknown_and_no_breach_even_where_undetermined_fails():
    strict = {"key-rotates": Setting(undetermined_fails=True), "key-is-described": Setting("disabled")}
    [(rule, level, place)] = found(state(inputs={"rotates": SEALED}), **strict)
    assert (rule, level, place.where) == ("key-rotates", "advisory", "rotates")
    assert "--show-secrets" in place.remedy
    assert "canary" not in str(place)


def test_a_secret_in_plain_text_is_judged_and_stays_known_as_one():
    plaintext = {SIGNATURE: SECRET, "plaintext": json.dumps({"phrase": "canary"})}
    [resource] = read_state(state(inputs={"nested": [{"password": plaintext}]})).inputs
    assert lookup(resource.properties, "nested[0].password.phrase") == "canary"
    assert resource.secret_paths == {"nested[0].password"}


def test_unknown_values_outputs_references_and_assets_are_plain_data():
    inputs = {
        "unknown": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "output": {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": 5, "secret": True},
        "open": {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"},
        "reference": {SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x", "id": "vpc-1"},
        "asset": {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "path": "main.py"},
        "__defaults": ["region"],
    }
    [resource] = read_state(state(inputs=inputs)).inputs
    assert resource.properties == {
        "unknown": UNKNOWN,
        "output": 5,
        "open": UNKNOWN,
        "reference": "vpc-1",
        "asset": {"path": "main.py"},
    }
    assert resource.secret_paths == {"output"}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "no JSON object"),
        ({"version": 3}, "holds no `deployment`"),
        ({"version": 2, "deployment": {}}, "its version is 2; 3 and 4 are read"),
        ({"version": 3, "deployment": {"resources": [{"type": "x"}]}}, "with a `urn` each"),
    ],
)
def test_what_is_no_export_is_refused_with_the_reason(document, problem):
    with pytest.raises(ValueError, match=problem):
        read_state(document)


def test_a_backends_own_file_and_an_empty_stack_are_read():
    backends = {"version": 3, "checkpoint": {"stack": "prod", "latest": state()["deployment"]}}
    assert read_state(backends).stack == "prod"
    assert read_state({"version": 3, "deployment": {}}).stack == ""


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.UNDETERMINED])
@pytest.mark.parametrize("where", ["policy.Statement[0]", "api: policy.Statement[0]", "tags.headroom:owner"])
def test_what_an_engine_is_told_can_be_read_again(outcome, where):
    place = Place(where, "allows everything: even this", "name actions. Or none")
    assert read_message(f"Keys rotate\n{message(RULES[0], place, outcome)}") == (place, outcome)


def test_words_of_another_policy_are_kept():
    assert read_message("something else\nis wrong") == (Place("", "something else\nis wrong", ""), Outcome.FAIL)


def test_a_rule_that_crashes_is_a_finding_that_quotes_nothing():
    def key_crashes(key):
        """A rule that fails on what it reads."""
        raise ValueError(key["phrase"])

    crashing = ResourceRule(check=key_crashes, title="Crashes", types=frozenset({KEY}), severity="low")
    [finding] = judge_state(Judge((crashing,), Waivers((), ()), {}), read_state(state(inputs={"phrase": "canary"})))
    assert (finding.level, finding.outcome) == ("mandatory", Outcome.FAIL)
    assert "the rule key-crashes itself: failed with ValueError at test_state.py" in finding.message
    assert "canary" not in finding.message
