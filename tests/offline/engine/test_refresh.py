"""Refresh: what was changed by hand, and what is gone."""

from __future__ import annotations

import json


def test_refresh_finds_drift_and_what_is_gone(project):
    sample = project("""
        a = Thing("a", value="1", password=Output.secret("CANARY-2222"))
        Thing("b", value="1", opts=Options(depends_on=[a]))
        Thing("c", value="1")
    """)
    sample.up()
    sample.edit("c", value="by hand")
    next(sample.cloud.glob("b-*.json")).unlink()
    shown = sample.ok("refresh", "--preview-only", "--diff")
    assert '~ value: "1" => "by hand"' in shown and "1 to delete" in shown
    assert "b" in sample.state()
    log = sample.folder / "events"
    text = sample.ok("refresh", "--yes", "--skip-preview", "--event-log", str(log))
    assert "1 updated" in text and "1 deleted" in text and "CANARY" not in text
    ends = [
        json.loads(line)["resOutputsEvent"]["metadata"] for line in log.read_text().splitlines() if "resOutputs" in line
    ]
    found = {end["urn"].rpartition("::")[2]: end["op"] for end in ends}
    assert found == {"sample-dev": "same", "default": "same", "a": "same", "b": "delete", "c": "update"}
    assert "CANARY" not in sample.checkpoint.read_text()
    sample.edit("a", value="again by hand")
    assert sample.planned("--refresh") == {"a": "update", "b": "create", "c": "update"}
    sample.up("--refresh")
    assert {name: thing["value"] for name, thing in sample.things().items()} == {"a": "1", "b": "1", "c": "1"}


def test_a_refresh_ahead_of_an_update_counts_only_what_the_update_does(either):
    sample = either('a = Thing("a", value="1")\nThing("b", value=a.arn)')
    sample.up()
    sample.edit("a", value="by hand")
    next(sample.cloud.glob("b-*.json")).unlink()
    summary = json.loads(sample.ok("preview", "--json", "--refresh"))["changeSummary"]
    assert summary == {"create": 1, "same": 1, "update": 1}
    sample.up("--refresh")
    sample.up("--refresh", "--expect-no-changes")
    assert sample.things()["a"]["value"] == "1"


def test_what_the_program_ignores_is_read_and_no_difference(project):
    sample = project('Thing("a", value="1", opts=Options(ignore_changes=["value"]))')
    sample.up()
    sample.edit("a", value="by hand")
    assert "Resources:\n    2 unchanged\n" in sample.ok("refresh", "--preview-only")
    sample.ok("refresh", "--yes", "--skip-preview")
    assert sample.state()["a"]["outputs"]["value"] == "by hand"
    assert sample.planned() == {}


def test_what_is_gone_is_forgotten_by_all_that_named_it(either):
    program = """
        a = Thing("a")
        b = Thing("b", value=a.arn)
        Thing("c", Options(parent=a))
        Thing("d", Options(depends_on=[a, b], deleted_with=a, replace_with=[a, b]))
    """
    sample = either(program)
    sample.up()
    next(sample.cloud.glob("a-*.json")).unlink()
    sample.ok("refresh", "--yes", "--skip-preview")
    state = sample.state()
    assert "a" not in state and "dependencies" not in state["b"] and "parent" not in state["c"]
    assert state["d"]["dependencies"] == state["d"]["replaceWith"] == [sample.urn("b")]
    assert "deletedWith" not in state["d"]
    sample.up()
    assert set(sample.things()) == {"a", "b", "c", "d"}
    assert sample.state()["c"]["parent"] == sample.urn("a")


def test_what_cannot_be_read_stops_what_was_to_follow(either):
    sample = either('Thing("a", value="1")')
    sample.up()
    (sample.cloud / "unread").touch()
    sample.program('Thing("a", value="2")\nThing("b")')
    assert "AccessDenied: not allowed to read" in sample.failing_up("--refresh")
    assert "AccessDenied: not allowed to read" in sample.error("destroy", "--yes", "--skip-preview", "--refresh")
    assert {name: thing["value"] for name, thing in sample.things().items()} == {"a": "1"}


def test_what_is_found_half_made_is_kept_so_and_the_next_update_goes_on_with_it(either):
    sample = either('Thing("a", value="1")')
    sample.up()
    (sample.cloud / "unhealthy").touch()
    sample.edit("a", value="by hand")
    text = sample.ok("refresh", "--yes", "--skip-preview")
    assert "in an unhealthy state:" in text and "* the second call failed" in text
    (sample.cloud / "unhealthy").unlink()
    state = sample.state()["a"]
    assert state["initErrors"] == ["the second call failed"] and state["outputs"]["value"] == "by hand"
    sample.up()
    assert "initErrors" not in sample.state()["a"] and sample.things()["a"]["value"] == "1"
