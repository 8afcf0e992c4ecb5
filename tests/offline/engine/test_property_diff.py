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
    kept, _ = ignore_changes(new, old, ["tags.a", "tags.c", "list[*].x", "gone", "extra"])
    assert kept == {"tags": {"a": "1", "b": "2"}, "list": [{"x": 1}, {"x": 2}], "gone": 1}
    assert new["tags"]["a"] == "2"
    assert ignore_changes(new, old, ["*"]) == (old, [])
    assert ignore_changes(new, old, ["tags.a"])[0]["extra"] is UNKNOWN


@pytest.mark.parametrize(
    ("path", "old", "new", "kept"),
    [
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 2}}, {"a": {"b": 1, "c": 2}}),
        ("a.b", {"a": {}}, {"a": {"b": 2}}, {"a": {}}),
        ("a.b", {"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
        ("a.b", {"a": {"b": 1}}, {}, None),  # what holds it is gone: that is no change of it
        ("a.b", {}, {"a": {"b": 1}}, {"a": {}}),
        ("a.b.c", {}, {"a": {"b": {"c": 1}}}, None),
        ("a.*", {"a": {"x": 1, "y": 1}}, {"a": {"x": 2, "z": 2}}, {"a": {"x": 1, "y": 1}}),
        (
            "a[*].x",
            {"a": [{"x": 1}, {"x": 1}]},
            {"a": [{"x": 2, "y": 2}, {"x": 3}]},
            {"a": [{"x": 1, "y": 2}, {"x": 1}]},
        ),
        ("a[*].x", {"a": [{"x": 1}]}, {"a": [{"x": 2}, {"x": 3}]}, None),  # as far as it was: see below
        ("a[1]", {"a": [1, 1]}, {"a": [2, 2]}, {"a": [2, 1]}),
        ("a[1]", {"a": [1, 1]}, {"a": [2]}, None),
        ("a[2]", {"a": [1]}, {"a": [2]}, {"a": [2]}),
        ("a.b", {"a": Secret({"b": 1})}, {"a": {"b": 2}}, {"a": {"b": Secret(1)}}),
        ("a.b", {"a": Secret({"b": 1})}, {"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}),
    ],
)
def test_an_ignored_place_is_what_it_was_unless_the_way_to_it_has_changed(path, old, new, kept):
    """Each as `PropertyPath.Reset` of Pulumi's SDK answers."""
    found, lost = ignore_changes(new, old, [path])
    assert lost == ([path] if kept is None else [])
    if kept is not None:
        assert found == kept


def test_a_list_that_has_grown_is_set_back_as_far_as_it_was():
    assert ignore_changes({"a": [{"x": 2}, {"x": 3}]}, {"a": [{"x": 1}]}, ["a[*].x"]) == (
        {"a": [{"x": 1}, {"x": 3}]},
        ["a[*].x"],
    )
