"""The plugin before a real API server: all that the components can make, what is refused, and what others change."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest

from components.kubernetes.constraints import LONGEST_PERIOD, LONGEST_WINDOW, LONGEST_WORK_NAME
from components.kubernetes.jobs import Work
from components.kubernetes.pod import Resources
from offline.aws.values import Secret, plain
from tests.components.conftest import run_program
from tests.components.eks_examples import API, WORKER, cluster, objects, started
from tests.offline.aws.provider_harness import FailedError, Made
from tests.offline.kubernetes.api_server import RunningApiServer
from tests.offline.kubernetes.plugin_harness import Plugin

pytestmark = [pytest.mark.apiserver, pytest.mark.xdist_group("apiserver")]
POD = "kubernetes:core/v1:Pod"
NAMESPACE = "kubernetes:core/v1:Namespace"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


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


LEAST: dict[str, Any] = API | {
    "min_count": 1,
    "max_count": 1,
    "port": 1,
    "tmp_mib": 1,
    "egress_ports": (1,),
    "migration_timeout_seconds": 1,
    "health_interval_seconds": 5,
    "health_timeout_seconds": 2,
    "healthy_count": 2,
    "unhealthy_count": 2,
    "grace_seconds": 0,
    "drain_seconds": 0,
    "cpu_target_percent": 1,
    "scale_out_seconds": 1,
    "scale_in_seconds": 0,
    "resources": Resources(
        cpu_request_millicores=1, cpu_limit_millicores=1, memory_request_mib=1, memory_limit_mib=1, disk_mib=1
    ),
}
"""The least that the components take; what follows is the most."""
MOST: dict[str, Any] = API | {
    "min_count": 1000,
    "max_count": 1000,
    "port": 65535,
    "tmp_mib": 4096,
    "egress_ports": (65535,),
    "health_interval_seconds": 300,
    "health_timeout_seconds": 120,
    "healthy_count": 10,
    "unhealthy_count": 10,
    "grace_seconds": 3600,
    "drain_seconds": 3600,
    "cpu_target_percent": 100,
    "scale_out_seconds": LONGEST_PERIOD,
    "scale_in_seconds": LONGEST_WINDOW,
    "schedules": {"s" * LONGEST_WORK_NAME: Work(schedule="59 23 31 12 6", command=["/a"], timeout_seconds=86400)},
}
EXAMPLES = {
    "api": API,
    "worker": WORKER,
    "least": LEAST,
    "most": MOST,
    "spot": API | {"spot_percent": 60, "liveness_path": "/alive"},
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_object_of_a_service_is_taken_and_read_back_as_written(real: Plugin, name: str) -> None:
    for found in in_order(renamed(objects(started(run_program, EXAMPLES[name])), f"example-{name}")):
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


def in_namespace(real: Plugin, name: str) -> str:
    Made(real, NAMESPACE, {"metadata": {"name": name}}, name)
    return name


def deployment() -> dict[str, Any]:
    labels = {"app": "api"}
    resources = {"limits": {"cpu": "500m"}}
    ports = [{"containerPort": 5000}]
    container = {"name": "api", "image": "example.org/api:1", "ports": ports, "resources": resources}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {"spec": {"minReadySeconds": 30, "selector": {"matchLabels": dict(labels)}, "template": template}}


def at(inputs: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(inputs)
    place: Any = changed
    *parents, last = [int(part) if part.isdigit() else part for part in re.findall(r"\w+", path)]
    for part in parents:
        place = place[part] if isinstance(place, list) else place.setdefault(part, {})
    place[last] = value
    return changed


TEMPLATE = "spec.template.metadata"
CONTAINER = "spec.template.spec.containers[0]"
POLICIES = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
POLICY = {"spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}}
BLOCK = "spec.ingress[0].from[0].ipBlock"
ONCE = {"restartPolicy": "Never", "containers": [{"name": "a", "image": "example.org/a:1"}]}
CRON = {"spec": {"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": {"spec": ONCE}}}}}
BUDGET = {"spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "api"}}}}
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
SCALER = {"spec": {"minReplicas": 2, "maxReplicas": 4, "scaleTargetRef": TARGET}}
BINDING = "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding"
TARGETS = {"spec": {"serviceRef": {"name": "api", "port": 80}, "targetType": "ip", "targetGroupARN": "arn:aws:x"}}
PORTS = {"spec": {"ports": [{"port": 80, "targetPort": 5000}]}}
SCALING = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
JOBS = "kubernetes:batch/v1:CronJob"


@pytest.mark.parametrize(
    ("token", "inputs", "path", "value", "told"),
    [
        (
            DEPLOYMENT,
            deployment(),
            f"{CONTAINER}.ports[0].containerPort",
            70000,
            "{} is 70000: ports go from 1 to 65535",
        ),
        (DEPLOYMENT, deployment(), f"{CONTAINER}.ports[0].containerPort", "5000", '{} is "5000", text: Deployment of'),
        (
            DEPLOYMENT,
            deployment(),
            f"{CONTAINER}.ports[0].port",
            5000,
            "{} is 5000: Deployment of Kubernetes 1.36 has no",
        ),
        (DEPLOYMENT, deployment(), f"{CONTAINER}.resources.requests.cpu", "2x", "{} is '2x': it is no quantity; write"),
        (
            DEPLOYMENT,
            deployment(),
            f"{CONTAINER}.resources.requests.cpu",
            "600m",
            "{} is '600m': it is above its limit",
        ),
        (
            DEPLOYMENT,
            deployment(),
            f"{CONTAINER}.livenessProbe",
            {"periodSeconds": 9},
            "{}: Required value: must specify",
        ),
        (
            DEPLOYMENT,
            deployment(),
            "spec.selector.matchLabels.app",
            "web",
            "{} is 'web': the template's labels have 'api'",
        ),
        (
            DEPLOYMENT,
            deployment(),
            "spec.progressDeadlineSeconds",
            10,
            "{}: Invalid value: 10: must be greater than minR",
        ),
        (SCALING, SCALER, "spec.maxReplicas", 1, "{} is 1: it is below minReplicas, 2"),
        (SCALING, SCALER, "spec.minReplicas", 0, "{}: Invalid value: 0: must be greater than or equal to 1"),
        ("kubernetes:policy/v1:PodDisruptionBudget", BUDGET, "spec.minAvailable", 1, "spec: Invalid value: .*both set"),
        (POLICIES, POLICY, f"{BLOCK}.cidr", "10.0.0.0/33", '{}: Invalid value: "10.0.0.0/33": must be a valid CIDR'),
        (JOBS, CRON, "spec.schedule", "61 * * * *", '{}: Invalid value: "61 * * * *": end of range (61) above maximum'),
        (JOBS, CRON, "spec.timeZone", "Europe/Nowhere", '{}: Invalid value: "Europe/Nowhere": unknown time zone'),
        (BINDING, TARGETS, "spec.targetType", "pod", '{} is "pod": TargetGroupBinding of Kubernetes 1.36 takes'),
        (
            "kubernetes:core/v1:Service",
            PORTS,
            "spec.ports[0].port",
            0,
            "{}: Invalid value: 0: must be between 1 and 65535",
        ),
        (CONFIG_MAP, {"data": {"a": "b"}}, "metadata.name", "Upper", "{} is 'Upper': names of a ConfigMap have small"),
        (
            CONFIG_MAP,
            {"data": {"a": "b"}},
            "dat",
            {"a": "b"},
            '{} is {{"a": "b"}}: ConfigMap of Kubernetes 1.36 has no',
        ),
    ],
)
def test_what_is_refused_is_one_error_with_its_path_whoever_refuses_it(
    real: Plugin, token: str, inputs: dict[str, Any], path: str, value: Any, told: str
) -> None:
    """The plugin before anything is made, or else the server; and the server refuses what the plugin does."""
    namespace = in_namespace(real, "refused")
    Made(real, token, at(at(inputs, "metadata.namespace", namespace), "metadata.name", "good"), "good")
    bad = at(at(at(inputs, "metadata.namespace", namespace), "metadata.name", "bad"), path, value)
    checked, failures = real.check(token, bad, "bad")
    with pytest.raises(FailedError) as raised:
        real.create(token, checked, "bad")
    message = str(raised.value)
    assert message.startswith(f"{token} bad: the API server refused it (") and message.count("Invalid value") <= 1
    assert len(failures) <= 1
    pattern = re.escape(told.format(path)).replace(re.escape(".*"), ".*")
    assert re.search(pattern, failures[0][1] if failures else message), failures or message


def test_an_object_changes_and_goes_on_the_server(real: Plugin) -> None:
    made = Made(real, "kubernetes:core/v1:ConfigMap", {"metadata": {"name": "life"}, "data": {"a": "b"}}, "life")
    assert made.update(data={"a": "c"})["data"] == {"a": "c"}
    assert made.read()[1]["data"] == {"a": "c"}
    made.delete()
    assert made.read()[0] == ""
    made.delete()


def test_what_somebody_else_changed_is_read_and_put_back(real: Plugin, api: RunningApiServer) -> None:
    inputs = {"metadata": {"name": "drift", "labels": {"team": "a"}}, "data": {"a": "b", "c": "d"}}
    made = Made(real, CONFIG_MAP, inputs, "drift")
    changes = {"data": {"a": "changed", "c": None}, "metadata": {"labels": {"team": "b", "added": "by-others"}}}
    api.patch("/api/v1/namespaces/default/configmaps/drift", changes)
    _, drifted, state = made.read()
    assert (drifted["data"], drifted["metadata"]["labels"]) == ({"a": "changed"}, {"team": "b"})
    answer = real.diff(CONFIG_MAP, drifted, made.inputs, state)
    assert sorted(answer.detailedDiff) == ["data.a", "data.c", "metadata.labels.team"]
    assert list(answer.replaces) == []
    made.update()
    assert plain(made.read()[1]) == plain(made.inputs)


def test_a_secrets_text_is_read_as_written_or_as_somebody_else_changed_it(real: Plugin, api: RunningApiServer) -> None:
    inputs = {"metadata": {"name": "text"}, "stringData": {"a": "first", "b": "second"}, "data": {"c": "dGhpcmQ="}}
    made = Made(real, "kubernetes:core/v1:Secret", inputs, "text")
    assert plain(made.read()[1]) == plain(made.inputs)
    api.patch("/api/v1/namespaces/default/secrets/text", {"data": {"a": "b3RoZXI=", "b": None}})
    _, seen, state = made.read()
    assert seen["stringData"] == Secret({"a": "other"})
    answer = real.diff(made.token, seen, made.inputs, state)
    assert sorted(answer.detailedDiff) == ["stringData.a", "stringData.b"]


def test_an_object_that_somebody_else_deleted_is_gone(real: Plugin) -> None:
    made = Made(real, CONFIG_MAP, {"metadata": {"name": "deleted"}}, "deleted")
    real.delete(made.token, made.id, made.state)
    assert made.read()[0] == ""


def test_a_deploy_leaves_the_number_of_pods_to_autoscaling(real: Plugin, api: RunningApiServer) -> None:
    inputs = at(deployment(), "metadata", {"name": "scaled", "namespace": in_namespace(real, "scaled")})
    made = Made(real, DEPLOYMENT, inputs, "scaled")
    api.patch("/apis/apps/v1/namespaces/scaled/deployments/scaled/scale", {"spec": {"replicas": 5}})
    _, seen, state = made.read()
    assert state["spec"]["replicas"] == 5
    assert "replicas" not in seen["spec"] and not real.diff(DEPLOYMENT, seen, made.inputs, state).detailedDiff
    changed = at(made.inputs, f"{CONTAINER}.image", "example.org/api:2")
    assert made.update(spec=changed["spec"])["spec"]["replicas"] == 5


ROLE = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
STATEFUL = {key: value for key, value in deployment()["spec"].items() if key != "minReadySeconds"} | {
    "serviceName": "a"
}
CLAIM = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
JOB = {"spec": {"template": {"spec": ONCE}}}


@pytest.mark.parametrize(
    ("token", "inputs", "path", "value"),
    [
        (DEPLOYMENT, at(deployment(), f"{TEMPLATE}.labels.tier", "web"), "spec.selector.matchLabels.tier", "web"),
        ("kubernetes:apps/v1:StatefulSet", {"spec": STATEFUL}, "spec.serviceName", "b"),
        ("kubernetes:batch/v1:Job", JOB, "spec.template.spec.containers[0].image", "example.org/a:2"),
        ("kubernetes:core/v1:PersistentVolumeClaim", CLAIM, "spec.accessModes", ["ReadWriteMany"]),
        ("kubernetes:core/v1:Secret", {"type": "Opaque"}, "type", "example.org/other"),
        (
            "kubernetes:core/v1:Service",
            PORTS | {"spec": {**PORTS["spec"], "clusterIP": "None"}},
            "spec.clusterIP",
            "10.0.0.9",
        ),
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", {"roleRef": ROLE}, "roleRef.name", "edit"),
        (CONFIG_MAP, {"data": {"a": "b"}, "immutable": True}, "data.a", "c"),
    ],
)
def test_what_is_replaced_the_server_refuses_to_change_in_place(
    real: Plugin, token: str, inputs: dict[str, Any], path: str, value: Any
) -> None:
    namespace = in_namespace(real, "fixed")
    made = Made(real, token, at(inputs, "metadata", {"name": "fixed", "namespace": namespace}), "fixed")
    changed = at(made.inputs, path, value)
    answer = real.diff(token, made.inputs, changed, made.state)
    assert list(answer.replaces) == [path.split(".")[0]] and answer.deleteBeforeReplace
    with pytest.raises(FailedError, match=r"refused it \(422\)"):
        real.update(token, made.id, made.state, made.inputs, changed)
    made.delete()
    assert made.read()[0] == ""
