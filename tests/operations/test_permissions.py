"""How IAM decides, by example. The rules are those of IAM's "Policy evaluation logic"."""

from typing import Any

import pytest

from operations.permissions import Principal, allowed

ROLE = "arn:aws:iam::111111111111:role/api"
BUCKET = "arn:aws:s3:::uploads/*"
OBJECT = "arn:aws:s3:::uploads/a.png"


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def role(*statements: dict[str, Any], boundary: Any = None) -> Principal:
    documents = [{"Version": "2012-10-17", "Statement": list(statements)}]
    return Principal(arn=ROLE, account="111111111111", documents=documents, boundary=boundary)


def test_what_nobody_allows_is_denied():
    assert not allowed(role(), "s3:GetObject", OBJECT)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", BUCKET),
        ("s3:getobject", BUCKET),
        (["s3:PutObject", "s3:Get*"], [BUCKET]),
        ("*", "*"),
        ("s3:GetObjec?", "arn:aws:s3:::upload?/*"),
    ],
)
def test_an_allow_that_fits_action_and_resource_counts(action, resource):
    assert allowed(role(allow(action, resource)), "s3:GetObject", OBJECT)


@pytest.mark.parametrize(
    ("action", "resource"), [("s3:PutObject", BUCKET), ("s3:GetObject", "arn:aws:s3:::Uploads/*"), ("s3:Get", BUCKET)]
)
def test_one_that_does_not_fit_does_not(action, resource):
    assert not allowed(role(allow(action, resource)), "s3:GetObject", OBJECT)


def test_square_brackets_are_no_pattern():
    assert not allowed(role(allow("s3:GetObject", "arn:aws:s3:::[u]ploads/*")), "s3:GetObject", OBJECT)


def test_a_single_statement_may_stand_without_a_list():
    alone = Principal(arn=ROLE, account="111111111111", documents=[{"Statement": allow("s3:GetObject", BUCKET)}])
    assert allowed(alone, "s3:GetObject", OBJECT)


def test_a_deny_wins_over_every_allow():
    assert not allowed(role(allow("*", "*"), deny("s3:Get*", BUCKET)), "s3:GetObject", OBJECT)


def test_all_but_the_named_actions_and_resources_are_meant_by_their_opposites():
    rest = {"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::secret/*"}
    assert allowed(role(rest), "s3:GetObject", OBJECT)
    assert not allowed(role(rest), "s3:PutObject", OBJECT)
    assert not allowed(role(rest), "s3:GetObject", "arn:aws:s3:::secret/a")


def test_a_boundary_limits_what_the_policies_allow():
    boundary = {"Statement": [allow("sqs:*", "*")]}
    assert not allowed(role(allow("*", "*"), boundary=boundary), "s3:GetObject", OBJECT)
    assert allowed(role(allow("*", "*"), boundary=boundary), "sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q")


@pytest.mark.parametrize(
    ("condition", "counts"),
    [
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringEquals": {"aws:PrincipalArn": ROLE}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/other"}}, False),
        ({"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}, False),
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, False),
        # Only a request knows it: what may hold counts as allowed.
        ({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, True),
    ],
)
def test_a_condition_that_can_be_decided_is(condition, counts):
    assert allowed(role(allow("s3:*", BUCKET, Condition=condition)), "s3:GetObject", OBJECT) is counts


def test_a_deny_under_a_condition_that_only_a_request_knows_is_not_counted_on():
    unsure = deny("s3:*", BUCKET, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    assert allowed(role(allow("s3:*", BUCKET), unsure), "s3:GetObject", OBJECT)


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": [ROLE]}])
def test_a_resources_own_policy_can_let_a_role_in(principal):
    policy = {"Statement": [allow("s3:GetObject", BUCKET, Principal=principal)]}
    assert allowed(role(), "s3:GetObject", OBJECT, policy)


@pytest.mark.parametrize(
    "principal", [{"AWS": "arn:aws:iam::111111111111:root"}, {"Service": "s3.amazonaws.com"}, {"AWS": f"{ROLE}-other"}]
)
def test_it_lets_nobody_in_by_naming_the_account_a_service_or_another(principal):
    policy = {"Statement": [allow("s3:GetObject", BUCKET, Principal=principal)]}
    assert not allowed(role(), "s3:GetObject", OBJECT, policy)


def test_it_can_keep_a_role_out():
    out = {"Statement": [deny("s3:*", BUCKET, Principal="*")]}
    plain = {"Statement": [deny("s3:*", BUCKET, Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})]}
    others = {"Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": [ROLE]}, "Action": "*", "Resource": "*"}]}
    assert not allowed(role(allow("s3:*", BUCKET)), "s3:GetObject", OBJECT, out)
    assert allowed(role(allow("s3:*", BUCKET)), "s3:GetObject", OBJECT, plain)
    assert allowed(role(allow("s3:*", BUCKET)), "s3:GetObject", OBJECT, others)


BOUNDED = {"StringEquals": {"iam:PermissionsBoundary": "arn:b"}}
UNBOUNDED = {"StringNotEquals": {"iam:PermissionsBoundary": "arn:b"}}


@pytest.mark.parametrize(
    ("condition", "boundary", "counts"),
    [
        (BOUNDED, "arn:b", True),
        (BOUNDED, "arn:c", False),
        (BOUNDED, None, False),
        (UNBOUNDED, "arn:b", False),
        (UNBOUNDED, "arn:c", True),
        (UNBOUNDED, None, True),
        ({"ForAnyValue:StringLike": {"iam:PermissionsBoundary": "arn:*"}}, "arn:b", True),
        ({"ForAllValues:StringEquals": {"iam:PermissionsBoundary": "arn:b"}}, None, True),
        ({"StringEqualsIfExists": {"iam:PermissionsBoundary": "arn:b"}}, None, True),
    ],
)
def test_what_a_request_is_known_to_carry_decides_also_that_it_carries_nothing(condition, boundary, counts):
    request = {"iam:PermissionsBoundary": boundary}
    granted = role(allow("iam:CreateRole", "*", Condition=condition))
    denied = role(allow("iam:CreateRole", "*"), deny("iam:CreateRole", "*", Condition=condition))
    assert allowed(granted, "iam:CreateRole", ROLE, request=request) is counts
    assert allowed(denied, "iam:CreateRole", ROLE, request=request) is not counts
