"""The registry in the program: made once, pulled from everywhere. T10, S2."""

import json
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WHO = "aws:index/getCallerIdentity:getCallerIdentity"
URI = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/headroom"


def content_of(environment):
    return yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())["config"]


def image_of(stack, service):
    definition = stack.one("ecs/taskDefinition:TaskDefinition", service)["inputs"]["containerDefinitions"]
    return json.loads(definition)[0]["image"]


@pytest.mark.parametrize(
    ("environment", "made", "version"),
    [
        ("dev", ["api", "web", "worker"], ":1.0.0"),
        ("staging", [], ":1.0.0"),
        ("prod", [], f"@sha256:{'0' * 64}"),  # by digest, as the policies want it there
    ],
)
def test_one_environment_makes_it_and_all_run_its_images(up, environment, made, version):
    stack = up(environment)
    assert stack.names("ecr/repository:Repository") == made
    assert image_of(stack, "api") == f"{URI}/api{version}"
    assert stack.exports["registry"]["worker"] == f"{URI}/worker"


def test_prod_may_pull_the_services_own_repository_only(up):
    policy = json.loads(up("prod").one("iam/rolePolicy:RolePolicy", "web-execution")["inputs"]["policy"])
    [pull] = [s for s in policy["Statement"] if s["Sid"] == "PullImage"]
    assert pull["Resource"] == ["arn:aws:ecr:eu-central-1:111111111111:repository/headroom/web"]


def test_a_service_waits_for_its_own_repository(up):
    stack = up()
    repositories = {r["urn"] for r in stack.all("ecr/repository:Repository")}
    for service in stack.all("ecs/service:Service"):
        waits = repositories & set(service["options"]["depends_on"])
        assert [urn.split("::")[-1] for urn in waits] == [service["name"]]


def test_a_digest_says_exactly_which_image(up):
    digest = f"sha256:{'0' * 64}"

    def pin(content):
        content["headroom:services"]["api"]["image"] = f"registry@{digest}"

    assert image_of(up(change=pin), "api") == f"{URI}/api@{digest}"


def test_a_registry_that_stood_before_is_used_and_not_made(up):
    def reuse(content):
        content["headroom:registry"]["existing"] = True

    stack = up(change=reuse)
    assert stack.names("ecr/repository:Repository") == []
    assert image_of(stack, "api") == f"{URI}/api:1.0.0"


def test_without_a_registry_images_are_what_they_say(up):
    def elsewhere(content):
        del content["headroom:registry"]
        for service in content["headroom:services"].values():
            service["image"] = "ghcr.io/example/some:1.0.0"

    stack = up(change=elsewhere)
    assert stack.exports["registry"] == {}
    assert image_of(stack, "api") == "ghcr.io/example/some:1.0.0"
