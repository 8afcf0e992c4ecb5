"""Names and documents of the registry. T10."""

import pytest

from components.access import Scope, pull_image
from components.services.registry_rules import is_own, lifecycle_policy, repository_policy, resolve

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
    rules = lifecycle_policy(7, 50, 100)["rules"]
    assert [rule["rulePriority"] for rule in rules] == [1, 2, 3]
    untagged, releases, others = (rule["selection"] for rule in rules)
    assert (untagged["tagStatus"], untagged["countNumber"], untagged["countUnit"]) == ("untagged", 7, "days")
    assert (releases["tagPatternList"], releases["countNumber"]) == (["release-*"], 100)
    assert (others["tagStatus"], others["countNumber"]) == ("any", 50)


def test_the_other_accounts_pull_and_do_nothing_else():
    [statement] = repository_policy(SCOPE, ["222222222222", "333333333333"])["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]}
    assert statement["Action"] == [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ]
