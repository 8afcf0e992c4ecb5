"""The plugin over gRPC, as an engine uses it: checks by the published schemas, and objects kept in state."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from offline.aws.values import UNKNOWN, Secret, from_struct, to_struct
from tests.offline.aws.provider_harness import FailedError, Made
from tests.offline.kubernetes.plugin_harness import Plugin

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET = "kubernetes:core/v1:Secret"
BINDING = "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"
POD = "kubernetes:core/v1:Pod"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
ROLE_BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
PROVIDER = "urn:pulumi:dev::headroom::pulumi:providers:kubernetes::cluster"
CANARY = "Y2FuYXJ5LTkxN2M="


def deployment() -> dict[str, Any]:
    labels = {"app": "api"}
    container = {"name": "api", "image": "example.org/api:1", "ports": [{"containerPort": 5000}]}
    return {
        "metadata": {"name": "api", "namespace": "api"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": dict(labels)}, "spec": {"containers": [container]}},
        },
    }


def binding() -> dict[str, Any]:
    return {
        "metadata": {"name": "api"},
        "spec": {"serviceRef": {"name": "api", "port": 80}, "targetType": "ip", "targetGroupARN": "arn:aws:x"},
    }


@pytest.fixture(scope="module")
def mutable() -> Iterator[Plugin]:
    """A provider that changes data in place, as the components configure it."""
    started = Plugin({})
    started.configure(enableConfigMapMutable=True, enableSecretMutable=True)
    yield started
    started.close()


def set_at(inputs: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(inputs)
    place: Any = changed
    *parents, last = path.split(".")
    for part in parents:
        place = place[int(part)] if part.isdigit() else place.setdefault(part, {})
    place[int(last) if last.isdigit() else last] = value
    return changed


@pytest.mark.parametrize(
    ("token", "inputs", "path", "value", "told"),
    [
        (DEPLOYMENT, deployment(), "spec.replicas", "two", 'spec.replicas is "two", text: Deployment of Kubernetes'),
        (DEPLOYMENT, deployment(), "spec.replica", 2, "has no field 'replica' there; did you mean 'replicas'?"),
        (DEPLOYMENT, deployment(), "spec.template.spec.containers.0.imagee", "x", "did you mean 'image'?"),
        (DEPLOYMENT, deployment(), "spec.template.spec.containers.0.ports.0.containerPort", "5000", "a whole number"),
        (DEPLOYMENT, deployment(), "spec.template.spec.containers.0.ports.0", {}, "containerPort is missing"),
        (DEPLOYMENT, deployment(), "spec.selector.matchLabels", {"app": "web"}, "would select none of its pods"),
        (DEPLOYMENT, deployment(), "metadata.name", "Api", "small letters, digits and dashes"),
        (NAMESPACE, {}, "metadata.name", "a.b", "names of a Namespace"),
        (CONFIG_MAP, {}, "data", {"number": 1}, "data.number is 1, a whole number"),
        (BINDING, binding(), "spec.targetType", "pod", "takes 'instance', 'ip'"),
        (BINDING, binding(), "spec.targetGroup", "x", "has no field 'targetGroup'"),
        (BINDING, binding(), "spec.serviceRef.port", True, "takes a whole number or text"),
    ],
)
def test_what_the_schemas_refuse_is_told_with_path_value_and_remedy(
    plugin: Plugin, token: str, inputs: dict[str, Any], path: str, value: Any, told: str
) -> None:
    assert plugin.check(token, inputs)[1] == []
    _, failures = plugin.check(token, set_at(inputs, path, value))
    assert len(failures) == 1 and told in failures[0][1]


def test_an_object_is_named_and_placed_as_pulumi_kubernetes_does(plugin: Plugin) -> None:
    inputs = plugin.checked(CONFIG_MAP, {"data": {"a": "b"}}, "limits")
    assert inputs["apiVersion"] == "v1" and inputs["kind"] == "ConfigMap"
    assert inputs["metadata"]["namespace"] == "default"
    assert inputs["metadata"]["name"].startswith("limits-") and len(inputs["metadata"]["name"]) == len("limits-") + 8
    assert inputs["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert plugin.checked(CONFIG_MAP, {"data": {"a": "c"}}, "limits", olds=inputs)["metadata"] == inputs["metadata"]


def test_what_belongs_to_no_namespace_gets_none(plugin: Plugin) -> None:
    assert "namespace" not in plugin.checked(NAMESPACE, {"metadata": {"name": "api"}})["metadata"]
    pool = {"nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"}, "requirements": []}
    checked = plugin.checked("kubernetes:karpenter.sh/v1:NodePool", {"spec": {"template": {"spec": pool}}})
    assert "namespace" not in checked["metadata"]


def test_values_that_are_not_known_yet_are_taken_as_right(plugin: Plugin) -> None:
    inputs = set_at(deployment(), "spec.template.spec.containers.0.image", UNKNOWN)
    inputs = set_at(inputs, "spec.template.spec.containers.0.ports", UNKNOWN)
    assert plugin.check(DEPLOYMENT, inputs)[1] == []
    assert plugin.check(BINDING, set_at(binding(), "spec.serviceRef.port", UNKNOWN))[1] == []


def test_an_object_lives_its_whole_life_in_state(plugin: Plugin) -> None:
    made = Made(plugin, DEPLOYMENT, deployment(), "api")
    assert made.id == "api/api"
    assert made["status"] == {}
    spec = set_at(made.inputs, "spec.replicas", 3)["spec"]
    assert made.update(spec=spec)["spec"]["replicas"] == 3
    identifier, inputs, state = made.read()
    assert (identifier, inputs, state) == (made.id, made.inputs, made.state)
    made.delete()


@pytest.mark.parametrize(
    ("token", "inputs", "path", "value", "replaces"),
    [
        (DEPLOYMENT, deployment(), "spec.replicas", 3, []),
        (DEPLOYMENT, deployment(), "metadata.labels", {"team": "a"}, []),
        (DEPLOYMENT, deployment(), "metadata.name", "web", ["metadata"]),
        (DEPLOYMENT, deployment(), "metadata.namespace", "web", ["metadata"]),
        (DEPLOYMENT, deployment(), "spec.selector.matchLabels.tier", "x", ["spec"]),
        (CONFIG_MAP, {"data": {"a": "b"}}, "data.a", "c", ["data"]),
        (SECRET, {"type": "Opaque"}, "type", "kubernetes.io/tls", ["type"]),
        ("kubernetes:core/v1:Service", {"spec": {"type": "ClusterIP"}}, "spec.clusterIP", "None", ["spec"]),
        ("kubernetes:batch/v1:Job", {"spec": {"template": {}}}, "spec.template.spec", {"containers": []}, ["spec"]),
        ("kubernetes:batch/v1:Job", {"spec": {"backoffLimit": 1}}, "spec.backoffLimit", 2, []),
        ("kubernetes:batch/v1:CronJob", {"spec": {"jobTemplate": {}}}, "spec.jobTemplate.spec", {"template": {}}, []),
        ("kubernetes:apps/v1:StatefulSet", {"spec": {"serviceName": "a"}}, "spec.serviceName", "b", ["spec"]),
        (
            CLAIM,
            {"spec": {"resources": {"requests": {"storage": "1Gi"}}}},
            "spec.resources.requests.storage",
            "2Gi",
            [],
        ),
        (CLAIM, {"spec": {"accessModes": ["ReadWriteOnce"]}}, "spec.accessModes", ["ReadWriteMany"], ["spec"]),
        (POD, {"spec": {"containers": [{"image": "a:1"}]}}, "spec.containers.0.image", "a:2", ["spec"]),
        (POD, {"spec": {"tolerations": []}}, "spec.tolerations", [{"key": "a"}], []),
        (ROLE_BINDING, {"roleRef": {"name": "a"}}, "roleRef.name", "b", ["roleRef"]),
        (BINDING, binding(), "spec.targetGroupARN", "arn:aws:y", []),
        ("kubernetes:policy/v1:PodDisruptionBudget", {"spec": {"maxUnavailable": 1}}, "spec.maxUnavailable", 2, []),
    ],
)
def test_what_cannot_change_in_place_is_replaced(
    plugin: Plugin, token: str, inputs: dict[str, Any], path: str, value: Any, replaces: list[str]
) -> None:
    answer = plugin.diff(token, inputs, set_at(inputs, path, value))
    assert list(answer.replaces) == replaces
    assert list(answer.diffs) == [path.split(".")[0]]
    (change,) = answer.detailedDiff.values()
    assert provider_pb2.PropertyDiff.Kind.Name(change.kind).endswith("_REPLACE") == bool(replaces)


@pytest.mark.parametrize(
    ("token", "before", "path", "value", "replaces"),
    [
        (CONFIG_MAP, {"data": {"a": "b"}}, "data.a", "c", []),
        (CONFIG_MAP, {"data": {"a": "b"}, "immutable": True}, "data.a", "c", ["data"]),
        (SECRET, {"data": {"a": CANARY}}, "data.a", "Yg==", []),
        (SECRET, {"type": "Opaque"}, "type", "kubernetes.io/tls", ["type"]),
    ],
)
def test_data_that_may_change_does_but_for_an_immutable_object_and_a_secrets_type(
    mutable: Plugin, token: str, before: dict[str, Any], path: str, value: Any, replaces: list[str]
) -> None:
    assert list(mutable.diff(token, before, set_at(before, path, value)).replaces) == replaces


def test_a_difference_names_paths_and_never_a_secrets_value(plugin: Plugin) -> None:
    answer = plugin.diff(SECRET, {"data": Secret({"a": CANARY})}, {"data": Secret({"a": CANARY + "b", "b": CANARY})})
    assert sorted(answer.detailedDiff) == ["data.a", "data.b"]
    assert CANARY not in str(answer)


CONTAINER = "spec.template.spec.containers.0"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (
            f"{CONTAINER}.ports.0.containerPort",
            0,
            "containers[0].ports[0].containerPort is 0: ports go from 1 to 65535",
        ),
        (f"{CONTAINER}.resources.requests.cpu", "0.6", "requests.cpu is '0.6': it is above its limit, 500m"),
        (f"{CONTAINER}.resources.requests.memory", "1Gi", "requests.memory is '1Gi': it is above its limit, 512Mi"),
        (f"{CONTAINER}.resources.limits.memory", "512 MiB", "limits.memory is '512 MiB': it is no quantity"),
        (f"{CONTAINER}.resources.requests.cpu", "500m", ""),
        (f"{CONTAINER}.resources.requests.cpu", 0.5, ""),
        (f"{CONTAINER}.resources.requests.memory", "0.5Gi", ""),
        (f"{CONTAINER}.resources.requests.memory", "5e8", ""),
        (f"{CONTAINER}.resources.requests.memory", UNKNOWN, ""),
    ],
)
def test_what_the_schemas_let_pass_and_a_server_would_not_is_told(
    plugin: Plugin, path: str, value: Any, told: str
) -> None:
    limited = set_at(deployment(), f"{CONTAINER}.resources.limits", {"cpu": "500m", "memory": "512Mi"})
    found = [reason for _, reason in plugin.check(DEPLOYMENT, set_at(limited, path, value))[1]]
    assert (found == []) if not told else (len(found) == 1 and told in found[0])


def test_nothing_changed_is_no_difference(plugin: Plugin) -> None:
    assert not plugin.diff(DEPLOYMENT, deployment(), deployment()).detailedDiff


def test_a_name_of_the_programs_own_is_deleted_before_it_is_made_again(plugin: Plugin) -> None:
    changed = set_at(deployment(), "spec.selector.matchLabels", {"app": "b"})
    assert plugin.diff(DEPLOYMENT, deployment(), changed).deleteBeforeReplace
    named = plugin.checked(CONFIG_MAP, {"data": {"a": "b"}}, "limits")
    assert not plugin.diff(CONFIG_MAP, named, set_at(named, "data.a", "c")).deleteBeforeReplace


@pytest.mark.parametrize(("namespace", "first"), [("other", False), (UNKNOWN, True)])
def test_a_name_is_free_in_another_namespace_once_that_is_known(plugin: Plugin, namespace: object, first: bool) -> None:
    before = {"metadata": {"name": "limits", "namespace": "one"}, "data": {"a": "b"}}
    answer = plugin.diff(CONFIG_MAP, before, set_at(before, "metadata.namespace", namespace))
    assert list(answer.replaces) == ["metadata"]
    assert answer.deleteBeforeReplace == first


def test_an_update_waits_for_no_value(plugin: Plugin) -> None:
    before = {"metadata": {"name": "limits", "namespace": "one"}, "data": {"a": "b"}}
    with pytest.raises(FailedError, match="the value of data is not known"):
        plugin.update(CONFIG_MAP, "one/limits", before, before, set_at(before, "data.a", UNKNOWN))


def test_a_secret_is_secret_from_its_check_to_its_errors(plugin: Plugin) -> None:
    inputs = plugin.checked(SECRET, {"metadata": {"name": "s"}, "data": {"key": CANARY}})
    assert inputs["data"] == Secret({"key": CANARY})
    made = Made(plugin, SECRET, {"metadata": {"name": "s"}, "data": {"key": CANARY}}, "s")
    assert made.state["data"] == Secret({"key": CANARY})
    _, failures = plugin.check(SECRET, {"data": Secret({"key": [CANARY]})})
    assert failures and CANARY not in failures[0][1]


def test_a_preview_tells_all_but_the_id(plugin: Plugin) -> None:
    identifier, state = plugin.create(DEPLOYMENT, plugin.checked(DEPLOYMENT, deployment()), preview=True)
    assert identifier == ""
    assert state["metadata"]["name"] == "api"


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("kubernetes:apps/v1:Deploymentt", "has no apps/v1 Deploymentt"),
        ("kubernetes:policy/v1beta1:PodDisruptionBudget", "its PodDisruptionBudget is of policy/v1"),
        ("kubernetes:yaml/v2:ConfigGroup", "declare each object as a resource"),
        ("kubernetes:apps/v1:DeploymentPatch", "declare the object itself"),
        ("kubernetes:example.com/v1:Cat", "put its CustomResourceDefinition into offline/kubernetes/crds"),
    ],
)
def test_what_is_no_object_of_the_pinned_version_is_told(plugin: Plugin, token: str, told: str) -> None:
    with pytest.raises(FailedError, match="test: ") as raised:
        plugin.check(token, {})
    assert told in str(raised.value)


def kubeconfig(server: str, user: str = "u") -> str:
    return json.dumps(
        {
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": user, "user": {}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": user}}],
            "current-context": "c",
        }
    )


ONE, OTHER = (f"https://{name}.eks.eu-west-1.offline.invalid" for name in ("one", "other"))


@pytest.mark.parametrize(
    ("before", "after", "replaces"),
    [
        ({"kubeconfig": kubeconfig(ONE)}, {"kubeconfig": kubeconfig(OTHER)}, ["kubeconfig"]),
        ({"kubeconfig": kubeconfig(ONE)}, {"kubeconfig": kubeconfig(ONE, user="other")}, []),
        (
            {"kubeconfig": kubeconfig(ONE), "clusterIdentifier": "a"},
            {"kubeconfig": kubeconfig(OTHER), "clusterIdentifier": "a"},
            [],
        ),
        (
            {"kubeconfig": kubeconfig(ONE), "clusterIdentifier": "a"},
            {"kubeconfig": kubeconfig(ONE), "clusterIdentifier": "b"},
            ["clusterIdentifier"],
        ),
        ({"namespace": "a"}, {"namespace": "b"}, []),
    ],
)
def test_another_cluster_is_another_provider_but_not_another_way_to_sign_in(
    plugin: Plugin, before: dict[str, str], after: dict[str, str], replaces: list[str]
) -> None:
    asked = provider_pb2.DiffRequest(urn=PROVIDER, olds=to_struct(before), news=to_struct(after))
    answer = plugin.call("DiffConfig", asked)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == replaces


@pytest.mark.parametrize("server", ["https://ABC.gr7.eu-west-1.eks.amazonaws.com", "https://10.0.0.1:6443", ""])
def test_no_server_but_one_on_loopback_is_ever_spoken_to(server: str) -> None:
    started = Plugin({})
    try:
        with pytest.raises(FailedError, match="speaks to loopback only"):
            started.configure(kubeconfig=kubeconfig(server))
    finally:
        started.close()


def test_the_variable_leads_to_no_other_server_either(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(kubeconfig("https://10.0.0.1:6443"), encoding="utf-8")
    started = Plugin({"HEADROOM_KUBE_APISERVER": str(path)})
    try:
        with pytest.raises(FailedError, match=r"refuses the server '10\.0\.0\.1"):
            started.configure()
    finally:
        started.close()


def test_a_server_on_loopback_cannot_send_us_elsewhere() -> None:
    class Sender(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://10.0.0.1/")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keeps the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Sender)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    started = Plugin({})
    try:
        started.configure(kubeconfig=kubeconfig(f"http://127.0.0.1:{server.server_port}"))
        with pytest.raises(FailedError, match=r"refused it \(302\)"):
            started.create(CONFIG_MAP, started.checked(CONFIG_MAP, {"metadata": {"name": "a"}}))
    finally:
        started.close()
        server.shutdown()


def test_an_emulated_cluster_keeps_its_objects_in_state() -> None:
    started = Plugin({})
    try:
        started.configure(kubeconfig=kubeconfig("https://headroom-dev.eks.eu-west-1.offline.invalid"), namespace="shop")
        assert started.checked(CONFIG_MAP, {})["metadata"]["namespace"] == "shop"
        assert Made(started, CONFIG_MAP, {"metadata": {"name": "a"}}, "a").id == "shop/a"
    finally:
        started.close()


def test_the_schemas_of_another_version_can_be_asked_for() -> None:
    started = Plugin({"HEADROOM_KUBERNETES_VERSION": "1.30"})
    try:
        started.configure()
        _, failures = started.check(DEPLOYMENT, set_at(deployment(), "spec.replicas", "x"))
        assert "Deployment of Kubernetes 1.30" in failures[0][1]
    finally:
        started.close()


def test_settings_that_are_unknown_are_refused(plugin: Plugin) -> None:
    answer = plugin.call("CheckConfig", provider_pb2.CheckRequest(news=to_struct({"cluster_name": "x"})))
    assert "does not know the setting 'cluster_name'" in answer.failures[0].reason
    assert from_struct(answer.inputs) == {"cluster_name": "x"}
