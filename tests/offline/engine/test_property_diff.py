"""Paths into property values, differences, and what ignoreChanges keeps."""

from __future__ import annotations

from typing import Any

import pytest

from offline.engine.property_diff import diff_objects, format_path, ignore_changes, parse_path
from offline.engine.values import UNKNOWN, Secret


@pytest.mark.parametrize("path", ["a", "a.b[0].c", 'tags["a.b"]', '["x y"][3]'])
def test_a_path_survives_parsing_and_formatting(path):
    assert format_path(parse_path(path)) == path


def test_only_leaves_that_differ_are_reported():
    old = {"same": 1, "gone": "x", "deep": {"list": [1, 2, 3]}, "secret": Secret("s"), "flag": True, "none": None}
    new = {"same": 1.0, "came": "y", "deep": {"list": [1, 5]}, "secret": "s", "flag": 1, "unknown": UNKNOWN}
    assert diff_objects(old, new) == {
        "came": "add",
        "deep.list[1]": "update",
        "deep.list[2]": "delete",
        "flag": "update",
        "gone": "delete",
        "unknown": "add",
    }


def test_ignored_paths_keep_their_old_values_and_the_others_change():
    old: dict[str, Any] = {"tags": {"a": "1", "b": "1"}, "list": [{"x": 1}, {"x": 2}], "gone": 1}
    new: dict[str, Any] = {"tags": {"a": "2", "b": "2", "c": "2"}, "list": [{"x": 5}, {"x": 6}], "extra": UNKNOWN}
    kept = ignore_changes(new, old, ["tags.a", "tags.c", "list[*].x", "gone", "extra"])
    assert kept == {"tags": {"a": "1", "b": "2"}, "list": [{"x": 1}, {"x": 2}], "gone": 1}
    assert new["tags"]["a"] == "2"
    assert ignore_changes(new, old, ["*"]) == old
    assert ignore_changes(new, old, ["tags.a"])["extra"] is UNKNOWN
