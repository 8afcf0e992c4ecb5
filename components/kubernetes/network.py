"""Who may reach a service's pods on Kubernetes, and whom they may reach, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from components.kubernetes.objects import NAME, NAMESPACE_NAME, Manifest, Value, labels, manifest, with_labels
from components.kubernetes.pod import Pod

POD_IDENTITY_AGENT = "169.254.170.23/32"
"""Where a pod gets its AWS credentials. Source: docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html"""
ANYWHERE = "0.0.0.0/0"
METADATA_SERVICE = "169.254.169.254/32"
"""Where a node gets its credentials, which are not a pod's."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """A port of a range of addresses."""

    cidrs: Sequence[str]
    """Ranges, such as those of the isolated subnets."""
    port: int
    """TCP port."""


def enforcement() -> Manifest:
    """Without this, EKS Auto Mode takes network policies and enforces none of them.

    Source: docs.aws.amazon.com/eks/latest/userguide/auto-net-pol.html
    """
    data = {"enable-network-policy-controller": "true"}
    return manifest("v1", "ConfigMap", "amazon-vpc-cni", "kube-system", data=data)


def default_deny(service: str) -> Manifest:
    """Nothing may reach a pod of the namespace, and none may reach anything, unless another policy says so."""
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return with_labels(
        manifest("networking.k8s.io/v1", "NetworkPolicy", "default-deny", service, spec=spec), {NAME: service}
    )


def admission(
    service: str,
    port: int | None,
    *,
    caller_cidrs: Sequence[str],
    callers: Sequence[str],
    reaches: Sequence[Reach],
    calls: Mapping[str, int] = MappingProxyType({}),
) -> list[Manifest]:
    """Exactly the connections that the service has: from the load balancer's subnets and from services that call it,
    to names, to its AWS credentials, to services that it calls (each with its port), and to what it reaches. Probes
    come from the pod's own node, which is never refused."""
    policies = [_egress(service, reaches, calls)]
    if port and (caller_cidrs or callers):
        policies.append(_ingress(service, port, caller_cidrs, callers))
    return policies


def _ingress(service: str, port: int, cidrs: Sequence[str], callers: Sequence[str]) -> Manifest:
    sources: list[Mapping[str, Any]] = [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]
    sources += [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: caller}}} for caller in sorted(callers)]
    spec = {
        "podSelector": {"matchLabels": labels(service)},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": sources, "ports": [{"protocol": "TCP", "port": port}]}],
    }
    return with_labels(
        manifest("networking.k8s.io/v1", "NetworkPolicy", "allow-callers", service, spec=spec), {NAME: service}
    )


def _egress(service: str, reaches: Sequence[Reach], calls: Mapping[str, int]) -> Manifest:
    rules: list[dict[str, Any]] = [
        {"ports": [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]},
        {"to": [{"ipBlock": {"cidr": POD_IDENTITY_AGENT}}], "ports": [{"protocol": "TCP", "port": 80}]},
    ]
    for reach in reaches:
        blocks = [
            {"cidr": cidr, "except": [METADATA_SERVICE]} if cidr == ANYWHERE else {"cidr": cidr} for cidr in reach.cidrs
        ]
        to = [{"ipBlock": block} for block in blocks]
        rules.append({"to": to, "ports": [{"protocol": "TCP", "port": reach.port}]})
    for called, port in sorted(calls.items()):
        pods = [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: called}}}]
        rules.append({"to": pods, "ports": [{"protocol": "TCP", "port": port}]})
    spec = {"podSelector": {"matchLabels": {NAME: service}}, "policyTypes": ["Egress"], "egress": rules}
    return with_labels(
        manifest("networking.k8s.io/v1", "NetworkPolicy", "allow-out", service, spec=spec), {NAME: service}
    )


def target_group_binding(pod: Pod, target_group_arn: Value) -> Manifest:
    """Keeps the addresses of the ready pods in the service's own target group, behind the same load balancer as on ECS.

    Source: docs.aws.amazon.com/eks/latest/userguide/auto-configure-alb.html (eks.amazonaws.com/v1; targetType required)
    """
    spec = {
        "serviceRef": {"name": pod.service, "port": pod.port},
        "targetGroupARN": target_group_arn,
        "targetType": "ip",
    }
    binding = manifest("eks.amazonaws.com/v1", "TargetGroupBinding", pod.service, pod.service, spec=spec)
    return with_labels(binding, {NAME: pod.service})
