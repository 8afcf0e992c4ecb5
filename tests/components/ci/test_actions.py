"""The tables of actions against AWS's own list, and against all that the provider may call."""

from collections.abc import Iterator, Mapping

import pytest

from components.ci.actions import READ, WRITE
from components.unscoped import ACTIONS, check_scoped
from offline.aws import types
from offline.aws.connection import operation_name, service_model
from operations.permissions import allowed
from tests.iam import action_of, details, example, kinds

NAMES = {
    "RoleNameWithPath": "api-task-1a2b3c4",
    "BucketName": "headroom-dev-uploads-111111111111",
    "*": "headroom-dev-x",
}
HERE = {"Region": "eu-central-1", "Account": "111111111111", "SecretId": "headroom/dev/x-AbCdEf", **NAMES}

BY_PERSON = {
    f"iam:{action}"
    for action in (
        "AddClientIDToOpenIDConnectProvider", "CreateOpenIDConnectProvider", "CreatePolicy", "CreatePolicyVersion",
        "DeleteOpenIDConnectProvider", "DeletePolicy", "DeletePolicyVersion", "DeleteRolePermissionsBoundary",
        "RemoveClientIDFromOpenIDConnectProvider", "TagOpenIDConnectProvider", "TagPolicy",
        "UntagOpenIDConnectProvider", "UntagPolicy", "UpdateOpenIDConnectProviderThumbprint",
    )
}  # fmt: skip
"""Who signs in and what the boundary is, only a person changes."""
UNUSED = {
    "ec2:ModifyVpcTenancy", "kms:DisableKey", "kms:DisableKeyRotation", "s3:PutBucketAcl",
    "secretsmanager:RemoveRegionsFromReplication", "secretsmanager:ReplicateSecretToRegions", "ssm:AddTagsToResource",
    "ssm:DeleteParameter", "ssm:DescribeParameters", "ssm:GetParameter", "ssm:ListTagsForResource", "ssm:PutParameter",
    "ssm:RemoveTagsFromResource",
}  # fmt: skip
"""Offered by the offline AWS; no component of ours uses it."""
WITHOUT_METRICS = {"cloudwatch:GetMetricData", "cloudwatch:ListMetrics"}
"""A dataset of OpenTelemetry has an ARN; the metrics that we read have none."""
OTHERS = {"healthcheck"}
"""Kinds of Route 53 that no environment has: an action on tags is asked about one kind at a time."""


def listed(table: Mapping[str, str]) -> list[str]:
    return [f"{service}:{name}" for service, names in table.items() for name in names.split()]


def test_what_reads_reads_and_what_changes_does_not_read_only():
    levels = {"Read", "List"}
    assert [action for action in listed(READ) if details(action)["accessLevel"] not in levels] == []
    assert [action for action in listed(WRITE) if details(action)["accessLevel"] in levels] == []


def test_only_actions_for_which_aws_needs_no_resource_are_allowed_on_all():
    found = {action: details(action)["resourceTypes"] for action in sorted(ACTIONS)}
    assert {action for action, kinds in found.items() if any(kind["required"] for kind in kinds)} == set()
    assert {action for action, kinds in found.items() if kinds} == WITHOUT_METRICS


def test_every_other_action_is_allowed_on_the_environments_resources_of_its_kinds(roles):
    missing = {}
    for action in sorted({*listed(READ), *listed(WRITE)} - ACTIONS):
        must = any(kind["required"] for kind in kinds(action))
        arns = [example(action, kind["name"], HERE) for kind in kinds(action) if kind["name"] not in OTHERS]
        without = [arn for arn in arns if not allowed(roles["deploy"], action, arn)]
        if without if must else len(without) == len(arns):
            missing[action] = without
    assert missing == {}


def called() -> Iterator[str]:
    """Every action that the provider can need for a type that it knows offline."""
    for kind in types.everything():
        tagging = [kind.tagging.add, kind.tagging.remove, kind.tagging.find] if kind.tagging else []
        for call in (*kind.create, *kind.update, *kind.delete, *kind.find, *tagging):
            if call is not None:
                name = operation_name(kind.service, call.operation)
                yield action_of(service_model(kind.service).signing_name, name)


def may(role, action, names=HERE):
    """Whether a role may do it with any resource that it is asked about."""
    arns = [example(action, kind["name"], names) for kind in kinds(action)] or ["*"]
    return any(allowed(role, action, arn) for arn in arns)


def test_a_deployment_may_do_all_that_the_provider_calls_and_we_use(roles):
    needed = {*called()} - BY_PERSON - UNUSED
    assert len(needed) > 400
    assert sorted(action for action in needed if not may(roles["deploy"], action)) == []


def test_what_a_deployment_need_not_do_it_may_not(roles):
    own = {**HERE, "PolicyNameWithPath": "headroom-dev-ci-boundary"}
    assert sorted(action for action in BY_PERSON | UNUSED if may(roles["deploy"], action, own)) == []


def test_a_preview_may_look_at_all_that_a_deployment_may_but_at_no_value(roles):
    reads = {action for action in called() if details(action)["accessLevel"] in ("Read", "List")} - UNUSED
    blind = {action for action in reads if not may(roles["preview"], action)}
    assert blind == {"secretsmanager:GetSecretValue"}


def test_neither_a_preview_nor_a_promotion_may_change_anything_but_records(roles):
    changes = {*called(), *listed(WRITE)} - {
        action for action in called() if details(action)["accessLevel"] in ("Read", "List")
    }
    for purpose in ("preview", "promote"):
        assert sorted(action for action in changes if may(roles[purpose], action)) == [], purpose


@pytest.mark.parametrize(
    ("actions", "resources", "says"),
    [
        (["s3:*"], ["arn:aws:s3:::a"], r"statement Sid allows s3:\*; name each action"),
        (["s3:GetObject"], ["*"], r"statement Sid allows s3:GetObject on \*; name the resources"),
        (["s3:GetObject", "ec2:DescribeVpcs"], ["arn:aws:s3:::a", "*"], r"allows s3:GetObject on \*"),
    ],
)
def test_nobody_can_write_a_statement_that_is_wider_than_it_must_be(actions, resources, says):
    with pytest.raises(ValueError, match=says):
        check_scoped("Sid", actions, resources)
