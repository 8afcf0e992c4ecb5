"""What keeps a service's pods running on Kubernetes, as plain data: Deployment, Service, autoscaling, disruptions."""

from typing import Any

from components.kubernetes.objects import NAME, Manifest, labels, manifest, with_labels
from components.kubernetes.pod import PORT_NAME, Pod, server_template

PROGRESS_SECONDS = 600
"""A rollout that makes no progress for so long, beyond the time that a new pod must prove itself, has failed."""


def deployment(pod: Pod) -> Manifest:
    """The pods. No `replicas`: the autoscaler owns their number, and a deploy must not reset it.

    A new pod counts only when the target group has had time to find it healthy, so a rollout never outruns it.
    """
    ready_seconds = pod.healthy_count * pod.check_interval_seconds if pod.port else 10
    spec: dict[str, Any] = {
        "selector": {"matchLabels": labels(pod.service)},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
        "minReadySeconds": ready_seconds,
        "progressDeadlineSeconds": PROGRESS_SECONDS + ready_seconds,  # Kubernetes wants it above minReadySeconds
        "revisionHistoryLimit": 5,
        "template": server_template(pod),
    }
    return with_labels(manifest("apps/v1", "Deployment", pod.service, pod.service, spec=spec), labels(pod.service))


def service(pod: Pod) -> Manifest:
    """One name for the pods inside the cluster: `<service>.<service>.svc`.

    On the pods' own port: network policies want a Service's port to be the container's.
    Source: docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html, "Considerations"

    Pulumi would wait until it has pods, which wait for what comes after it: the binding to their target group.
    """
    port = {"name": PORT_NAME, "port": pod.port, "targetPort": PORT_NAME, "protocol": "TCP"}
    spec = {"type": "ClusterIP", "selector": labels(pod.service), "ports": [port]}
    made = with_labels(manifest("v1", "Service", pod.service, pod.service, spec=spec), {NAME: pod.service})
    return {**made, "metadata": {**made["metadata"], "annotations": {"pulumi.com/skipAwait": "true"}}}


def autoscaler(
    name: str, *, min_count: int, max_count: int, cpu_target_percent: int, scale_out_seconds: int, scale_in_seconds: int
) -> Manifest:
    """2 to 10 pods at 70 % of the CPU that they are promised (C4, T2): doubled each minute at most, and taken away by
    half only when five minutes asked for fewer.

    No measure of memory: it is compared with what is promised, which most processes pass without any load.
    """
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": cpu_target_percent}}
    out = {"type": "Percent", "value": 100, "periodSeconds": scale_out_seconds}
    into = {"type": "Percent", "value": 50, "periodSeconds": 60}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": min_count,
        "maxReplicas": max_count,
        "metrics": [{"type": "Resource", "resource": cpu}],
        "behavior": {
            "scaleUp": {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [out]},
            "scaleDown": {"stabilizationWindowSeconds": scale_in_seconds, "selectPolicy": "Max", "policies": [into]},
        },
    }
    return with_labels(manifest("autoscaling/v2", "HorizontalPodAutoscaler", name, name, spec=spec), {NAME: name})


def disruption_budget(name: str) -> Manifest:
    """Nodes are emptied one pod of the service at a time; pods that do not work anyway hold nobody up."""
    spec = {
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
        "selector": {"matchLabels": labels(name)},
    }
    return with_labels(manifest("policy/v1", "PodDisruptionBudget", name, name, spec=spec), {NAME: name})
