"""Runs a command and watches its tree of processes: how long it takes, and how much memory each kind of process has."""

from __future__ import annotations

import re
import resource
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MESSAGE_LENGTH = 2000
"""Characters of a failed command's output that are shown: its end, where the reason stands."""

SAMPLE_SECONDS = 0.05
"""Pause between two looks at the processes; the kernel keeps each one's peak meanwhile."""

KINDS = (
    ("policies", re.compile(r"\x00pulumi\.policy\x00")),
    ("provider", re.compile(r"-m\x00offline\.(aws|kubernetes)\x00|pulumi-resource-")),
    ("program", re.compile(r"program_runner\.py|pulumi-language-python")),
    ("engine", re.compile(r"offline\.engine|offline/bin/pulumi|bin/pulumi\b")),
)
"""What kind of process a command line belongs to; the first that matches."""


class CommandFailedError(Exception):
    """A measured command failed; its output is the message."""


@dataclass(frozen=True)
class Measurement:
    """One run of one command."""

    seconds: float
    """Wall time, from start to exit."""
    cpu_seconds: float
    """Time that processors spent on it and on all that it started and ended; others on the machine hardly change it."""
    peak_mib: Mapping[str, int]
    """Largest resident memory of a process, for each kind of process, in MiB."""
    output: str
    """What it printed."""


def measure(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], codes: Collection[int] = (0,)
) -> Measurement:
    """Run a command to its end; raises CommandFailedError if it exits with another code than these."""
    before, started = _spent(), time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peaks: dict[str, int] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, done), daemon=True)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.monotonic() - started
    done.set()
    watcher.join()
    if process.returncode not in codes:
        raise CommandFailedError(f"{' '.join(command)} exited with {process.returncode}:\n{output[-MESSAGE_LENGTH:]}")
    return Measurement(seconds, _spent() - before, peaks, output)


def _spent() -> float:
    """Processor time of all that this process has started and seen the end of."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(root: int, peaks: dict[str, int], done: threading.Event) -> None:
    while not done.wait(SAMPLE_SECONDS):
        for kind, mib in _processes(root):
            peaks[kind] = max(peaks.get(kind, 0), mib)


def _processes(root: int) -> Iterator[tuple[str, int]]:
    """Kind and peak memory of a process and of all below it; those that have just ended are left out."""
    waiting = [root]
    while waiting:
        folder = Path("/proc") / str(waiting.pop())
        try:
            status = (folder / "status").read_text()
            command = (folder / "cmdline").read_text()
            waiting += [
                int(child) for task in (folder / "task").iterdir() for child in (task / "children").read_text().split()
            ]
        except (FileNotFoundError, ProcessLookupError):
            continue
        peak = re.search(r"VmHWM:\s+(\d+) kB", status)
        kind = next((name for name, pattern in KINDS if pattern.search(command)), None)
        if peak and kind:
            yield kind, int(peak[1]) // 1024
