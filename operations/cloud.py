"""The emulated AWS, reached by running its commands; nothing of `offline` is imported here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from operations.errors import Failure
from operations.project import Project


def ask(project: Project, command: str) -> Mapping[str, Any]:
    """Gives a command to the emulated AWS and returns its answer. Raises Failure when it fails."""
    said = run(project, command, "--json")
    try:
        answer = json.loads(said or "{}")
    except ValueError as error:
        raise Failure(f"offline.cloud {command} answered with something other than JSON") from error
    return answer if isinstance(answer, dict) else {}


def run(project: Project, command: str, *options: str) -> str:
    """What `python -m offline.cloud COMMAND` prints. Raises Failure when it fails."""
    # Credentials of a real account stay out of the emulator's process.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["HEADROOM_OFFLINE_HOME"] = str(project.offline_home)
    environment["PYTHONPATH"] = os.pathsep.join([str(project.root), *filter(None, [environment.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "offline.cloud", command, *options],
        cwd=project.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Failure(_last_words(done.stderr) or _last_words(done.stdout) or f"offline.cloud {command} failed")
    return done.stdout


def _last_words(text: str) -> str:
    """The error itself, where a traceback stands before it."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        return lines[-1]
    return "\n".join(lines).removeprefix("error: ")
