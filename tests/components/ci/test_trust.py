"""Who may take the roles: one repository's jobs, exactly. E7."""

from dataclasses import replace

import pytest

from components.access import Scope
from components.ci.trust import GITHUB, GITHUB_AUDIENCE, Issuer, ci_trust, github_subject, gitlab_subject

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
ON_GITHUB = Issuer(host=GITHUB, audience=GITHUB_AUDIENCE)
ON_GITLAB = Issuer(host="gitlab.example.com", audience="https://gitlab.example.com")


def test_github_signs_jobs_of_one_environment_in():
    assert ci_trust(SCOPE, [github_subject(ON_GITHUB, "octo/app", "prod")]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
                },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                        "token.actions.githubusercontent.com:sub": "repo:octo/app:environment:prod",
                    }
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("repository", "of", "sub"),
    [
        ("octo/app", "pull_request", "repo:octo/app:pull_request"),
        ("octo@123456/app@456789", "prod", "repo:octo@123456/app@456789:environment:prod"),
        ("octo@123456/app@456789", "pull_request", "repo:octo@123456/app@456789:pull_request"),
    ],
)
def test_subjects_are_as_github_writes_them(repository, of, sub):
    assert github_subject(ON_GITHUB, repository, of).sub == sub


def test_an_environment_that_nobody_protected_lets_no_other_branch_in():
    """Its name is all that a subject tells, and GitHub makes one that a job names, without any rule."""

    def asked(subject, scope=SCOPE):
        [statement] = ci_trust(scope, [subject])["Statement"]
        return statement["Condition"]["StringEquals"].get(f"{subject.issuer.host}:ref")

    assert asked(github_subject(ON_GITHUB, "octo/app", "prod", "main")) == "refs/heads/main"
    assert asked(github_subject(ON_GITHUB, "octo/app", "prod-preview", "any-branch")) is None
    # Elsewhere AWS does not know the claim, and a condition on it would let nobody in.
    assert asked(github_subject(ON_GITHUB, "octo/app", "prod", "main"), replace(SCOPE, partition="aws-us-gov")) is None
    enterprise = Issuer(host="github.example.com/_services/token", audience=GITHUB_AUDIENCE)
    assert asked(github_subject(enterprise, "octo/app", "prod", "main")) is None


def test_gitlab_signs_jobs_of_one_branch_in_and_previews_of_any():
    exact = ci_trust(SCOPE, [gitlab_subject(ON_GITLAB, "group/app", "main")])["Statement"][0]["Condition"]
    audience = {"gitlab.example.com:aud": "https://gitlab.example.com"}
    sub = "project_path:group/app:ref_type:branch:ref:"
    assert exact == {"StringEquals": {**audience, "gitlab.example.com:sub": f"{sub}main"}}
    any_branch = ci_trust(SCOPE, [gitlab_subject(ON_GITLAB, "group/app", "any-branch")])["Statement"][0]["Condition"]
    assert any_branch == {"StringEquals": audience, "StringLike": {"gitlab.example.com:sub": f"{sub}*"}}
