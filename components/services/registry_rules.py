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

RELEASES = "release-"
"""How tags begin of images that an environment runs, or may go back to; they are counted apart."""
TOLD_APART = 12
"""Hexadecimal digits of a digest in such a tag."""

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


def releases_of(environment: str) -> str:
    """How the tags of one environment's releases begin. No environment's name holds a dot, so none begins another's."""
    return f"{RELEASES}{environment}."


def release_tag(environment: str, digest: str) -> str:
    """The tag by which an image stays that an environment runs: `release-prod.0123456789ab`.

    The same for every release with this image, as ECR takes 1,000 tags an image and no more.
    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
    """
    return f"{releases_of(environment)}{digest.removeprefix('sha256:')[:TOLD_APART]}"


def lifecycle_policy(
    untagged_days: int, keep_images: int, keep_releases: int, environments: Sequence[str]
) -> dict[str, Any]:
    """What ECR deletes by itself: what no tag names any more, old releases, and old images that were no release.

    The first rule whose tags an image has decides about it alone, and later ones count it, but never delete it. So the
    last environment comes first: however often a release goes to dev, it takes nothing from prod. Images are counted
    from the newest push, which another tag does not renew; children of a manifest list stay as long as the list does.
    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
    """
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": untagged_days,
    }
    others = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep_images}
    own = [(f"Old releases of {name}", _tagged(releases_of(name), keep_releases)) for name in reversed(environments)]
    # It counts the releases of all environments, too, and has to leave room for its own.
    by_hand = _tagged(RELEASES, keep_releases * (len(own) + 1))
    rules = [("No tag names it", untagged), *own, ("Other old releases", by_hand), ("Old images", others)]
    return {
        "rules": [
            {"rulePriority": number, "description": what, "selection": selection, "action": {"type": "expire"}}
            for number, (what, selection) in enumerate(rules, start=1)
        ]
    }


def _tagged(beginning: str, count: int) -> dict[str, Any]:
    return {
        "tagStatus": "tagged",
        "tagPatternList": [f"{beginning}*"],
        "countType": "imageCountMoreThan",
        "countNumber": count,
    }


def repository_policy(scope: Scope, accounts: Sequence[str]) -> dict[str, Any]:
    """The other environments' accounts pull, and tag what they release; which of their roles may, their own IAM says.

    A tag is put with the image's manifest, whose layers must be there: without the right to upload layers, nobody
    brings other images by it, and a tag that stands never moves.
    With a key of ours ECR decrypts by a grant of its own: who pulls needs no permission on the key.
    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html, encryption-at-rest.html
    """
    whom = {"AWS": [f"arn:{scope.partition}:iam::{account}:root" for account in accounts]}
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return document(
        [
            {"Sid": "EnvironmentsPull", "Effect": "Allow", "Principal": whom, "Action": pull},
            {"Sid": "EnvironmentsTagReleases", "Effect": "Allow", "Principal": whom, "Action": ["ecr:PutImage"]},
        ]
    )
