"""Keeps the images of a release in the registry, whose lifecycle rules delete old ones and do not know what runs.

Each gets a tag of its environment's own, by which those rules count it (components/services/registry_rules.py). Images
that lie elsewhere are not ours to keep.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from components.services.registry_rules import REPOSITORIES, release_tag, resolve
from operations.clients import Clients
from operations.errors import Failure
from operations.promotion.reviewing import Review
from operations.promotion.settings.images import ABSENT, DENIED, MEDIA_TYPES, is_of_service
from operations.promotion.world import World

TAKEN = frozenset({"ImageAlreadyExistsException", "ImageTagAlreadyExistsException"})
"""The tag is there already: ECR says the one or the other, also of the same image."""


class Gone(Failure):
    """There is no such image: whatever wants to run it can't."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image of the registry."""

    written: str
    """As the setting has it."""
    account: str
    """Of the registry."""
    region: str
    repository: str
    version: Mapping[str, str]
    """Its digest or tag, as ECR is asked for it."""

    @property
    def where(self) -> str:
        """`headroom/api of account 111111111111 in eu-central-1`."""
        return f"{self.repository} of account {self.account} in {self.region}"


def keep(config: Mapping[str, Any], environment: str, aws: Clients) -> dict[str, Failure]:
    """Tags every image of the registry that these settings of an environment name, and leaves one that has it alone.

    Returns what could not be tagged, by the path of its setting below `headroom:`. `aws` speaks to the environment's
    account, whichever has the registry.
    """
    failures: dict[str, Failure] = {}
    for path, image in _images(config):
        try:
            _tag(aws.at(image.region)("ecr"), image, environment)
        except Failure as failure:
            failures[path] = failure
    return failures


def require_kept(world: World, found: Review) -> None:
    """Raises Failure where the registry would not keep what a release is to run."""
    environment = found.change.environment
    failures = keep(found.config, environment, world.place(environment).aws)
    if failures:
        first = f"the registry would not keep what {environment} is to run; nothing was changed"
        raise Failure("\n".join([first, *_lines(failures)]), _remedies(failures))


def require_there(world: World, found: Review) -> None:
    """Raises Failure where an image is gone that a rollback goes back to. What else is wrong is only told: each was
    tagged when it came, and whoever goes back has enough trouble."""
    environment = found.change.environment
    failures = keep(found.config, environment, world.place(environment).aws)
    gone = {
        path: failure
        for path, failure in failures.items()
        if isinstance(failure, Gone) and path in found.change.plan.changes
    }
    if gone:
        raise Failure("\n".join(["it can't be gone back to; nothing was changed", *_lines(gone)]), _remedies(gone))
    for line in _lines(failures):
        world.screen.print(f"  The registry may delete it: {line}")


def told(failures: Mapping[str, Failure]) -> str:
    """What `headroom up` says where what runs already could not be tagged; empty where all could."""
    return f"The registry may delete what runs: {'; '.join(_lines(failures))}." if failures else ""


def _lines(failures: Mapping[str, Failure]) -> list[str]:
    return [f"headroom:{path}: {failure.message}" for path, failure in failures.items()]


def _remedies(failures: Mapping[str, Failure]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(remedy for failure in failures.values() for remedy in failure.remedies))


def _images(config: Mapping[str, Any]) -> Iterator[tuple[str, Image]]:
    """Those of services, and whatever else names an image in one of the registry's repositories, by path."""
    registry = config.get("headroom:registry")
    if not isinstance(registry, Mapping):
        return
    account, region = str(registry.get("account")), str(registry.get("region"))
    ours = re.compile(
        rf"{account}\.dkr\.ecr\.{re.escape(region)}\.amazonaws\.com/(?P<repository>{REPOSITORIES}[^:@]+)"
        r"(:(?P<imageTag>[^@]+))?(@(?P<imageDigest>sha256:[0-9a-f]{64}))?"
    )
    for path, text in _texts(config, ()):
        whole = resolve(text, path.split(".")[1], account, region) if is_of_service(path) else text
        match = ours.fullmatch(whole)
        versions = {key: match[key] for key in ("imageDigest", "imageTag") if match[key]} if match else {}
        if match and versions:
            key = next(iter(versions))  # the digest, where there are both
            yield path, Image(
                written=text, account=account, region=region, repository=match["repository"],
                version={key: versions[key]},
            )  # fmt: skip


def _texts(value: Any, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every text of the settings, by its path below `headroom:`."""
    if isinstance(value, str):
        yield ".".join(above).removeprefix("headroom:"), value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, (*above, str(key)))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _texts(one, (*above, str(number)))


def _tag(ecr: Any, image: Image, environment: str) -> None:
    """Raises Gone where there is no such image, and Failure where it can't be tagged."""
    try:
        found = _looked_up(ecr, image, image.version)
        if found is None:
            raise _gone(image, environment)
        digest = str(found["imageId"]["imageDigest"])
        tag = {"imageTag": release_tag(environment, digest)}
        if _has(_looked_up(ecr, image, tag), digest):
            return
        manifest = found.get("imageManifest")
        if not manifest:
            raise Failure(f"ECR gives no manifest of {image.written} in {image.where}, so that it can't be tagged")
        # Of an image for several processors it is the index that runs, so it is the index that is tagged, as it is.
        kind = found.get("imageManifestMediaType")
        try:
            ecr.put_image(
                registryId=image.account, repositoryName=image.repository, imageManifest=manifest,
                imageDigest=digest, **tag, **({"imageManifestMediaType": kind} if kind else {}),
            )  # fmt: skip
        except ClientError as error:
            if _code(error) not in TAKEN or not _has(_looked_up(ecr, image, tag), digest):
                raise
    except (ClientError, BotoCoreError) as error:
        raise _refused(error, image, environment) from error


def _looked_up(ecr: Any, image: Image, version: Mapping[str, str]) -> Mapping[str, Any] | None:
    """What the repository has by this digest or tag."""
    answer = ecr.batch_get_image(
        registryId=image.account, repositoryName=image.repository, imageIds=[version],
        acceptedMediaTypes=list(MEDIA_TYPES),
    )  # fmt: skip
    codes = {str(told.get("failureCode")) for told in answer.get("failures") or ()}
    if not codes <= ABSENT:
        raise Failure(f"ECR does not say what {image.written} is in {image.where}: {', '.join(sorted(codes))}")
    return next(iter(answer.get("images") or ()), None)


def _has(found: Mapping[str, Any] | None, digest: str) -> bool:
    return found is not None and found["imageId"]["imageDigest"] == digest


def _gone(image: Image, environment: str) -> Gone:
    return Gone(
        f"there is no image {image.written} in {image.where}: its tasks could not be started",
        (f"push it again, or let Pulumi.{environment}.yaml name another",),
    )


def _refused(error: ClientError | BotoCoreError, image: Image, environment: str) -> Failure:
    code = _code(error)
    if code in ABSENT:
        return _gone(image, environment)
    if code in DENIED:
        return Failure(
            f"{image.where} may not be tagged with the credentials in use",
            (
                "let them call ecr:BatchGetImage and ecr:PutImage there",
                "bring the registry's environment up with this version of Headroom: its repositories then let the "
                "accounts of headroom:registry.pull_accounts do so",
            ),
        )
    return Failure(f"{image.written} could not be tagged in {image.where}: {error}", ("give the same command again",))


def _code(error: ClientError | BotoCoreError) -> str:
    return str(error.response.get("Error", {}).get("Code")) if isinstance(error, ClientError) else ""
