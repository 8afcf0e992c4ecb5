"""A stack's state as it really is: the checkpoint, and the journal of an operation that was interrupted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import journal
from .backend import FileBackend
from .crypter import Passphrase, StateSecrets
from .errors import EngineError
from .ledger import Begun, Ledger
from .resource_state import ResourceState
from .snapshot import Snapshot
from .urns import urn_type


@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """An operation that did not come to its end."""

    operation: str
    creating: list[str] = field(default_factory=list)
    """URNs of creates that were begun; whether they exist is not known."""
    other: list[str] = field(default_factory=list)
    """URNs of updates and deletes that were begun; the next operation does them again."""


@dataclass(frozen=True, kw_only=True)
class StackState:
    """What a command starts from."""

    snapshot: Snapshot
    secrets: StateSecrets
    digest: str
    """Of the checkpoint, for a journal that goes on from it."""
    ledger: Ledger | None = None
    """The replayed journal of an interrupted operation."""
    interrupted: Interrupted | None = None


def load(backend: FileBackend, project: str, stack: str, passphrase: Passphrase) -> StackState:
    """The state; raises EngineError when a file is damaged, and changes nothing."""
    checkpoint = backend.load(project, stack)
    path = backend.journal_file(project, stack)
    entries = journal.read(path) if path.exists() else []
    begun_by = entries[0] if entries else {"journal": ""}
    pending = bool(begun_by["journal"]) and begun_by["journal"] != checkpoint.journal
    if pending and begun_by["base"] != checkpoint.digest:
        raise EngineError(
            f"the journal {path} belongs to another state than {backend.file(project, stack)}: the state was changed "
            "after an interrupted operation. Restore the state, or remove the journal to forget what it recorded"
        )
    deployment = checkpoint.deployment or {}
    provider = deployment.get("secrets_providers")
    for entry in entries if pending else ():
        provider = entry.get("secrets_providers") or provider
    secrets = StateSecrets(passphrase, provider)
    snapshot = _parse(deployment, secrets, str(backend.file(project, stack)))
    if not pending:
        return StackState(snapshot=snapshot, secrets=secrets, digest=checkpoint.digest)
    ledger = replay(entries, snapshot, secrets)
    return StackState(
        snapshot=ledger.snapshot(),
        secrets=secrets,
        digest=checkpoint.digest,
        ledger=ledger,
        interrupted=_interrupted(str(begun_by.get("operation", "operation")), ledger),
    )


def _parse(deployment: dict[str, Any], secrets: StateSecrets, path: str) -> Snapshot:
    try:
        return Snapshot.from_json(deployment, secrets.decrypt)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EngineError(f"the state file {path} is damaged ({error!r}); nothing was changed") from None


def _interrupted(operation: str, ledger: Ledger) -> Interrupted:
    creating = [begun.resource.urn for begun in ledger.begun.values() if begun.operation.startswith("create")]
    other = [begun.resource.urn for begun in ledger.begun.values() if not begun.operation.startswith("create")]
    return Interrupted(operation=operation, creating=creating, other=other)


def replay(entries: list[dict[str, Any]], snapshot: Snapshot, secrets: StateSecrets) -> Ledger:
    """The ledger as it stood when the journal ends; its `begun` are the steps that were under way."""
    ledger = Ledger(snapshot, secrets)
    for entry in entries[1:]:
        step = int(entry["step"])
        ledger.resume_after(step)
        if "begin" in entry:
            ledger.begun[step] = _begun(entry, ledger, secrets)
            continue
        ledger.begun.pop(step, None)
        put = {key: ResourceState.from_json(item, secrets.decrypt) for key, item in entry.get("put", {}).items()}
        ledger.apply(put, entry.get("drop", []), entry.get("rename", {}))
    return ledger


def _begun(entry: dict[str, Any], ledger: Ledger, secrets: StateSecrets) -> Begun:
    urn = entry["urn"]
    saved = entry.get("resource")
    resource = ResourceState.from_json(saved, secrets.decrypt) if saved else ResourceState(urn=urn, type=urn_type(urn))
    return Begun(
        sequence=int(entry["step"]),
        operation=entry["begin"],
        token=entry.get("token", ""),
        resource=resource,
        replaces=ledger.entry(entry.get("replaces")),
    )
