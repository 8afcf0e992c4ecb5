"""Nothing that an operation has started outlives it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from offline.engine import children

RUNNING = """
import os, subprocess, sys, threading

subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])  # what it starts goes with it, too
a = Thing("a")
b = Thing("b", value=a.arn, seconds=%s)
b.arn.apply(lambda _: %s)
Thing("c", value=b.arn, fail="%s")
"""
PACK = """
import os

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def look(args, report):
    if args.name == "c":
        %s


PolicyPack("pack", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("look", "looks", look)
])
"""
BY_THEMSELVES = {
    "success": {},
    "a failed create": {"fail": "create"},
    "a crash of the program": {"program": "os._exit(3)"},
    "a crash of the plugin": {"fail": "crash-before"},
    "a crash of the policy pack": {"pack": "os._exit(9)"},
    "a violated policy": {"pack": "report('not so')"},
}
"""What happens once `b` is there."""
SENT = {
    "Ctrl-C": ("offline.engine", signal.SIGINT),
    "terminate": ("offline.engine", signal.SIGTERM),
    "kill the engine": ("offline.engine", signal.SIGKILL),
    "kill the program": ("program_runner", signal.SIGKILL),
    "kill the plugin": ("mem_provider", signal.SIGKILL),
    "kill the policy pack": ("pulumi.policy", signal.SIGKILL),
}
"""A signal to one process while `b` is made."""


def alive(mark: str, name: str = "") -> dict[int, str]:
    """Command lines by id of the living processes whose environment has the mark."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if mark.encode() in (folder / "environ").read_bytes() and name in command:
                found[int(folder.name)] = command
        except (OSError, ValueError):
            continue
    return found


EXITS = [("up", ended_by) for ended_by in (*BY_THEMSELVES, *SENT)]


@pytest.mark.parametrize(("command", "ended_by"), [*EXITS, ("preview", "success"), ("preview", "a violated policy")])
def test_no_process_outlives_its_operation(ended_by, command, project):
    does = BY_THEMSELVES.get(ended_by, {})
    sample = project(RUNNING % (0 if ended_by in BY_THEMSELVES else 2, does.get("program", "0"), does.get("fail", "")))
    pack = sample.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (pack / "__main__.py").write_text(PACK % does.get("pack", "pass"))
    sample.environment["LEFT_BEHIND"] = mark = uuid.uuid4().hex
    words = ("up", "--yes", "--skip-preview") if command == "up" else ("preview",)
    running = sample.start(*words, "--policy-pack", str(pack))
    if ended_by in SENT:
        sample.wait_for("create b")
        name, number = SENT[ended_by]
        for process in alive(mark, name):
            os.kill(process, number)
    try:
        text, _ = running.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        running.kill()
        raise
    assert (running.returncode == 0) is (ended_by == "success"), text
    end = time.monotonic() + 60  # the kernel kills the children of a killed engine; that takes a moment
    while alive(mark) and time.monotonic() < end:
        time.sleep(0.05)
    assert alive(mark) == {}


def test_what_has_ended_is_no_more_guarded():
    """Its id may be that of another group by then."""
    spared, killed = (subprocess.Popen(["sleep", "300"], start_new_session=True) for _ in range(2))
    told = f"{spared.pid}\n{killed.pid}\n-{spared.pid}\n"
    subprocess.run(["/bin/sh", "-c", children._GUARD], input=told, text=True, check=True)
    assert killed.wait(60) == -signal.SIGKILL
    assert spared.poll() is None
    spared.kill()
    spared.wait()
