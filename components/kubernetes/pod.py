"""The pod of a service on Kubernetes, as plain data: hardened, probed, and drained before it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from components.kubernetes.objects import labels, pod_labels

PORT_NAME = "http"
SECRETS_PATH = "/mnt/secrets"
PROPAGATION_SECONDS = 10
"""Time in which every part of the cluster and the load balancer learn that a pod leaves."""
SHUTDOWN_SECONDS = 20
"""Time between SIGTERM and SIGKILL, after the drain."""


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What a container is promised, and what it may take."""

    cpu_request_millicores: int = 250
    """Thousandths of a vCPU that are reserved (T2); autoscaling measures against these."""
    cpu_limit_millicores: int = 500
    """Thousandths of a vCPU that it may take (T2)."""
    memory_request_mib: int = 256
    """Memory that is reserved, in MiB (T2)."""
    memory_limit_mib: int = 512
    """Memory in MiB after which it is killed (T2)."""
    disk_mib: int = 512
    """Node's disk that its log lines may take until they are rotated, in MiB; promised and limit alike."""

    def as_kubernetes(self) -> dict[str, Any]:
        """As a container takes it."""
        disk = {"ephemeral-storage": f"{self.disk_mib}Mi"}
        return {
            "requests": {"cpu": f"{self.cpu_request_millicores}m", "memory": f"{self.memory_request_mib}Mi", **disk},
            "limits": {"cpu": f"{self.cpu_limit_millicores}m", "memory": f"{self.memory_limit_mib}Mi", **disk},
        }


def resources_of(cpu_units: int, memory_mib: int) -> Resources:
    """Of a task's size as ECS has it: what the task would have is the limit, half of it is promised, so that the
    card's 512 units and 512 MiB become 250m and 256Mi with limits 500m and 512Mi."""
    millicores = cpu_units * 1000 // 1024
    return Resources(
        cpu_request_millicores=millicores // 2,
        cpu_limit_millicores=millicores,
        memory_request_mib=memory_mib // 2,
        memory_limit_mib=memory_mib,
    )


def exec_command(health_command: Sequence[str]) -> list[str]:
    """A container health check as ECS has it, `[CMD, ...]` or `[CMD-SHELL, ...]`, as a probe takes it.

    Raises ValueError for another first word.
    """
    if not health_command:
        return []
    first, *rest = health_command
    if first == "CMD":
        return rest
    if first == "CMD-SHELL":
        return ["/bin/sh", "-c", *rest]
    raise ValueError(f"health_command starts with {first}; write CMD or CMD-SHELL before the command")


