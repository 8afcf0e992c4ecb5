"""The state while an operation runs: what the checkpoint held, changed step by step, with each change journaled."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .crypter import StateSecrets
from .journal import Journal
from .resource_state import ResourceState
from .snapshot import Snapshot, stable_order
from .urns import reference_urn


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A step that has begun and not ended."""

    sequence: int
    operation: str
    """create, create-replacement, update, delete, ..."""
    token: str
    """Sent with a create, so that the same create is executed once however often it is sent."""
    resource: ResourceState
    """With the inputs that the step was begun with."""
    replaces: ResourceState | None
    """What a create-replacement will have replaced."""


class Ledger:
    """All resources by a key that outlives changes: `c<n>` from the checkpoint, `j<n>` from the journal's step n."""

    def __init__(self, old: Snapshot, secrets: StateSecrets, journal: Journal | None = None) -> None:
        """Without a journal (previews) nothing is written."""
        self.secrets = secrets
        self._journal = journal
        self._entries: dict[str, ResourceState] = {f"c{i}": resource for i, resource in enumerate(old.resources)}
        self._keys: dict[ResourceState, str] = {resource: key for key, resource in self._entries.items()}
        self._sequence = 0
        self._renames: dict[str, str] = {}
        self._gone: set[str] = set()
        self.begun: dict[int, Begun] = {}

    @property
    def resources(self) -> list[ResourceState]:
        """What exists now, in no order that means anything."""
        return list(self._entries.values())

    def holds(self, resource: ResourceState) -> bool:
        """True while the resource is part of the state."""
        return resource in self._keys

    async def begin(self, operation: str, resource: ResourceState, replaces: ResourceState | None = None) -> Begun:
        """Records that a step goes to the provider now; on disk before this returns."""
        self._sequence += 1
        begun = Begun(
            sequence=self._sequence,
            operation=operation,
            token=str(uuid.uuid4()),
            resource=resource,
            replaces=replaces,
        )
        self.begun[begun.sequence] = begun
        if self._journal:
            entry: dict[str, Any] = {"step": begun.sequence, "begin": operation, "urn": resource.urn}
            if operation.startswith("create"):
                entry |= {"token": begun.token, "resource": resource.to_json(self.secrets.encrypt)}
                entry["replaces"] = self._keys.get(replaces) if replaces else None
            self._journal.append(entry)
            await self._journal.sync()
        return begun

    async def finish(
        self, begun: Begun, *, put: Iterable[ResourceState] = (), drop: Iterable[ResourceState] = ()
    ) -> None:
        """Records what a step has made, changed (`put`) and removed (`drop`); on disk before this returns."""
        self.begun.pop(begun.sequence, None)
        self._apply(begun.sequence, list(put), list(drop))
        if self._journal:
            await self._journal.sync()

    def record(
        self,
        *,
        put: Iterable[ResourceState] = (),
        drop: Iterable[ResourceState] = (),
        rename: dict[str, str] | None = None,
        gone: Iterable[str] = (),
    ) -> None:
        """Records a change that no provider took part in; it reaches the disk with the next step that one does.

        What was `gone` without the engine's doing is dropped by others, too, that name it.
        """
        self._sequence += 1
        self._apply(self._sequence, list(put), list(drop), rename or {}, list(gone))

    def _apply(
        self,
        sequence: int,
        put: list[ResourceState],
        drop: list[ResourceState],
        rename: dict[str, str] | None = None,
        gone: Sequence[str] = (),
    ) -> None:
        dropped = [self._keys[resource] for resource in drop if resource in self._keys]
        saved: dict[str, ResourceState] = {}
        for index, resource in enumerate(put):
            saved[self._keys.get(resource) or f"j{sequence}.{index}"] = resource
        self.apply(saved, dropped, rename or {}, gone)
        if self._journal:
            entry: dict[str, Any] = {"step": sequence, "end": True}
            if saved:
                entry["put"] = {key: resource.to_json(self.secrets.encrypt) for key, resource in saved.items()}
            if dropped:
                entry["drop"] = dropped
            if rename:
                entry["rename"] = rename
            if gone:
                entry["gone"] = gone
            self._journal.append(entry)

    def apply(
        self, put: dict[str, ResourceState], drop: Iterable[str], rename: dict[str, str], gone: Iterable[str]
    ) -> None:
        """Changes the state in memory only, as the journal tells."""
        for key in drop:
            dropped = self._entries.pop(key, None)
            if dropped is not None:
                self._keys.pop(dropped, None)
        for key, resource in put.items():
            before = self._entries.get(key)
            if before is not None:
                self._keys.pop(before, None)
            self._entries[key] = resource
            self._keys[resource] = key
        self._renames.update(rename)
        self._gone.update(gone)

    def write_to(self, journal: Journal) -> None:
        """Goes on in the journal that it was replayed from."""
        self._journal = journal

    def entry(self, key: str | None) -> ResourceState | None:
        """The resource under a key of the journal."""
        return self._entries.get(key) if key else None

    def resume_after(self, sequence: int) -> None:
        """Numbers the next step after those that a journal holds already."""
        self._sequence = max(self._sequence, sequence)

    def snapshot(self) -> Snapshot:
        """The whole state in its stable order, with references to what was renamed or is gone set right."""
        resources = list(self._entries.values())
        live = {resource.urn for resource in resources}
        renames = {old: new for old, new in self._renames.items() if old not in live}
        gone = self._gone - live
        for resource in resources if renames or gone else ():
            _rename(resource, renames)
            if gone.intersection(resource.references()):
                _forget(resource, gone)
        return Snapshot(
            resources=stable_order(resources),
            secrets_provider=self.secrets.provider(),
            pending=[
                {"resource": begun.resource.to_json(self.secrets.encrypt), "type": "creating"}
                for begun in self.begun.values()
                if begun.operation.startswith("create")
            ],
        )


def _rename(resource: ResourceState, renames: dict[str, str]) -> None:
    def now(urn: str) -> str:
        return renames.get(urn, urn)

    resource.parent = now(resource.parent)
    resource.dependencies = [now(urn) for urn in resource.dependencies]
    resource.property_dependencies = {k: [now(urn) for urn in v] for k, v in resource.property_dependencies.items()}
    resource.deleted_with = now(resource.deleted_with)
    resource.replace_with = [now(urn) for urn in resource.replace_with]
    if resource.provider:
        resource.provider = f"{now(reference_urn(resource.provider))}::{resource.provider.rpartition('::')[2]}"


def _forget(resource: ResourceState, gone: set[str]) -> None:
    """As `rebuildBaseState` in pkg/resource/deploy/deployment_executor.go of pulumi/pulumi."""

    def left(urns: list[str]) -> list[str]:
        return [urn for urn in urns if urn not in gone]

    resource.parent = "".join(left([resource.parent]))
    resource.dependencies = left(resource.dependencies)
    resource.property_dependencies = {k: left(v) for k, v in resource.property_dependencies.items() if left(v)}
    resource.deleted_with = "".join(left([resource.deleted_with]))
    resource.replace_with = left(resource.replace_with)
