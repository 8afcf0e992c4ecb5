"""Each promise of the offline engine has a test named after it, which exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROW = re.compile(r"^\| (?P<what>.+?) \| (?P<tests>`.+`) \|$", re.MULTILINE)
ROWS = {row["what"]: re.findall(r"`([^`]+)`", row["tests"]) for row in ROW.finditer((HERE / "README.md").read_text())}


def test_the_table_is_read() -> None:
    assert len(ROWS) > 60


@pytest.mark.parametrize("what", ROWS)
def test_a_promise_has_a_test_that_exists(what: str) -> None:
    for named in ROWS[what]:
        file, _, name = named.partition("::")
        defined = {node.name for node in ast.parse((HERE / file).read_text()).body if isinstance(node, ast.FunctionDef)}
        assert name in defined, named
