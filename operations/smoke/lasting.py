"""Words of a run that goes on when its terminal is closed: what would be lost goes into a file.

A write to a terminal that is gone is an error, and an error in the wrong moment would leave things standing that cost
money. So SIGHUP is ignored, by the engine as well, which inherits that, and the run comes to its end without anybody.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


class _Raw(io.RawIOBase):
    """A file descriptor that leads to a file from the moment on at which it takes nothing any more."""

    def __init__(self, descriptor: int, log: Path) -> None:
        self._descriptor, self._log = descriptor, log

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: Any) -> int:
        try:
            return os.write(self._descriptor, data)
        except OSError:
            file = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, self._descriptor)
            os.close(file)
            return os.write(self._descriptor, data)


@contextlib.contextmanager
def lasting(log: Path) -> Iterator[None]:
    """Standard output and error that outlive their terminal."""
    with (
        contextlib.redirect_stdout(_lasting(sys.stdout, log)),
        contextlib.redirect_stderr(_lasting(sys.stderr, log)),
    ):
        yield


def _lasting(stream: TextIO, log: Path) -> TextIO:
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # nothing of the system's, but a test's
        return stream
    raw = io.BufferedWriter(_Raw(descriptor, log))
    return io.TextIOWrapper(raw, encoding=stream.encoding, errors="replace", line_buffering=True)
