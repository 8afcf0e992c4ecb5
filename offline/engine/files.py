"""Writing that is whole or not at all, whatever stops it: a full disk, a kill, a power failure."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .errors import EngineError


class WriteError(EngineError):
    """A file cannot be written; what stood there before still does."""

    def __init__(self, path: Path, error: OSError, more: str = "") -> None:
        super().__init__(f"{path} cannot be written: {error.strerror or error}{more}")


def replace_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Puts a file in place at one stroke, and on disk; raises WriteError and leaves the old one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, mode)
        try:
            append(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise WriteError(path, error) from None


def append(descriptor: int, data: bytes) -> None:
    """Adds to the end of a file; raises OSError and takes back what was written of it."""
    end = os.fstat(descriptor).st_size
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, end)
        raise


def sync_folder(folder: Path) -> None:
    """Puts a folder's list of names on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
