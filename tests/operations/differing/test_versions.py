"""What services run, from what stands and from what is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.differing.versions import running, version, versions
from tests.operations.differing.conftest import resource

DIGEST = "sha256:" + "ab12cd34ef56" + "0" * 52


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("registry:1.4.2", "1.4.2"),
        (f"registry@{DIGEST}", "sha256:ab12cd34ef56…"),
        (f"localhost:5000/team/api:1.4.2@{DIGEST}", "1.4.2 (sha256:ab12cd34ef56…)"),
        ("111111111111.dkr.ecr.eu-central-1.amazonaws.com/headroom/api:1.0.0", "1.0.0"),
        ("localhost:5000/api", "latest"),
        ("", ""),
    ],
)
def test_a_version_is_the_tag_and_the_first_digits_of_the_digest(image: str, told: str) -> None:
    assert version(image) == told


def test_on_ecs_a_service_runs_the_image_of_the_container_with_its_name() -> None:
    beside = [{"name": name, "image": "otel:9"} for name in ("first", "last")]
    containers = [beside[0], {"name": "api", "image": "registry:1.4.2"}, beside[1]]
    parent = "urn:pulumi:prod::headroom::headroom:compute:EcsService::api"
    kind = "aws:ecs/taskDefinition:TaskDefinition"
    task = resource("prod", kind, "api", {"containerDefinitions": json.dumps(containers)}, parent=parent)
    users = resource("prod", kind, "main-users", {"containerDefinitions": "[]"}, parent="urn:pulumi:prod::h::x::main")
    assert running([task, users]) == {"api": "registry:1.4.2"}


def test_on_eks_too() -> None:
    containers = [{"name": "api", "image": "registry:1.4.2"}]
    inputs: dict[str, Any] = {"spec": {"template": {"spec": {"containers": containers}}}}
    parent = "urn:pulumi:prod::headroom::headroom:compute:EksService::api"
    assert running([resource("prod", "kubernetes:apps/v1:Deployment", "api", inputs, parent=parent)]) == {
        "api": "registry:1.4.2"
    }


def test_a_service_that_one_has_not_has_no_version_there() -> None:
    [found] = versions({"api": "registry:1"}, {})
    assert (found.service, found.a, found.b) == ("api", "1", "")
