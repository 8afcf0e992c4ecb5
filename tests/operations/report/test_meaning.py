"""A change of permissions or of the network is told by what somebody may now do, or reach."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations import properties
from operations.report.meaning import ended, meanings
from tests.operations.report.streams import run, step

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
KEY = "aws:kms/key:Key"
Inputs = dict[str, Any]
UPLOADS = "arn:aws:s3:::uploads"


def allow(actions: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def told(
    token: str, old: dict[str, Any] | None, new: dict[str, Any] | None, name: str = "api"
) -> list[tuple[str, bool]]:
    op = "create" if old is None else "delete" if new is None else "update"
    [change] = run(step(op, token, name, old=old, new=new)).changes.values()
    return [(meaning.text, meaning.wider) for meaning in meanings(change)]


def changed(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[tuple[str, bool]]:
    return told(ROLE_POLICY, {"policy": policy(*old)}, {"policy": policy(*new)})


READ = allow("s3:GetObject", f"{UPLOADS}/*")
WRITE = allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{UPLOADS}/*")


def test_a_new_permission_is_told_in_words_with_its_actions() -> None:
    assert changed([READ], [WRITE]) == [
        ("role api may now write and delete objects of bucket uploads (`s3:DeleteObject`, `s3:PutObject`)", True)
    ]


def test_a_permission_that_is_taken_away_is_narrower() -> None:
    assert changed([WRITE], [READ]) == [
        ("role api may no longer write and delete objects of bucket uploads (`s3:DeleteObject`, `s3:PutObject`)", False)
    ]


def test_the_same_permissions_written_otherwise_say_nothing() -> None:
    apart = [allow("s3:GetObject", [f"{UPLOADS}/*"]), allow(["s3:PutObject", "s3:DeleteObject"], f"{UPLOADS}/*")]
    assert changed([WRITE], apart) == []


def test_a_wildcard_that_takes_in_what_was_allowed_is_told_once() -> None:
    assert changed([READ], [allow("s3:*", f"{UPLOADS}/*")]) == [
        ("role api may now do everything to objects of bucket uploads (`s3:*`)", True)
    ]


def test_a_condition_that_falls_away_widens() -> None:
    bound = {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
    [(text, wider)] = changed([READ | bound], [READ])
    assert (text, wider) == ("role api may now read objects of bucket uploads (`s3:GetObject`)", True)
    [(text, wider)] = changed([READ], [READ | bound])
    assert text.startswith("role api may no longer read")
    assert not wider


def test_a_denial_that_falls_away_widens() -> None:
    [(text, wider)] = changed([READ, {**WRITE, "Effect": "Deny"}], [READ])
    assert text.startswith("role api is no longer denied to read, write and delete objects of bucket uploads")
    assert wider


def test_everything_but_is_everything() -> None:
    [(text, wider)] = changed([], [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}])
    assert text == "role api may now do everything but a few things to everything (`not iam:*`)"
    assert wider


@pytest.mark.parametrize("value", [properties.UNKNOWN, properties.SECRET, f'{{"Statement": "{properties.UNKNOWN}"}}'])
def test_a_policy_that_is_not_known_yet_counts_as_wider(value: str) -> None:
    [(text, wider)] = told(ROLE_POLICY, {"policy": policy(READ)}, {"policy": value})
    assert "known after up only" in text
    assert wider


def test_a_policy_that_cannot_be_read_is_told() -> None:
    assert told(ROLE_POLICY, None, {"policy": "{"}) == [("role api: its policy is not JSON", True)]


def test_who_may_take_a_role_is_told_of_the_role() -> None:
    def trust(principal: Any) -> dict[str, Any]:
        return {"assumeRolePolicy": policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})}

    service = {"Service": "ecs-tasks.amazonaws.com"}
    other = {"AWS": "arn:aws:iam::1:role/ci"}
    assert told(ROLE, trust(service), trust(other)) == [
        ("`arn:aws:iam::1:role/ci` may now take role api (`sts:AssumeRole`)", True),
        ("`ecs-tasks.amazonaws.com` may no longer take role api (`sts:AssumeRole`)", False),
    ]
    assert told(ROLE, trust(service), trust("*")) == [("everybody may now take role api (`sts:AssumeRole`)", True)]


def test_inline_and_attached_policies_of_a_role_are_told() -> None:
    old = {"inlinePolicies": [{"name": "a", "policy": policy(READ)}], "permissionsBoundary": "arn:aws:iam::1:policy/b"}
    new = {
        "inlinePolicies": [{"name": "a", "policy": policy(READ)}, {"name": "b", "policy": policy(allow("sqs:*"))}],
        "managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    }
    assert told(ROLE, old, new) == [
        ("role api may now do everything to everything (`sqs:*`)", True),
        ("role api now has all that policy AdministratorAccess allows", True),
        ("role api loses its permissions boundary", True),
    ]


def test_the_policy_of_a_key_is_told_of_the_key() -> None:
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}, "Action": "kms:*", "Resource": "*"}
    reader = {**root, "Principal": {"AWS": "arn:aws:iam::1:role/x"}, "Action": "kms:Decrypt"}
    assert told(KEY, {"policy": policy(root)}, {"policy": policy(root, reader)}, "data") == [
        ("`arn:aws:iam::1:role/x` may now decrypt with key data (`kms:Decrypt`)", True)
    ]


def ingress(peer: str, first: int = 5432, last: int = 5432) -> dict[str, Any]:
    return {"protocol": "tcp", "fromPort": first, "toPort": last, "cidrBlocks": [peer]}


def test_the_world_is_named_where_it_gets_in() -> None:
    assert told(GROUP, {"ingress": [ingress("10.0.0.0/16")]}, {"ingress": [ingress("0.0.0.0/0")]}, "db") == [
        ("security group db now lets in TCP 5432 from 0.0.0.0/0 (the world)", True)
    ]


def test_rules_are_told_however_they_are_written() -> None:
    alone = {"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5440, "cidrIpv6": "::/0", "securityGroupId": "sg-1"}
    assert told(INGRESS, None, alone, "rule") == [
        ("security group sg-1 (rule) now lets in TCP 5432 to 5440 from ::/0 (the world)", True)
    ]
    assert told(INGRESS, {**alone, "ipProtocol": "-1"}, None, "rule") == [
        ("security group sg-1 (rule) no longer lets in everything from ::/0 (the world)", False)
    ]


def test_a_rule_whose_other_side_is_replaced_is_told_once() -> None:
    rule = {"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, "referencedSecurityGroupId": "sg-1"}
    later = {**rule, "referencedSecurityGroupId": properties.UNKNOWN}
    assert told(INGRESS, rule, later, "api-database") == [
        ("security group api-database lets in TCP 5432 from (known after up), in place of sg-1", True)
    ]


def test_a_long_list_of_actions_is_cut() -> None:
    [(text, _)] = changed([], [allow([f"sqs:Get{number}" for number in range(20)])])
    assert text.endswith("`sqs:Get15` and 12 more)")


def test_a_narrower_range_of_ports_is_no_opening() -> None:
    wide, narrow = {"ingress": [ingress("10.0.0.0/16", 1, 65535)]}, {"ingress": [ingress("10.0.0.0/16")]}
    assert told(GROUP, wide, narrow, "db") == [
        ("security group db no longer lets in TCP 1 to 65535 from 10.0.0.0/16", False)
    ]
    assert [wider for _, wider in told(GROUP, narrow, wide, "db")] == [True]


@pytest.mark.parametrize(
    "rules", [None, "x", [1, None], [{"protocol": None}], [{"fromPort": "a", "cidrBlocks": [None]}]]
)
def test_rules_of_any_shape_are_read(rules: object) -> None:
    assert isinstance(told(GROUP, {"ingress": rules}, {"ingress": [], "egress": rules}, "db"), list)


def test_the_policy_of_a_bucket_that_goes_with_it_opens_nothing() -> None:
    deny = policy({"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"})
    bucket = step("delete", "aws:s3/bucket:Bucket", "uploads", old={})
    own = step("delete", "aws:s3/bucketPolicy:BucketPolicy", "policy", old={"bucket": "uploads", "policy": deny})
    changes = list(run(bucket, own).changes.values())
    assert [meanings(change, ended(changes)) for change in changes] == [[], []]
    assert [told.wider for told in meanings(changes[1], ended(changes[1:]))] == [True]
