"""Images and tasks of an emulated service: nothing is pushed or run, and yet both can be looked at as on AWS. T10."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.offline.aws.provider_harness import ACCOUNT, REGION, Aws

HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"


@pytest.fixture
def service(aws: Aws) -> Iterator[Any]:
    """Deploys an image to a service of its own."""
    ecs, name = aws("ecs"), f"images-{uuid.uuid4().hex[:8]}"
    ecs.create_cluster(clusterName=name)
    aws("ecr").create_repository(repositoryName=name)

    def deploy(version: str, count: int = 2) -> dict[str, Any]:
        image = f"{HOST}/{name}{version}"
        container = {"name": "api", "image": image, "memory": 64, "essential": True}
        arn = ecs.register_task_definition(family=name, containerDefinitions=[container])["taskDefinition"][
            "taskDefinitionArn"
        ]
        known = {s["serviceName"] for s in ecs.describe_services(cluster=name, services=[name])["services"]}
        if not known:
            ecs.create_service(cluster=name, serviceName=name, taskDefinition=arn, desiredCount=count)
        else:
            ecs.update_service(cluster=name, service=name, taskDefinition=arn, desiredCount=count)
        listed = ecs.list_service_deployments(cluster=name, service=name)["serviceDeployments"]
        arns = ecs.list_tasks(cluster=name, serviceName=name)["taskArns"]
        tasks = ecs.describe_tasks(cluster=name, tasks=arns)["tasks"] if arns else []
        return {"name": name, "status": [one["status"] for one in listed], "tasks": tasks}

    yield deploy
    ecs.delete_service(cluster=name, service=name, force=True)
    ecs.delete_cluster(cluster=name)
    aws("ecr").delete_repository(repositoryName=name)


def digest(aws: Aws, repository: str, tag: str) -> str:
    answer = aws("ecr").batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    return str(answer["images"][0]["imageId"]["imageDigest"])


def test_what_is_deployed_counts_as_pushed_and_each_task_says_which_digest_it_runs(service: Any, aws: Aws) -> None:
    found = service(":1.0.0")
    assert len(found["tasks"]) == 2
    containers = [container for task in found["tasks"] for container in task["containers"]]
    assert {c["imageDigest"] for c in containers} == {digest(aws, found["name"], "1.0.0")}
    assert {task["lastStatus"] for task in found["tasks"]} == {"RUNNING"}


def test_by_its_digest_it_is_the_same_image_with_the_same_fate(service: Any, aws: Aws) -> None:
    service(":1.0.0")
    service(":1.1.0-offline-crashes")
    name = service(":1.2.0")["name"]
    crashed = service(f"@{digest(aws, name, '1.1.0-offline-crashes')}")
    assert sorted(crashed["status"]) == ["ROLLBACK_SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL", "SUCCESSFUL"]
    found = service(f"@{digest(aws, name, '1.2.0')}")
    assert {c["imageDigest"] for t in found["tasks"] for c in t["containers"]} == {digest(aws, name, "1.2.0")}


def test_an_image_that_was_never_deployed_or_pushed_is_not_there(service: Any, aws: Aws) -> None:
    name = service(":1.0.0-offline-missing")["name"]
    asked = [{"imageTag": "1.0.0-offline-missing"}, {"imageDigest": f"sha256:{'0' * 64}"}]
    answer = aws("ecr").batch_get_image(repositoryName=name, imageIds=asked)
    assert [failure["failureCode"] for failure in answer["failures"]] == ["ImageNotFound"] * 2
    assert answer["images"] == []


def test_tasks_follow_the_number_that_is_wanted_and_leave_nothing_behind(service: Any, aws: Aws) -> None:
    before = len(aws("ec2").describe_network_interfaces()["NetworkInterfaces"])
    assert [len(service(":1.0.0", count)["tasks"]) for count in (3, 1, 0, 2)] == [3, 1, 0, 2]
    assert len(aws("ec2").describe_network_interfaces()["NetworkInterfaces"]) == before


def test_a_further_tag_of_an_image_that_nobody_pushed_is_known_and_leaves_the_repository_empty(
    service: Any, aws: Aws
) -> None:
    name = service(":1.0.0")["name"]
    answer = aws("ecr").batch_get_image(repositoryName=name, imageIds=[{"imageTag": "1.0.0"}])["images"][0]
    found, manifest = answer["imageId"]["imageDigest"], answer["imageManifest"]
    for _ in range(2):
        aws("ecr").put_image(
            repositoryName=name, imageManifest=manifest, imageDigest=found, imageTag="release-dev.aaaaaaaaaaaa"
        )
    assert digest(aws, name, "release-dev.aaaaaaaaaaaa") == found == digest(aws, name, "1.0.0")
    assert aws("ecr").list_images(repositoryName=name)["imageIds"] == []  # so that `down` can delete it
