"""Every object of the components in a real API server: strict fields, restricted pods, read back as written."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from offline.aws.values import plain
from offline.kubernetes.schemas import custom_definitions
from tests.components.conftest import run_program
from tests.components.eks_examples import API, WORKER, cluster, objects, started
from tests.offline.aws.provider_harness import FailedError, Made
from tests.offline.kubernetes.api_server import RunningApiServer
from tests.offline.kubernetes.plugin_harness import Plugin

pytestmark = [pytest.mark.apiserver, pytest.mark.xdist_group("apiserver")]
CUSTOM = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
POD = "kubernetes:core/v1:Pod"
NAMESPACE = "kubernetes:core/v1:Namespace"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApiServer]:
    running = RunningApiServer(tmp_path_factory.mktemp("apiserver"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def real(api: RunningApiServer) -> Iterator[Plugin]:
    """The plugin, told of the server by the variable, with every custom kind made."""
    plugin = Plugin({"HEADROOM_KUBE_APISERVER": str(api.kubeconfig)})
    plugin.configure()
    for definition in custom_definitions():
        Made(plugin, CUSTOM, definition, "definition")
    yield plugin
    plugin.close()


def in_order(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Namespaces first, as the components' dependencies have it."""
    return sorted(found, key=lambda made: made["type"] != NAMESPACE)


def renamed(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The same objects in another namespace, so that several examples stand side by side."""
    changed = copy.deepcopy(found)
    for made in changed:
        metadata = made["inputs"]["metadata"]
        if made["type"] == NAMESPACE:
            metadata["name"] = name
        elif "namespace" in metadata:
            metadata["namespace"] = name
    return changed


EXAMPLES = {"api": API, "worker": WORKER, "spot": API | {"spot_percent": 60, "liveness_path": "/alive"}}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_of_a_service_is_taken_and_read_back_as_written(real: Plugin, name: str) -> None:
    for found in in_order(renamed(objects(started(run_program, EXAMPLES[name])), name)):
        made = Made(real, found["type"], found["inputs"], found["name"])
        identifier, inputs, state = made.read()
        assert identifier == made.id
        assert plain(inputs) == plain(made.inputs), found["name"]
        assert state["metadata"]["uid"]
        again = real.diff(made.token, made.inputs, plain(inputs), state)
        assert not again.detailedDiff


def test_every_object_of_a_cluster_is_taken_and_read_back_as_written(real: Plugin) -> None:
    found = [made for made in cluster(run_program).resources if made["type"].startswith("kubernetes:")]
    for one in found:
        made = Made(real, one["type"], one["inputs"], one["name"])
        assert plain(made.read()[1]) == plain(made.inputs), one["name"]


def test_every_pod_of_a_service_is_admitted_where_only_restricted_ones_are(real: Plugin) -> None:
    found = objects(started(run_program, API))
    (namespace,) = [made for made in found if made["type"] == NAMESPACE]
    Made(real, NAMESPACE, renamed([namespace], "restricted")[0]["inputs"], "restricted")
    templates = {
        made["name"]: made["inputs"]["spec"].get("template")
        or made["inputs"]["spec"]["jobTemplate"]["spec"]["template"]
        for made in found
        if made["inputs"]["kind"] in ("Deployment", "Job", "CronJob")
    }
    assert len(templates) == 3
    for name, template in templates.items():
        metadata = {"name": name, "namespace": "restricted", "labels": template["metadata"]["labels"]}
        Made(real, POD, {"metadata": metadata, "spec": template["spec"]}, name)


def test_a_pod_that_is_not_restricted_is_refused(real: Plugin) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    Made(real, NAMESPACE, {"metadata": {"name": "strict", "labels": labels}}, "strict")
    container = {"name": "root", "image": "example.org/root:1"}
    pod = {"metadata": {"name": "root", "namespace": "strict"}, "spec": {"containers": [container]}}
    with pytest.raises(FailedError, match=r'\(403\).*violates PodSecurity "restricted:latest"'):
        Made(real, POD, pod, "root")


def test_the_server_itself_refuses_what_the_schemas_refuse(real: Plugin) -> None:
    metadata = {"name": "odd", "namespace": "default"}
    odd = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "dat": {"a": "b"}}
    with pytest.raises(FailedError, match=r"refused it \(\d+\).*dat"):
        real.create("kubernetes:core/v1:ConfigMap", odd)


def test_an_object_changes_and_goes_on_the_server(real: Plugin) -> None:
    made = Made(real, "kubernetes:core/v1:ConfigMap", {"metadata": {"name": "life"}, "data": {"a": "b"}}, "life")
    assert made.update(data={"a": "c"})["data"] == {"a": "c"}
    assert made.read()[1]["data"] == {"a": "c"}
    made.delete()
    assert made.read()[0] == ""
    made.delete()


def test_what_somebody_else_changed_is_read(real: Plugin, api: RunningApiServer) -> None:
    inputs = {"metadata": {"name": "drift", "labels": {"team": "a"}}, "data": {"a": "b"}}
    made = Made(real, "kubernetes:core/v1:ConfigMap", inputs, "drift")
    other = Plugin({})
    try:
        other.configure(kubeconfig=str(api.kubeconfig))
        changed = {**made.inputs, "data": {"a": "changed"}}
        other.update(made.token, made.id, made.state, made.inputs, changed)
    finally:
        other.close()
    assert made.read()[1]["data"] == {"a": "changed"}
    assert made.read()[1]["metadata"]["labels"] == {"team": "a"}
