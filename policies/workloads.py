"""Containers, wherever they are described: ECS task definitions, and every kind of workload of Kubernetes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from policies.parts import Part, whole
from policies.verdict import MISSING, UNKNOWN, Properties, lookup

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
ECS_SERVICE = "aws:ecs/service:Service"
FUNCTION = "aws:lambda/function:Function"


def _kinds(kind: str, *versions: str) -> frozenset[str]:
    return frozenset(f"kubernetes:{version}:{kind}" for version in versions)


DEPLOYMENTS = _kinds("Deployment", "apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1")
STATEFUL_SETS = _kinds("StatefulSet", "apps/v1", "apps/v1beta2", "apps/v1beta1")
DAEMON_SETS = _kinds("DaemonSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1")
REPLICA_SETS = _kinds("ReplicaSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1")
CONTROLLERS = _kinds("ReplicationController", "core/v1")
JOBS = _kinds("Job", "batch/v1")
CRON_JOBS = _kinds("CronJob", "batch/v1", "batch/v1beta1", "batch/v2alpha1")
PODS = _kinds("Pod", "core/v1")

REPLICATED = DEPLOYMENTS | STATEFUL_SETS
"""Workloads of several equal pods, which a disruption may take one by one."""
SERVING = REPLICATED | DAEMON_SETS | REPLICA_SETS | CONTROLLERS
"""Workloads whose pods are to run for ever."""
WORKLOADS = SERVING | JOBS | CRON_JOBS | PODS
"""Everything that makes pods."""

AUTOSCALERS = _kinds(
    "HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2", "autoscaling/v2beta1", "autoscaling/v2beta2"
)
DISRUPTION_BUDGETS = _kinds("PodDisruptionBudget", "policy/v1", "policy/v1beta1")
NETWORK_POLICIES = _kinds("NetworkPolicy", "networking.k8s.io/v1", "extensions/v1beta1")
NAMESPACES = _kinds("Namespace", "core/v1")
SERVICES = _kinds("Service", "core/v1")
SERVICE_ACCOUNTS = _kinds("ServiceAccount", "core/v1")

_TEMPLATE_PATHS = ("spec.jobTemplate.spec.template", "spec.template")


def task_containers(properties: Properties) -> list[Part]:
    """The containers of a task definition, at `containerDefinitions[0]` and so on; JSON text that AWS would refuse has
    none."""
    text = lookup(properties, "containerDefinitions")
    if text is UNKNOWN:
        return [Part("containerDefinitions", UNKNOWN)]
    return whole({"containerDefinitions": _parsed(text) if isinstance(text, str) else text}).parts(
        "containerDefinitions"
    )


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return []


def pod_template(workload: Properties) -> Part:
    """The metadata and spec of the pods that a workload makes; a pod is its own."""
    for path in _TEMPLATE_PATHS:
        if lookup(workload, path) is not MISSING:
            return whole(workload).part(path)
    return whole(workload)


def pod_spec(workload: Properties) -> Part:
    """The spec of the pods that a workload makes."""
    return pod_template(workload).part("spec")


def pod_containers(pod: Part) -> Iterator[Part]:
    """All containers of a pod, those included that run before the others."""
    yield from pod.parts("containers")
    yield from pod.parts("initContainers")


def lasting_containers(pod: Part) -> Iterator[Part]:
    """The containers that run as long as their pod; an init container that restarts is a sidecar."""
    yield from pod.parts("containers")
    yield from (part for part in pod.parts("initContainers") if part.get("restartPolicy") == "Always")


def namespace_of(properties: Properties) -> Any:
    """The namespace that an object is in; UNKNOWN where that is."""
    found = lookup(properties, "metadata.namespace")
    return "default" if found is MISSING else found


def selects(selector: Any, labels: Any) -> bool | None:
    """Whether a label selector picks pods of these labels; None where that is not known. An empty one picks all.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    if selector is UNKNOWN or labels is UNKNOWN:
        return None
    if not isinstance(selector, dict):
        return False
    worn = labels if isinstance(labels, dict) else {}
    wanted = selector.get("matchLabels") or {}
    expressions = selector.get("matchExpressions") or []
    if wanted is UNKNOWN or expressions is UNKNOWN:
        return None
    answers = [_same(worn.get(key), value) for key, value in wanted.items()]
    answers += [_meets(one, worn) for one in expressions]
    return False if False in answers else None if None in answers else True


def _same(worn: Any, wanted: Any) -> bool | None:
    return None if worn is UNKNOWN or wanted is UNKNOWN else worn == wanted


def _meets(expression: Any, worn: dict[str, Any]) -> bool | None:
    if not isinstance(expression, dict) or UNKNOWN in expression.values():
        return None
    value, values = worn.get(expression.get("key", "")), expression.get("values") or []
    if value is UNKNOWN or UNKNOWN in values:
        return None
    match expression.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
    return None
