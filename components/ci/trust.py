"""Who may take a continuous integration's role: jobs of one repository, by the token that GitHub or GitLab signs.

Sources: docs.github.com/en/actions/reference/security/oidc (subjects),
github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens (numbers in them),
docs.gitlab.com/ci/cloud_services/aws, docs.gitlab.com/ci/secrets/id_token_authentication,
aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims (a job's ref)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.access import Scope, document

GITHUB = "token.actions.githubusercontent.com"
"""GitHub's issuer, without https://."""
GITHUB_AUDIENCE = "sts.amazonaws.com"
"""What aws-actions/configure-aws-credentials asks tokens for."""
PULL_REQUEST = "pull_request"
"""Instead of a GitHub environment: jobs of pull requests, from branches of the repository. Forks get no token."""
ANY_BRANCH = "any-branch"
"""Instead of a branch."""


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Whose tokens an account believes."""

    host: str
    """Host of the issuer, and its path if it has one, without https://."""
    audience: str
    """For whom tokens must be made out."""
    make: bool = True
    """Whether the stack makes the account's provider for it. AWS allows one for each issuer in an account."""

    @property
    def url(self) -> str:
        """The issuer as its tokens name it."""
        return f"https://{self.host}"

    def arn(self, scope: Scope) -> str:
        """ARN of the account's provider, known before it exists."""
        return f"arn:{scope.partition}:iam::{scope.account}:oidc-provider/{self.host}"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Which jobs."""

    issuer: Issuer
    """Who signs their tokens."""
    sub: str
    """The tokens' subject, exactly; with `*` at the end, what follows is open."""
    branch: str = ANY_BRANCH
    """The branch that a GitHub environment's jobs must run for: its subject does not name it. It is asked for where
    AWS knows it, which is of GitHub's own issuer, in regions that are no partition of their own."""


def github_subject(issuer: Issuer, repository: str, of: str, branch: str = ANY_BRANCH) -> Subject:
    """Jobs of a repository in one of its environments, or of its pull requests.

    A repository that was made or renamed after July 15, 2026 is written with the numbers that never change:
    `octo@123456/app@456789`. An environment that a job names and nobody made is made by GitHub, open to every branch:
    with `branch` such a slip opens nothing.
    """
    sub = f"repo:{repository}:{of if of == PULL_REQUEST else f'environment:{of}'}"
    return Subject(issuer=issuer, sub=sub, branch=branch)


def gitlab_subject(issuer: Issuer, project: str, branch: str) -> Subject:
    """Jobs of a project on one branch, or on any."""
    ref = "*" if branch == ANY_BRANCH else branch
    return Subject(issuer=issuer, sub=f"project_path:{project}:ref_type:branch:ref:{ref}")


def ci_trust(scope: Scope, subjects: Sequence[Subject]) -> dict[str, Any]:
    """These jobs may take the role, with a token made out for AWS.

    Source: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    """
    return document([_statement(scope, subject) for subject in subjects])


def _statement(scope: Scope, subject: Subject) -> dict[str, Any]:
    host = subject.issuer.host
    equal = {f"{host}:aud": subject.issuer.audience}
    condition: dict[str, Any] = {"StringEquals": equal}
    if subject.sub.endswith("*"):
        condition["StringLike"] = {f"{host}:sub": subject.sub}
    else:
        equal[f"{host}:sub"] = subject.sub
    if subject.branch != ANY_BRANCH and host == GITHUB and scope.partition == "aws":
        equal[f"{host}:ref"] = f"refs/heads/{subject.branch}"
    return {
        "Effect": "Allow",
        "Principal": {"Federated": subject.issuer.arn(scope)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
