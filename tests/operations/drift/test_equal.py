"""Values that mean the same are the same; a doubt is a no."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.drift import equal
from operations.properties import MISSING

WORDS = st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "kms:Decrypt"])
STATEMENTS = st.lists(
    st.fixed_dictionaries(
        {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.lists(WORDS, min_size=1, unique=True)}
    ),
    min_size=1,
    max_size=4,
)


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    if isinstance(value, list):
        members = [shuffled(member, dice) for member in value]
        dice.shuffle(members)
        return members
    return value


@settings(max_examples=60, deadline=None)
@given(statements=STATEMENTS, dice=st.randoms(use_true_random=False))
def test_a_policy_is_the_same_in_any_order(statements: list[dict[str, Any]], dice: random.Random) -> None:
    document = {"Version": "2012-10-17", "Statement": statements}
    assert equal.same_policy(json.dumps(document), json.dumps(shuffled(document, dice)))


@settings(max_examples=60, deadline=None)
@given(statements=STATEMENTS, extra=st.sampled_from(["iam:PassRole", "*"]))
def test_a_policy_with_one_more_action_is_another(statements: list[dict[str, Any]], extra: str) -> None:
    first, *others = statements
    wider = [{**first, "Action": [*first["Action"], extra]}, *others]
    assert not equal.same_policy(json.dumps({"Statement": statements}), json.dumps({"Statement": wider}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Principal": "*"}, {"Principal": {"AWS": ["*"]}}),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": False}}},
            {"Condition": {"Bool": {"aws:securetransport": ["false"]}}},
        ),
    ],
)
def test_single_values_and_lists_of_one_are_the_same(one: Any, other: Any) -> None:
    assert equal.same_policy(json.dumps({"Statement": one}), json.dumps({"Statement": [other]}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"Principal": {"AWS": "*"}}, {"Principal": {"Service": "*"}}),
        ({"Action": "s3:Get*"}, {"NotAction": "s3:Get*"}),
        ({"Resource": "arn:a"}, {"Resource": "arn:A"}),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringLike": {"a": "b"}}}),
    ],
)
def test_what_allows_something_else_is_not_the_same(one: Any, other: Any) -> None:
    assert not equal.same_policy(json.dumps({"Statement": [one]}), json.dumps({"Statement": [other]}))


@pytest.mark.parametrize("text", ["", "no document", "[secret]", "{broken"])
def test_text_that_is_no_document_is_never_the_same(text: str) -> None:
    assert not equal.same_json(text, text)
    assert not equal.same_policy(text, text)
    assert not equal.same_containers(text, text)


def test_masks_may_hide_different_values() -> None:
    assert not equal.same_members(["[secret]", "a"], ["a", "[secret]"])
    assert not equal.same_json('{"a": "[secret]"}', '{ "a": "[secret]"}')


@pytest.mark.parametrize(
    ("value", "nothing"),
    [(None, True), (MISSING, True), ("", True), ([], True), (False, False), (0, False), ("0", False)],
)
def test_false_and_zero_are_values(value: Any, nothing: bool) -> None:
    assert equal.is_nothing(value) is nothing


@pytest.mark.parametrize(
    ("asked", "found", "major", "newer"),
    [
        ("17", "17.6", 1, True),
        ("17.6", "17.6", 1, True),
        ("17.6", "17.10", 1, True),
        ("17.6", "17", 1, True),
        ("17", "18", 1, False),
        ("8.4", "8.4.5", 2, True),
        ("8.0.mysql_aurora.3.08.0", "8.0.mysql_aurora.3.09.1", 2, True),
        ("8.0.mysql_aurora.3.08.0", "8.0.mysql_aurora.3.07.1", 2, False),
        ("latest", "latest", 1, False),
        (None, "17", 1, False),
    ],
)
def test_versions_are_compared_by_their_numbers(asked: Any, found: Any, major: int, newer: bool) -> None:
    assert equal.is_newer_minor(asked, found, major) is newer
