"""What Lambda's runtime does for a Python function: imports its handler, calls it once, answers in JSON.

Run by its path, in a process of its own, `python -P function_host.py`, with a socket for stdin. It imports boto3 once,
and forks for every call: to import it each time would be most of a call. Over the socket comes one byte for each call,
and with it that call's own socket, which takes the call (a line of JSON) and gives `+` once it has begun, and then its
exit code. Whoever hangs up ends the call, and whoever closes the first socket ends all.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any

BEGUN = "+"
"""Told by a call's process before anything of the function's runs."""
BARE = frozenset(sys.modules)
"""What a process has imported that has no boto3."""


class Context:
    """What a handler is told of its call, as far as ours ask."""

    def __init__(self, request: str, arn: str, timeout_seconds: int) -> None:
        self.aws_request_id = request
        self.invoked_function_arn = arn
        self.function_name = arn.split(":")[6]
        self._end = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda would stop the call."""
        return max(0, int((self._end - time.monotonic()) * 1000))


class Host:
    """Takes calls, and tells what became of each."""

    def __init__(self, calls: socket.socket) -> None:
        self._calls = calls
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        self._running: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(calls, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker.fileno())

    def next_call(self) -> Mapping[str, Any] | None:
        """Goes on in a process of its own for every call, and returns there; None where there will be none."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    self._woken.recv(4096)
                elif key.fileobj is self._calls:
                    _, sockets, _, _ = socket.recv_fds(self._calls, 1, 1)
                    if not sockets:
                        self._end()
                        return None
                    call = self._forked(socket.socket(fileno=sockets[0]))
                    if call is not None:
                        return call
                else:
                    self._hung_up(int(key.data))
            self._reap()

    def _forked(self, line: socket.socket) -> Mapping[str, Any] | None:
        with line.makefile("rb") as lines:
            text = lines.readline()
        if not text.endswith(b"\n"):
            line.close()  # whoever asked is gone
            return None
        process = os.fork()
        if process == 0:
            self._let_go()
            self._tell(line, BEGUN)  # not the host: whoever asked may ask another host if it hears nothing
            line.close()
            return dict(json.loads(text))
        with contextlib.suppress(OSError):
            os.setpgid(process, process)
        self._running[process] = line
        self._selector.register(line, selectors.EVENT_READ, process)
        return None

    def _let_go(self) -> None:
        """Of all that is the host's: this is a call's process now."""
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for mine in (self._calls, self._woken, self._waker, *self._running.values()):
            mine.close()

    def _hung_up(self, process: int) -> None:
        self._selector.unregister(self._running[process])
        _kill(process)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                process, status = os.waitpid(-1, os.WNOHANG)
                if process == 0:
                    return
                _kill(process)  # what it started
                line = self._running.pop(process)
                with contextlib.suppress(KeyError):
                    self._selector.unregister(line)
                self._tell(line, str(os.waitstatus_to_exitcode(status)))
                line.close()

    def _end(self) -> None:
        for process in self._running:
            _kill(process)

    def _tell(self, line: socket.socket, text: str) -> None:
        with contextlib.suppress(OSError):
            line.sendall(text.encode())


def _kill(group: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)


def preload() -> None:
    """Imports what a client takes; the session is thrown away, as it knows nobody's credentials."""
    import boto3

    boto3.session.Session("none", "none").client("sts", region_name="us-east-1")
    gc.collect()
    gc.freeze()


def settle(call: Mapping[str, Any]) -> None:
    """Makes the surroundings of a process those of a call."""
    os.environ.clear()
    os.environ.update(call["environment"])
    time.tzset()
    os.chdir(call["folder"])
    nothing, printed = os.open(os.devnull, os.O_RDONLY), os.open(call["printed"], os.O_WRONLY | os.O_APPEND)
    for ours, theirs in ((nothing, 0), (printed, 1), (printed, 2)):
        os.dup2(ours, theirs)
    os.close(nothing)
    os.close(printed)
    sys.path[:0] = [call["folder"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    shadow([entry.partition(".")[0] for entry in os.listdir(call["folder"])])


def shadow(own: list[str]) -> None:
    """A function that brings a module of its own, boto3 perhaps, gets that: then all is imported anew."""
    loaded = set(sys.modules) - BARE
    if loaded & set(own):
        for name in loaded:
            del sys.modules[name]


def answer(call: Mapping[str, Any]) -> tuple[int, Any]:
    """(exit code, what is answered)."""
    module, _, name = call["handler"].rpartition(".")
    try:
        function = getattr(importlib.import_module(module.replace("/", ".")), name)
        made = function(json.loads(call["event"]), Context(call["request"], call["arn"], call["timeout_seconds"]))
        json.dumps(made)
    except Exception as error:
        traceback.print_exc()
        return 1, {"errorType": type(error).__name__, "errorMessage": str(error), "requestId": call["request"]}
    return 0, made


def run(call: Mapping[str, Any]) -> None:
    """One call, in a process of its own, which ends as Lambda stops: without waiting for what goes on beside it."""
    settle(call)
    with contextlib.redirect_stdout(sys.stderr):
        code, result = answer(call)
    with open(call["answer"], "w", encoding="utf-8") as file:
        json.dump(result, file)
    sys.stderr.flush()
    os._exit(code)


def main() -> None:
    """Serves until nobody asks any more."""
    calls = socket.socket(fileno=os.dup(0))
    preload()
    call = Host(calls).next_call()
    if call is not None:
        run(call)


if __name__ == "__main__":
    main()
