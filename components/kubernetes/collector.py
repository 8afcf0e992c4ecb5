"""The collector of traces beside a service on Kubernetes, as plain data."""

from typing import Any

from components.kubernetes.pod import Resources, secrets_mount, secrets_name
from components.services.telemetry import (
    HEADER_VARIABLE,
    HEALTH_COMMAND,
    NAME,
    USER,
    TracesArgs,
    collector_environment,
)

CPU_REQUEST_MILLICORES, CPU_LIMIT_MILLICORES = 25, 250
"""About those of AWS's own sidecar (aws-otel-collector, deployment-template/eks/otel-cloudwatch-sidecar.yaml)."""
DISK_MIB = 64


def collector_resources(args: TracesArgs) -> Resources:
    """What the collector is promised, and what it may take."""
    return Resources(
        cpu_request_millicores=CPU_REQUEST_MILLICORES,
        cpu_limit_millicores=CPU_LIMIT_MILLICORES,
        memory_request_mib=args.memory_mib // 2,
        memory_limit_mib=args.memory_mib,
        disk_mib=DISK_MIB,
    )


def collector(args: TracesArgs, service: str, log_group: str) -> dict[str, Any]:
    """A sidecar as Kubernetes has them: an init container that is always restarted. It starts before the service's
    container, stops after it, and keeps no Job from ending.

    Neither start-up nor readiness probe: a service waits for its traces no more than it fails by them.
    Source: kubernetes.io/docs/concepts/workloads/pods/sidecar-containers
    """
    environment = collector_environment(args, log_group=log_group, platform="kubernetes")
    plain: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in sorted(environment.items())]
    reference = {"secretKeyRef": {"name": secrets_name(service), "key": HEADER_VARIABLE}}
    secret = [{"name": HEADER_VARIABLE, "valueFrom": reference}] if args.header else []
    user, _, group = USER.partition(":")
    return {
        "name": NAME,
        "image": args.image,
        "imagePullPolicy": "Always",
        "restartPolicy": "Always",
        "env": [*plain, *secret],
        "resources": collector_resources(args).as_kubernetes(),
        "securityContext": {
            "runAsUser": int(user),
            "runAsGroup": int(group),
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "livenessProbe": {
            "exec": {"command": list(HEALTH_COMMAND)},
            "initialDelaySeconds": 10,
            "periodSeconds": 30,
            "timeoutSeconds": 5,
            "failureThreshold": 3,
        },
        **({"volumeMounts": [secrets_mount()]} if args.header else {}),
    }
