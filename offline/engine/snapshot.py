"""A stack's resources as one document: checkpoint version 3, in a stable order."""

from __future__ import annotations

import hashlib
import heapq
from dataclasses import dataclass, field
from typing import Any

from .errors import EngineError
from .resource_state import ResourceState, timestamp
from .serialize import Decrypt, Encrypt
from .urns import STACK_TYPE
from .versions import sdk_version


@dataclass(kw_only=True)
class Snapshot:
    """All resources of a stack at one moment."""

    resources: list[ResourceState] = field(default_factory=list)
    secrets_provider: dict[str, Any] | None = None
    """How its secrets are encrypted; None while there has been no secret."""
    pending: list[dict[str, Any]] = field(default_factory=list)
    """Creates that were begun and not finished, in a checkpoint's `pending_operations` form."""
    time: str = ""

    def to_json(self, encrypt: Encrypt | None) -> dict[str, Any]:
        """The deployment as `stack export` prints it and a checkpoint saves it."""
        version = f"v{sdk_version()}"
        magic = hashlib.sha256(version.encode()).hexdigest()
        saved: dict[str, Any] = {"manifest": {"time": self.time or timestamp(), "magic": magic, "version": version}}
        if self.secrets_provider:
            saved["secrets_providers"] = self.secrets_provider
        if self.resources:
            saved["resources"] = [resource.to_json(encrypt) for resource in self.resources]
        if self.pending:
            saved["pending_operations"] = self.pending
        saved["metadata"] = {}
        return saved

    @classmethod
    def from_json(cls, saved: dict[str, Any] | None, decrypt: Decrypt) -> Snapshot:
        """A snapshot out of a checkpoint; None stands for a stack without any update yet."""
        saved = saved or {}
        return cls(
            resources=[ResourceState.from_json(item, decrypt) for item in saved.get("resources") or []],
            secrets_provider=saved.get("secrets_providers"),
            pending=saved.get("pending_operations") or [],
            time=(saved.get("manifest") or {}).get("time", ""),
        )

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return next((resource.outputs for resource in self.resources if resource.type == STACK_TYPE), {})

    def verify(self) -> None:
        """Raises EngineError unless everything that a resource names stands before it."""
        seen: set[str] = set()
        for resource in self.resources:
            missing = sorted(resource.references() - {resource.deleted_with, *resource.replace_with} - seen)
            if missing:
                raise EngineError(
                    f"the state is not valid: {resource.urn} refers to {missing[0]}, which does not stand before it"
                )
            seen.add(resource.urn)


def stable_order(resources: list[ResourceState]) -> list[ResourceState]:
    """The resources with what is needed first, then by URN, whatever order the steps completed in."""
    by_urn: dict[str, list[int]] = {}
    for index, resource in enumerate(resources):
        by_urn.setdefault(resource.urn, []).append(index)
    users: list[list[int]] = [[] for _ in resources]
    waiting = [0] * len(resources)
    for index, resource in enumerate(resources):
        for urn in resource.references():
            for needed in _entries(resources, by_urn.get(urn, []), resource):
                users[needed].append(index)
                waiting[index] += 1
    ready = [(resource.delete, resource.urn, i) for i, resource in enumerate(resources) if not waiting[i]]
    heapq.heapify(ready)
    ordered: list[ResourceState] = []
    while ready:
        _, _, index = heapq.heappop(ready)
        ordered.append(resources[index])
        for user in users[index]:
            waiting[user] -= 1
            if not waiting[user]:
                heapq.heappush(ready, (resources[user].delete, resources[user].urn, user))
    return ordered if len(ordered) == len(resources) else resources


def _entries(resources: list[ResourceState], entries: list[int], user: ResourceState) -> list[int]:
    """Those of a URN's entries that stand before a user: the live one; for a replaced user the replaced ones too."""
    live = [index for index in entries if not resources[index].delete]
    return entries if user.delete or not live else live
