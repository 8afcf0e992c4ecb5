"""A stand-in for Python that starts some scripts in a fraction of the time: a process that has imported what they
need forks for them (fork_server.py).

To import Pulumi's SDK and gRPC is nearly all that a small program or plugin does, and the tests start hundreds. All
else stays as it is: whoever starts one gives it variables, a folder and streams, may kill it, and is told how it ended.
Only how it starts and whose child it is are not as they are for users: tests of these take Python itself.
"""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LAUNCHER = """#!/bin/sh
case " $1 $2 $3 " in
{forked}) ;;
*) exec {python} "$@" ;;
esac
exec 7<&0 8>&1 9>&2  # a shell moves its own for the commands below
mkfifo {folder}/$$ || exit
echo $$ > {folder}/starts
read -r code < {folder}/$$
case $code in -*) kill "$code" $$ ;; esac
exit "${{code:-127}}"
"""
"""Stands for the fork, which ends with it, and is told how the fork ended."""
VARIABLES = {"GRPC_ENABLE_FORK_SUPPORT": "0", "GRPC_VERBOSITY": "NONE", "PYTHONPATH": str(ROOT)}
END_SECONDS = 10


class ForkingPython:
    """An executable, and the server behind it, which ends with this process."""

    def __init__(self, scripts: Sequence[Path], imported: Sequence[str], modules: Sequence[str] = ()) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="forks-"))
        self.executable = self._folder / "python"
        """Python for these scripts, and for these modules that are run by `-m`; Python itself for all others."""
        self.executable.write_text(
            LAUNCHER.format(
                forked=" | ".join(f"*' {start} '*" for start in [*scripts, *(f"-m {module}" for module in modules)]),
                python=shlex.quote(sys.executable),
                folder=shlex.quote(str(self._folder)),
            )
        )
        self.executable.chmod(0o700)
        script = Path(__file__).with_name("fork_server.py")
        self._server = subprocess.Popen(
            [sys.executable, "-u", "-P", script, self._folder, *scripts, *imported],
            stdin=subprocess.PIPE,
            env={**os.environ, **VARIABLES},
            start_new_session=True,
        )
        atexit.register(self.close)
        while not (self._folder / "starts").exists():
            assert self._server.poll() is None, "it could not import that"
            time.sleep(0.01)

    def close(self) -> None:
        """Ends it, with all that still runs."""
        assert self._server.stdin is not None
        self._server.stdin.close()
        self._server.wait(END_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)
