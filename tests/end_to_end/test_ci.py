"""The roles of a repository's jobs, evaluated against what a preview and an up really called of AWS. E7."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest

from operations.access import principals
from operations.permissions import Principal, allowed, statements
from tests.end_to_end.needs import OTHERS, Calls, needed, refused
from tests.iam import details

ENVIRONMENTS = ("dev", "staging", "prod")


@pytest.fixture(scope="session")
def roles(standing: Any, outputs_of_up: dict[str, str]) -> dict[str, Mapping[str, Principal]]:
    """Environment to its roles, by name."""
    return {environment: principals(standing.state(environment)) for environment in outputs_of_up}


def of_a_person(action: str, arn: str) -> bool:
    """Who signs in, and the boundary, are made by whoever brings the environment up first; the rest only look."""
    if details(action)["accessLevel"] in ("Read", "List"):
        return False
    return "-ci-" in arn or ":oidc-provider/" in arn or (action.startswith("iam:") and ":policy/" in arn)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_deployment_may_do_all_that_an_up_does(
    environment: str, calls_of_up: dict[str, Calls], roles: dict[str, Mapping[str, Principal]]
) -> None:
    deploy = roles[environment][f"headroom-{environment}-ci-deploy"]
    wanted = needed(calls_of_up[environment], environment, deploy.account)
    actions = {action for action, _ in wanted}
    assert len(actions) > 150
    assert {"ecs:CreateService", "s3:PutBucketPolicy", "iam:PutRolePolicy", "rds:CreateDBInstance"} <= actions
    assert refused(deploy, [(action, arns) for action, arns in wanted if not of_a_person(action, arns[0])]) == []


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_who_previews_may_do_all_that_a_preview_does(
    environment: str, previews: dict[str, tuple[str, Calls]], roles: dict[str, Mapping[str, Principal]]
) -> None:
    preview = roles[environment][f"headroom-{environment}-ci-preview"]
    wanted = needed(previews[environment][1], environment, preview.account)
    assert "sts:GetCallerIdentity" in {action for action, _ in wanted}
    assert {details(action)["accessLevel"] for action, _ in wanted if action not in OTHERS} <= {"Read", "List"}
    assert refused(preview, wanted) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_boundary_takes_nothing_from_what_runs(environment: str, roles: dict[str, Mapping[str, Principal]]) -> None:
    bounded = {name: role for name, role in roles[environment].items() if role.boundary}
    assert len(bounded) > 10
    lost = []
    for name, role in bounded.items():
        for statement in (s for document in role.documents for s in statements(document) if s["Effect"] == "Allow"):
            for arn in [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]:
                region = {"aws:RequestedRegion": arn.split(":")[3] or "eu-central-1"} if ":" in arn else {}
                granted = [action for action in statement["Action"] if allowed(role, action, arn, request=region)]
                lost += [(name, action, arn) for action in statement["Action"] if action not in granted]
    assert [found for found in lost if not found[0].endswith("-ci-deploy")] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_neither_role_reaches_another_environment(environment: str, roles: dict[str, Mapping[str, Principal]]) -> None:
    for other in set(ENVIRONMENTS) - {environment}:
        account = next(iter(roles[other].values())).account
        for purpose in ("preview", "deploy", "promote"):
            role = roles[environment][f"headroom-{environment}-ci-{purpose}"]
            secret = f"arn:aws:secretsmanager:eu-central-1:{account}:secret:headroom/{other}/service/api/KEY-AbCdEf"
            state = f"arn:aws:s3:::headroom-state-{account}-eu-central-1/.pulumi/stacks/headroom/{other}.json"
            assert not allowed(role, "secretsmanager:GetSecretValue", secret)
            assert not allowed(role, "s3:GetObject", state)
            assert not allowed(role, "ecs:UpdateService", f"arn:aws:ecs:eu-central-1:{account}:service/main/api")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nobody_signs_in_until_the_repository_is_named(
    environment: str, accounts: dict[str, boto3.Session], standing: Any
) -> None:
    iam = accounts[environment].client("iam")
    role = iam.get_role(RoleName=f"headroom-{environment}-ci-deploy")["Role"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    pinned = statement["Condition"]["StringEquals"]
    # GitHub's numbers begin at 1: no token holds 0.
    assert pinned["token.actions.githubusercontent.com:sub"] == (
        f"repo:your-organization@0/your-repository@0:environment:{environment}"
    )
    assert pinned["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    assert pinned["token.actions.githubusercontent.com:ref"] == "refs/heads/main"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"].endswith(f":policy/headroom-{environment}-ci-boundary")
    [provider] = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert provider["Arn"] == statement["Principal"]["Federated"]
    outputs = json.loads(standing.pulumi("stack", "output", "--json", "--stack", environment))
    assert outputs["ci"]["deploy"] == role["Arn"]


def test_a_deployment_may_pass_and_change_every_role_of_every_option(options: Any) -> None:
    roles = principals(options.state("dev"))
    deploy = roles["headroom-dev-ci-deploy"]
    bound = {"iam:PermissionsBoundary": f"arn:aws:iam::{deploy.account}:policy/headroom-dev-ci-boundary"}
    others = [role for name, role in roles.items() if "-ci-" not in name]
    assert len(others) > 15
    for action in ("iam:PassRole", "iam:PutRolePolicy", "iam:DeleteRole"):
        assert [role.arn for role in others if not allowed(deploy, action, role.arn, request=bound)] == [], action
    assert [role.arn for role in others if role.boundary is None] == []


def test_jobs_of_github_and_gitlab_take_the_same_role(options: Any, options_account: boto3.Session) -> None:
    iam = options_account.client("iam")
    trust = iam.get_role(RoleName="headroom-dev-ci-deploy")["Role"]["AssumeRolePolicyDocument"]
    assert [statement["Condition"]["StringEquals"] for statement in trust["Statement"]] == [
        {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:octo@123456/app@456789:environment:dev",
            "token.actions.githubusercontent.com:ref": "refs/heads/main",
        },
        {
            "gitlab.example.com:aud": "https://gitlab.example.com",
            "gitlab.example.com:sub": "project_path:group/subgroup/app:ref_type:branch:ref:main",
        },
    ]
    [provider] = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert provider["Arn"].endswith(":oidc-provider/gitlab.example.com")
    assert {role["RoleName"] for role in iam.list_roles()["Roles"] if "-ci-" in role["RoleName"]} == {
        "headroom-dev-ci-preview",
        "headroom-dev-ci-deploy",
    }
