"""What the function is asked to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Request:
    """One task; the same `request` means the same task, however often it is asked for."""

    title: str
    """What it is to people, `Migration of api`."""
    request: str
    """What tells it from every other; at most 48 letters and digits."""
    cluster: str
    """ARN of the cluster."""
    task_definition: str
    """ARN of the task definition, with its revision."""
    container: str
    """Name of the container whose exit code counts."""
    subnets: Sequence[str]
    """Ids of its subnets."""
    security_groups: Sequence[str]
    """Ids of its security groups."""
    log_group: str
    """Log group that the container writes to, by streams `task/<container>/<task id>`."""
    wait_seconds: int
    """How long the task is waited for."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of this run, beside those of the definition; never a secret."""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Request:
        """The event's own keys. Raises ValueError when one is missing or unknown."""
        known = {field.name for field in fields(cls)}
        needed = {field.name for field in fields(cls) if field.default_factory is MISSING}
        missing, unknown = sorted(needed - set(event)), sorted(set(event) - known)
        if missing or unknown:
            raise ValueError(f"the event is no request: missing are {missing}, unknown are {unknown}")
        return cls(**event)

    def parameters(self, attempt: int) -> dict[str, Any]:
        """Of ecs:RunTask; the same for each call of the same attempt, or ECS refuses the repeated token."""
        given = [{"name": name, "value": value} for name, value in sorted(self.environment.items())]
        overrides = {"containerOverrides": [{"name": self.container, "environment": given}]}
        return {
            **({"overrides": overrides} if given else {}),
            "cluster": self.cluster,
            "taskDefinition": self.task_definition,
            "launchType": "FARGATE",
            "count": 1,
            "clientToken": f"{self.request}-{attempt}",
            "startedBy": f"pulumi/{self.request}",
            "enableECSManagedTags": True,
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": list(self.subnets),
                    "securityGroups": list(self.security_groups),
                    "assignPublicIp": "DISABLED",
                }
            },
        }
