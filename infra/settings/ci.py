"""Settings of continuous integration: which repository's jobs may preview, deploy and promote, without any key."""

from typing import Literal

from pydantic import Field

from infra.settings.patterns import Branch, GitHubEnvironment, GitHubRepository, GitLabProject, Issuer
from infra.settings.section import Section

MadeBy = Literal["create", "existing"]
NOBODY = "none"
"""Instead of an environment or branch: no job gets the role."""


class GitHub(Section):
    """Jobs of GitHub Actions: each role is for one of the repository's environments, whose rules say who may run."""

    repository: GitHubRepository = Field(
        description="The repository, such as octo/app; where it was made or renamed after July 15, 2026, with the "
        "numbers that GitHub puts into its tokens: octo@123456/app@456789. Capitals count."
    )
    issuer: Issuer = Field(
        default="https://token.actions.githubusercontent.com",
        description="Who signs the jobs' tokens: another only for GitHub Enterprise, such as "
        "https://github.example.com/_services/token, which AWS must reach.",
    )
    provider: MadeBy = Field(
        default="create",
        description="create: the stack makes the account's provider for GitHub's tokens; existing: the account has it "
        "already. AWS allows one in an account.",
    )
    preview: GitHubEnvironment = Field(
        default="pull_request",
        description="Environment on GitHub whose jobs preview, or pull_request: those of all pull requests from "
        "branches of the repository; none: nobody.",
    )
    deploy: GitHubEnvironment = Field(
        default="none", description="Environment on GitHub whose jobs deploy; none: nobody."
    )
    promote: GitHubEnvironment = Field(
        default="none",
        description="Environment on GitHub whose jobs promote from here, so the one that they deploy: they see whether "
        "all is well here, and record releases; none: nobody.",
    )
    review: GitHubEnvironment = Field(
        default="none",
        description="Environment on GitHub, open to the main branch only, whose jobs look at everything and change "
        "nothing: they review promotions and look for drift, by the roles that preview and promote; none: nobody.",
    )
    branch: Branch = Field(
        default="main",
        description="Branch that jobs of all these environments but that of `preview` must run for: AWS checks it by "
        "itself, whatever the environments' own rules; any-branch: those alone say so, as they do with another issuer.",
    )


class GitLab(Section):
    """Jobs of GitLab CI: each role is for one branch of the project; protect it."""

    project: GitLabProject = Field(description="The project with its groups, such as group/app.")
    issuer: Issuer = Field(default="https://gitlab.com", description="The GitLab server's own URL.")
    audience: Issuer = Field(
        default="https://gitlab.com", description="What jobs ask their token for: `aud` below `id_tokens`."
    )
    provider: MadeBy = Field(
        default="create",
        description="create: the stack makes the account's provider for this server's tokens; existing: the account "
        "has it already. AWS allows one in an account.",
    )
    preview: Branch = Field(default="any-branch", description="Branch whose jobs preview, or any-branch; none: nobody.")
    deploy: Branch = Field(default="none", description="Branch whose jobs deploy; none: nobody.")
    promote: Branch = Field(default="none", description="Branch whose jobs promote from here; none: nobody.")


class Ci(Section):
    """Who signs in from a repository."""

    github: GitHub | None = Field(default=None, description="Jobs of GitHub Actions; absent: none.")
    gitlab: GitLab | None = Field(default=None, description="Jobs of GitLab CI; absent: none.")
