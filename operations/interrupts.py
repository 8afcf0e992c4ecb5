"""Ctrl-C and its kin while an engine runs: the engine stops by itself, so that nothing it made is lost."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Passes a wish to stop on to the engine, once a signal, instead of ending this process.

    Ctrl-C on a terminal reaches the engine too, as it belongs to the same foreground group; a second signal would
    make Pulumi stop at once, so it is passed on only where the terminal has not done it.
    """

    def __init__(self, forward: Callable[[int], None], announce: Callable[[], None]) -> None:
        self._forward = forward
        self._announce = announce
        self._previous: dict[int, Any] = {}
        self.count = 0

    def __enter__(self) -> Interrupts:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and the like: the engine ignores it as well
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1:
            self._announce()
        if number != signal.SIGINT or not _in_foreground():
            self._forward(signal.SIGINT)


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno() if sys.__stdin__ else 0) == os.getpgrp()
    except (OSError, ValueError):
        return False
