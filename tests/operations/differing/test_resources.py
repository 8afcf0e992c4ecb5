"""What stands, compared by meaning: names, order and spelling are no differences, and no secret is ever looked at."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.differing.model import ABSENT, Changed, Standing
from operations.differing.resources import Compared, compare
from tests.operations.differing.conftest import ACCOUNTS, both, compared, names, resource, secret, told

POLICY = "aws:iam/rolePolicy:RolePolicy"
CANARY = "canary-9c1f77e2"


def test_names_accounts_and_regions_do_not_differ() -> None:
    def inputs(environment: str) -> dict[str, Any]:
        account = ACCOUNTS[environment]
        return {
            "name": f"headroom-{environment}-jobs",
            "kmsMasterKeyId": f"arn:aws:kms:eu-central-1:{account}:alias/headroom-{environment}-data",
            "tags": {"Environment": environment, "Owner": "backend"},
        }

    found = both(inputs("staging"), inputs("prod"))
    assert (found.changed, found.same) == ([], 1)


def test_a_value_differs() -> None:
    found = both({"visibilityTimeoutSeconds": 30}, {"visibilityTimeoutSeconds": 300})
    assert told(found) == {"visibilityTimeoutSeconds": (30, 300)}


def test_outputs_do_not_differ_as_aws_answers_what_it_likes() -> None:
    one, other = (resource(name, outputs={"owner": name * 3, "version": 1}) for name in ("staging", "prod"))
    assert compared([one], [other]).changed == []


def test_a_whole_number_is_the_same_however_it_is_written() -> None:
    assert both({"delaySeconds": 0}, {"delaySeconds": 0.0}).changed == []


def test_true_is_not_one() -> None:
    assert told(both({"fifoQueue": True}, {"fifoQueue": 1})) == {"fifoQueue": (True, 1)}


def test_an_environments_name_as_a_key_is_the_same_key_and_a_propertys_own_name_stays() -> None:
    one = {"limits": {"headroom-staging-uploads": 5}, "staging": False}
    other = {"limits": {"headroom-prod-uploads": 5}, "staging": False}
    assert both(one, other).changed == []


def test_sets_have_no_order_and_commands_have() -> None:
    assert both({"subnets": ["a", "b"]}, {"subnets": ["b", "a"]}).changed == []
    assert told(both({"command": ["rm", "-r"]}, {"command": ["-r", "rm"]})) == {"command": (["rm", "-r"], ["-r", "rm"])}


def test_of_lists_only_what_came_and_what_went_is_told() -> None:
    found = both({"subnets": ["a", "b", "c"]}, {"subnets": ["b", "c", "d"]})
    assert told(found) == {"subnets": (["a"], ["d"])}


def test_elements_with_a_name_are_found_by_it() -> None:
    one = {"environment": [{"name": "POOL", "value": "5"}, {"name": "PORT", "value": "80"}]}
    other = {"environment": [{"name": "PORT", "value": "80"}, {"name": "POOL", "value": "10"}]}
    assert told(both(one, other)) == {"environment[POOL].value": ("5", "10")}


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_elements_that_share_a_name_are_not_taken_for_one() -> None:
    one = {"rules": [{"name": "a", "port": 1}, {"name": "a", "port": 2}, {"name": "b", "port": 3}]}
    other = {"rules": [{"name": "a", "port": 4}, {"name": "b", "port": 5}]}
    assert told(both(one, other)) == {"rules": (one["rules"], other["rules"])}


def test_what_a_program_only_looks_up_stands_nowhere() -> None:
    found = compared([resource("staging"), resource("staging", logical="theirs", external=True)], [resource("prod")])
    assert (found.only_a, found.same) == ([], 1)


def test_a_policy_that_says_the_same_in_other_words_does_not_differ() -> None:
    read = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::headroom-staging-uploads/*"}
    listing = {"Sid": "A", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": ["arn:aws:s3:::x"]}
    same = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::headroom-prod-uploads/*"]}
    other = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::x", "Sid": "B"}
    assert both({"policy": _policy(read, listing)}, {"policy": _policy(other, same)}, POLICY).changed == []


def test_a_policy_that_says_more_is_told_by_its_grants() -> None:
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::headroom-staging-uploads/*"}
    write = {**read, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::headroom-prod-uploads/*"}
    found = both({"policy": _policy(read)}, {"policy": _policy(write)}, POLICY)
    assert told(found) == {"policy": ([], ["Allow s3:PutObject on arn:aws:s3:::headroom-<env>-uploads/*"])}


def test_an_account_is_the_same_by_its_number_and_by_its_arn() -> None:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    one = {**statement, "Principal": {"AWS": ACCOUNTS["staging"]}}
    same = {**statement, "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNTS['prod']}:root"]}}
    other = {**statement, "Principal": {"AWS": ["444444444444"]}}
    assert both({"policy": _policy(one)}, {"policy": _policy(same)}).changed == []
    assert list(told(both({"policy": _policy(one)}, {"policy": _policy(other)}))) == ["policy"]


def test_a_condition_that_holds_also_where_a_request_lacks_the_key_is_another() -> None:
    statement = {"Effect": "Allow", "Action": "kms:TagResource", "Resource": "*"}
    one, other = ({**statement, "Condition": {f"{of}StringLike": {"aws:TagKeys": "a"}}} for of in ("", "ForAllValues:"))
    assert list(told(both({"policy": _policy(one)}, {"policy": _policy(other)}, POLICY))) == ["policy"]


def test_names_that_pulumi_made_up_are_left_out() -> None:
    one, other = ({"name": f"jobs-{end}", "__defaults": ["name"]} for end in ("2c9dcd8", "98edd1f"))
    assert both(one, other).changed == []


def test_two_secrets_never_differ_and_are_never_shown() -> None:
    found = both({"password": secret(CANARY)}, {"password": secret(f"{CANARY}-2")})
    assert (found.changed, found.same) == ([], 1)
    assert CANARY not in repr(found)


def test_a_value_that_is_a_secret_on_one_side_is_shown_on_neither() -> None:
    found = both({"token": secret("abc")}, {"token": CANARY})
    assert list(told(found)) == ["token"]
    assert CANARY not in repr(found)


def test_a_plain_value_under_a_secrets_name_is_not_compared() -> None:
    assert both({"password": CANARY}, {"password": f"{CANARY}-2"}).changed == []


def test_what_stands_in_one_only_is_told_with_what_it_is_part_of() -> None:
    parent = "urn:pulumi:prod::headroom::headroom:data:Cache::main"
    found = compared([], [resource("prod", "aws:elasticache/user:User", "main", parent=parent)])
    assert found.only_b == [Standing(type="aws:elasticache/user:User", name="main", component="Cache main")]


def test_a_reference_to_what_stands_in_one_only_follows_from_that() -> None:
    subnet = "aws:ec2/subnet:Subnet"
    ids = {name: f"subnet-{index}123456789abcdef0" for index, name in enumerate(("a", "b"))}
    ours = [resource("staging", subnet, "a", id=ids["a"]), resource("staging", inputs={"subnets": [ids["a"]]})]
    other = f"subnet-9{ids['a'][8:]}"
    theirs = [
        resource("prod", subnet, "a", id=other),
        resource("prod", subnet, "b", id=ids["b"]),
        resource("prod", inputs={"subnets": [other, ids["b"]]}),
    ]
    [found] = compared(ours, theirs).changed
    assert found.follows
    assert [(one.path, one.a, one.b) for one in found.properties] == [("subnets", [], ["<ec2.Subnet b>"])]


def test_what_waits_for_its_deletion_and_what_is_no_resource_does_not_count() -> None:
    component = {"urn": "urn:pulumi:prod::headroom::headroom:data:Cache::main", "type": "headroom:data:Cache"}
    found = compared([], [component, resource("prod", delete=True), resource("prod", "pulumi:providers:aws", "aws")])
    assert found == Compared(only_a=[], only_b=[], changed=[], same=0)


def test_protection_by_pulumi_counts() -> None:
    found = compared([resource("staging")], [resource("prod", protect=True)])
    assert told(found) == {"protect": (ABSENT, True)}


TEXTS = st.sampled_from(
    ["a", "jobs", "headroom-staging-x", "/dev/null", "10.20.1.0/24", "prod", '{"a": [1]}', "{", "subnet-0a1b2c3d", "é"]
)
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | TEXTS | st.just(secret(CANARY))
KEYS = st.sampled_from(["name", "value", "command", "subnets", "policy", "password", "x-staging", "Statement", "a.b"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
KINDS = st.sampled_from(["aws:sqs/queue:Queue", "aws:iam/policy:Policy", "aws:cloudwatch/dashboard:Dashboard"])
PARTS = st.lists(
    st.tuples(KINDS, st.sampled_from(["a", "b", "main-staging"]), st.dictionaries(KEYS, VALUES, max_size=4)), max_size=4
)


def _state(environment: str, parts: list[tuple[str, str, dict[str, Any]]]) -> list[dict[str, Any]]:
    distinct = {(kind, name): inputs for kind, name, inputs in parts}
    return [resource(environment, kind, name, inputs) for (kind, name), inputs in distinct.items()]


@settings(max_examples=60, deadline=None)
@given(PARTS)
def test_nothing_differs_from_itself(parts: list[tuple[str, str, dict[str, Any]]]) -> None:
    state = _state("staging", parts)
    found = compare(names("staging"), names("staging"), state, copy.deepcopy(state))
    assert (found.only_a, found.only_b, found.changed, found.same) == ([], [], [], len(state))


@settings(max_examples=60, deadline=None)
@given(PARTS, PARTS)
def test_the_other_way_round_it_is_the_same_with_sides_swapped(
    ours: list[tuple[str, str, dict[str, Any]]], theirs: list[tuple[str, str, dict[str, Any]]]
) -> None:
    staging, prod = _state("staging", ours), _state("prod", theirs)
    there = compare(names("staging"), names("prod"), staging, prod)
    back = compare(names("prod"), names("staging"), prod, staging)
    assert (there.only_a, there.only_b, there.same) == (back.only_b, back.only_a, back.same)
    assert [_swapped(one) for one in there.changed] == list(back.changed)
    assert CANARY not in repr(there)


def _swapped(found: Changed) -> Changed:
    return replace(found, properties=[replace(one, a=one.b, b=one.a) for one in found.properties])


@pytest.mark.parametrize("text", ["not json {", "[1, 2", '{"Statement": 3}', '{"Statement": [{}]}', "{}", "[]"])
def test_no_document_is_too_broken_to_be_compared(text: str) -> None:
    assert both({"policy": text}, {"policy": text}, POLICY).changed == []
    assert told(both({"policy": text}, {"policy": "x"}, POLICY))
