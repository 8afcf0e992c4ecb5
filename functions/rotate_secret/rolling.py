"""Services on ECS that read a secret when they start: new tasks, and whether they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.rotate_secret.errors import RotationError


class Roller:
    """The services of one cluster, found by their tag `Service`."""

    def __init__(self, ecs: Any, cluster: str) -> None:
        self._ecs, self._cluster = ecs, cluster

    def start(self, services: Sequence[str], since: datetime) -> None:
        """Starts new tasks of each service, unless it has got some since then. Tasks that a deployment is just starting
        may have read the secret before: so one that began earlier does not count."""
        for service in self._found(services):
            if _newest(service) < since:
                self._ecs.update_service(cluster=self._cluster, service=service["serviceArn"], forceNewDeployment=True)

    def waits_for(self, services: Sequence[str], since: datetime) -> list[str]:
        """Services whose tasks are not all known to be newer than that, each with what it is at."""
        found = {_tag(service): service for service in self._found(services)}
        return [
            f"{name}: {why}"
            for name in services
            if (why := _unrolled(found[name], since) if name in found else "not in the cluster")
        ]

    def _found(self, services: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        arns: list[str] = []
        for page in self._ecs.get_paginator("list_services").paginate(cluster=self._cluster):
            arns += page["serviceArns"]
        for start in range(0, len(arns), 10):
            described = self._ecs.describe_services(
                cluster=self._cluster, services=arns[start : start + 10], include=["TAGS"]
            )
            yield from (service for service in described["services"] if _tag(service) in services)


def _tag(service: Mapping[str, Any]) -> str:
    return next((str(tag["value"]) for tag in service.get("tags", []) if tag["key"] == "Service"), "")


def _newest(service: Mapping[str, Any]) -> datetime:
    times: list[datetime] = [deployment["createdAt"] for deployment in service.get("deployments", [])]
    if not times:
        raise RotationError(f"Service {_tag(service)} has no deployment; look at it in ECS")
    return max(times)


def _unrolled(service: Mapping[str, Any], since: datetime) -> str:
    """Why its tasks may be older; nothing when none is. A service that sleeps has none."""
    if service.get("desiredCount") == 0 and service.get("runningCount") == 0:
        return ""
    deployments = service.get("deployments", [])
    old = [deployment for deployment in deployments if deployment["createdAt"] < since]
    if any(deployment.get("runningCount", 0) for deployment in old) or len(old) == len(deployments):
        return "tasks from before it run"
    states = {deployment.get("rolloutState", "COMPLETED") for deployment in deployments}
    return "" if states == {"COMPLETED"} else f"its deployment is {', '.join(sorted(states))}"
