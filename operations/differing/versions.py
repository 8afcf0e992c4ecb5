"""What the services of an environment run: the versions of their images."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from infra.settings import Settings
from operations.access import SERVICES
from operations.differing.model import Version
from operations.properties import decoded
from operations.state import Resource, of_type, standing

DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
IMAGE: Final = re.compile(r"^.*?(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>\w+:[0-9a-f]{12,}))?$")
DIGITS: Final = 12
"""Of a digest that are shown: as many as `docker images` shows."""


def versions(a: Mapping[str, str], b: Mapping[str, str]) -> list[Version]:
    """What each service of either runs; the arguments are images by service."""
    return [Version(service=name, a=version(a.get(name, "")), b=version(b.get(name, ""))) for name in sorted({*a, *b})]


def asked(settings: Settings) -> dict[str, str]:
    """Images by service, as the settings name them."""
    return {name: service.image for name, service in settings.services.items()}


def running(resources: Sequence[Resource]) -> dict[str, str]:
    """Images by service, as they stand in a state: of ECS and of Kubernetes."""
    return dict(_images(standing(resources)))


def _images(held: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    for resource in of_type(held, DEFINITION, DEPLOYMENT):
        *_, kind, service = ("", *str(resource.get("parent") or "").split("::"))
        if kind.rsplit(":", 1)[-1] not in SERVICES:
            continue
        for container in _containers(resource):
            if isinstance(container, Mapping) and container.get("name") == service:
                yield service, str(container.get("image") or "")


def _containers(resource: Resource) -> Sequence[Any]:
    given: Any = resource.get("inputs") or {}
    found: Any = decoded(given.get("containerDefinitions"))
    if resource.get("type") == DEPLOYMENT:
        found = given
        for key in ("spec", "template", "spec", "containers"):
            found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, list) else []


def version(image: str) -> str:
    """`1.4.2 (sha256:ab12cd34ef56…)` of an image; empty for none."""
    found = IMAGE.match(image)
    if not image or found is None:
        return image
    digest = f"{found['digest'][: len('sha256:') + DIGITS]}…" if found["digest"] else ""
    if found["tag"] and digest:
        return f"{found['tag']} ({digest})"
    return found["tag"] or digest or "latest"
