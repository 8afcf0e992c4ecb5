"""The registry on the emulated AWS: one account keeps the images, the others run them. T10."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

URI = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/headroom"


def manifest(text: str) -> str:
    media = "application/vnd.docker.distribution.manifest.v2+json"
    layer = {"mediaType": media, "size": 1, "digest": f"sha256:{text * 64}"}
    return json.dumps({"schemaVersion": 2, "mediaType": media, "config": layer, "layers": [layer]})


def test_dev_keeps_a_repository_a_service_and_the_others_keep_none(accounts: dict[str, boto3.Session]) -> None:
    kept = {
        environment: sorted(r["repositoryName"] for r in session.client("ecr").describe_repositories()["repositories"])
        for environment, session in accounts.items()
    }
    assert kept == {"dev": ["headroom/api", "headroom/web", "headroom/worker"], "staging": [], "prod": []}


def test_every_environment_runs_images_of_that_registry(accounts: dict[str, boto3.Session]) -> None:
    for environment, session in accounts.items():
        version = f"@sha256:{'0' * 64}" if environment == "prod" else ":1.0.0"  # prod takes digests only
        ecs = session.client("ecs")
        definitions = [
            ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"][0]
            for arn in ecs.list_task_definitions()["taskDefinitionArns"]
        ]
        images = {d["image"] for d in definitions if d["name"] in ("api", "web", "worker")}
        assert images == {f"{URI}/{service}{version}" for service in ("api", "web", "worker")}


def test_staging_and_prod_pull_and_tag_and_bring_no_image_of_their_own(accounts: dict[str, boto3.Session]) -> None:
    ecr = accounts["dev"].client("ecr")
    policy = json.loads(ecr.get_repository_policy(repositoryName="headroom/api")["policyText"])
    others = ["arn:aws:iam::222222222222:root", "arn:aws:iam::333333333333:root"]
    assert [statement["Principal"]["AWS"] for statement in policy["Statement"]] == [others, others]
    actions = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert [action for action in actions if "Get" not in action and "Check" not in action] == ["ecr:PutImage"]


def test_a_tag_that_was_given_stays_with_its_image(accounts: dict[str, boto3.Session]) -> None:
    ecr = accounts["dev"].client("ecr")
    first = ecr.put_image(repositoryName="headroom/web", imageManifest=manifest("a"), imageTag="9.9.9")["image"]
    try:
        with pytest.raises(ClientError, match="already exists"):
            ecr.put_image(repositoryName="headroom/web", imageManifest=manifest("b"), imageTag="9.9.9")
        [kept] = ecr.describe_images(repositoryName="headroom/web", imageIds=[{"imageTag": "9.9.9"}])["imageDetails"]
        assert kept["imageDigest"] == first["imageId"]["imageDigest"]
    finally:
        ecr.batch_delete_image(repositoryName="headroom/web", imageIds=[{"imageTag": "9.9.9"}])


def test_images_are_scanned_encrypted_and_tidied(accounts: dict[str, boto3.Session]) -> None:
    ecr = accounts["dev"].client("ecr")
    for repository in ecr.describe_repositories()["repositories"]:
        assert repository["imageTagMutability"] == "IMMUTABLE"
        assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
        assert repository["encryptionConfiguration"]["encryptionType"] == "KMS"
        text = ecr.get_lifecycle_policy(repositoryName=repository["repositoryName"])["lifecyclePolicyText"]
        assert [rule["selection"]["countNumber"] for rule in json.loads(text)["rules"]] == [7, 100, 100, 100, 400, 50]
