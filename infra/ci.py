"""Who signs in from a repository, and the boundary of every role where anybody does."""

from collections.abc import Iterator, Mapping

import pulumi

from components.access import Scope, bucket_name
from components.buckets.constraints import LOGS
from components.ci.access import CiAccess, CiAccessArgs, within
from components.ci.places import Reach
from components.ci.statements import Purpose
from components.ci.trust import ANY_BRANCH, GITHUB_AUDIENCE, Issuer, Subject, github_subject, gitlab_subject
from components.services.registry_rules import repository_name
from infra.settings import Settings
from infra.settings.ci import NOBODY

PURPOSES: tuple[Purpose, ...] = ("preview", "deploy", "promote")
LOOKING: tuple[Purpose, ...] = ("preview", "promote")
"""Purposes whose roles change nothing of what stands: those of jobs that review."""


def make_ci(settings: Settings, scope: Scope, opts: pulumi.ResourceOptions) -> CiAccess | None:
    """The roles of jobs, or None where nobody signs in."""
    subjects = subjects_of(settings)
    if not any(subjects.values()):
        return None
    return CiAccess("ci", CiAccessArgs(reach=reach_of(settings, scope), subjects=subjects), opts)


def bounded(opts: pulumi.ResourceOptions, ci: CiAccess | None) -> pulumi.ResourceOptions:
    """Options by which every role carries the boundary: a deployment may make none without it."""
    if ci is None:
        return opts
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[within(ci.boundary_arn)]))


def subjects_of(settings: Settings) -> Mapping[Purpose, list[Subject]]:
    """Purpose to the jobs that may take its role."""
    return {purpose: [*_github(settings, purpose), *_gitlab(settings, purpose)] for purpose in PURPOSES}


def _github(settings: Settings, purpose: Purpose) -> Iterator[Subject]:
    chosen = settings.ci.github
    if chosen is None:
        return
    host = chosen.issuer.removeprefix("https://")
    issuer = Issuer(host=host, audience=GITHUB_AUDIENCE, make=chosen.provider == "create")
    named = [getattr(chosen, purpose), *([chosen.review] if purpose in LOOKING else [])]
    for environment in dict.fromkeys(named):
        if environment != NOBODY:
            # Previews are of pull requests, which have no branch of their own.
            branch = ANY_BRANCH if environment == chosen.preview and purpose == "preview" else chosen.branch
            yield github_subject(issuer, chosen.repository, environment, branch)


def _gitlab(settings: Settings, purpose: Purpose) -> Iterator[Subject]:
    chosen = settings.ci.gitlab
    if chosen is not None and getattr(chosen, purpose) != NOBODY:
        host = chosen.issuer.removeprefix("https://")
        issuer = Issuer(host=host, audience=chosen.audience, make=chosen.provider == "create")
        yield gitlab_subject(issuer, chosen.project, getattr(chosen, purpose))


def reach_of(settings: Settings, scope: Scope) -> Reach:
    """What of the account belongs to the environment."""
    copies = {database.backup_copy_region for database in settings.databases.values()} - {NOBODY}
    registry = {settings.registry.region} if settings.registry else set()
    buckets = settings.buckets.items()
    return Reach(
        scope=scope,
        edge=settings.cdn is not None,
        backup_regions=sorted(copies),
        other_regions=sorted(registry),
        repositories=_repositories(settings, scope),
        filled_buckets=[bucket_name(scope, name) for name, bucket in buckets if bucket.use == "site"],
        # The bucket of access logs is emptied where nothing that writes them is protected.
        emptied_buckets=[
            *(bucket_name(scope, name) for name, bucket in buckets if bucket.force_destroy),
            *([] if any(bucket.protect for _, bucket in buckets) else [bucket_name(scope, LOGS)]),
        ],
        cluster_principals=[*settings.eks.admins.values(), *settings.eks.viewers.values()] if settings.eks else [],
        deletion_days=settings.encryption.deletion_days,
    )


def _repositories(settings: Settings, scope: Scope) -> list[str]:
    """ARNs of all that the registry has or will have of ours, in the account that has it."""
    if settings.registry is None:
        return []
    place = f"{settings.registry.region}:{settings.registry.account}"
    return [f"arn:{scope.partition}:ecr:{place}:repository/{repository_name('*')}"]
