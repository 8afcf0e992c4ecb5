"""Progress: plain lines in a pipe, a table that moves on a terminal."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from operations import events
from operations.progress import STILL_SECONDS, Progress, elapsed

INSTANCE = "aws:rds/instance:Instance"


class Watch:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def step(kind: str, op: str, name: str, **more: Any) -> events.Event:
    token = more.pop("type", INSTANCE)
    metadata = {"op": op, "urn": f"urn:pulumi:dev::headroom::{token}::{name}", "type": token}
    return events.read({kind: {"metadata": metadata, **more}})


def piped() -> tuple[Console, io.StringIO]:
    output = io.StringIO()
    return Console(file=output, width=40), output


def lines(output: io.StringIO) -> list[str]:
    return [" ".join(line.split()) for line in output.getvalue().splitlines()]


def test_a_pipe_gets_one_whole_line_a_finished_resource() -> None:
    console, output = piped()
    watch = Watch()
    with Progress(console, "Bringing up dev", clock=watch) as progress:
        progress.heard(step("resourcePreEvent", "create", "main"))
        watch.now += 3.25
        progress.heard(step("resOutputsEvent", "create", "main"))
    assert lines(output) == ["Bringing up dev ...", "created rds.Instance main 3.2 s"]
    assert "\x1b" not in output.getvalue()


def test_a_component_that_registers_its_outputs_is_listed_once() -> None:
    console, output = piped()
    with Progress(console, "Up", clock=Watch()) as progress:
        for kind in ("resourcePreEvent", "resOutputsEvent", "resOutputsEvent"):
            progress.heard(step(kind, "create", "main", type="headroom:network:Network"))
    assert lines(output)[1:] == ["created Network main 0.0 s"]


def test_a_failure_is_a_line_of_its_own() -> None:
    console, output = piped()
    with Progress(console, "Up", clock=Watch()) as progress:
        progress.heard(step("resourcePreEvent", "update", "main"))
        progress.heard(step("resOpFailedEvent", "update", "main"))
    assert lines(output)[1:] == ["failed rds.Instance main 0.0 s"]


def test_what_does_not_change_and_what_is_only_planned_is_not_listed() -> None:
    console, output = piped()
    with Progress(console, "Up", clock=Watch()) as progress:
        for kind in ("resourcePreEvent", "resOutputsEvent"):
            progress.heard(step(kind, "same", "a"))
            progress.heard(step(kind, "create", "b", planning=True))
            progress.heard(step(kind, "create", "default_7", type="pulumi:providers:aws"))
    assert lines(output) == ["Up ..."]
    assert len(progress.run.shown) == 2


def test_a_replacement_is_two_lines_of_work() -> None:
    console, output = piped()
    with Progress(console, "Up", clock=Watch()) as progress:
        for op in ("create-replacement", "replace", "delete-replaced"):
            for kind in ("resourcePreEvent", "resOutputsEvent"):
                progress.heard(step(kind, op, "main"))
    assert lines(output)[1:] == ["replaced rds.Instance main 0.0 s", "deleted old rds.Instance main 0.0 s"]


def test_a_slow_resource_is_mentioned_now_and_then() -> None:
    console, output = piped()
    watch = Watch()
    with Progress(console, "Up", clock=watch) as progress:
        progress.heard(step("resourcePreEvent", "create", "main"))
        progress.tick()
        watch.now += STILL_SECONDS + 1
        progress.tick()
        progress.tick()
    assert lines(output)[1:] == ["still creating rds.Instance main 31.0 s"]


def test_messages_of_the_program_are_shown_with_their_weight() -> None:
    console, output = piped()
    with Progress(console, "Up", clock=Watch()) as progress:
        for severity in ("info", "warning", "error"):
            message = f"{severity} text\nmore\n"
            progress.heard(events.read({"diagnosticEvent": {"severity": severity, "message": message}}))
    assert output.getvalue().splitlines()[1:] == ["  info text", "    more", "  warning: warning text", "    more"]


def test_a_terminal_gets_a_table_of_what_is_under_way() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100)
    watch = Watch()
    with Progress(console, "Bringing up dev", clock=watch) as progress:
        for index in range(20):
            progress.heard(step("resourcePreEvent", "create", f"db-{index}"))
        watch.now += 2
        progress.heard(step("resOutputsEvent", "create", "db-0"))
        picture = Console(file=io.StringIO(), width=100)
        with picture.capture() as capture:
            picture.print(progress._picture())
    rows = [" ".join(row.split()) for row in capture.get().splitlines()]
    assert rows[0] == "creating rds.Instance db-1 2.0 s"
    assert rows[-2:] == ["and 7 more", "1 done, 19 under way, of 20 looked at, 2.0 s"]
    assert "Bringing up dev ..." in output.getvalue()
    assert "created" in output.getvalue()


def test_a_narrow_terminal_keeps_each_resource_on_one_line() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, color_system=None, width=60)
    name = "main-database-connections-high"
    with Progress(console, "Up", clock=Watch()) as progress:
        progress.heard(step("resourcePreEvent", "create", name))
        progress.heard(step("resOutputsEvent", "create", name))
    [row] = [row for row in output.getvalue().splitlines() if "created" in row]
    assert "rds.Instance mai" in row
    assert "…" in row
    assert "connections-high" in row
    assert row.rstrip().endswith("0.0 s")


def test_stopping_is_announced() -> None:
    console, output = piped()
    with Progress(console, "Up", clock=Watch()) as progress:
        progress.interrupted()
        progress.heard(
            events.read({"diagnosticEvent": {"severity": "warning", "message": "interrupted: no step begins any more"}})
        )
    assert progress.stopped
    assert output.getvalue().splitlines()[1:] == [
        "Stopping: nothing new is begun; what is under way is finished and saved."
    ]


def test_times_read_as_a_person_says_them() -> None:
    assert [elapsed(0.04), elapsed(59.94), elapsed(65), elapsed(600)] == [
        "0.0 s",
        "59.9 s",
        "1 min 05 s",
        "10 min 00 s",
    ]
