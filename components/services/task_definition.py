"""The container of a service as ECS takes it, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEALTH_INTERVAL_SECONDS = 15
"""Between two runs of the health command; ECS takes 5 to 300. As the target group's (T3)."""
HEALTH_TIMEOUT_SECONDS = 5
"""For one run; ECS takes 2 to 60. As the target group's (T3)."""
HEALTH_RETRIES = 3
"""Failed runs in a row that make a container unhealthy: 45 s; ECS takes 1 to 10. As the target group's (T3)."""
LONGEST_START_SECONDS = 300
"""What ECS takes at most as the time after the start in which failed runs do not count."""
LOG_BUFFER = "25m"
"""Log lines that wait in memory while CloudWatch is slow; what AWS advises after it measured how many get lost.

Source: aws.amazon.com/blogs/containers/preventing-log-loss-with-non-blocking-mode-in-the-awslogs-container-log-driver/
"""


@dataclass(frozen=True, kw_only=True)
class Container:
    """What a service's only container runs as.

    There is no container health check unless `health_command` names one: ECS runs the command inside the container,
    and an image may hold neither shell nor wget nor curl, in which case every task would be replaced for ever. CDK's
    ecs-patterns, awsx and Copilot guess none either. A service behind a load balancer is checked over HTTP by its
    target group anyway. Name a command that the image is known to hold, `["CMD", "/app/healthy"]` or
    `["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:5000/health || exit 1"]`.
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
    port_name: str | None = None
    """Name of the port, for calls over HTTP by Service Connect; none for a service that no other calls."""


def health_check(container: Container) -> dict[str, Any] | None:
    """The command as ECS takes it, at the pace of the target group's check (T3).

    A service's task where it fails is replaced, the new one first where the maximum percentage leaves room; a task that
    was run by itself (a schedule's, a migration) goes on whatever it says.
    Sources: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html,
    aws.amazon.com/blogs/containers/a-deep-dive-into-amazon-ecs-task-health-and-task-replacement/
    """
    if container.health_command is None:
        return None
    return {
        "command": list(container.health_command),
        "interval": HEALTH_INTERVAL_SECONDS,
        "timeout": HEALTH_TIMEOUT_SECONDS,
        "retries": HEALTH_RETRIES,
        "startPeriod": min(container.grace_seconds, LONGEST_START_SECONDS),
    }


def log_configuration(container: Container) -> dict[str, Any]:
    """Logs go to one group, a stream a task; when CloudWatch is slow the container loses lines and is not held up.

    Blocking is the other mode: a write to stdout then waits, and a service that logs each request stops answering.
    """
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": container.log_group,
            "awslogs-region": container.region,
            "awslogs-stream-prefix": "task",
            "max-buffer-size": LOG_BUFFER,
            "mode": "non-blocking",
        },
    }


def container_definition(container: Container) -> dict[str, Any]:
    """The container, hardened: no root, no capabilities, nothing writable but /tmp, an init process that reaps.

    /tmp is a tmpfs, writable by everyone as Linux makes it; a bind mount on Fargate would belong to root. AWS announced
    it on 2026-01-06 ("Amazon ECS supports tmpfs mounts on AWS Fargate and ECS Managed Instances").
    """
    port = {"containerPort": container.port, "hostPort": container.port, "protocol": "tcp"}
    if container.port_name:
        port |= {"name": container.port_name, "appProtocol": "http"}
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
