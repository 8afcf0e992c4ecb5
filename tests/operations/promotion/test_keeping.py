"""The registry keeps what an environment runs: each image gets a tag of its own before anything is applied. W2, T10."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from components.access import Scope
from components.ci.places import Reach
from components.services.registry_rules import release_tag, repository_name, repository_policy
from offline import cloud
from operations.clients import Clients
from operations.errors import Failure
from operations.permissions import allowed
from operations.promotion.approving import Answer
from operations.promotion.keeping import Gone, keep
from operations.promotion.rolling_back import rollback
from tests.components.ci.conftest import principal
from tests.operations.promotion.stage import Pager, Stage, image

REGION = "eu-central-1"
OWNER, PROD, STRANGER = "700000000011", "700000000013", "700000000014"
URI = f"{OWNER}.dkr.ecr.{REGION}.amazonaws.com/headroom"
INDEX = "application/vnd.oci.image.index.v1+json"


def manifest(letter: str) -> str:
    """An image for two processors, which does not say its own type. Its white space counts: the digest is of it."""
    kind = "application/vnd.oci.image.manifest.v1+json"
    parts = [{"mediaType": kind, "size": 1, "digest": f"sha256:{letter * 63}{n}"} for n in range(2)]
    return json.dumps({"schemaVersion": 2, "manifests": parts}, indent=3)


def clients(home: Path, account: str, region: str = REGION) -> Clients:
    given = cloud.environment(cloud.ensure(home), account, region)
    keys = (given[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"))
    return Clients(boto3.Session(*keys, region), region, given["AWS_ENDPOINT_URL"])


@pytest.fixture(scope="module")
def registry(emulator: Path) -> Any:
    """Repositories of api and collector, shared with prod; an image of each, which was pushed."""
    ecr = clients(emulator, OWNER)("ecr")
    policy = repository_policy(Scope(account=OWNER, region=REGION, namespace="headroom/dev"), [PROD])
    for name in ("api", "collector"):
        ecr.create_repository(repositoryName=repository_name(name), imageTagMutability="IMMUTABLE")
        ecr.set_repository_policy(repositoryName=repository_name(name), policyText=json.dumps(policy))
        ecr.put_image(repositoryName=repository_name(name), imageManifest=manifest("a"), imageTag="1.0.0",
                      imageManifestMediaType=INDEX, imageDigest=digest("a"))  # fmt: skip
    return ecr


def digest(letter: str) -> str:
    return f"sha256:{letter * 64}"


def config(**images: str) -> dict[str, Any]:
    services = {name: {"image": written} for name, written in images.items()}
    return {"headroom:registry": {"account": OWNER, "region": REGION}, "headroom:services": services}


def tags(ecr: Any, name: str = "api", letter: str = "a") -> set[str]:
    """What is put on an image of a repository."""
    ids = [{"imageDigest": digest(letter)}]
    [found] = ecr.describe_images(repositoryName=repository_name(name), imageIds=ids)["imageDetails"]
    return set(found["imageTags"])


def test_another_account_tags_the_very_image_that_it_runs_as_often_as_it_likes(emulator: Path, registry: Any) -> None:
    prod = clients(emulator, PROD, "eu-west-1")  # the registry is asked in its own region
    wanted = config(api=f"registry@{digest('a')}")
    assert keep(wanted, "prod", prod) == keep(wanted, "prod", prod) == {}
    assert tags(registry) == {"1.0.0", "release-prod.aaaaaaaaaaaa"}
    ids = [{"imageTag": "release-prod.aaaaaaaaaaaa"}]
    [found] = registry.batch_get_image(repositoryName="headroom/api", imageIds=ids)["images"]
    assert (found["imageManifest"], found["imageManifestMediaType"]) == (manifest("a"), INDEX)
    assert found["imageId"]["imageDigest"] == digest("a")


def test_an_image_that_is_named_by_its_tag_or_whole_or_by_another_setting_is_kept_like_any(
    emulator: Path, registry: Any
) -> None:
    wanted = {
        **config(api="registry:1.0.0", web="ghcr.io/example/web:1", old=f"{URI}-old/api:1.0.0"),
        "headroom:telemetry": {"image": f"{URI}/collector:1.0.0@{digest('a')}", "none": None, "words": ["a", 1]},
    }
    assert keep(wanted, "dev", clients(emulator, OWNER)) == {}
    assert "release-dev.aaaaaaaaaaaa" in tags(registry) & tags(registry, "collector")


def test_without_a_registry_there_is_nothing_to_keep() -> None:
    untouchable: Any = None
    assert keep({"headroom:services": {"api": {"image": image("a")}}}, "prod", untouchable) == {}
    assert keep(config(api=image("a")), "prod", untouchable) == {}


@pytest.mark.parametrize("written", ["registry:9.9.9", f"registry@{digest('c')}"])
def test_an_image_that_is_not_there_is_gone(emulator: Path, registry: Any, written: str) -> None:
    [(path, failure)] = keep(config(api=written), "prod", clients(emulator, PROD)).items()
    assert path == "services.api.image" and isinstance(failure, Gone)
    assert failure.message.startswith(f"there is no image {written} in headroom/api of account {OWNER}")


def test_neither_is_one_whose_repository_is_not(emulator: Path, registry: Any) -> None:
    [failure] = keep(config(auth="registry:1"), "dev", clients(emulator, OWNER)).values()
    assert isinstance(failure, Gone)


def test_who_may_not_tag_it_is_told_what_to_let_him_do(emulator: Path, registry: Any) -> None:
    [failure] = keep(config(api="registry:1.0.0"), "prod", clients(emulator, STRANGER)).values()
    assert "may not be tagged with the credentials in use" in failure.message
    assert "ecr:PutImage" in failure.remedies[0] and "pull_accounts" in failure.remedies[1]


@dataclass
class Ecr(Pager):
    """A registry in memory, whose images are of a letter each."""

    images: dict[str, set[str]] = field(default_factory=lambda: {letter: set() for letter in "abc"})
    """Letter to tags."""
    refuses: str = ""
    """Code of the error that PutImage gives."""
    called: list[str] = field(default_factory=list)
    watch: Any = None

    def batch_get_image(self, *, imageIds: list[Mapping[str, str]], **asked: Any) -> dict[str, Any]:  # noqa: N803
        self.called.append("ecr:BatchGetImage")
        [wanted] = imageIds
        found = [
            {"imageId": {"imageDigest": digest(letter)}, "imageManifest": manifest(letter)}
            for letter, tags in self.images.items()
            if wanted.get("imageDigest") == digest(letter) or wanted.get("imageTag") in tags
        ]
        return {"images": found, "failures": [] if found else [{"failureCode": "ImageNotFound"}]}

    def put_image(self, *, imageDigest: str, imageTag: str, **asked: Any) -> None:  # noqa: N803
        self.called.append("ecr:PutImage")
        if self.watch:
            self.watch()
        if self.refuses:
            raise ClientError({"Error": {"Code": self.refuses, "Message": "no"}}, "PutImage")
        self.images[imageDigest[-1]].add(imageTag)


@pytest.mark.parametrize("code", ["ImageTagAlreadyExistsException", "ImageAlreadyExistsException"])
def test_a_tag_that_somebody_put_meanwhile_is_fine_on_the_same_image_only(code: str) -> None:
    ecr: Any = Ecr(refuses=code)
    ecr.watch = lambda: ecr.images["a"].add(release_tag("prod", digest("a")))
    assert keep(config(api=f"registry@{digest('a')}"), "prod", ecr) == {}
    ecr.watch = lambda: ecr.images["a"].add(release_tag("prod", digest("b")))
    [failure] = keep(config(api=f"registry@{digest('b')}"), "prod", ecr).values()
    assert code in failure.message


def test_an_answer_without_a_manifest_is_told_for_what_it_is() -> None:
    ecr: Any = Ecr()
    answered = {"images": [{"imageId": {"imageDigest": digest("a")}}]}
    ecr.batch_get_image = lambda imageIds, **_: answered if "imageDigest" in imageIds[0] else {}  # noqa: N803
    [failure] = keep(config(api=f"registry@{digest('a')}"), "prod", ecr).values()
    assert f"ECR gives no manifest of registry@{digest('a')}" in failure.message


def test_who_deploys_may_call_in_both_accounts_what_is_called(registry: Any) -> None:
    ecr: Any = Ecr()
    assert keep(config(api=f"registry@{digest('a')}"), "prod", ecr) == {}
    arn = f"arn:aws:ecr:{REGION}:{OWNER}:repository/headroom/api"
    scope = Scope(account=PROD, region="eu-west-1", namespace="headroom/prod")
    repositories = [f"arn:aws:ecr:{REGION}:{OWNER}:repository/{repository_name('*')}"]
    role = principal(Reach(scope=scope, other_regions=[REGION], repositories=repositories), "deploy")
    policy = repository_policy(Scope(account=OWNER, region=REGION, namespace="headroom/dev"), [PROD])
    shared = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert set(ecr.called) == {"ecr:BatchGetImage", "ecr:PutImage"}
    for action in ecr.called:
        assert allowed(role, action, arn, request={"aws:RequestedRegion": REGION}) and action in shared, action


@pytest.fixture
def kept(stage: Stage) -> Ecr:
    """The stage's registry; dev and staging run its image a, and dev has been given b."""
    found = Ecr()
    stage.pager = found
    for name in ("dev", "staging"):
        path = stage.root / f"Pulumi.{name}.yaml"
        text = path.read_text().replace("ghcr.io/acme/app@", "registry@").replace(digest("b"), digest("a"))
        path.write_text(f'{text}  headroom:registry:\n    account: "{OWNER}"\n    region: {REGION}\n')
    stage.commit("a registry")
    for name in ("dev", "staging"):
        stage.up(name)
    stage.change("dev", digest("a"), digest("b"))
    stage.commit("a newer version")
    stage.up("dev")
    stage.soak()
    return found


