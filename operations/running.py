"""How a command of ours ends, whichever it is."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

from operations.arguments import make_screen


def guarded(app: Callable[[], object]) -> None:
    """Runs a command; a failure is words on stderr and exit code 1, never a traceback."""
    from operations.errors import Failure

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no ✓ gets a ? in its place
    try:
        app()
    except Failure as failure:
        make_screen().failure(failure)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe has gone; Python would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
