"""A cluster and a service by both plugins through the embedded engine: previewed, made, changed, taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from offline import cloud
from tests.offline.kubernetes.eks_project import Project, changes

TOKENS = ("canary-3f1c9a", "canary-8e77d2")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("eks"))
    yield made
    cloud.stop(made.folder / "home")


def test_a_service_on_eks_is_refused_made_changed_and_taken_away(project: Project) -> None:
    project.set("ghcr.io/example/api:1.0.0", broken='"yes"')
    refused = project.run("preview")
    assert refused.returncode
    assert "has no field 'paramters' there; did you mean 'parameters'?" in refused.stdout + refused.stderr
    project.set("ghcr.io/example/api:1.0.0")
    project.set_token(TOKENS[0])
    said = project.ok("up", "--yes", "--skip-preview")
    outputs = json.loads(project.ok("stack", "output", "--json"))
    config = json.loads(outputs["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://headroom-dev.eks.eu-central-1.offline.invalid"
    assert outputs["security_group"].startswith("sg-")
    state = project.state()
    pods = state["kubernetes:apps/v1:Deployment api-pods"]
    assert pods["id"] == "api/api" and "replicas" not in pods["inputs"]["spec"]
    assert pods["outputs"]["status"] == {}
    assert len(state) == 17

    project.set("ghcr.io/example/api:1.0.1", level="debug")
    project.set_token(TOKENS[1])
    previewed = project.ok("preview", "--json")
    changed = changes(previewed)
    assert set(changed) == {"api-pods", "api-schedule-cleanup", "api-migration", "token"}
    assert changed["api-pods"] == changed["api-schedule-cleanup"] == "update"
    assert "replace" in changed["api-migration"] and "replace" in changed["token"]

    said += previewed + project.ok("up", "--yes", "--diff")  # previews first, and shows every property of both
    assert "stringData" in said and "ghcr.io/example/api:1.0.1" in said
    kept = [path.read_text(errors="replace") for path in (project.folder / "home" / "state").rglob("*.json")]
    assert len(kept) > 0
    assert [token for token in TOKENS for text in (said, *kept) if token in text] == []

    project.ok("destroy", "--yes", "--skip-preview")
    assert project.state() == {}
