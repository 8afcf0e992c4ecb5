"""Processes that the engine starts: plugins, policy packs, the program. None of them outlives it."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import ctypes
import functools
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from typing import IO

LINE_BYTES = 16 * 1024 * 1024
"""Longest line that is read from a child, in bytes."""
_PR_SET_PDEATHSIG = 1
_GUARD = """
all=
while read -r group; do
  case $group in
  -*) left=; for one in $all; do [ "-$one" = "$group" ] || left="$left $one"; done; all=$left ;;
  *) all="$all $group" ;;
  esac
done
for group in $all; do kill -s KILL -- "-$group"; done
"""
"""Reads the groups of the engine's children, and -GROUP of those that have ended, whose ids may come to be another's;
kills the others once there is no engine that could write another."""


class Child:
    """A process in a group of its own, so that Ctrl-C reaches the engine alone; the kernel kills it with the engine."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.process = process
        self.last_lines: collections.deque[str] = collections.deque(maxlen=20)
        """The end of what it wrote on stderr, to explain a crash."""
        self._readers: list[asyncio.Task[None]] = []
        self._handle = -1
        """Of the process: readable once it has ended."""
        self._is_over = False
        """It has ended, and its group with it: the number may come to be another's."""

    def read_lines(self, stream: asyncio.StreamReader | None, use: Callable[[str], None]) -> None:
        """Calls `use` with each further line of a stream."""
        if stream is not None:
            self._readers.append(asyncio.create_task(_each_line(stream, use)))

    def remember_stderr(self) -> None:
        """Keeps the end of stderr without showing it."""
        self.read_lines(self.process.stderr, self.last_lines.append)

    async def drained(self) -> None:
        """Returns once its streams have been read to their end."""
        await asyncio.gather(*self._readers)

    def story(self) -> str:
        """How it ended, with its last words."""
        code = self.process.returncode
        how = (
            "is still running" if code is None else f"ended with signal {-code}" if code < 0 else f"exited with {code}"
        )
        words = "\n".join(f"  {line}" for line in self.last_lines)
        return f"{self.name} {how}" + (f"; its last words:\n{words}" if words else "")

    def watch(self) -> None:
        """What it has started and leaves behind ends with it: it may hold the streams that are read to their end."""
        _tell_guard(str(self.process.pid))
        try:
            self._handle = os.pidfd_open(self.process.pid)
        except ProcessLookupError:
            self._end()
        else:
            asyncio.get_running_loop().add_reader(self._handle, self._end)

    def _end(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        if self._handle >= 0:
            asyncio.get_running_loop().remove_reader(self._handle)
            os.close(self._handle)
        _kill_group(self.process.pid)
        _tell_guard(f"-{self.process.pid}")

    async def stop(self) -> None:
        """Kills it with all that it started, and waits."""
        if not self._is_over:
            _kill_group(self.process.pid)
        await self.process.wait()
        self._end()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)


async def start(name: str, command: Sequence[str], *, folder: str, environment: dict[str, str]) -> Child:
    """Starts a child with its output piped."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
        start_new_session=True,
        preexec_fn=_die_with(os.getpid(), ctypes.CDLL(None)),
    )
    child = Child(name, process)
    child.watch()
    return child


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _tell_guard(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):  # somebody has killed it
        _guard().write(f"{line}\n".encode())


@functools.cache
def _guard() -> IO[bytes]:
    """The input of a shell that outlives this process by a moment: the kernel kills a killed engine's children, and not
    what those have started."""
    guard = subprocess.Popen(
        ["/bin/sh", "-c", _GUARD],
        env={},
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert guard.stdin is not None
    return guard.stdin


def _die_with(engine: int, libc: ctypes.CDLL) -> Callable[[], None]:
    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != engine:  # the engine died before the line above
            os._exit(1)

    return arrange


async def _each_line(stream: asyncio.StreamReader, use: Callable[[str], None]) -> None:
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # a line beyond the limit is dropped
            continue
        if not line:
            return
        use(line.decode(errors="replace").rstrip("\n"))
