"""What is due after a while: done between requests, since moto's backends take one at a time."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import threading
import time
import traceback
from collections.abc import Callable

LOOK_SECONDS = 0.2
"""How often it is looked whether something is due."""


class Agenda:
    """What is due when. The clock is a parameter, so that a test need not wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Notes what is due in so many seconds; whoever calls holds the server's lock."""
        heapq.heappush(self._due, (self.clock() + seconds, next(self._numbers), work))

    @property
    def is_due(self) -> bool:
        """Whether anything is."""
        return bool(self._due) and self._due[0][0] <= self.clock()

    def work_off(self) -> None:
        """Does all that is due; what fails is told in the server's log, and the rest goes on."""
        while self.is_due:
            _, _, work = heapq.heappop(self._due)
            try:
                work()
            except Exception:
                with contextlib.suppress(OSError):  # a log that takes no more ends nothing
                    traceback.print_exc()

    def serve(self, one_at_a_time: threading.Lock) -> None:
        """Works off what is due, for ever."""
        while True:
            time.sleep(LOOK_SECONDS)
            if self.is_due:
                with one_at_a_time:
                    self.work_off()


AGENDA = Agenda()
"""That of this server."""
