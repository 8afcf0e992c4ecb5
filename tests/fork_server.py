"""Runs scripts in forks of a process that has imported what they import; a script of its own (forking_python.py).

`python -uP fork_server.py FOLDER NAME...`, with a pipe for stdin, whose end is this process's. A launcher writes its
process id to the FIFO `starts` in the folder, which is there once all is imported, and waits for an exit code at a FIFO
of its own that is called as its id. What it was called with, where, and with which variables and files, is in /proc.

Names are scripts, which it compiles, and modules, which it imports. These may start no thread and make nothing of
gRPC's, as neither outlives a fork.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import importlib
import os
import runpy
import selectors
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType
from typing import NoReturn

STREAMS = {0: (7, os.O_RDONLY), 1: (8, os.O_WRONLY), 2: (9, os.O_WRONLY)}
"""Where a launcher has each, and what for."""
PR_SET_PDEATHSIG = 1
FAILED = 1
"""Exit code of a script that raises."""


class Server:
    """Forks for each launcher, and tells it what became of that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        os.mkfifo(folder / "starts")
        self._starts = os.open(folder / "starts", os.O_RDWR)
        self._selector = selectors.DefaultSelector()
        self._running: dict[int, int] = {}
        """Processes by their launchers."""
        self._answers: dict[int, int] = {}
        """Files to be closed once the launcher has read them."""

    def next_launcher(self) -> int:
        """Goes on in a process of its own for every start, and returns there; 0 where there will be none."""
        self._selector.register(self._starts, selectors.EVENT_READ)
        self._selector.register(0, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fd == 0:
                    self._end()
                    return 0
                if key.fd == self._starts:
                    for launcher in map(int, os.read(self._starts, 4096).split()):
                        if self._is_forked_for(launcher):
                            return launcher
                else:
                    self._selector.unregister(key.fd)
                    os.close(key.fd)
                    key.data()

    def _is_forked_for(self, launcher: int) -> bool:
        """True in the new process."""
        try:
            handle = os.pidfd_open(launcher)
        except ProcessLookupError:  # killed meanwhile
            self._forget(launcher)
            return False
        process = os.fork()
        with contextlib.suppress(OSError):  # both say it, as neither knows which is first
            os.setpgid(process, process)
        if process == 0:
            self._selector.close()  # or it would, some time later, close whatever has its number then
            return True
        self._running[launcher] = process
        self._when_over(handle, partial(self._launcher_ended, launcher))
        self._when_over(os.pidfd_open(process), partial(self._process_ended, process, launcher))
        return False

    def _when_over(self, handle: int, then: Callable[[], None]) -> None:
        self._selector.register(handle, selectors.EVENT_READ, then)

    def _launcher_ended(self, launcher: int) -> None:
        if launcher in self._running:
            _kill(self._running[launcher])
        self._forget(launcher)

    def _process_ended(self, process: int, launcher: int) -> None:
        _, status = os.waitpid(process, 0)
        _kill(process)  # what it started
        del self._running[launcher]
        with contextlib.suppress(FileNotFoundError):  # nobody waits any more
            answer = os.open(self._folder / str(launcher), os.O_RDWR)
            os.write(answer, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            self._answers[launcher] = answer

    def _forget(self, launcher: int) -> None:
        (self._folder / str(launcher)).unlink(missing_ok=True)
        if launcher in self._answers:
            os.close(self._answers.pop(launcher))

    def _end(self) -> None:
        for process in self._running.values():
            _kill(process)


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def settle(launcher: int) -> list[str]:
    """Makes this process what the launcher stands for, and returns its arguments, the script first."""
    server = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != server:
        os._exit(FAILED)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    place = Path("/proc") / str(launcher)
    for number, (its, flags) in STREAMS.items():
        opened = os.open(place / "fd" / str(its), flags)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(place / "cwd")
    variables = (place / "environ").read_bytes().split(b"\0")
    os.environ.clear()
    os.environ.update(os.fsdecode(variable).partition("=")[::2] for variable in variables if variable)
    time.tzset()
    _, sys.executable, *words = map(os.fsdecode, (place / "cmdline").read_bytes().split(b"\0")[:-1])
    return words[1:] if words[0] == "-u" else words


def run(words: list[str], scripts: dict[str, CodeType]) -> NoReturn:
    """Runs a script or a module as Python would."""
    frozen, status = gc.get_freeze_count(), FAILED

    def leave() -> None:
        """Spares what the script's own end has found that nobody needs (program_runner.end_quickly), and more."""
        if gc.get_freeze_count() > frozen:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    atexit.register(leave)  # the first to be registered is the last to be called
    sys.path[:0] = searched_first()
    try:
        if words[0] == "-m":
            _run_module(words[1:])
        else:
            _run_script(words, scripts[words[0]])
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        raise
    sys.exit()


def searched_first() -> list[str]:
    """Folders that the environment has modules looked for in."""
    return [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]


def _run_module(words: list[str]) -> None:
    sys.argv = words
    sys.path.insert(0, os.getcwd())
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _run_script(words: list[str], code: CodeType) -> None:
    module = ModuleType("__main__")
    module.__file__ = words[0]
    sys.modules["__main__"] = module
    sys.argv = words
    sys.path.insert(0, os.path.dirname(words[0]))
    exec(code, vars(module))


def main() -> None:
    """Serves until nobody asks any more."""
    folder, *names = sys.argv[1:]
    scripts = {}
    for name in names:
        if name.endswith(".py"):
            scripts[name] = compile(Path(name).read_bytes(), name, "exec", dont_inherit=True)
        else:
            importlib.import_module(name)
    del sys.path[: len(searched_first())]
    gc.collect()
    gc.freeze()
    launcher = Server(Path(folder)).next_launcher()
    if launcher:
        try:
            words = settle(launcher)
        except FileNotFoundError:  # it was killed meanwhile
            os._exit(FAILED)
        run(words, scripts)


if __name__ == "__main__":
    main()
