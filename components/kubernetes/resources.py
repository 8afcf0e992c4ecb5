"""Resources of pulumi-kubernetes made of plain manifests. Only what runs on EKS imports this module: the SDK takes
about half a second."""

from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.kubernetes.objects import Manifest

Make = Callable[..., pulumi.CustomResource]


def _typed(kind: str) -> Make | None:
    """The SDK's class of a kind of Kubernetes' own."""
    makes: dict[str, Callable[[], Make]] = {
        "v1 Namespace": lambda: kubernetes.core.v1.Namespace,
        "v1 ServiceAccount": lambda: kubernetes.core.v1.ServiceAccount,
        "v1 Service": lambda: kubernetes.core.v1.Service,
        "v1 ConfigMap": lambda: kubernetes.core.v1.ConfigMap,
        "apps/v1 Deployment": lambda: kubernetes.apps.v1.Deployment,
        "autoscaling/v2 HorizontalPodAutoscaler": lambda: kubernetes.autoscaling.v2.HorizontalPodAutoscaler,
        "policy/v1 PodDisruptionBudget": lambda: kubernetes.policy.v1.PodDisruptionBudget,
        "networking.k8s.io/v1 NetworkPolicy": lambda: kubernetes.networking.v1.NetworkPolicy,
        "batch/v1 CronJob": lambda: kubernetes.batch.v1.CronJob,
        "batch/v1 Job": lambda: kubernetes.batch.v1.Job,
        "rbac.authorization.k8s.io/v1 ClusterRole": lambda: kubernetes.rbac.v1.ClusterRole,
        "rbac.authorization.k8s.io/v1 ClusterRoleBinding": lambda: kubernetes.rbac.v1.ClusterRoleBinding,
    }
    found = makes.get(kind)
    return found() if found else None


PYTHON_NAMES = {"roleRef": "role_ref", "automountServiceAccountToken": "automount_service_account_token"}
"""Top-level fields whose Python name differs; what is below is passed on as Kubernetes spells it."""


def make(name: str, manifest: Manifest, opts: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """The resource of one object; a custom resource where the SDK has no class for its kind."""
    rest: dict[str, Any] = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind")}
    kind = _typed(f"{manifest['apiVersion']} {manifest['kind']}")
    if kind is not None:
        arguments = {PYTHON_NAMES.get(key, key): value for key, value in rest.items()}
        return kind(name, **arguments, opts=opts)
    return kubernetes.apiextensions.CustomResource(
        name, api_version=manifest["apiVersion"], kind=manifest["kind"], **rest, opts=opts
    )


def make_all(prefix: str, manifests: Sequence[Manifest], opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Several objects, each under the prefix and its own name."""
    return [make(f"{prefix}-{manifest['metadata']['name']}", manifest, opts) for manifest in manifests]


def provider(name: str, kubeconfig: pulumi.Input[str], opts: pulumi.ResourceOptions) -> pulumi.ProviderResource:
    """The provider of one cluster. Data of config maps change in place, since no pod of ours reads one."""
    return kubernetes.Provider(name, kubeconfig=kubeconfig, enable_config_map_mutable=True, opts=opts)
