"""Plain lines while steps run: sign, type, name, what happens, how long it took."""

from __future__ import annotations

import contextlib
import time
from typing import TextIO

from ..reporter import Step
from ..urns import STACK_TYPE, is_provider_type, urn_name, urn_type
from .words import DOING, DONE, MARKS


class Live:
    """Implements Watcher by printing; silent for what does not change."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begun(self, step: Step) -> None:
        """See Watcher."""
        if self._shown(step) and step.operation != "replace":
            self._print(step, DOING.get(step.operation, step.operation))

    def done(self, step: Step) -> None:
        """See Watcher."""
        if self._shown(step) and step.outcome not in ("same", "replace"):
            took = time.monotonic() - step.started
            self._print(step, f"{DONE.get(step.outcome, step.outcome)} ({took:.1f}s)")

    def failed(self, step: Step) -> None:
        """See Watcher."""
        took = time.monotonic() - step.started
        self._print(step, f"**{DOING.get(step.operation, step.operation)} failed** ({took:.1f}s)")

    @staticmethod
    def _shown(step: Step) -> bool:
        kind = urn_type(step.urn)
        return step.operation not in ("same", "refresh") and kind != STACK_TYPE and not is_provider_type(kind)

    def _print(self, step: Step, words: str) -> None:
        mark = MARKS.get(step.operation, " ")
        with contextlib.suppress(OSError):  # nobody reads on, or there is no room: the report at the end will say so
            self._out.write(f" {mark:<2} {urn_type(step.urn)} {urn_name(step.urn)} {words}\n")
            self._out.flush()


class Silent:
    """Implements Watcher without a word."""

    def begun(self, step: Step) -> None:
        """See Watcher."""

    def done(self, step: Step) -> None:
        """See Watcher."""

    def failed(self, step: Step) -> None:
        """See Watcher."""
