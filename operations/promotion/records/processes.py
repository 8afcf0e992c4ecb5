"""Whether the process that holds an environment still runs, where it ran on this machine."""

from __future__ import annotations

import socket
import subprocess
import uuid
from pathlib import Path

from operations.promotion.model import Holder

PROC = Path("/proc")


def life(process: int) -> str:
    """What tells a process from one that is given the same number later, and machines from others of that name.

    Containers may share the host's name and not its processes, so it holds the boot and the name space of processes.
    """
    return f"{_machine()}.{_start(process)}"


def gone(holder: Holder, life: str) -> bool:
    """Whether the holder's process, which lived that life, is known to have ended; of other machines nothing is."""
    machine, _, start = life.partition(".")
    if holder.host != socket.gethostname() or machine != _machine() or not start:
        return False
    return _start(holder.process) != start


def _machine() -> str:
    """This boot of this machine, and the name space of its processes."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")
        return f"{boot}-{(PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:  # no Linux
        return f"{uuid.getnode():x}"


def _start(process: int) -> str:
    """When a process began, in letters and digits; empty where none runs, or nothing tells."""
    if (PROC / "self").exists():
        return _start_by_proc(process)
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(process)], capture_output=True, text=True, check=False)
    return "".join(letter for letter in listed.stdout if letter.isalnum())


def _start_by_proc(process: int) -> str:
    """Field 22 of /proc/PID/stat, in ticks since the boot. Source: proc_pid_stat(5).

    The name in field 2 may hold blanks and parentheses. A zombie (Z, X) has ended, and only waits to be noticed.
    """
    try:
        fields = (PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in {"Z", "X"} else fields[19]