def test_what_an_up_made_is_kept(kept: Ecr) -> None:
    tagged = {letter: {tag.partition(".")[0] for tag in tags} for letter, tags in kept.images.items()}
    assert tagged == {"a": {"release-dev", "release-staging"}, "b": {"release-dev"}, "c": set()}


def test_an_up_that_may_not_tag_stands_and_says_so(stage: Stage, kept: Ecr) -> None:
    stage.change("dev", digest("b"), digest("c"))
    stage.commit("another version")
    kept.refuses = "AccessDeniedException"
    said = stage.up("dev")
    assert "is recorded. The registry may delete what runs: headroom:services.api.image: headroom/api of" in said


def test_a_promotion_tags_its_images_before_git_or_anything_that_runs_is_changed(stage: Stage, kept: Ecr) -> None:
    seen: list[str] = []
    kept.watch = lambda: seen.append(stage.image_of("staging") + str(stage.stands["staging"]["service api"]))
    stage.promote()
    assert seen == [f"registry@{digest('a')}registry@{digest('a')}"]
    assert kept.images["b"] == {release_tag("dev", digest("b")), release_tag("staging", digest("b"))}


def test_what_can_not_be_kept_is_not_promoted(stage: Stage, kept: Ecr) -> None:
    kept.refuses = "AccessDeniedException"
    head = stage.git("rev-parse", "HEAD")
    with pytest.raises(Failure, match="would not keep what staging is to run; nothing was changed") as refused:
        stage.promote()
    assert "headroom:services.web.image: headroom/web of account" in refused.value.message
    assert refused.value.remedies
    assert stage.git("rev-parse", "HEAD") == head and stage.store("staging").position() is None
    kept.refuses = ""
    assert stage.promote() == 0


def back(stage: Stage) -> int:
    stage.answers = [True]
    return rollback(stage.world(), "staging", None, Answer())


def test_a_rollback_goes_back_though_nobody_may_tag(stage: Stage, kept: Ecr) -> None:
    stage.promote()
    kept.images["a"].clear()
    kept.refuses = "AccessDeniedException"
    assert back(stage) == 0
    assert "The registry may delete it: headroom:services.api.image: headroom/api" in stage.said
    assert stage.image_of("staging") == f"registry@{digest('a')}"


def test_a_rollback_to_an_image_that_is_gone_is_refused_before_anything_is_changed(stage: Stage, kept: Ecr) -> None:
    stage.promote()
    del kept.images["a"]
    with pytest.raises(Failure, match="can't be gone back to; nothing was changed"):
        back(stage)
    assert stage.image_of("staging") == f"registry@{digest('b')}" == stage.stands["staging"]["service api"]
