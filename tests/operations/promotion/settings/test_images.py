"""What a release brings is named by the digest that runs, on an emulated ECS and ECR of two accounts. W2, T10."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from offline import cloud
from operations.clients import Clients
from operations.errors import Failure
from operations.project import Project
from operations.promotion.settings.images import pinned

REGION = "eu-central-1"
DEV, STAGING, STRANGER = "111111111111", "222222222222", "444444444444"
URI = f"{DEV}.dkr.ecr.{REGION}.amazonaws.com/headroom"
PUBLIC = "ghcr.io/example/web:1.0.0"


@dataclass(frozen=True)
class Emulated:
    """The accounts' clients."""

    running: cloud.Cloud

    def of(self, account: str, region: str = REGION) -> Clients:
        given = cloud.environment(self.running, account, region)
        keys = (given[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"))
        return Clients(boto3.Session(*keys, region), region, given["AWS_ENDPOINT_URL"])


@pytest.fixture(scope="module")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulated]:
    """dev runs api, web and worker, and keeps the images, which it shares with staging."""
    home = tmp_path_factory.mktemp("emulated")
    made = Emulated(cloud.ensure(home))
    dev = made.of(DEV)
    ecr, ecs = dev("ecr"), dev("ecs")
    ecs.create_cluster(clusterName="main")
    for service, image in (("api", f"{URI}/api:1.0.0"), ("web", PUBLIC), ("worker", f"{URI}/worker:offline-missing")):
        ecr.create_repository(repositoryName=f"headroom/{service}")
        share = {"Effect": "Allow", "Principal": {"AWS": [f"arn:aws:iam::{STAGING}:root"]}, "Action": "ecr:*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [share]})
        ecr.set_repository_policy(repositoryName=f"headroom/{service}", policyText=policy)
        container = {"name": service, "image": image, "memory": 64, "essential": True}
        ecs.register_task_definition(family=service, containerDefinitions=[container])
        ecs.create_service(cluster="main", serviceName=f"{service}-1", taskDefinition=service, desiredCount=2)
    yield made
    cloud.stop(home)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    registry = f'  headroom:registry:\n    account: "{DEV}"\n    region: {REGION}\n'
    for name in ("dev", "staging"):
        (tmp_path / f"Pulumi.{name}.yaml").write_text(f"config:\n  aws:region: {REGION}\n{registry}")
    return Project(tmp_path)


OUTPUTS: Mapping[str, Any] = {
    "compute": "ecs",
    "cluster": "main",
    "services": {name: {"name": f"{name}-1"} for name in ("api", "web", "worker")},
}


def test_a_tag_becomes_the_digest_that_the_registry_has_and_ecs_runs(emulated: Emulated, project: Project) -> None:
    values = {"services.api.image": "registry:1.0.0", "services.web.image": PUBLIC, "databases.main.version": "17"}
    found = pinned(values, project, "dev", emulated.of(DEV), OUTPUTS)
    assert list(found) == list(values)
    assert str(found["services.api.image"]).startswith("registry@sha256:")
    assert str(found["services.web.image"]).startswith("ghcr.io/example/web@sha256:")
    assert found["databases.main.version"] == "17"


def test_a_digest_stays_and_is_looked_up_from_the_account_that_pulls(emulated: Emulated, project: Project) -> None:
    values = pinned({"services.api.image": "registry:1.0.0"}, project, "dev", emulated.of(DEV), OUTPUTS)
    assert pinned(values, project, "staging", emulated.of(STAGING), OUTPUTS) == values
    other = {"services.api.image": "ghcr.io/example/api@sha256:" + "b" * 64}
    assert pinned(other, project, "staging", emulated.of(STAGING), {}) == other


def test_a_registry_in_another_region_is_asked_there(emulated: Emulated, project: Project) -> None:
    found = pinned({"services.api.image": "registry:1.0.0"}, project, "dev", emulated.of(DEV, "eu-west-1"), OUTPUTS)
    assert "@sha256:" in str(found["services.api.image"])


def test_an_image_that_was_pushed_is_found_like_any_other(emulated: Emulated, project: Project) -> None:
    media = "application/vnd.docker.distribution.manifest.v2+json"
    layer = {"mediaType": media, "size": 1, "digest": f"sha256:{'a' * 64}"}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "config": layer, "layers": [layer]})
    put = emulated.of(DEV)("ecr").put_image(repositoryName="headroom/api", imageManifest=manifest, imageTag="2.0.0")
    found = pinned({"services.api.image": "registry:2.0.0"}, project, "dev", emulated.of(DEV), OUTPUTS)
    assert found == {"services.api.image": f"registry@{put['image']['imageId']['imageDigest']}"}


