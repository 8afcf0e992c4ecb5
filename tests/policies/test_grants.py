"""When a statement names something, and when it names everything."""

import pytest

from policies.documents import read_document
from policies.rules.iam.grants import all_of, any_of, covers_all, covers_some, is_admin, scoped


def statement(**elements):
    return read_document(
        {"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"} | elements}
    ).statements[0]


@pytest.mark.parametrize(
    ("pattern", "everything"),
    [
        ("*", True),
        ("**", True),
        ("arn:aws:iam::111111111111:role/*", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::*/*", True),
        ("arn:aws:ecs:eu-central-1:111111111111:task/*/*", True),
        ("arn:aws:secretsmanager:eu-central-1:111111111111:secret:*", True),
        ("arn:aws:kms:*:*:key/*", True),
        ("arn:aws:iam::111111111111:role/app-*", False),
        ("arn:aws:iam::111111111111:role/*-task-???????", False),
        ("arn:aws:s3:::uploads/*", False),
        ("arn:aws:sqs:eu-central-1:111111111111:jobs", False),
        ("arn:aws:secretsmanager:eu-central-1:111111111111:secret:api-??????", False),
        ("not an ARN", False),
    ],
)
def test_a_pattern_names_everything_of_a_kind_or_something(pattern, everything):
    assert covers_all(pattern) is everything


def test_pulumis_random_letters_are_a_name_and_a_star_is_not():
    assert not covers_some("arn:aws:iam::111111111111:role/api-task-???????")
    assert covers_some("arn:aws:iam::111111111111:role/api-*")


@pytest.mark.parametrize(
    ("condition", "narrows"),
    [
        ({"StringEquals": {"aws:ResourceTag/Team": "data"}}, True),
        ({"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/app-*"}}, True),
        ({"ForAnyValue:StringLike": {"kms:ResourceAliases": "*"}}, False),
        ({"ForAllValues:StringEquals": {"kms:ResourceAliases": "alias/a"}}, False),
        ({"StringEqualsIfExists": {"aws:ResourceTag/Team": "data"}}, False),
        ({"StringNotEquals": {"aws:ResourceTag/Team": "data"}}, False),
        ({"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ],
)
def test_a_condition_narrows_what_a_statement_reaches_or_only_how(condition, narrows):
    assert scoped(statement(Condition=condition)) is narrows


def test_everything_on_everything_is_an_administrators_and_nothing_less_is():
    assert is_admin(statement(Action="*"))
    assert not is_admin(statement(Action="*", Resource="arn:aws:s3:::a"))
    assert not is_admin(statement(Action="s3:*"))


def test_what_is_not_known_decides_nothing_that_is_decided_without_it():
    assert (any_of([None, True]), any_of([None, False]), any_of([False])) == (True, None, False)
    assert (all_of([None, False]), all_of([None, True]), all_of([True])) == (False, None, True)
