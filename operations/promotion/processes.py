"""Whether the process that holds an environment still runs, where it ran on this machine."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import uuid
from pathlib import Path

from operations.promotion.model import Holder

PROC = Path("/proc")


def holder(who: str, run: str = "") -> Holder:
    """This process. Every call gives another token."""
    process = os.getpid()
    token = f"{_machine()}.{_start(process)}.{secrets.token_hex(8)}"
    return Holder(who=who, host=socket.gethostname(), process=process, token=token, run=run)


def gone(holder: Holder) -> bool:
    """Whether the holder's process is known to have ended; of another machine nothing is known.

    Its start is compared, so that a process that was given the same number later is no life. Containers may share the
    host's name and not its processes, so the token holds the boot and the name space of processes, too.
    """
    machine, _, rest = holder.token.partition(".")
    start = rest.partition(".")[0]
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
