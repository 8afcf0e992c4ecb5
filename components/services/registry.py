"""The registry of images on ECR: one repository a service, whose tags never move."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require, within
from components.links import KeyLink
from components.services.registry_rules import (
    MOST_IMAGES,
    REPOSITORIES,
    lifecycle_policy,
    repository_name,
    repository_policy,
    repository_uri,
)

POLICY_SOURCE = "docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Whose images it keeps, for whom, and how many."""

    scope: Scope
    """Account and region of the registry."""
    key: KeyLink
    """Key that encrypts the images; another one makes new repositories, without their images."""
    repositories: Sequence[str]
    """Services that have a repository."""
    keep_images: int = 50
    """The newest images a repository, whatever their tags."""
    keep_releases: int = 100
    """Images a repository that each environment runs or ran, and as many that have another tag `release-...`."""
    environments: Sequence[str] = ("dev", "staging", "prod")
    """Environments that run them, in the order in which a release goes through them."""
    untagged_days: int = 7
    """Days after which an image without a tag is deleted."""
    pull_accounts: Sequence[str] = ()
    """Other accounts that pull, and tag what they release."""
    scan: Literal["basic", "enhanced", "off"] = "basic"
    """`basic`: ECR looks for known holes when an image is pushed; `enhanced`: Amazon Inspector does, and goes on doing
    so as new ones become known, for a price an image; this is switched on for the whole registry."""
    force_delete: bool = False
    """Whether deleting a repository deletes its images; else AWS refuses to delete one that holds any."""
    protect: bool = True
    """Whether Pulumi refuses to delete or replace a repository."""

    def __post_init__(self) -> None:
        require(
            [
                *within("keep_images", self.keep_images, 1, MOST_IMAGES, "images", POLICY_SOURCE),
                *within("keep_releases", self.keep_releases, 1, MOST_IMAGES, "images", POLICY_SOURCE),
                *within("untagged_days", self.untagged_days, 1, 3650, "days", POLICY_SOURCE),
            ]
        )


class Registry(pulumi.ComponentResource):
    """Repositories under names that the settings know. A tag is given once: what was tried is what runs."""

    uris: dict[str, str]
    """Service to the URI of its repository, known before it exists."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:Registry", name, None, opts)
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._repositories = {service: self._make_repository(service) for service in sorted(args.repositories)}
        if args.scan == "enhanced":
            self._scan_always(name)
        self.uris = {
            service: repository_uri(service, args.scope.account, args.scope.region)
            for service in sorted(args.repositories)
        }
        self.register_outputs({"repositories": self.uris})

    def ready(self, image: str) -> list[pulumi.Resource]:
        """What must stand before somebody pulls an image: its repository, if that is here."""
        return [
            made
            for service, made in self._repositories.items()
            if re.match(f"{re.escape(self.uris[service])}[:@]", image)
        ]

    def _make_repository(self, service: str) -> aws.ecr.Repository:
        args = self._args
        repository = aws.ecr.Repository(
            service,
            name=repository_name(service),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(
                scan_on_push=args.scan == "basic"
            ),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key.arn)
            ],
            force_delete=args.force_delete,
            tags={"Service": service},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        policy = lifecycle_policy(args.untagged_days, args.keep_images, args.keep_releases, args.environments)
        aws.ecr.LifecyclePolicy(service, repository=repository.name, policy=json.dumps(policy), opts=self._child)
        if args.pull_accounts:
            pull = repository_policy(args.scope, args.pull_accounts)
            aws.ecr.RepositoryPolicy(service, repository=repository.name, policy=json.dumps(pull), opts=self._child)
        return repository

    def _scan_always(self, name: str) -> None:
        """A registry has this setting once, whatever repositories it holds."""
        everything = aws.ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
            filter=f"{REPOSITORIES}*", filter_type="WILDCARD"
        )
        aws.ecr.RegistryScanningConfiguration(
            name,
            scan_type="ENHANCED",
            rules=[
                aws.ecr.RegistryScanningConfigurationRuleArgs(
                    scan_frequency="CONTINUOUS_SCAN", repository_filters=[everything]
                )
            ],
            opts=self._child,
        )
