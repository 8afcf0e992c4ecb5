"""What the flags of preview, up, refresh and destroy do."""

from __future__ import annotations

import json

CHAIN = 'a = Thing("a", value="%s")\nb = Thing("b", value=a.value)\nThing("c", value="%s")'


def test_json_lists_each_step_with_its_states_and_why(either):
    sample = either('Thing("a", kind="x", value="1")\nThing("b", value="1")')
    sample.up()
    sample.program('Thing("a", kind="y", value="1")\nThing("c", value="1")')
    document = json.loads(sample.ok("preview", "--json"))
    steps = {step["urn"].rpartition("::")[2]: step for step in document["steps"] if step["op"] != "same"}
    assert {name: step["op"] for name, step in steps.items()} == {"a": "replace", "b": "delete", "c": "create"}
    assert (steps["a"]["replaceReasons"], steps["a"]["diffReasons"]) == (["kind"], ["kind"])
    assert steps["a"]["oldState"]["inputs"]["kind"] == "x" and steps["a"]["newState"]["inputs"]["kind"] == "y"
    assert steps["b"]["oldState"]["id"].startswith("b-") and "newState" not in steps["b"]
    assert "oldState" not in steps["c"]
    assert document["changeSummary"] == {"create": 1, "delete": 1, "replace": 1, "same": 1}
    assert document["config"]["mem:folder"] == str(sample.cloud) and document["duration"] > 0


def test_diff_shows_what_changes_from_what_to_what(either):
    sample = either('Thing("a", value="one", parts={"x": 1, "y": 2})')
    sample.up()
    sample.program('Thing("a", value="two", parts={"x": 1, "z": 3})')
    for shown in (sample.ok("preview", "--diff"), sample.up("--diff")):
        lines = [" ".join(line.split()).replace(": ", " ") for line in shown.splitlines()]
        assert '~ value "one" => "two"' in lines
        assert any("y" in line and "2" in line and line.startswith("-") for line in lines), shown
        assert any("z" in line and "3" in line and line.startswith("+") for line in lines), shown


def test_target_touches_the_named_resource_and_with_its_flag_what_depends_on_it(either):
    sample = either(CHAIN % (1, 1))
    sample.up()
    sample.program(CHAIN % (2, 2))
    assert sample.planned("--target", sample.urn("a")) == {"a": "update"}
    assert sample.planned("--target", sample.urn("a"), "--target-dependents") == {"a": "update", "b": "update"}
    sample.up("--target", sample.urn("a"), "--target-dependents")
    assert {name: thing["value"] for name, thing in sample.things().items()} == {"a": "2", "b": "2", "c": "1"}
    sample.program("")
    sample.destroy("--target", sample.urn("a"), "--target-dependents")
    assert set(sample.things()) == {"c"}


def test_replace_makes_anew_what_has_not_changed(either):
    sample = either(CHAIN % (1, 1))
    sample.up()
    before = sample.state()
    assert sample.planned("--replace", sample.urn("a")) == {"a": "replace"}
    sample.forget_log()
    sample.up("--replace", sample.urn("a"))
    assert sample.log() == ["create a", "created a", "delete a", "deleted a"]
    after = sample.state()
    assert after["a"]["id"] != before["a"]["id"] and after["b"]["id"] == before["b"]["id"]


def test_refresh_reads_what_exists_before_it_is_compared(either):
    sample = either(CHAIN % (1, 1))
    sample.up()
    sample.edit("c", value="by hand")
    next(sample.cloud.glob("b-*.json")).unlink()
    sample.up("--expect-no-changes")
    assert sample.things()["c"]["value"] == "by hand"
    sample.up("--refresh")
    assert {name: thing["value"] for name, thing in sample.things().items()} == {"a": "1", "b": "1", "c": "1"}


def test_message_is_kept_in_the_history(either):
    sample = either("")
    sample.up("--message", "for a reason")
    sample.up("-m", "again")
    entries = json.loads(sample.ok("stack", "history", "--json"))
    assert [entry["message"] for entry in entries] == ["again", "for a reason"]


def test_continue_on_error_stops_only_what_depends_on_the_failure(either):
    sample = either('Thing("old")\nneeded = Thing("needed")\nThing("x", value=needed.arn)')
    sample.up()
    sample.program("""
        a = Thing("a", fail="create")
        b = Thing("b", value=a.arn)
        Thing("c", value=b.arn)
        Thing("d", Options(depends_on=[b]))
        Thing("e", seconds=0.3)
        Thing("f", value=Thing("g").arn)
        Thing("x", value="2", fail="update")
    """)
    sample.failing_up("--continue-on-error")
    assert set(sample.things()) == {"e", "f", "g", "x", "needed"} == set(sample.state()) - {"sample-dev", "default"}


def test_the_event_log_tells_every_step_in_order(either):
    sample = either('a = Thing("a", value="1")\nThing("b", value=a.arn, kind="x")\nThing("c")')
    sample.up()
    sample.program('a = Thing("a", value="2")\nThing("b", value=a.arn, kind="y")')
    events = sample.events("up", "--yes", "--skip-preview")
    kinds = [kind for kind, _ in events if kind != "diagnosticEvent"]
    assert kinds[0] == "preludeEvent" and kinds[-1] == "cancelEvent" and kinds.count("summaryEvent") == 1

    def steps(kind: str) -> list[str]:
        found = [payload["metadata"] for name, payload in events if name == kind]
        return [
            f"{step['op']} {step['urn'].rpartition('::')[2]}" for step in found if step["type"] == "mem:index:Thing"
        ]

    done = steps("resOutputsEvent")
    expected = ["update a", "create-replacement b", "replace b", "delete-replaced b", "delete c"]
    assert sorted(done) == sorted(steps("resourcePreEvent")) == sorted(expected)
    assert done.index("update a") < done.index("create-replacement b") < done.index("delete-replaced b")
    summary = next(payload for kind, payload in events if kind == "summaryEvent")
    assert summary["resourceChanges"] == {"delete": 1, "replace": 1, "same": 1, "update": 1}
