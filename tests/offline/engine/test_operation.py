"""Whole operations: programs that crash, many resources, large ones, and nothing that stays behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest


def test_a_program_that_crashes_fails_the_operation_and_deletes_nothing(either):
    sample = either('Thing("a")\nThing("old")')
    sample.up()
    sample.program("""
        import os
        b = Thing("b", value=Thing("a").arn)
        b.arn.apply(lambda _: os.kill(os.getpid(), 9))
        Thing("never", value=b.arn.apply(lambda _: __import__("time").sleep(30)))
    """)
    sample.failing_up()
    assert set(sample.things()) == {"a", "b", "old"} == set(sample.state()) - {"sample-dev", "default"}
    sample.program('b = Thing("b", value=Thing("a").arn)')
    sample.up()
    assert set(sample.things()) == {"a", "b"}


def test_how_the_program_crashed_is_told(project):
    sample = project("import os\nos._exit(7)")
    assert "the program exited with non-zero exit code: 7" in sample.error("preview")
    sample.program("import os\nos.kill(os.getpid(), 11)")
    assert "the program was ended by signal 11" in sample.error("preview")


def test_messages_of_six_mebibytes_pass(either):
    sample = either("""
        big = "x" * (6 * 1024 * 1024)
        a = Thing("a", value=big)
        found = pulumi.runtime.invoke_output("mem:index:echo", {"text": big})
        pulumi.export("invoked", found.apply(lambda value: len(value["text"])))
        pulumi.export("made", a.value.apply(len))
        pulumi.export("big", a.value)
    """)
    sample.up()
    outputs = sample.outputs()
    assert (outputs["invoked"], outputs["made"], len(outputs["big"])) == (6291456, 6291456, 6291456)
    sample.up("--expect-no-changes")
    assert len(sample.state()["a"]["inputs"]["value"]) == 6291456


MANY = """
    from concurrent.futures import ThreadPoolExecutor
    from pulumi.runtime.proto import resource_pb2

    monitor = pulumi.runtime.settings.get_monitor()
    urns = []

    def register(number):
        request = resource_pb2.RegisterResourceRequest(
            type="mem:index:Thing", name=f"t{number}", custom=True, supportsPartialValues=True
        )
        request.object.update({"value": f"v{number}"})
        if number > 9:
            request.dependencies.append(urns[number // 10])
        return monitor.RegisterResource(request).urn

    with ThreadPoolExecutor(16) as pool:  # by the protocol: the SDK would take longer than the engine
        for start in range(0, %d, 10):
            urns += pool.map(register, range(start, start + 10))
"""


def seconds_of(work) -> float:
    """CPU seconds of all processes of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_two_thousand_resources_take_four_times_what_five_hundred_take(project):
    few, many = project(MANY % 500, "few"), project(MANY % 2000, "many")
    smaller, larger = seconds_of(few.up), seconds_of(many.up)
    assert len(many.things()) == 2000 and larger < 6 * smaller
    smaller, larger = seconds_of(lambda: few.ok("preview")), seconds_of(lambda: many.ok("preview"))
    assert larger < 6 * smaller


# ---------------------------------------------------------------- what stays behind
def left_of(mark: str) -> list[str]:
    """Command lines of living processes whose environment has the mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, ValueError):
            continue
    return found


def processes(mark: str, name: str) -> list[int]:
    """Ids of such processes whose command line has the name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                mark.encode() in (folder / "environ").read_bytes()
                and name.encode() in (folder / "cmdline").read_bytes()
            ):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


RUNNING = 'a = Thing("a")\nb = Thing("b", value=a.arn, seconds=%s)\nThing("c", value=b.arn, fail="%s")'


@pytest.mark.parametrize(
    "exit_by", ["success", "failure", "Ctrl-C", "kill the program", "kill the plugin", "kill the engine"]
)
def test_no_process_outlives_its_operation(exit_by, project):
    """On a terminal Ctrl-C reaches the whole foreground group."""
    quick = exit_by in ("success", "failure")
    sample = project(RUNNING % (0 if quick else 1.5, "create" if exit_by == "failure" else ""))
    sample.environment["LEFT_BEHIND"] = mark = uuid.uuid4().hex
    running = sample.start("up", "--yes", "--skip-preview")
    if not quick:
        sample.wait_for("create b")
    if exit_by == "Ctrl-C":
        running.send_signal(signal.SIGINT)
    if exit_by.startswith("kill"):
        name = {"program": "program_runner", "plugin": "mem_provider", "engine": "offline.engine"}[exit_by.split()[-1]]
        for process in processes(mark, name):
            os.kill(process, signal.SIGKILL)
    try:
        running.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        running.kill()
        raise
    assert (running.returncode == 0) is (exit_by == "success")
    end = time.monotonic() + 5  # the kernel kills the children of a killed engine; that takes a moment
    while left_of(mark) and time.monotonic() < end:
        time.sleep(0.05)
    assert left_of(mark) == []
