"""What the runner of programs does otherwise than Pulumi's own, to be faster: with the same result."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import resource

from offline.engine.program_runner import maker


class Resource:
    def __init__(self) -> None:
        self.own, self.sdks = maker(), resource._get_stack_trace()


class CustomResource(Resource):
    def __init__(self) -> None:
        super().__init__()


class Bucket(CustomResource):
    def __init__(self) -> None:
        self._internal_init()

    def _internal_init(self) -> None:
        super().__init__()


class Component(CustomResource):
    def __init__(self) -> None:
        super().__init__()
        self.bucket = Bucket()


@pytest.mark.parametrize("make", [Bucket, Component, lambda: Component().bucket, CustomResource])
def test_the_place_where_a_resource_is_made_is_the_one_that_the_sdk_finds(make: Any) -> None:
    made = make()
    assert made.sdks.frames or make is CustomResource
    assert [frame.pc for frame in made.own.frames] == [frame.pc for frame in made.sdks.frames[:1]]


def test_a_program_without_a_file_has_no_place() -> None:
    made: dict[str, Any] = {"Bucket": Bucket}
    exec(compile("made = Bucket()", "<text>", "exec"), made)
    assert made["made"].own.frames[0] == made["made"].sdks.frames[0]


ENDING = """
import gc
import pulumi
from offline.engine.program_runner import end_quickly

class Closing:
    def __del__(self):
        pass

{left}
end_quickly()
print(gc.get_freeze_count() > 0)
"""


@pytest.mark.parametrize(
    ("left", "quickly"),
    [("", True), ("open(__file__).read()", True), ("left = open('/dev/null')", False), ("left = Closing()", False)],
)
def test_an_end_is_quick_unless_something_counts_on_being_finalised(left: str, quickly: bool, tmp_path: Path) -> None:
    script = tmp_path / "ending.py"
    script.write_text(ENDING.format(left=left))
    command = [sys.executable, "-c", f"import runpy; runpy.run_path({str(script)!r})"]
    done = subprocess.run(command, cwd=Path(__file__).resolve().parents[3], capture_output=True, text=True, check=True)
    assert done.stdout == f"{quickly}\n"
