"""Every object of every environment in a real API server: strict fields, restricted pods, read back as written."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from offline.aws.values import plain
from tests.infra.stack_files import ENVIRONMENTS, objects
from tests.offline.aws.provider_harness import Made
from tests.offline.kubernetes.plugin_harness import Plugin

pytestmark = [pytest.mark.apiserver, pytest.mark.xdist_group("apiserver")]
POD = "kubernetes:core/v1:Pod"
NAMESPACE = "kubernetes:core/v1:Namespace"
KINDS = {
    *(
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "CronJob",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Namespace",
    ),
    *("NetworkPolicy", "NodePool", "PodDisruptionBudget", "SecretProviderClass", "Service", "ServiceAccount"),
    "TargetGroupBinding",
}
Object = dict[str, Any]


def apart(environment: str) -> list[Object]:
    """An environment's objects, namespaces first as their dependencies have it. One server takes all environments, so
    each gets namespaces of its own."""
    found = copy.deepcopy(sorted(objects(environment), key=lambda made: made["type"] != NAMESPACE))
    own = {made["inputs"]["metadata"]["name"] for made in found if made["type"] == NAMESPACE}
    for made in found:
        metadata = made["inputs"]["metadata"]
        field = "name" if made["type"] == NAMESPACE else "namespace"
        if metadata.get(field) in own:
            metadata[field] = f"{environment}-{metadata[field]}"
    return found


def templates(found: list[Object]) -> dict[str, Object]:
    """Name to the pod that an object would make, with its namespace."""
    made = {}
    for one in found:
        spec = one["inputs"].get("spec") or {}
        template = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec).get("template") or {}
        if "containers" in (template.get("spec") or {}):
            metadata = {"namespace": one["inputs"]["metadata"]["namespace"], "labels": template["metadata"]["labels"]}
            made[one["name"]] = {"metadata": {"name": one["name"], **metadata}, "spec": template["spec"]}
    return made


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def applied(request: pytest.FixtureRequest, real: Plugin) -> list[tuple[Object, Made]]:
    """Each object of an environment, and what it became on the server."""
    return [(one, Made(real, one["type"], one["inputs"], one["name"])) for one in apart(request.param)]


def test_every_object_is_taken_and_read_back_as_written(real: Plugin, applied: list[tuple[Object, Made]]) -> None:
    assert {one["type"].rsplit(":", 1)[1] for one, _ in applied} >= KINDS
    for one, made in applied:
        identifier, inputs, state = made.read()
        assert identifier == made.id
        assert plain(inputs) == plain(made.inputs), one["name"]
        assert state["metadata"]["uid"]
        assert not real.diff(made.token, made.inputs, plain(inputs), state).detailedDiff


def test_what_is_applied_again_stays_as_it_is(applied: list[tuple[Object, Made]]) -> None:
    for one, made in applied:
        version = made.read()[2]["metadata"]["resourceVersion"]
        made.update()
        assert made.read()[2]["metadata"]["resourceVersion"] == version, one["name"]


def test_every_pod_is_admitted_where_only_restricted_ones_are(real: Plugin, applied: list[tuple[Object, Made]]) -> None:
    for one, made in applied:
        if one["type"] == NAMESPACE:
            assert made.read()[2]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    pods = templates([one for one, _ in applied])
    assert len(pods) >= 6
    for name, pod in pods.items():
        Made(real, POD, pod, name)


def test_autoscaling_owns_the_number_of_pods(applied: list[tuple[Object, Made]]) -> None:
    scaled = {one["name"].removesuffix("-scaling") for one, _ in applied if one["type"].endswith("Autoscaler")}
    pods = {one["name"].removesuffix("-pods"): one for one, _ in applied if one["type"].endswith(":Deployment")}
    assert scaled == set(pods) != set()
    assert [name for name, one in pods.items() if "replicas" in one["inputs"]["spec"]] == []