@dataclass(frozen=True, kw_only=True)
class Pod:
    """What the pods of a service run as."""

    service: str
    """Name of the service: its namespace, its account, and the first label of everything."""
    image: str
    """Image with its tag or digest."""
    port: int | None = 5000
    """TCP port on which the container listens (T2); none for a worker."""
    health_path: str | None = "/health"
    """Path that answers 200 while the pod can serve: asked at the start, and then for traffic. None: no one asks by
    HTTP; then the health command counts, or whether the port is open."""
    liveness_path: str | None = None
    """Path that answers 200 unless the process must be restarted; without one only whether the port is open, so that a
    database that is down never restarts pods."""
    health_command: Sequence[str] = ()
    """Command inside the container that exits 0 while it is healthy, for a pod without a health path; one without a
    port is restarted where it fails."""
    start_seconds: int = 60
    """Time in which a new pod may fail its health check before it is restarted."""
    check_interval_seconds: int = 15
    """Seconds between two checks, as the target group's."""
    check_timeout_seconds: int = 5
    """A check without an answer after this many seconds has failed."""
    healthy_count: int = 2
    """Checks in a row that the target group wants to be passed before it sends requests."""
    unhealthy_count: int = 3
    """Failed checks in a row until a pod gets no traffic."""
    drain_seconds: int = 60
    """Time that the load balancer gives to open requests of a leaving pod; it serves them until then."""
    command: Sequence[str] = ()
    """Replaces the image's command."""
    user: str = "10001:10001"
    """User and group id; never 0. High ones, so that they are no user of the node's."""
    resources: Resources = field(default_factory=Resources)
    """What the container is promised, and what it may take."""
    tmp_mib: int = 64
    """Size of /tmp in MiB, the only writable place; it counts as the container's memory."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Plain variables."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variables that come from Secrets Manager, each with its key in the Secret that is kept in step."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """What the stores' secrets follow: pods are started anew when one changes."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor that the image is built for."""
    spot_percent: int = 0
    """How much Spot nodes are preferred to others; 0 never uses them. Kubernetes has no exact share."""
    sidecar: Mapping[str, Any] | None = None
    """A container that starts before the service's and stops after it, and keeps no finished work from ending."""
    sidecar_secrets: bool = False
    """Whether the sidecar reads variables from Secrets Manager."""

    @property
    def drain_all_seconds(self) -> int:
        """How long a leaving pod goes on serving before it is told to stop."""
        return self.drain_seconds + PROPAGATION_SECONDS if self.port else 0

    @property
    def grace_seconds(self) -> int:
        """Time from the order to leave to SIGKILL."""
        return self.drain_all_seconds + SHUTDOWN_SECONDS

    @property
    def secrets_name(self) -> str:
        """Name of the SecretProviderClass, and of the Secret that it keeps in step."""
        return secrets_name(self.service)


def secrets_name(service: str) -> str:
    """See `Pod.secrets_name`."""
    return f"{service}-environment"


def secrets_mount() -> dict[str, Any]:
    """Nobody reads the files: mounting them is what makes the driver keep the Secret in step."""
    return {"name": "secrets", "mountPath": SECRETS_PATH, "readOnly": True}


def container(pod: Pod) -> dict[str, Any]:
    """The container, without what only a server has: probes and a drain."""
    variables = {**pod.environment, **({"PORT": str(pod.port)} if pod.port else {})}
    plain = [{"name": name, "value": value} for name, value in sorted(variables.items())]
    secret = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": pod.secrets_name, "key": key}}}
        for name, key in sorted(pod.secrets.items())
    ]
    mounts = [{"name": "tmp", "mountPath": "/tmp"}, *([secrets_mount()] if pod.secrets else [])]
    return {
        "name": pod.service,
        "image": pod.image,
        "imagePullPolicy": "Always",  # asks the registry who may pull, also where the node has the image already
        **({"command": list(pod.command)} if pod.command else {}),
        "env": plain + secret,
        "resources": pod.resources.as_kubernetes(),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
    }


def server_container(pod: Pod) -> dict[str, Any]:
    """The container of the pods that run all the time."""
    serving: dict[str, Any] = {}
    if pod.port:
        serving = {
            "ports": [{"name": PORT_NAME, "containerPort": pod.port, "protocol": "TCP"}],
            # The kubelet sleeps, so the image needs no shell. Stable since Kubernetes 1.34.
            "lifecycle": {"preStop": {"sleep": {"seconds": pod.drain_all_seconds}}},
        }
    return {**container(pod), **serving, **probes(pod)}


