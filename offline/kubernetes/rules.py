"""What an API server refuses although the schemas allow it: the few mistakes that are made most."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws.values import has_unknown
from offline.kubernetes import pod_rules
from offline.kubernetes.kinds import Kind

LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
SUBDOMAIN = re.compile(r"^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
RBAC_GROUP = "rbac.authorization.k8s.io"
LABEL_NAMED = frozenset({"Namespace", "Service"})
"""Kinds whose names become DNS labels."""
NAMES_SOURCE = "kubernetes.io/docs/concepts/overview/working-with-objects/names"
Problem = tuple[str, str]


def problems(kind: Kind, bare: Mapping[str, Any]) -> Iterator[Problem]:
    """Path and reason of each; an object whose shape is wrong is left to the schemas."""
    yield from _names(kind, _map(bare, "metadata"))
    if kind.group == "apps":
        yield from _selector(bare)
    if kind.group in ("apps", "batch") or kind == Kind("v1", "Pod"):
        yield from pod_rules.problems(bare)
    if kind == Kind("autoscaling/v2", "HorizontalPodAutoscaler"):
        yield from _bounds(_map(bare, "spec"))


def _map(value: Any, *path: str) -> Mapping[str, Any]:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _names(kind: Kind, metadata: Mapping[str, Any]) -> Iterator[Problem]:
    name, namespace = metadata.get("name"), metadata.get("namespace")
    pattern = LABEL if kind.group == "" and kind.name in LABEL_NAMED else SUBDOMAIN
    longest = 63 if pattern is LABEL else 253
    # Names of roles may hold colons (`system:node`).
    if isinstance(name, str) and kind.group != RBAC_GROUP and not pattern.match(name):
        words = f"small letters, digits and dashes{'' if pattern is LABEL else ' and dots'}, {longest} at most"
        reason = f"metadata.name is {name!r}: names of a {kind.name} have {words}; rename it ({NAMES_SOURCE})"
        yield "metadata.name", reason
    if isinstance(namespace, str) and not LABEL.match(namespace):
        yield (
            "metadata.namespace",
            f"metadata.namespace is {namespace!r}: namespaces have small letters, digits and dashes, 63 at most; "
            f"rename it ({NAMES_SOURCE})",
        )


def _selector(bare: Mapping[str, Any]) -> Iterator[Problem]:
    wanted = _map(bare, "spec", "selector", "matchLabels")
    labels = _map(bare, "spec", "template", "metadata", "labels")
    for name, value in wanted.items():
        if not has_unknown([value, bare["spec"].get("template")]) and labels.get(name) != value:
            path = f"spec.selector.matchLabels.{name}"
            yield (
                path,
                f"{path} is {value!r}: the template's labels have {labels.get(name)!r}, so it would select none of its "
                "pods; use the same labels in both (kubernetes.io/docs/concepts/workloads/controllers/deployment)",
            )


def _bounds(spec: Mapping[str, Any]) -> Iterator[Problem]:
    low, high = spec.get("minReplicas", 1), spec.get("maxReplicas")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield (
            "spec.maxReplicas",
            f"spec.maxReplicas is {high}: it is below minReplicas, {low}; choose {low} or more "
            "(kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2)",
        )
