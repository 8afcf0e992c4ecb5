"""A stack's state as it really is: the checkpoint, and the journal of an operation that was interrupted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import journal
from .backend import FileBackend, remedy
from .checkpoint import Checkpoint
from .crypter import Passphrase, PassphraseError, StateSecrets
from .errors import EngineError, UnsupportedError
from .files import WriteError
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
    checkpoint, entries = _read(backend, project, stack)
    place = f"the state file {backend.file(project, stack)}"
    begun_by = entries[0] if entries else {"journal": ""}
    pending = bool(begun_by["journal"]) and begun_by["journal"] != checkpoint.journal
    journal_place = f"the journal {backend.journal_file(project, stack)}"
    if pending and begun_by.get("base") != checkpoint.digest:
        raise EngineError(
            f"{journal_place} belongs to another state than {backend.file(project, stack)}: the state was changed "
            f"after an interrupted command; nothing was changed now. {remedy(stack)}"
        )
    deployment = checkpoint.deployment or {}
    provider = deployment.get("secrets_providers")
    for entry in entries if pending else ():
        provider = entry.get("secrets_providers") or provider
    secrets = StateSecrets(passphrase, provider)
    with _told(place, stack):
        snapshot = Snapshot.from_json(deployment, secrets.decrypt)
        snapshot.verify()
    if not pending:
        return StackState(snapshot=snapshot, secrets=secrets, digest=checkpoint.digest)
    with _told(journal_place, stack):
        ledger = replay(entries, snapshot, secrets)
    return StackState(
        snapshot=ledger.snapshot(),
        secrets=secrets,
        digest=checkpoint.digest,
        ledger=ledger,
        interrupted=_interrupted(str(begun_by.get("operation", "operation")), ledger),
    )


def save(backend: FileBackend, project: str, stack: str, ledger: Ledger, journal_of: journal.Journal, by: str) -> None:
    """Folds a finished journal into the checkpoint; raises EngineError, and then the journal has to stay."""
    snapshot = ledger.snapshot()
    try:
        snapshot.verify()
    except EngineError as error:
        raise EngineError(f"{error}; nothing was saved, and the journal is kept. {remedy(stack)}") from None
    deployment = snapshot.to_json(ledger.secrets.encrypt)
    if ledger.secrets.provider():  # the first secret of all makes the salt
        deployment["secrets_providers"] = ledger.secrets.provider()
    try:
        backend.save(project, stack, deployment, by=by, journal=journal_of.id)
    except WriteError as error:
        raise EngineError(f"{error}{journal.NOTHING_LOST}") from None


def _read(backend: FileBackend, project: str, stack: str) -> tuple[Checkpoint, list[dict[str, Any]]]:
    """Checkpoint and journal of one moment, also while another command goes on."""
    while True:
        checkpoint = backend.load(project, stack)
        try:
            entries = journal.read(backend.journal_file(project, stack))
        except EngineError as error:
            if backend.digest(project, stack) == checkpoint.digest:
                raise EngineError(f"{error}. {remedy(stack)}") from None
            continue
        if backend.digest(project, stack) == checkpoint.digest:
            return checkpoint, entries


@contextlib.contextmanager
def _told(place: str, stack: str) -> Iterator[None]:
    """Errors name the file that they were found in, and that nothing has happened."""
    try:
        yield
    except PassphraseError as error:
        raise EngineError(f"{error}; {place} needs it, and nothing was changed") from None
    except UnsupportedError:
        raise
    except EngineError as error:
        raise EngineError(f"{place} is damaged: {error}; nothing was changed. {remedy(stack)}") from None
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EngineError(f"{place} is damaged ({error!r}); nothing was changed. {remedy(stack)}") from None


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
        ledger.apply(put, entry.get("drop", []), entry.get("rename", {}), entry.get("gone", []))
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
