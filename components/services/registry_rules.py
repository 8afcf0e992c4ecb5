"""Names of images, and the documents of their repositories: free of Pulumi.

An image of ours is written `registry:1.2.3` or `registry@sha256:...` in the settings; where it lies follows from the
registry's account and region and the service's name, so that policies know it before anything exists.
"""

import re
from collections.abc import Sequence
from typing import Any

from components.access import Scope, document

OWN_IMAGE = re.compile(r"^registry(?P<version>:\w[\w.-]{0,127}|@sha256:[0-9a-f]{64})$")
"""An image of the service's own repository, by tag or digest."""

REPOSITORIES = "headroom/"
"""What all repositories are named under. One image goes through all environments, so no name holds one of them."""

RELEASES = "release-*"
"""Tags of images that an environment runs, or may go back to; they are counted apart."""

MOST_IMAGES = 10_000
"""Images that a lifecycle rule of ours may keep; ECR holds 100,000 a repository
(docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html)."""


def repository_name(service: str) -> str:
    """The repository of a service: `headroom/api`."""
    return f"{REPOSITORIES}{service}"


def is_own(image: str) -> bool:
    """Whether it is an image of our registry."""
    return OWN_IMAGE.match(image) is not None


def repository_uri(service: str, account: str, region: str) -> str:
    """Where ECR has a service's images; China has other host names, and is refused by the settings."""
    return f"{account}.dkr.ecr.{region}.amazonaws.com/{repository_name(service)}"


def resolve(image: str, service: str, account: str, region: str) -> str:
    """The image as ECS takes it: of the registry in this account and region if it is ours, else as it is."""
    match = OWN_IMAGE.match(image)
    return f"{repository_uri(service, account, region)}{match['version']}" if match else image


def lifecycle_policy(untagged_days: int, keep_images: int, keep_releases: int) -> dict[str, Any]:
    """What ECR deletes by itself: what no tag names any more, old releases, and old images that were no release.

    A rule that comes first decides for all images with its tags: what is a release is never counted by the last one.
    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": untagged_days,
    }
    releases = {
        "tagStatus": "tagged",
        "tagPatternList": [RELEASES],
        "countType": "imageCountMoreThan",
        "countNumber": keep_releases,
    }
    others = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep_images}
    rules = [("No tag names it", untagged), ("Old releases", releases), ("Old images", others)]
    return {
        "rules": [
            {"rulePriority": number, "description": what, "selection": selection, "action": {"type": "expire"}}
            for number, (what, selection) in enumerate(rules, start=1)
        ]
    }


def repository_policy(scope: Scope, accounts: Sequence[str]) -> dict[str, Any]:
    """The other environments' accounts pull, and do nothing else; which of their roles may, their own IAM says.

    With a key of ours ECR decrypts by a grant of its own: who pulls needs no permission on the key.
    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html, encryption-at-rest.html
    """
    return document(
        [
            {
                "Sid": "EnvironmentsPull",
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:{scope.partition}:iam::{account}:root" for account in accounts]},
                "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            }
        ]
    )
