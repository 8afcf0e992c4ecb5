"""Processes for calls of functions, forked by a host of their own (function_host.py) that is started for the first."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST_PROGRAM = Path(__file__).with_name("function_host.py")
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""All that a function gets of the server's surroundings."""
HOST_VARIABLES = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""Nobody's AWS; and macOS, which ends what goes on in Objective-C after a fork, asks for a word that this is wanted."""
BEGIN_SECONDS = 60
"""Until a call has begun: the first waits for boto3 to be imported, 0.5 s where nothing else runs."""
KILLED = -signal.SIGKILL
"""Of a call whose host tells nothing, since it was killed itself."""
HOSTS = 2
"""How many are asked to begin a call: the first may be killed while it is."""
MESSAGE_BYTES = 64
"""More than any exit code has."""


def kept_variables() -> dict[str, str]:
    """Those of them that are set."""
    return {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}


@dataclass(frozen=True)
class Place:
    """Where a call finds its code, and leaves what comes of it."""

    folder: Path

    @property
    def code(self) -> Path:
        """Its folder, in which it runs."""
        return self.folder / "code"

    @property
    def printed(self) -> Path:
        """What it prints."""
        return self.folder / "printed"

    @property
    def answer(self) -> Path:
        """What its handler returned, or its error; not there where it came to no end."""
        return self.folder / "answer"

    def names(self) -> dict[str, str]:
        """As the host is told."""
        return {"folder": str(self.code), "printed": str(self.printed), "answer": str(self.answer)}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a call's process ended."""

    code: int | None
    """Its exit code, that of a signal below 0; None where it took too long and was killed."""
    seconds: float
    """From its beginning on."""


class Processes:
    """One process for every call, from a host that ends with this process; another is started where it was killed."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._host: subprocess.Popen[bytes] | None = None
        self._calls: socket.socket | None = None

    def run(self, call: Mapping[str, Any], timeout_seconds: float) -> Ended:
        """Runs a call to its end, or kills it and all that it has started when its time is over."""
        for _ in range(HOSTS):
            with self._handed_over() as line:
                ended = _waited_for(line, json.dumps(call).encode() + b"\n", timeout_seconds)
            if ended is not None:
                return ended
        return Ended(code=KILLED, seconds=0)

    def _handed_over(self) -> socket.socket:
        """The line to a call's process in the making."""
        mine, its = socket.socketpair()
        with its, self._one_at_a_time:
            try:
                socket.send_fds(self._line_to_host(), [b"+"], [its.fileno()])
            except OSError:  # it was killed just now
                socket.send_fds(self._start(), [b"+"], [its.fileno()])
        return mine

    def _line_to_host(self) -> socket.socket:
        if self._calls is None or self._host is None or self._host.poll() is not None:
            return self._start()
        return self._calls

    def _start(self) -> socket.socket:
        if self._calls is not None:
            self._calls.close()
        self._calls, its = socket.socketpair()
        with its:
            self._host = subprocess.Popen(
                [sys.executable, "-P", str(HOST_PROGRAM)],
                stdin=its.fileno(),
                stdout=subprocess.DEVNULL,
                env={**kept_variables(), **HOST_VARIABLES},
                start_new_session=True,
            )
        return self._calls


def _waited_for(line: socket.socket, call: bytes, timeout_seconds: float) -> Ended | None:
    """What became of a call; None where its host was killed before it began."""
    began = None
    try:
        line.settimeout(BEGIN_SECONDS)
        line.sendall(call)
        if line.recv(1):
            began = time.monotonic()
            line.settimeout(timeout_seconds)
            code = int(line.recv(MESSAGE_BYTES) or KILLED)
            return Ended(code=code, seconds=time.monotonic() - began)
    except TimeoutError:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_WR)
            line.settimeout(None)
            while line.recv(MESSAGE_BYTES):
                pass
        return Ended(code=None, seconds=time.monotonic() - began if began else BEGIN_SECONDS)
    except OSError:
        return Ended(code=KILLED, seconds=time.monotonic() - began) if began else None
    return None
