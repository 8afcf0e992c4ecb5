"""The component: providers, policies, roles, and the boundary on every role of a stack."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from components.ci.access import CiAccess, CiAccessArgs, within
from components.ci.statements import Purpose
from components.ci.trust import GITHUB, GITHUB_AUDIENCE, Issuer, Subject, github_subject, gitlab_subject

PROVIDER, ROLE, POLICY = "iam/openIdConnectProvider:OpenIdConnectProvider", "iam/role:Role", "iam/policy:Policy"
ATTACHMENT = "iam/rolePolicyAttachment:RolePolicyAttachment"


def made(run, reach, *, make=True, purposes=("preview", "deploy", "promote"), preview=False):
    issuer = Issuer(host=GITHUB, audience=GITHUB_AUDIENCE, make=make)
    subjects = {purpose: [github_subject(issuer, "octo/app", "dev")] for purpose in purposes}
    return run(lambda: CiAccess("ci", CiAccessArgs(reach=reach, subjects=subjects)).boundary_arn, preview=preview)


def test_each_purpose_has_its_role_under_a_name_that_is_known_before(run, reach):
    roles = {r["name"]: r["inputs"] for r in made(run, reach, preview=True).all(ROLE)}
    assert {name: inputs["name"] for name, inputs in roles.items()} == {
        "ci-preview": "headroom-dev-ci-preview",
        "ci-deploy": "headroom-dev-ci-deploy",
        "ci-promote": "headroom-dev-ci-promote",
    }


def test_only_who_changes_roles_carries_the_boundary_and_only_who_needs_them_the_policies(run, reach):
    stack = made(run, reach)
    bounded = {r["name"]: r["inputs"].get("permissionsBoundary") for r in stack.all(ROLE)}
    assert bounded["ci-deploy"]
    assert (bounded["ci-preview"], bounded["ci-promote"]) == (None, None)
    attached = [(a["inputs"]["role"], a["inputs"]["policyArn"]) for a in stack.all(ATTACHMENT)]
    shared = [policy for role, policy in attached if "preview" in role]
    assert shared
    assert set(shared) < {policy for role, policy in attached if "deploy" in role}
    assert [policy for role, policy in attached if "promote" in role] == shared


def test_the_accounts_provider_is_made_or_was_there(run, reach):
    provider = made(run, reach).one(PROVIDER)["inputs"]
    assert provider["url"] == "https://token.actions.githubusercontent.com"
    assert (provider["clientIdLists"], provider.get("thumbprintLists")) == (["sts.amazonaws.com"], None)
    there = made(run, reach, make=False)
    assert there.all(PROVIDER) == []
    trust = json.loads(there.all(ROLE)[0]["inputs"]["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"]["Federated"].endswith(":oidc-provider/token.actions.githubusercontent.com")


def test_a_purpose_of_nobody_has_no_role(run, reach):
    assert made(run, reach, purposes=("preview",)).names(ROLE) == ["ci-preview"]
    with pytest.raises(ValueError, match="subjects names no job; leave the component out"):
        CiAccessArgs(reach=reach, subjects={"deploy": []})


def test_two_servers_jobs_take_the_same_role(run, reach):
    github = Issuer(host=GITHUB, audience=GITHUB_AUDIENCE)
    gitlab = Issuer(host="gitlab.com", audience="https://gitlab.com")
    jobs = [github_subject(github, "octo/app", "dev"), gitlab_subject(gitlab, "group/app", "main")]
    both: dict[Purpose, list[Subject]] = {"deploy": jobs}
    stack = run(lambda: CiAccess("ci", CiAccessArgs(reach=reach, subjects=both)).boundary_arn)
    assert stack.names(PROVIDER) == ["gitlab.com", "token.actions.githubusercontent.com"]
    assert len(json.loads(stack.one(ROLE)["inputs"]["assumeRolePolicy"])["Statement"]) == 2


def test_every_role_below_carries_the_boundary_but_one_that_has_its_own(run):
    class Parts(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("t:t:Parts", "parts", None, pulumi.ResourceOptions(transformations=[within("arn:b")]))
            below = pulumi.ResourceOptions(parent=self)
            plain = aws.iam.Role("plain", assume_role_policy="{}", opts=below)
            aws.iam.Role("own", assume_role_policy="{}", permissions_boundary="arn:own", opts=below)
            aws.iam.RolePolicy("policy", role=plain.name, policy="{}", opts=below)
            self.register_outputs({})

    found = {r["name"]: r["inputs"].get("permissionsBoundary") for r in run(lambda: Parts().urn).resources}
    assert (found["plain"], found["own"], found["policy"]) == ("arn:b", "arn:own", None)
