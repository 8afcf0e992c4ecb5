"""Images by digest: what a release brings is what runs in the environment before, whatever its tag means tomorrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from components.services.registry_rules import is_own, repository_name
from infra.settings.images import IMAGE
from operations.clients import Clients
from operations.errors import Failure
from operations.program_name import headroom
from operations.project import Project
from operations.promotion.model import Value

OWN = "registry"
"""How images of the service's own repository begin."""
MEDIA_TYPES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""Manifests in the order in which they are wanted: of an image for several processors, the index is what runs.
Source: docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html (acceptedMediaTypes)"""
TASKS_AT_ONCE = 100
"""Tasks that one DescribeTasks takes (its documented limit)."""
ABSENT = frozenset({"ImageNotFound", "ImageTagDoesNotMatchDigest", "RepositoryNotFoundException"})
DENIED = frozenset({"AccessDeniedException", "AccessDenied", "KmsException"})

Found = str | Failure
"""An image by digest, or why there is none."""


def pinned(
    values: Mapping[str, Value], project: Project, environment: str, aws: Clients, outputs: Mapping[str, Any]
) -> dict[str, Value]:
    """The same values with every service's image by digest, as it is in its registry or as ECS runs it.

    `environment` is where they run, `aws` speaks to its account, `outputs` are its stack's. Images of one-off tasks
    stay as they are written, as nothing of them runs on. Raises Failure, with a line for each image, where a digest
    can't be told.
    """
    images = {path: str(value) for path, value in values.items() if is_of_service(path) and value is not None}
    found = {
        path: _pinned(path.split(".")[1], image, project, environment, aws, outputs) for path, image in images.items()
    }
    wrong = {path: failure for path, failure in found.items() if isinstance(failure, Failure)}
    if wrong:
        told = [f"headroom:{path}: {failure.message}" for path, failure in wrong.items()]
        remedies = dict.fromkeys(remedy for failure in wrong.values() for remedy in failure.remedies)
        raise Failure("\n".join(told), tuple(remedies))
    return {**values, **{path: image for path, image in found.items() if isinstance(image, str)}}


def is_of_service(path: str) -> bool:
    """Whether a promotable setting is the image of a service."""
    parts = path.split(".")
    return len(parts) == 3 and parts[0] == "services" and parts[2] == "image"


def _pinned(
    service: str, image: str, project: Project, environment: str, aws: Clients, outputs: Mapping[str, Any]
) -> Found:
    match = IMAGE.match(image)
    if match is None:
        return Failure(f"{image} is no image", ("write it as registry/name:1.2.3 or registry/name@sha256:...",))
    try:
        if is_own(image):
            return _in_registry(service, image, project, environment, aws)
        if match["digest"]:
            return image
        return _running(service, image, match["name"], aws, outputs, environment)
    except (ClientError, BotoCoreError) as error:
        return Failure(f"AWS did not say which digest {image} has: {error}", ("give the same command again",))


def _in_registry(service: str, image: str, project: Project, environment: str, aws: Clients) -> Found:
    """What the service's repository has by this tag or digest. It is asked as who pulls would be, so that a repository
    of another account answers."""
    account, region = _registry(project, environment)
    version = image.removeprefix(OWN)
    wanted = {"imageDigest": version[1:]} if version.startswith("@") else {"imageTag": version[1:]}
    repository = repository_name(service)
    where = f"{repository} of account {account} in {region}"
    try:
        answer = aws.at(region)("ecr").batch_get_image(
            registryId=account, repositoryName=repository, imageIds=[wanted], acceptedMediaTypes=list(MEDIA_TYPES)
        )
    except ClientError as error:
        return _refused(error, image, where, account)
    digests = {str(told["imageId"]["imageDigest"]) for told in answer.get("images") or ()}
    if len(digests) == 1:
        return f"{OWN}@{digests.pop()}"
    codes = {str(told.get("failureCode")) for told in answer.get("failures") or ()}
    if digests or not codes <= ABSENT:
        return Failure(f"ECR does not say which digest {image} has in {where}: {', '.join(sorted(codes)) or 'several'}")
    return Failure(
        f"there is no image {image} in {where}: its tasks could not be started again",
        (f"push it, or correct the image in Pulumi.{environment}.yaml and deploy it there first",),
    )


def _registry(project: Project, environment: str) -> tuple[str, str]:
    """Account and region of the registry. Raises Failure where the settings name none."""
    section = project.config(environment).get("headroom:registry")
    account, region = (section.get(key) for key in ("account", "region")) if isinstance(section, Mapping) else ("", "")
    if not account or not region:
        raise Failure(
            f"Pulumi.{environment}.yaml: headroom:registry names no account and region, and images there are "
            "`registry:...`",
            ("name the registry's account and region under headroom:registry",),
        )
    return str(account), str(region)


def _refused(error: ClientError, image: str, where: str, account: str) -> Failure:
    code = str(error.response.get("Error", {}).get("Code"))
    if code in ABSENT:
        return Failure(
            f"there is no {where}, so {image} can't be looked up", ("bring the registry's account up first",)
        )
    if code in DENIED:
        shared = f"let them call ecr:BatchGetImage, and headroom:registry.pull_accounts of {account} name their account"
        return Failure(f"{where} may not be read with the credentials in use", (shared,))
    return Failure(f"ECR does not say which digest {image} has in {where}: {error}", ("give the same command again",))


def _running(service: str, image: str, name: str, aws: Clients, outputs: Mapping[str, Any], environment: str) -> Found:
    """The digest that all of the service's tasks run, of an image in a registry that is not ours."""
    by_hand = f"write its digest into Pulumi.{environment}.yaml: {name}@sha256:..."
    if outputs.get("compute") == "eks":
        return Failure(f"{image} has a tag only, and on EKS AWS does not say what it means", (by_hand,))
    ecs_name = str(((outputs.get("services") or {}).get(service) or {}).get("name") or "")
    cluster = str(outputs.get("cluster") or "")
    if not cluster or not ecs_name:
        return Failure(f"{environment} runs no service {service}", (f"{headroom('up', environment)}  brings it up",))
    digests = {
        str(container.get("imageDigest") or "")
        for task in _tasks(aws("ecs"), cluster, ecs_name)
        for container in task.get("containers") or ()
        if container.get("image") == image
    } - {""}
    if len(digests) == 1:
        return f"{name}@{digests.pop()}"
    if digests:
        return Failure(
            f"tasks of {service} run {len(digests)} different images that were {image} when they started",
            ("wait until a rollout that is under way is over", by_hand),
        )
    return Failure(
        f"no task of {service} runs, so nobody knows which digest {image} has",
        (f"{headroom('wake', environment)}  where it sleeps", by_hand),
    )


def _tasks(ecs: Any, cluster: str, service: str) -> Iterator[Mapping[str, Any]]:
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service, desiredStatus="RUNNING")
    arns: Sequence[str] = [arn for page in pages for arn in page.get("taskArns") or ()]
    for start in range(0, len(arns), TASKS_AT_ONCE):
        part = list(arns[start : start + TASKS_AT_ONCE])
        yield from ecs.describe_tasks(cluster=cluster, tasks=part).get("tasks") or ()
