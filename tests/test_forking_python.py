"""What is forked is, to whoever starts it, what Python would have started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forking_python import ForkingPython

SCRIPT = """
import json, os, signal, subprocess, sys

def main(word):
    print(json.dumps([__name__, sys.argv[1:], os.getcwd(), os.environ["WORD"], sys.path[0], "email" in sys.modules]))
    print("wrong", file=sys.stderr)
    if word == "ill":
        os.kill(os.getpid(), signal.SIGTERM)
    if word == "long":
        subprocess.run(["sleep", "300"])
    sys.exit(int(word) if word.isdigit() else word)

main(sys.argv[1])
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("forked") / "script.py"
    made.write_text(SCRIPT)
    return made


@pytest.fixture(scope="module")
def forking(script: Path) -> Iterator[str]:
    python = ForkingPython([script], ["email"])
    yield str(python.executable)
    python.close()
    assert not python.executable.exists()


def variables(word: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "WORD": word}


@pytest.mark.parametrize("word", ["0", "7", "words", "ill"])
def test_it_ends_and_says_what_it_does_under_python(word: str, script: Path, forking: str, tmp_path: Path) -> None:
    came_to = []
    for python in sys.executable, forking:
        command = [python, "-u", str(script), word, "two words", ""]
        done = subprocess.run(command, cwd=tmp_path, env=variables("a=b\nc"), capture_output=True, text=True)
        assert ("true" in done.stdout) is (python == forking)
        came_to.append((done.returncode, done.stdout.replace("true", "false"), done.stderr))
    assert came_to[0] == came_to[1]


def test_what_is_not_known_is_started_by_python(script: Path, forking: str) -> None:
    done = subprocess.run([forking, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True)
    assert done.stdout == f"{sys.executable}\n"


def test_what_is_killed_ends_with_all_that_it_has_started(script: Path, forking: str) -> None:
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    process = subprocess.Popen([forking, str(script), "long"], env=variables(mark), stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    end = time.monotonic() + 60
    while any(mark.encode() in _environ(place) for place in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < end
        time.sleep(0.05)


def _environ(place: Path) -> bytes:
    try:
        return (place / "environ").read_bytes()
    except OSError:
        return b""
