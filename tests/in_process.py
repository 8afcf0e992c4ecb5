"""Commands called in the test's own process: a process of their own would first import for half a second.

What a command shows only as a process (signals, being killed, standing in a shell) is tested by starting one.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock


def called(
    main: Callable[[], Any], command: Sequence[str], *, folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What became of `main`, called as `command` in a folder, with these variables and nobody at the keyboard.

    Lines are as wide as where there is no terminal, whatever the tests run in.
    """
    out, err = io.StringIO(), io.StringIO()
    with (
        open(os.devnull) as nobody,
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, {"COLUMNS": "80", **environment}, clear=True),
        mock.patch.object(sys, "argv", [*command]),
        mock.patch.object(sys, "stdin", nobody),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = main() or 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return subprocess.CompletedProcess([*command], code, out.getvalue(), err.getvalue())
