"""One operation at a time on a stack: a flock, which the kernel releases whatever becomes of its holder."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

from .errors import EngineError
from .resource_state import timestamp


class StackLock:
    """Held during every command that reads or writes a stack's state for longer than a moment."""

    def __init__(self, path: Path, operation: str) -> None:
        self._path = path
        self._operation = operation
        self._descriptor = -1

    def __enter__(self) -> StackLock:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise EngineError(_locked_text(self._path)) from None
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": timestamp(), "operation": self._operation}
        os.ftruncate(descriptor, 0)
        with contextlib.suppress(OSError):  # on a full disk the lock holds all the same, and names nobody
            os.write(descriptor, json.dumps(holder).encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def holder(path: Path) -> dict[str, Any] | None:
    """Who holds the lock: pid, host, since, operation, as far as the file tells; None when it is free."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> dict[str, Any]:
    """What a holder writes there, without what none does: `cancel` sends a signal to the process."""
    try:
        found = json.loads(os.pread(descriptor, 4096, 0) or b"{}")
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    pid = found.get("pid")
    if not isinstance(pid, int) or isinstance(pid, bool) or pid <= 1:
        found.pop("pid", None)
    return found


def _locked_text(path: Path) -> str:
    found = holder(path) or {}
    who = f"pid {found.get('pid', '?')} on {found.get('host', '?')} since {found.get('since', '?')}"
    return (
        "the stack is currently locked by 1 lock(s). Either wait for the other process to end or interrupt it with "
        f"`pulumi cancel`.\n  {path}: {found.get('operation', 'an operation')}, {who}"
    )