def probes(pod: Pod) -> dict[str, Any]:
    """Three that differ: a new pod gets time; one that cannot serve gets no traffic; only one that hangs is killed."""
    asked = _asked(pod)
    if asked is None:
        return {}
    serves, alive = asked
    pace = {"periodSeconds": pod.check_interval_seconds, "timeoutSeconds": pod.check_timeout_seconds}
    ready = {"readinessProbe": {**serves, **pace, "failureThreshold": pod.unhealthy_count}} if pod.port else {}
    period = 5
    start = {"periodSeconds": period, "timeoutSeconds": pod.check_timeout_seconds}
    return {
        "startupProbe": {**serves, **start, "failureThreshold": max(1, -(-pod.start_seconds // period))},
        **ready,
        "livenessProbe": {**alive, "periodSeconds": 20, "timeoutSeconds": 5, "failureThreshold": 6},
    }


def _asked(pod: Pod) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """How to learn whether a pod serves, and whether it lives; None where there is no way."""
    port: dict[str, Any] | None = {"tcpSocket": {"port": PORT_NAME}} if pod.port else None
    command: dict[str, Any] | None = {"exec": {"command": list(pod.health_command)}} if pod.health_command else None
    path = {"httpGet": {"path": pod.health_path, "port": PORT_NAME}} if pod.port and pod.health_path else None
    liveness = {"httpGet": {"path": pod.liveness_path, "port": PORT_NAME}} if pod.port and pod.liveness_path else None
    # The command may ask for what the path asks for: one that fails ends a pod only where nothing else tells of life.
    serves, alive = path or command or port, liveness or port or command
    return (serves, alive) if serves and alive else None


def pod_spec(pod: Pod, containers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What Kubernetes' restricted standard asks for, and where the pods may run."""
    user, _, group = pod.user.partition(":")
    volumes: list[dict[str, Any]] = [
        {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": f"{pod.tmp_mib}Mi"}},
    ]
    if pod.secrets or pod.sidecar_secrets:
        attributes = {"secretProviderClass": pod.secrets_name}
        csi = {"driver": "secrets-store.csi.k8s.io", "readOnly": True, "volumeAttributes": attributes}
        volumes.append({"name": "secrets", "csi": csi})
    return {
        "serviceAccountName": pod.service,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,  # no variables that name every other service
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": int(user),
            "runAsGroup": int(group or user),
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **({"initContainers": [dict(pod.sidecar)]} if pod.sidecar else {}),
        "containers": [dict(one) for one in containers],
        "volumes": volumes,
        **placement(pod),
    }


def placement(pod: Pod) -> dict[str, Any]:
    """Nodes of the image's processor; Spot nodes are preferred where they may be used, and refused elsewhere.

    No taint on Spot nodes: the driver of secrets and the agents of logs must run on every node, and AWS's add-ons would
    have to be taught to tolerate it.
    """
    arch = {"kubernetes.io/arch": "amd64" if pod.architecture == "x86_64" else "arm64"}
    if not pod.spot_percent:
        return {"nodeSelector": {**arch, "karpenter.sh/capacity-type": "on-demand"}}
    spot = {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}
    preferred = {"weight": pod.spot_percent, "preference": {"matchExpressions": [spot]}}
    return {
        "nodeSelector": arch,
        "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}},
    }


def spread(service: str) -> list[dict[str, Any]]:
    """Pods of one version over all zones, and over nodes where there are enough of them."""
    selector = {"labelSelector": {"matchLabels": labels(service)}, "matchLabelKeys": ["pod-template-hash"]}
    keys = (("topology.kubernetes.io/zone", "DoNotSchedule"), ("kubernetes.io/hostname", "ScheduleAnyway"))
    return [{"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when, **selector} for key, when in keys]


def server_template(pod: Pod) -> dict[str, Any]:
    """The pods that run all the time."""
    annotations = {"annotations": dict(pod.annotations)} if pod.annotations else {}
    return {
        "metadata": {"labels": pod_labels(pod.service), **annotations},
        "spec": {
            **pod_spec(pod, [server_container(pod)]),
            "terminationGracePeriodSeconds": pod.grace_seconds,
            "topologySpreadConstraints": spread(pod.service),
        },
    }


def work_template(
    pod: Pod, command: Sequence[str], component: str, environment: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """A pod that does one piece of work and ends: same image, account, variables and secrets, and some of its own."""
    own = replace(pod, environment={**pod.environment, **environment})
    once = {**container(own), **({"command": list(command)} if command else {})}
    return {
        "metadata": {"labels": pod_labels(pod.service, component)},
        "spec": {**pod_spec(pod, [once]), "restartPolicy": "Never"},
    }
