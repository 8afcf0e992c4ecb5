"""Services on ECS, as far as their tasks' age goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.keys.asking import asked

AT_ONCE = 10
"""Services that one DescribeServices takes (its documented limit)."""


@dataclass(frozen=True)
class Running:
    """What DescribeServices tells, by the tag `Service`."""

    services: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, ecs: Any, cluster: str) -> Running:
        """Every service of the cluster."""
        found: dict[str, Mapping[str, Any]] = {}
        with asked("about the services"):
            pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
            arns = [arn for page in pages for arn in page["serviceArns"]]
            for start in range(0, len(arns), AT_ONCE):
                part = arns[start : start + AT_ONCE]
                for service in ecs.describe_services(cluster=cluster, services=part, include=["TAGS"])["services"]:
                    tags = {tag["key"]: tag["value"] for tag in service.get("tags") or ()}
                    found[tags.get("Service", "")] = service
        return cls(found)

    def older(self, names: Iterable[str], since: datetime) -> tuple[str, ...]:
        """Those with tasks from before then: they have read what was there at that time."""
        return tuple(name for name in names if _is_older(self.services.get(name) or {}, since))

    def deploying(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of which a deployment is under way."""
        return tuple(
            name
            for name in names
            if any(told.get("rolloutState") == "IN_PROGRESS" for told in _deployments(self.services.get(name) or {}))
        )

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those that the cluster does not have."""
        return tuple(name for name in names if name not in self.services)


def _deployments(service: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(service.get("deployments") or ())


def _is_older(service: Mapping[str, Any], since: datetime) -> bool:
    return any(told["createdAt"] < since and told.get("runningCount") for told in _deployments(service))
