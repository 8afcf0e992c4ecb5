"""Policies are read the same, whichever way a resource carries them."""

import json

import pytest

from policies.documents import NOTHING, Condition, Principal, identity_documents, matches, read_document
from policies.verdict import MISSING, UNKNOWN

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads/*"}


def one(statement):
    [read] = read_document({"Version": "2012-10-17", "Statement": [statement]}).statements
    return read


def test_text_a_dict_a_lone_statement_and_a_data_sources_arguments_say_the_same():
    as_data_source = {"statements": [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::uploads/*"]}]}
    listed = READ | {"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::uploads/*"]}
    shapes = [{"Statement": READ}, {"Statement": [listed]}, as_data_source]
    read = [read_document(shape).statements[0] for shape in [*shapes, json.dumps(shapes[0])]]
    assert {(s.effect, s.actions, s.resources) for s in read} == {
        ("Allow", ("s3:GetObject",), ("arn:aws:s3:::uploads/*",))
    }


@pytest.mark.parametrize("value", [MISSING, None, ""])
def test_nothing_allows_nothing(value):
    assert read_document(value) == NOTHING


def test_a_document_that_is_not_known_yet_says_so():
    assert read_document(UNKNOWN).unknown
    assert read_document({"Statement": UNKNOWN}).unknown


@pytest.mark.parametrize("value", ["{", "[]", '"text"', '{"Statement": "x"}', '{"Statement": [{}]}', "null", 7])
def test_what_is_no_document_is_a_problem_and_allows_nothing(value):
    found = read_document(value)
    assert found.problem and not found.statements


def test_an_unknown_part_stands_in_its_place():
    read = one(READ | {"Resource": ["arn:aws:s3:::uploads/*", UNKNOWN], "Condition": {"StringEquals": UNKNOWN}})
    assert read.resources == ("arn:aws:s3:::uploads/*", UNKNOWN)
    assert read.unknown == ("Resource[1]", "Condition.StringEquals")
    assert read.conditions[0].values == (UNKNOWN,)


def test_an_unknown_statement_or_effect_may_allow():
    document = read_document({"Statement": [UNKNOWN, READ | {"Effect": UNKNOWN}, READ | {"Effect": "Deny"}]})
    assert [statement.path for statement in document.allowed] == ["Statement[0]", "Statement[1]"]
    assert [statement.path for statement in document.denied] == ["Statement[2]"]


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"*": "*"}, {"AWS": ["arn:aws:iam::111111111111:root", "*"]}])
def test_everybody_is_everybody_however_it_is_spelled(principal):
    assert one(READ | {"Principal": principal}).reaches_everybody


def test_all_but_some_are_everybody():
    assert one(READ | {"NotPrincipal": {"AWS": "arn:aws:iam::111111111111:root"}}).reaches_everybody


def test_a_service_is_not_everybody():
    read = one(READ | {"Principal": {"Service": ["a.amazonaws.com", "b.amazonaws.com"]}})
    assert read.principals == (Principal("Service", "a.amazonaws.com"), Principal("Service", "b.amazonaws.com"))
    assert not read.reaches_everybody


def test_conditions_are_found_however_their_key_and_operator_are_spelled():
    read = one(READ | {"Condition": {"ForAnyValue:StringEqualsIfExists": {"AWS:SourceAccount": "111111111111"}}})
    assert read.condition("aws:sourceAccount") == (
        Condition("stringequals", "aws:sourceaccount", ("111111111111",), if_exists=True),
    )


@pytest.mark.parametrize(
    ("operator", "binding"),
    [
        ("StringEquals", True),
        ("ForAnyValue:StringLike", True),
        ("StringEqualsIfExists", False),
        ("ForAllValues:StringEquals", False),
        ("StringNotEquals", False),
        ("Null", False),
    ],
)
def test_a_condition_binds_only_where_a_request_without_the_key_is_turned_down(operator, binding):
    [condition] = one(READ | {"Condition": {operator: {"aws:SourceArn": "x"}}}).conditions
    assert condition.binding is binding


def test_the_same_text_is_parsed_once():
    text = json.dumps({"Statement": READ})
    assert read_document(text) is read_document(str(text))


def test_each_inline_policy_of_a_role_is_found_at_its_place():
    role = {"inlinePolicies": [{"policy": json.dumps({"Statement": READ})}, {"name": "empty"}, UNKNOWN]}
    found = [(path, d.unknown) for path, d in identity_documents(role)]
    assert found == [("inlinePolicies[0].policy", False), ("inlinePolicies[2].policy", True)]
    unknown = list(identity_documents({"inlinePolicies": UNKNOWN}))
    assert [(path, d.unknown) for path, d in unknown] == [("inlinePolicies", True)]


def test_patterns_match_as_iam_does():
    assert matches("s3:Get*", "S3:getObject", case=False)
    assert not matches("arn:aws:s3:::Uploads", "arn:aws:s3:::uploads")
    assert matches("arn:aws:s3:::a?/*", "arn:aws:s3:::ab/x/y")
    assert not matches("a.b", "axb")
