"""The journal of an operation: one JSON line for each step begun and each step ended, appended and synced.

Whatever happens to the engine, checkpoint and journal together tell what exists, and which creates were under way with
which operation token. Each line ends with a checksum of itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
import zlib
from pathlib import Path
from typing import Any

from .crypter import StateSecrets
from .errors import EngineError
from .files import WriteError, append, sync_folder

NOTHING_LOST = (
    ". What was done is kept: make room, and the next command finishes what was under way, then goes on from there"
)
_SUM = b',"crc32":"'


class Journal:
    """An append-only file; one sync serves all steps that wait for it, so that its cost does not grow with them."""

    def __init__(self, path: Path, secrets: StateSecrets, *, base: str, operation: str) -> None:
        """Starts a journal that goes on from the checkpoint with digest `base`, or goes on in the one that is there."""
        self._path = path
        self._secrets = secrets
        self._salt = secrets.provider()
        self._written = 0
        self._synced = 0
        self._syncing: asyncio.Task[None] | None = None
        self._broken: WriteError | None = None
        if started := read(path):
            self.id = str(started[0]["journal"])
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
            _drop_torn_line(path)
            return
        self.id = str(uuid.uuid4())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND, 0o600)
        except OSError as error:
            raise WriteError(path, error) from None
        try:
            self.append({"journal": self.id, "base": base, "operation": operation, "secrets_providers": self._salt})
            sync_folder(path.parent)  # or a power failure could take the file with all that is synced in it
        except (WriteError, OSError) as error:
            os.close(self._descriptor)  # nobody has this journal, who could
            raise error if isinstance(error, WriteError) else WriteError(path, error) from None

    def append(self, entry: dict[str, Any]) -> None:
        """Writes one line. It survives a kill of the engine at once, a power failure after `sync`.

        After the first line that cannot be written none is: the file stays a whole beginning of what happened.
        """
        if self._broken:
            raise self._broken
        if self._secrets.provider() != self._salt:
            self._salt = self._secrets.provider()
            entry = {**entry, "secrets_providers": self._salt}
        text = json.dumps(entry, separators=(",", ":")).encode()
        try:
            append(self._descriptor, b'%s%s%08x"}\n' % (text[:-1], _SUM, zlib.crc32(text)))
        except OSError as error:
            raise self._break(error) from None
        self._written += 1

    def _break(self, error: OSError) -> WriteError:
        self._broken = WriteError(self._path, error, NOTHING_LOST)
        return self._broken

    async def sync(self) -> None:
        """Returns once all that was appended so far is on disk."""
        ticket = self._written
        while self._synced < ticket:
            if self._broken:
                raise self._broken
            if self._syncing is None:
                self._syncing = asyncio.create_task(self._sync())
            await asyncio.shield(self._syncing)

    async def _sync(self) -> None:
        target = self._written
        try:
            await asyncio.to_thread(os.fsync, self._descriptor)
            self._synced = target
        except OSError as error:
            self._break(error)
        finally:
            self._syncing = None

    def close(self, *, remove: bool) -> None:
        """Ends the journal; `remove` once it is folded into the checkpoint."""
        os.close(self._descriptor)
        if remove:
            self._path.unlink(missing_ok=True)


def read(path: Path) -> list[dict[str, Any]]:
    """The journal's lines, none where there is no journal. A last line that was not written to its end is left out:
    its step did not end, or had not begun. Raises EngineError for any other that is not as it was written."""
    try:
        *lines, _ = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    found: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        entry = _entry(line)
        if entry is None or ("journal" in entry) != (number == 1):
            raise EngineError(f"the journal {path} is damaged in line {number}; nothing was changed")
        found.append(entry)
    return found


def _entry(line: bytes) -> dict[str, Any] | None:
    text, _, told = line.rpartition(_SUM)
    text += b"}"
    if told != b'%08x"}' % zlib.crc32(text):
        return None
    found = json.loads(text)
    return found if isinstance(found, dict) else None


def _drop_torn_line(path: Path) -> None:
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        os.truncate(path, end)
