"""Names and documents of the registry. T10."""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from components.access import Scope, pull_image
from components.services.registry_rules import is_own, lifecycle_policy, release_tag, repository_policy, resolve

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("image", "resolved"),
    [
        ("registry:1.2.3", "222222222222.dkr.ecr.eu-west-1.amazonaws.com/headroom/api:1.2.3"),
        (f"registry@{DIGEST}", f"222222222222.dkr.ecr.eu-west-1.amazonaws.com/headroom/api@{DIGEST}"),
        ("ghcr.io/example/api:1.0.0", "ghcr.io/example/api:1.0.0"),
        ("registry/other:1", "registry/other:1"),
        ("registry.example.com/api:1", "registry.example.com/api:1"),
    ],
)
def test_an_image_of_ours_lies_in_the_services_repository_and_another_where_it_says(image, resolved):
    assert resolve(image, "api", "222222222222", "eu-west-1") == resolved


@pytest.mark.parametrize("image", ["registry", "registry:", "registry@sha256:abc", "registry:1 2"])
def test_without_a_version_it_is_none_of_ours(image):
    assert not is_own(image)


def test_who_runs_an_image_of_ours_may_pull_that_repository_only():
    image = resolve("registry:1.2.3", "api", "222222222222", "eu-west-1")
    pull = pull_image(SCOPE, image)[1]
    assert pull["Resource"] == ["arn:aws:ecr:eu-west-1:222222222222:repository/headroom/api"]


def test_what_no_tag_names_goes_first_then_old_releases_then_the_rest():
    rules = lifecycle_policy(7, 50, 100, ["dev", "prod"])["rules"]
    assert [rule["rulePriority"] for rule in rules] == [1, 2, 3, 4, 5]
    untagged, *releases, others = (rule["selection"] for rule in rules)
    assert (untagged["tagStatus"], untagged["countNumber"], untagged["countUnit"]) == ("untagged", 7, "days")
    assert [(one["tagPatternList"], one["countNumber"]) for one in releases] == [
        (["release-prod.*"], 100), (["release-dev.*"], 100), (["release-*"], 300)
    ]  # fmt: skip
    assert (others["tagStatus"], others["countNumber"]) == ("any", 50)


@dataclass(frozen=True)
class Image:
    pushed: int
    tags: Sequence[str]


def kept(policy: Mapping[str, Any], images: Sequence[Image]) -> set[int]:
    """Which images stay, as ECR evaluates rules by count: each counts all that it selects, from the newest push, and
    deletes what is beyond its number, but nothing whose tags a rule before it selects.
    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules"""
    stay, decided = {image.pushed for image in images}, set[int]()
    for rule in policy["rules"]:
        chosen = rule["selection"]
        if chosen["countType"] != "imageCountMoreThan":
            continue
        patterns = chosen.get("tagPatternList", ["*"])
        selected = [one for one in images if all(fnmatch.filter(one.tags, pattern) for pattern in patterns)]
        newest = sorted(selected, key=lambda image: image.pushed, reverse=True)
        stay -= {image.pushed for image in newest[chosen["countNumber"] :]} - decided
        decided |= {image.pushed for image in selected}
    return stay


def test_what_prod_runs_stays_however_much_is_pushed_and_released_elsewhere():
    policy = lifecycle_policy(7, 50, 100, ["dev", "staging", "prod"])
    tags = {pushed: [f"1.0.{pushed}"] for pushed in range(2000)}
    for environment, released in {
        "prod": [0, 7, 20],
        "staging": range(0, 500, 3),
        "dev": range(0, 1900, 2),
        "edge": range(1, 1900, 9),
    }.items():
        for pushed in released:
            tags[pushed].append(release_tag(environment, f"sha256:{pushed:064}"[::-1]))
    stay = kept(policy, [Image(*image) for image in tags.items()])
    assert {0, 7, 20} <= stay, "releases of prod"
    assert set(range(1950, 2000)) <= stay, "what was built last"
    staging = sorted(range(0, 500, 3), reverse=True)
    assert set(staging[:100]) <= stay and not {one for one in staging[100:] if one % 2} & stay - {7}
    assert set(range(1700, 1900, 2)) <= stay and len(stay) < 2000 - 1000


def test_one_image_has_one_tag_for_each_environment_however_often_it_is_released():
    assert release_tag("prod", DIGEST) == release_tag("prod", DIGEST) == f"release-prod.{'a' * 12}"
    assert not fnmatch.fnmatch(release_tag("prod-eu", DIGEST), "release-prod.*")


def test_the_other_accounts_pull_and_tag_and_do_nothing_else():
    pull, tag = repository_policy(SCOPE, ["222222222222", "333333333333"])["Statement"]
    for statement in (pull, tag):
        assert statement["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]}
    assert pull["Action"] == ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert tag["Action"] == ["ecr:PutImage"]
