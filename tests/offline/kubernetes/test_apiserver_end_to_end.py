"""The same project by the embedded engine, with a real API server behind the emulated cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from offline import cloud
from tests.offline.kubernetes.api_server import RunningApiServer
from tests.offline.kubernetes.eks_project import Project, changes

pytestmark = [pytest.mark.apiserver, pytest.mark.xdist_group("apiserver")]
DEPLOYMENT = "/apis/apps/v1/namespaces/api/deployments/api"
BUDGET = "/apis/policy/v1/namespaces/api/poddisruptionbudgets/api"
JOBS = "/apis/batch/v1/namespaces/api/jobs"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, api: RunningApiServer) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("eks-server"), {"HEADROOM_KUBE_APISERVER": str(api.kubeconfig)})
    yield made
    cloud.stop(made.folder / "home")


def names(api: RunningApiServer, path: str) -> list[str]:
    return [item["metadata"]["name"] for item in api.get(path)["items"]]


def test_a_service_is_made_kept_mended_and_taken_away_in_order(project: Project, api: RunningApiServer) -> None:
    project.ok("up", "--yes", "--skip-preview")
    assert api.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]["image"] == "ghcr.io/example/api:1.0.0"
    assert changes(project.ok("preview", "--json", "--refresh")) == {}
    (migrated,) = names(api, JOBS)

    # Autoscaling's number is nobody's drift; what people change, and delete, is found and mended.
    api.patch(f"{DEPLOYMENT}/scale", {"spec": {"replicas": 7}})
    api.patch(DEPLOYMENT, {"spec": {"revisionHistoryLimit": 99}, "metadata": {"labels": {"by": "hand"}}})
    api.delete(BUDGET)
    assert changes(project.ok("preview", "--json", "--refresh")) == {"api-pods": "update", "api-disruptions": "create"}
    project.ok("up", "--yes", "--skip-preview", "--refresh")
    mended = api.get(DEPLOYMENT)["spec"]
    assert (mended["revisionHistoryLimit"], mended["replicas"]) == (5, 7)
    assert api.get(BUDGET)["spec"]["maxUnavailable"] == 1

    # A new image: the pods change in place, the migration is another Job.
    project.set("ghcr.io/example/api:1.0.1")
    project.ok("up", "--yes", "--skip-preview")
    assert api.get(DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]["image"] == "ghcr.io/example/api:1.0.1"
    assert api.get(DEPLOYMENT)["spec"]["replicas"] == 7
    assert len(names(api, JOBS)) == 1 and migrated not in names(api, JOBS)

    before = len(api.deletions())
    project.ok("destroy", "--yes", "--skip-preview")
    assert project.state() == {}
    gone = api.deletions()[before:]
    for first, then in (
        ("horizontalpodautoscalers/api", "deployments/api"),
        ("deployments/api", "serviceaccounts/api"),
        ("deployments/api", "networkpolicies/default-deny"),
        ("deployments/api", "secretproviderclasses/api-environment"),
        ("deployments/api", "nodepools/headroom-on-demand"),
        ("serviceaccounts/api", "namespaces/api"),
        ("poddisruptionbudgets/api", "namespaces/api"),
    ):
        assert gone.index(first) < gone.index(then), gone
