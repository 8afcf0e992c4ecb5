"""The container of a service as ECS takes it, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a service's only container runs as.

    There is no container health check unless `health_command` names one: ECS runs the command inside the container,
    and an image may hold neither shell nor wget nor curl, in which case every task would be killed. A service behind a
    load balancer is checked over HTTP by its target group anyway. Name a command that the image is known to hold,
    `["CMD", "/app/healthcheck"]` or `["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:5000/health || exit 1"]`.
    """

    name: str
    """Container name."""
    image: str
    """Image with its tag or digest."""
    user: str
    """User and group ids; not root."""
    port: int | None
    """TCP port that the container listens on."""
    command: Sequence[str] | None
    """Replaces the image's command."""
    health_command: Sequence[str] | None
    """Command that exits 0 when the container is healthy, with CMD or CMD-SHELL in front."""
    grace_seconds: int
    """Seconds after the start in which a failed health command does not count."""
    stop_timeout_seconds: int
    """Seconds from SIGTERM to SIGKILL."""
    tmp_mib: int
    """Size of /tmp in memory, in MiB."""
    read_only: bool
    """Whether the root file system is read-only."""
    log_group: str
    """Log group that receives what the container prints."""
    region: str
    """Region of the log group."""
    environment: Mapping[str, str]
    """Plain variables."""
    labels: Mapping[str, str]
    """Labels of the container; tasks are started anew when one changes."""
    secrets: Mapping[str, str]
    """Variable to the ARN of a secret, or `<arn>:<key>::` for one key of it."""
    entry_point: Sequence[str] | None = None
    """Replaces the image's entry point."""


def health_check(container: Container) -> dict[str, Any] | None:
    """The command as ECS takes it, at the pace of the target group's check (T3)."""
    if container.health_command is None:
        return None
    return {
        "command": list(container.health_command),
        "interval": 15,
        "timeout": 5,
        "retries": 3,
        "startPeriod": min(container.grace_seconds, 300),
    }


def log_configuration(container: Container) -> dict[str, Any]:
    """Logs go to one group, a stream a task; when CloudWatch is slow the container loses lines and is not held up."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": container.log_group,
            "awslogs-region": container.region,
            "awslogs-stream-prefix": "task",
            "max-buffer-size": "25m",
            "mode": "non-blocking",
        },
    }


def container_definition(container: Container) -> dict[str, Any]:
    """The container, hardened: no root, no capabilities, nothing writable but /tmp, an init process that reaps.

    /tmp is a tmpfs, writable by everyone as Linux makes it; a bind mount on Fargate would belong to root. AWS announced
    it on 2026-01-06 ("Amazon ECS supports tmpfs mounts on AWS Fargate and ECS Managed Instances").
    """
    port = {"containerPort": container.port, "hostPort": container.port, "protocol": "tcp"}
    definition = {
        "name": container.name,
        "image": container.image,
        "essential": True,
        "user": container.user,
        "entryPoint": list(container.entry_point) if container.entry_point else None,
        "command": list(container.command) if container.command else None,
        "readonlyRootFilesystem": container.read_only,
        "stopTimeout": container.stop_timeout_seconds,
        "linuxParameters": {
            "capabilities": {"drop": ["ALL"]},
            "initProcessEnabled": True,
            "tmpfs": [{"containerPath": "/tmp", "size": container.tmp_mib, "mountOptions": ["nosuid", "nodev"]}],
        },
        "portMappings": [port] if container.port else [],
        "environment": [{"name": name, "value": value} for name, value in sorted(container.environment.items())],
        "secrets": [{"name": name, "valueFrom": value} for name, value in sorted(container.secrets.items())],
        "dockerLabels": dict(sorted(container.labels.items())) or None,
        "healthCheck": health_check(container),
        "logConfiguration": log_configuration(container),
    }
    return {key: value for key, value in definition.items() if value is not None}