def test_images_of_one_off_tasks_stay_as_they_are_written(emulated: Emulated, project: Project) -> None:
    values = {"tasks.postgres_image": "postgres:17-alpine", "services.api.image": None}
    assert pinned(values, project, "dev", emulated.of(DEV), OUTPUTS) == values


@pytest.mark.parametrize(
    ("image", "account", "outputs", "said"),
    [
        ("registry:9.9.9", DEV, OUTPUTS, f"there is no image registry:9.9.9 in headroom/api of account {DEV}"),
        ("registry@sha256:" + "c" * 64, DEV, OUTPUTS, "there is no image registry@sha256:ccc"),
        ("registry:1.0.0", STRANGER, OUTPUTS, "may not be read with the credentials in use"),
        ("ghcr.io/example/api:2", DEV, OUTPUTS, "no task of api runs"),
        ("ghcr.io/example/api:2", DEV, {**OUTPUTS, "compute": "eks"}, "on EKS AWS does not say"),
        ("ghcr.io/example/api:2", DEV, {}, "dev runs no service api"),
        ("ghcr.io/example/api:2", DEV, {**OUTPUTS, "cluster": "other"}, "AWS did not say which digest"),
        ("Not an image", DEV, OUTPUTS, "Not an image is no image"),
    ],
)
def test_where_no_digest_can_be_told_the_setting_is_named_with_a_remedy(
    emulated: Emulated, project: Project, image: str, account: str, outputs: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(Failure) as failure:
        pinned({"services.api.image": image}, project, "dev", emulated.of(account), outputs)
    assert failure.value.message.startswith("headroom:services.api.image: ")
    assert said in failure.value.message
    assert failure.value.remedies


def test_all_images_without_a_digest_are_told_at_once(emulated: Emulated, project: Project) -> None:
    values = {"services.api.image": "registry:9.9.9", "services.worker.image": "registry:offline-missing"}
    with pytest.raises(Failure) as failure:
        pinned(values, project, "dev", emulated.of(DEV), OUTPUTS)
    assert len(failure.value.message.splitlines()) == 2


def test_a_service_that_has_no_repository_is_told(emulated: Emulated, project: Project) -> None:
    with pytest.raises(Failure, match="there is no headroom/auth of account"):
        pinned({"services.auth.image": "registry:1"}, project, "dev", emulated.of(DEV), OUTPUTS)


def test_without_a_registry_in_the_settings_its_images_are_nowhere(emulated: Emulated, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    with pytest.raises(Failure, match="headroom:registry names no account and region"):
        pinned({"services.api.image": "registry:1"}, Project(tmp_path), "dev", emulated.of(DEV), OUTPUTS)


class Ecs:
    """Tasks that do not agree on what their image is."""

    def get_paginator(self, name: str) -> Any:
        class Pages:
            def paginate(self, **asked: Any) -> list[dict[str, Any]]:
                return [{"taskArns": [f"task-{page}-{n}" for n in range(70)]} for page in range(2)]

        return Pages()

    def describe_tasks(self, cluster: str, tasks: list[str]) -> dict[str, Any]:
        assert len(tasks) <= 100
        return {
            "tasks": [
                {"containers": [{"image": PUBLIC, "imageDigest": f"sha256:{arn[5] * 64}"}, {"image": "collector:1"}]}
                for arn in tasks
            ]
        }


def test_tasks_that_do_not_agree_tell_nothing(project: Project) -> None:
    with pytest.raises(Failure, match="tasks of web run 2 different images"):
        pinned({"services.web.image": PUBLIC}, project, "dev", lambda service: Ecs(), OUTPUTS)  # type: ignore[arg-type]
