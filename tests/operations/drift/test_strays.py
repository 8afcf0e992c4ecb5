"""Access that somebody added beside the stack is found, where the stack's own says nothing of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.drift import strays
from operations.drift.ignores import Ignore
from operations.drift.judging import Around
from operations.drift.strays import Stray
from operations.drift.writing import restorable
from tests.operations.drift.refreshed import TODAY, judged, read, run, urn

INGRESS, _, OLDER = strays.RULES
MINE = {"SecurityGroupRuleId": "sgr-mine", "GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
OTHER = {**MINE, "SecurityGroupRuleId": "sgr-other", "FromPort": 22, "ToPort": 22, "CidrIpv4": "0.0.0.0/0"}


def group(**asked: Any) -> dict[str, Any]:
    return read(strays.GROUP, "alb", asked=asked, found=asked, physical="sg-1")


def rule(token: str = INGRESS) -> dict[str, Any]:
    asked = {"securityGroupId": "sg-1"}
    return read(token, "https", asked=asked, found=asked, physical="sgr-mine")


def role(**asked: Any) -> list[dict[str, Any]]:
    inline = {"role": "api-task", "policy": "{}"}
    attachment = {"role": "api-task", "policyArn": "arn:mine"}
    return [
        read(strays.ROLE, "api", asked=asked, found=asked, physical="api-task"),
        read(strays.INLINE, "api", asked=inline, found=inline, physical="api-task:mine"),
        read(strays.ATTACHED, "api", asked=attachment, found=attachment),
    ]


class Fake:
    """EC2 and IAM with what the test says."""

    def __init__(self, rules: Iterable[Any] = (), inline: Iterable[str] = (), attached: Iterable[str] = ()) -> None:
        self.pages = {
            "describe_security_group_rules": {"SecurityGroupRules": list(rules)},
            "list_role_policies": {"PolicyNames": list(inline)},
            "list_attached_role_policies": {"AttachedPolicies": [{"PolicyArn": arn} for arn in attached]},
        }

    def get_paginator(self, operation: str) -> Any:
        page = self.pages[operation]

        class Pages:
            def paginate(self, **asked: Any) -> list[dict[str, Any]]:
                return [page]

        return Pages()


def found(fake: Fake, *documents: dict[str, Any]) -> list[tuple[str, str]]:
    told, notes = strays.strays(run(*documents), lambda service: fake)
    assert notes == []
    return [(stray.path, stray.what) for stray in told]


def test_a_rule_beside_the_stacks_own_is_found() -> None:
    assert found(Fake([MINE, OTHER]), group(), rule()) == [("ingress", "tcp 22 from 0.0.0.0/0 (sgr-other)")]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (
            {"IsEgress": True, "IpProtocol": "-1", "CidrIpv4": None, "CidrIpv6": "::/0"},
            "everything to ::/0 (sgr-other)",
        ),
        ({"ToPort": 25}, "tcp 22-25 from 0.0.0.0/0 (sgr-other)"),
        ({"CidrIpv4": None, "ReferencedGroupInfo": {"GroupId": "sg-9"}}, "tcp 22 from sg-9 (sgr-other)"),
    ],
)
def test_it_is_told_in_a_few_words(more: dict[str, Any], what: str) -> None:
    assert [told for _, told in found(Fake([{**OTHER, **more}]), group())] == [what]


@pytest.mark.parametrize("documents", [[group(ingress=[{"fromPort": 443}])], [group(), rule(OLDER)], []])
def test_groups_that_hold_their_rules_themselves_are_the_refreshs_matter(documents: list[dict[str, Any]]) -> None:
    assert found(Fake([OTHER]), *documents) == []


def test_policies_beside_the_stacks_own_are_found() -> None:
    assert found(Fake(inline=["mine", "by-hand"], attached=["arn:mine", "arn:admin"]), *role()) == [
        ("inlinePolicies", "by-hand"),
        ("managedPolicyArns", "arn:admin"),
    ]


def test_nothing_is_asked_of_a_role_that_is_gone() -> None:
    """IAM's refusal would hide what hangs on all the others."""
    gone = read(strays.ROLE, "gone", asked={}, found=None, physical="gone-task")
    asked: list[str] = []

    class Noting(Fake):
        def get_paginator(self, operation: str) -> Any:
            pages = super().get_paginator(operation)
            pages.paginate = lambda RoleName: asked.append(RoleName) or []  # type: ignore[func-returns-value]  # noqa: N803
            return pages

    assert found(Noting(), *role(), gone) == []
    assert asked == ["api-task", "api-task"]


def test_policies_that_the_role_itself_names_are_its_own() -> None:
    asked = {"inlinePolicies": [{"name": "by-hand"}], "managedPolicyArns": ["arn:admin"]}
    assert found(Fake(inline=["mine", "by-hand"], attached=["arn:mine", "arn:admin"]), *role(**asked)) == []


def test_a_refusal_is_noted_and_the_rest_is_asked_all_the_same() -> None:
    def clients(service: str) -> Any:
        if service == "ec2":
            raise ClientError({"Error": {"Code": "UnauthorizedOperation"}}, "DescribeSecurityGroupRules")
        return Fake(inline=["by-hand"])

    told, notes = strays.strays(run(group(), *role()), clients)
    assert [stray.what for stray in told] == ["by-hand"]
    assert notes == ["rules of security groups beside the stack's own can't be told: UnauthorizedOperation"]


def test_it_is_real_no_up_takes_it_away_and_drift_yaml_may_excuse_it() -> None:
    stray = Stray(urn=urn(strays.GROUP, "alb"), path="ingress", what="tcp 22 from 0.0.0.0/0 (sgr-other)")
    around = Around(today=TODAY, strays=[stray])
    made = judged(run(group()), around).drift
    assert made.real == ["ec2.SecurityGroup alb ingress: the stack did not make tcp 22 from 0.0.0.0/0 (sgr-other)"]
    assert not restorable(made)
    entry = Ignore(
        environment="dev", type=strays.GROUP, name="alb", path="ingress", reason="a test", owner="us", expires=TODAY
    )
    assert judged(run(group()), replace(around, ignored=[entry])).drift.real == []
