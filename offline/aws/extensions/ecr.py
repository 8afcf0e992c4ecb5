"""Images of an emulated ECR: nobody pushes any, so what a service was deployed with counts as pushed; and another
account reads and tags what a repository's policy shares with it."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap

IMAGE = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)"
    r"(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?$"
)

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
"""What images are that nobody pushed."""


def install() -> None:
    """Extends moto's repositories."""
    from moto.ecr.models import ECRBackend
    from moto.ecr.responses import ECRResponse

    wrap(ECRBackend, "batch_get_image", batch_get_image)
    wrap(ECRResponse, "put_image", put_image)


def digest_of(image: str) -> str:
    """The digest that an image has: its own, or one that follows from its name, as there is no manifest."""
    return image.partition("@")[2] or f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def deployed(image: str) -> None:
    """Notes that a service runs an image: on AWS it would have been pushed before."""
    match = IMAGE.match(image)
    if match:
        backend = _backend(match["account"], match["region"])
        images = _deployed(backend, match["repository"])
        images.setdefault(digest_of(image), match["tag"] or "")


def named(image: str) -> str:
    """The image by the tag that it was deployed with, where it is asked for by its digest."""
    match = IMAGE.match(image)
    if not match or match["tag"]:
        return image
    tag = _deployed(_backend(match["account"], match["region"]), match["repository"]).get(str(match["digest"]))
    return f"{image.partition('@')[0]}:{tag}" if tag else image


def batch_get_image(
    original: Callable[..., dict[str, Any]],
    backend: Any,
    repository_name: str,
    registry_id: str | None = None,
    image_ids: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Asks the account that is named, which moto does not, and knows what was deployed."""
    owner = _backend(registry_id, backend.region_name) if registry_id else backend
    _require_shared(owner, repository_name, backend.account_id, "ecr:BatchGetImage")
    answer = original(owner, repository_name, registry_id, image_ids)
    known, failures = _deployed(owner, repository_name), []
    for asked in image_ids or ():
        if any(
            _is(asked, image.get_image_digest(), image.image_tags)
            for image in owner.repositories[repository_name].images
        ):
            continue
        kept = _kept(owner, repository_name)
        found = [(digest, tag) for digest, tag in known.items() if _is(asked, digest, [tag, *kept.get(digest, ())])]
        answer["images"] += [_told(owner, repository_name, digest, tag) for digest, tag in found]
        if not found:
            missing = {"failureCode": "ImageNotFound", "failureReason": "Requested image not found"}
            failures.append({"imageId": asked, **missing})
    return {**answer, "failures": failures}


def put_image(original: Callable[..., Any], response: Any) -> Any:
    """Puts it into the account that is named, which moto does not. A further tag of an image that nobody pushed makes
    none of it: the repository stays empty, and can be deleted."""
    from moto.core.responses import ActionResult

    backend, asked = response.ecr_backend, response._get_param
    owner, repository = (
        _backend(asked("registryId") or backend.account_id, backend.region_name),
        asked("repositoryName"),
    )
    if owner is not backend:
        _require_shared(owner, repository, backend.account_id, "ecr:PutImage")
    digest, tag = str(asked("imageDigest")), asked("imageTag")
    known = owner.repositories.get(repository)
    pushed = {image.get_image_digest() for image in known.images} if known else set()
    if known and tag and digest in _deployed(owner, repository) and digest not in pushed:
        _kept(owner, repository).setdefault(digest, set()).add(tag)
        return ActionResult({"image": _told(owner, repository, digest, tag)})
    if owner is backend:
        return original(response)
    manifest = (asked(name) for name in ("imageManifest", "imageTag", "imageManifestMediaType", "imageDigest"))
    return ActionResult({"image": owner.put_image(repository, *manifest)})


def _is(asked: dict[str, Any], digest: str, tags: list[str]) -> bool:
    return asked.get("imageDigest") in (None, digest) and asked.get("imageTag") in (None, *tags) and bool(asked)


def _told(owner: Any, repository: str, digest: str, tag: str) -> dict[str, Any]:
    identity = {"imageDigest": digest, **({"imageTag": tag} if tag else {})}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": digest}, "layers": []})
    image = {"imageId": identity, "imageManifest": manifest, "imageManifestMediaType": MANIFEST}
    return {"registryId": owner.account_id, "repositoryName": repository, **image}


def _require_shared(owner: Any, repository: str, account: str, action: str) -> None:
    """Another account does only what the repository's policy lets it."""
    if account == owner.account_id or repository not in owner.repositories:
        return
    policy = json.loads(owner.repositories[repository].policy or "{}")
    if any(
        f"arn:aws:iam::{account}:root" in json.dumps(statement["Principal"])
        and any(fnmatch.fnmatchcase(action, given) for given in _listed(statement["Action"]))
        for statement in policy.get("Statement", [])
    ):
        return
    raise _denied(owner, repository, account, action)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _denied(owner: Any, repository: str, account: str, action: str) -> Exception:
    from moto.core.exceptions import ServiceException

    class AccessDeniedError(ServiceException):
        code = "AccessDeniedException"

    return AccessDeniedError(
        f"User: arn:aws:iam::{account}:root is not authorized to perform: {action} on resource: "
        f"arn:aws:ecr:{owner.region_name}:{owner.account_id}:repository/{repository} because no resource-based policy "
        f"allows the {action} action"
    )


def _deployed(backend: Any, repository: str) -> dict[str, str]:
    """Digests of images that were deployed and never pushed, each with its tag."""
    if not hasattr(backend, "headroom_deployed"):
        backend.headroom_deployed = {}
    found: dict[str, str] = backend.headroom_deployed.setdefault(repository, {})
    return found


def _kept(backend: Any, repository: str) -> dict[str, set[str]]:
    """Further tags of those, by their digests."""
    if not hasattr(backend, "headroom_kept"):
        backend.headroom_kept = {}
    found: dict[str, set[str]] = backend.headroom_kept.setdefault(repository, {})
    return found


def _backend(account: str, region: str) -> Any:
    from moto.ecr.models import ecr_backends

    return ecr_backends[account][region]
