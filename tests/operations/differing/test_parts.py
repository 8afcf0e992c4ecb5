"""What roles of a CI grant is compared as a whole, however it is parted; what they grant otherwise is told. E7, W2."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from components.access import Scope, document
from components.ci.boundary import boundary
from components.ci.places import Reach
from components.ci.roles import OWN_STATEMENTS
from components.ci.statements import ci_name, read_policies, write_policies
from operations.differing.names import Names
from operations.differing.resources import Compared, compare
from tests.operations.differing.conftest import ACCOUNTS, compared, resource, told

POLICY = "aws:iam/policy:Policy"
INLINE = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
REGISTRY = ("111111111111", "eu-west-1")


def in_ci(environment: str, kind: str, logical: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    parent = f"urn:pulumi:{environment}::headroom::headroom:ci:CiAccess::ci"
    return resource(environment, kind, logical, inputs, parent=parent)


def policies(environment: str, *texts: str) -> list[dict[str, Any]]:
    """A policy `read` in so many parts, all attached to a role."""
    name = f"headroom-{environment}-ci-read"
    made = []
    for number, text in enumerate(texts, 1):
        arn = f"arn:aws:iam::{ACCOUNTS[environment]}:policy/{name}-{number}"
        made.append(in_ci(environment, POLICY, f"read-{number}", {"name": f"{name}-{number}", "policy": text}))
        made.append(in_ci(environment, ATTACHMENT, f"ci-preview-{number}", {"role": "x", "policyArn": arn}))
    return made


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def reading(service: str) -> dict[str, Any]:
    return {"Sid": service, "Effect": "Allow", "Action": [f"{service}:Get"], "Resource": "*"}


A, B, C = (reading(service) for service in ("acm", "ecs", "sqs"))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ([policy(A, B), policy(C)], [policy(A), policy(C, B)]),
        ([policy(A, B), policy(C)], [policy(A), policy(B), policy(C)]),
        ([policy(A), policy(B), policy(C)], [policy(A, B, C)]),
    ],
)
def test_where_a_policy_is_parted_says_nothing(ours: Sequence[str], theirs: Sequence[str]) -> None:
    found = compared(policies("staging", *ours), policies("prod", *theirs))
    assert (found.only_a, found.only_b, found.changed) == ([], [], [])
    assert found.same == 2 * min(len(ours), len(theirs))


def test_what_the_parts_grant_otherwise_together_is_told_once() -> None:
    found = compared(policies("staging", policy(A, B)), policies("prod", policy(A), policy(reading("sns"))))
    assert [one.name for one in found.changed] == ["read-1"]
    assert told(found) == {"policy": (["Allow ecs:Get on *"], ["Allow sns:Get on *"])}


def test_another_policy_that_is_attached_is_told() -> None:
    other = in_ci("prod", ATTACHMENT, "ci-preview-2", {"role": "x", "policyArn": "arn:aws:iam::aws:policy/Admin-2"})
    found = compared(policies("staging", policy(A)), [*policies("prod", policy(A)), other])
    assert list(told(found)) == ["policyArn"] and "Admin-2" in repr(found.changed)


def test_numbered_policies_of_others_and_what_nobody_can_read_are_compared_one_by_one() -> None:
    ours, theirs = (
        [resource(name, POLICY, f"of-{number}", {"policy": text}) for number, text in enumerate(texts, 1)]
        for name, texts in (("staging", [policy(A), policy(B)]), ("prod", [policy(B), policy(A)]))
    )
    assert len(compared(ours, theirs).changed) == 2
    broken = compared(policies("staging", policy(A), "{"), policies("prod", policy(A, B), "{"))
    assert [one.name for one in broken.changed] == ["read-1"]


def ci(environment: str, account: str, region: str = "eu-central-1", **more: Any) -> tuple[Names, list[dict[str, Any]]]:
    """All documents of an environment's CI, as the program makes them."""
    scope = Scope(account=account, region=region, namespace=f"headroom/{environment}")
    owner, place = REGISTRY
    repositories = [f"arn:aws:ecr:{place}:{owner}:repository/headroom/*"]
    reach = Reach(scope=scope, edge=True, repositories=repositories, other_regions=[place], **more)
    documents = {(POLICY, "boundary"): boundary(reach)}
    documents |= {(POLICY, f"read-{n}"): text for n, text in enumerate(read_policies(reach), 1)}
    documents |= {(POLICY, f"write-{n}"): text for n, text in enumerate(write_policies(reach), 1)}
    documents |= {(INLINE, f"ci-{role}"): json.dumps(document(own(reach))) for role, own in OWN_STATEMENTS.items()}
    made = [
        in_ci(environment, kind, name, {"name": ci_name(scope, name), "policy": text})
        for (kind, name), text in documents.items()
    ]
    return Names(environment, account, region, registry=REGISTRY), made


def difference(ours: tuple[Names, list[dict[str, Any]]], theirs: tuple[Names, list[dict[str, Any]]]) -> Compared:
    return compare(ours[0], theirs[0], ours[1], theirs[1])


@pytest.mark.parametrize(
    ("theirs", "changed"),
    [
        (ci("prod", "333333333333"), []),
        (ci("a-name-for-production", "333333333333", "ap-northeast-1"), []),
        (ci("dev", REGISTRY[0]), []),  # whose own the registry is
        (ci("dev", *REGISTRY), ["boundary", "write-1"]),  # in its own region, so that there is one region less
    ],
)
def test_roles_of_two_environments_grant_the_same(
    theirs: tuple[Names, list[dict[str, Any]]], changed: list[str]
) -> None:
    found = difference(ci("staging", "222222222222"), theirs)
    assert [one.name for one in found.changed] == changed
    assert (found.only_a, found.only_b) == ([], [])


def test_what_one_of_the_roles_may_beside_is_told() -> None:
    found = difference(
        ci("staging", "222222222222"), ci("prod", "333333333333", deletion_days=7, emptied_buckets=["b"])
    )
    [changed] = found.changed
    [line] = changed.properties
    assert changed.name == "write-1" and all("numericgreaterthanequals 30" in grant for grant in line.a)
    assert {grant.split(" on ")[0] for grant in line.b} == {
        "Allow kms:ScheduleKeyDeletion", "Allow s3:ListBucketVersions", "Allow s3:DeleteObject, s3:DeleteObjectVersion"
    }  # fmt: skip
