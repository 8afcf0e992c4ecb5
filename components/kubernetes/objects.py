"""What every object of a service on Kubernetes shares: its place, its name and its labels, as plain data."""

from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]
"""One object as Kubernetes takes it: apiVersion, kind, metadata and the rest, with camelCase keys."""

Value = Any
"""Text, or an output of Pulumi's that holds one: it may be known only after something else was made, such as an ARN."""

NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
LOGS = "headroom.dev/logs"
"""Label of pods whose lines have a log group of their own; its last part is the value."""
SCHEDULE = "schedule"
"""Label of a Job with the schedule that it runs for. No prefix: metrics are filtered by it, and their filters take
names without dots only."""
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Label that Kubernetes itself puts on each namespace."""

SERVER, WORK = "server", "work"
"""Components of a service: the pods that run all the time, and those of jobs. The Service leads to the first only."""


def labels(service: str, component: str = SERVER) -> dict[str, str]:
    """Labels of a service's pods, by which everything else finds them; a Deployment never changes them."""
    return {NAME: service, COMPONENT: component}


def pod_labels(service: str, component: str = SERVER) -> dict[str, str]:
    """Labels that pods are made with: more than those by which they are found, which must stay."""
    return {**labels(service, component), LOGS: service}


def manifest(api_version: str, kind: str, name: str, namespace: str | None, **rest: Any) -> Manifest:
    """An object; its name is its own, not made up, so that people and policies can name it."""
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **place}, **rest}


def with_labels(made: Manifest, given: Mapping[str, str]) -> Manifest:
    """The same object with labels added."""
    metadata = made["metadata"]
    return {**made, "metadata": {**metadata, "labels": {**metadata.get("labels", {}), **given}}}


def namespace(service: str) -> Manifest:
    """A namespace of the service's own, in which Kubernetes refuses every pod that is not restricted.

    The last label lets a pod count as ready only when its target group finds it healthy.
    Sources: kubernetes.io/docs/concepts/security/pod-security-standards,
    kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate (EKS Auto Mode has its own
    label in place of the controller's).
    """
    modes = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    versions = {f"pod-security.kubernetes.io/{mode}-version": "latest" for mode in ("enforce", "audit", "warn")}
    gate = {"eks.amazonaws.com/pod-readiness-gate-inject": "enabled"}
    return with_labels(manifest("v1", "Namespace", service, None), {NAME: service, **modes, **versions, **gate})


def service_account(service: str) -> Manifest:
    """Who the pods are, in Kubernetes and, by Pod Identity, in AWS. They get no token for Kubernetes' own API; the one
    for Pod Identity comes by another way."""
    account = manifest("v1", "ServiceAccount", service, service, automountServiceAccountToken=False)
    return with_labels(account, {NAME: service})
