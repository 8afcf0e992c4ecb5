"""The journal of an operation: one JSON line for each step begun and each step ended, appended and synced.

Whatever happens to the engine, checkpoint and journal together tell what exists, and which creates were under way with
which operation token.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from pathlib import Path
from typing import Any

from .crypter import StateSecrets
from .errors import EngineError


class Journal:
    """An append-only file; one sync serves all steps that wait for it, so that its cost does not grow with them."""

    def __init__(self, path: Path, secrets: StateSecrets, *, base: str, operation: str) -> None:
        """Starts a journal that goes on from the checkpoint with digest `base`."""
        self._path = path
        self._secrets = secrets
        self._salt = secrets.provider()
        self._written = 0
        self._synced = 0
        self._syncing: asyncio.Task[None] | None = None
        if path.exists():
            started = read(path)
            self.id = str(started[0]["journal"])
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
            _drop_torn_line(path)
            return
        self.id = str(uuid.uuid4())
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        self.append({"journal": self.id, "base": base, "operation": operation, "secrets_providers": self._salt})

    def append(self, entry: dict[str, Any]) -> None:
        """Writes one line. It survives a kill of the engine at once, a power failure after `sync`."""
        if self._secrets.provider() != self._salt:
            self._salt = self._secrets.provider()
            entry = {**entry, "secrets_providers": self._salt}
        os.write(self._descriptor, json.dumps(entry, separators=(",", ":")).encode() + b"\n")
        self._written += 1

    async def sync(self) -> None:
        """Returns once all that was appended so far is on disk."""
        ticket = self._written
        while self._synced < ticket:
            if self._syncing is None:
                self._syncing = asyncio.create_task(self._sync())
            await asyncio.shield(self._syncing)

    async def _sync(self) -> None:
        target = self._written
        await asyncio.to_thread(os.fsync, self._descriptor)
        self._synced = target
        self._syncing = None

    def close(self, *, remove: bool) -> None:
        """Ends the journal; `remove` once it is folded into the checkpoint."""
        os.close(self._descriptor)
        if remove:
            self._path.unlink(missing_ok=True)


def read(path: Path) -> list[dict[str, Any]]:
    """The journal's lines; a torn last line (the machine stopped while it was written) is left out."""
    lines = path.read_bytes().split(b"\n")
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line:
            continue
        try:
            found.append(json.loads(line))
        except ValueError:
            if number == len(lines):
                break
            raise EngineError(
                f"the journal {path} is damaged in line {number}; nothing was changed. Compare it with what exists, "
                "then remove the file to go on from the last checkpoint"
            ) from None
    if not found or "journal" not in found[0]:
        if len(lines) <= 2:
            return [{"journal": "", "base": ""}]
        raise EngineError(f"the journal {path} has no first line that names its checkpoint; nothing was changed")
    return found


def _drop_torn_line(path: Path) -> None:
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        os.truncate(path, end)
