"""Takes down what a run left behind: one that was killed, or that AWS did not let go of."""

from __future__ import annotations

import contextlib
import os

from operations.errors import Failure
from operations.project import Project
from operations.screen import Screen
from operations.smoke import place as places
from operations.smoke.run import FAILED, OK, Outside, session_of, take_down


def destroy(project: Project, screen: Screen, name: str, *, unlock: bool, outside: Outside | None = None) -> int:
    """Destroys everything of a run, and its folder. Raises Failure where it goes on."""
    found = places.find(project, name)
    process = found.note.process
    if process != os.getpid() and _lives(process):
        raise Failure(
            f"{name} goes on: process {process} runs it",
            (f"kill {process}  ends it, and takes down what it made", "or press Ctrl-C where it runs"),
        )
    session = session_of(found, screen)
    if unlock:
        with contextlib.suppress(Failure):  # nothing holds it
            session.open().cancel()
    return OK if take_down(session, found, outside or Outside()) else FAILED


def _lives(process: int) -> bool:
    """Whether the process of a run is there; another may have its number by now, where that can be seen."""
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            return b"smoke" in file.read()
    except OSError:
        if os.path.isdir("/proc/self"):
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
