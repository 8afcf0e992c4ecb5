"""Every IAM document of all environments, on ECS and on EKS: no wildcard but where AWS offers nothing narrower."""

import fnmatch
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from components.ci.statements import ROLE_NAMES
from components.unscoped import ACTIONS
from tests.iam import DATA, details

ENVIRONMENTS = ("dev", "staging", "prod")
PLATFORMS = ("ecs", "eks")
BOUNDARY = "boundary"
"""It grants nothing: only there, services are named as a whole."""
ITS_OWN = ("aws:kms/key:Key", "aws:secretsmanager/secretPolicy:SecretPolicy")
"""In these policies `*` is the key or secret itself. Sources: docs.aws.amazon.com/kms/latest/developerguide/
key-policy-overview.html, docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html"""
Found = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module", params=[(e, p) for e in ENVIRONMENTS for p in PLATFORMS], ids=lambda p: "-".join(p))
def resources(request, up, eks):
    """All resources of an environment on one of the platforms."""
    environment, platform = request.param
    return (up if platform == "ecs" else eks)(environment).resources


def statements(text: str) -> Iterator[dict[str, Any]]:
    found = json.loads(text).get("Statement", [])  # ECR's lifecycle rules are a policy, too
    yield from [found] if isinstance(found, dict) else found


def granted(resources) -> Iterator[Found]:
    """Each statement of a document that roles have, with the name of what holds it."""
    for resource in resources:
        kind, inputs = resource["type"].rpartition(":")[2], resource["inputs"]
        if kind in ("RolePolicy", "Policy") and resource["type"].startswith("aws:iam/"):
            yield from ((resource["name"], statement) for statement in statements(inputs["policy"]))
        assert not inputs.get("inlinePolicies"), f"{resource['name']} is looked for elsewhere"


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def allows(resources) -> list[Found]:
    return [
        (name, statement)
        for name, statement in granted(resources)
        if statement["Effect"] == "Allow" and name != BOUNDARY
    ]


def test_no_action_is_a_wildcard_and_every_action_exists(resources):
    found = allows(resources)
    assert len(found) > 50
    for name, statement in found:
        assert "NotAction" not in statement
        for action in listed(statement["Action"]):
            assert "*" not in action, name
            details(action)


def test_all_resources_are_meant_only_where_aws_offers_none(resources):
    wide = {
        action
        for _, statement in allows(resources)
        if "*" in listed(statement["Resource"])
        for action in listed(statement["Action"])
    }
    assert wide
    assert wide <= ACTIONS


def test_a_wildcard_in_an_arn_never_stands_for_account_service_or_every_name_of_what_is_kept(resources):
    for name, statement in allows(resources):
        assert "NotResource" not in statement
        for arn in listed(statement["Resource"]):
            if arn == "*":
                continue
            _, partition, service, region, account, rest = arn.split(":", 5)
            assert (partition, "*" in service, "*" in region, "*" in account) == ("aws", False, False, False), (
                name,
                arn,
            )
            if service in ("s3", "secretsmanager", "sqs", "sns", "lambda"):
                assert re.match(r"((secret|function):)?headroom[-/](dev|staging|prod|state)", rest), (name, arn)


def test_a_key_is_opened_only_by_its_alias_or_with_the_waiting_period(resources):
    uses = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:ScheduleKeyDeletion")
    for name, statement in allows(resources):
        if set(uses) & {*listed(statement["Action"])}:
            keys = {key for operator in statement["Condition"].values() for key in operator}
            assert {"kms:ResourceAliases", "kms:ScheduleKeyDeletionPendingWindowInDays"} & keys, name


def test_the_boundary_is_the_only_document_that_names_whole_services(resources):
    own = [statement for name, statement in granted(resources) if name == BOUNDARY]
    allowed = [action for s in own if s["Effect"] == "Allow" for action in listed(s["Action"])]
    assert allowed
    assert [action for action in allowed if not re.fullmatch(r"[a-z0-9-]+:\*", action)] == []


def test_denials_name_actions_that_exist(resources):
    for name, statement in granted(resources):
        if statement["Effect"] == "Deny":
            for pattern in listed(statement.get("Action", statement.get("NotAction"))):
                service, _, action = pattern.partition(":")
                known = DATA.actions.get_actions_for_service(service)
                assert any(fnmatch.fnmatchcase(one.lower(), action.lower()) for one in known), (name, pattern)


def test_every_role_carries_the_boundary_but_those_of_jobs_that_change_nothing(resources):
    roles = [resource for resource in resources if resource["type"] == "aws:iam/role:Role"]
    without = {
        role["inputs"].get("name", role["name"]) for role in roles if not role["inputs"].get("permissionsBoundary")
    }
    assert {re.sub(r"headroom-\w+-", "", name) for name in without} == {"ci-preview", "ci-promote"}


def test_a_deployment_may_change_every_role_of_the_stack_by_its_name(resources):
    for role in (resource for resource in resources if resource["type"] == "aws:iam/role:Role"):
        name = role["inputs"].get("name")
        assert (
            re.match(r"headroom-(dev|staging|prod)-", name)
            if name
            else any(fnmatch.fnmatchcase(role["name"], pattern) for pattern in ROLE_NAMES)
        ), role["name"]


def test_resource_policies_name_their_resource(resources):
    for resource in resources:
        policy = resource["inputs"].get("policy")
        if resource["type"] in ITS_OWN or resource["type"].startswith("aws:iam/") or not isinstance(policy, str):
            continue
        for statement in statements(policy):
            assert "*" not in listed(statement.get("Resource", "-")), resource["name"]
