"""Steps of an update: what is created, changed, replaced, left alone."""

from __future__ import annotations

import json


def test_a_second_up_changes_nothing(either):
    sample = either("""
        a = Thing("a", value="1")
        Thing("b", value=a.arn, opts=Options(depends_on=[a]))
        pulumi.export("arn", a.arn)
    """)
    assert sample.planned() == {"a": "create", "b": "create", "sample-dev": "create"}
    assert "no changes were expected" in sample.error("preview", "--expect-no-changes")
    assert sample.things() == {}
    sample.up()
    assert sample.outputs()["arn"].startswith("arn:mem:a-")
    assert sample.log().index("created a") < sample.log().index("create b")
    before = sample.state()
    sample.up("--expect-no-changes")
    assert sample.state() == before


def test_one_changed_setting_touches_exactly_the_resources_that_use_it(either):
    sample = either("""
        a = Thing("a", value=config.get("value") or "1")
        Thing("b", value="fixed", opts=Options(depends_on=[a]))
        Thing("c", value=a.value)
        Thing("d", value=config.get("other") or "x", opts=Options(ignore_changes=["value"]))
    """)
    sample.up()
    sample.ok("config", "set-all", "--plaintext", "value=2", "--plaintext", "other=y")
    shown = sample.ok("preview", "--diff")
    assert '~ value: "1" => "2"' in shown
    assert "2 to update" in shown and "Thing   b" not in shown and "Thing   d" not in shown
    sample.up()
    assert [sample.things()[name]["value"] for name in "abcd"] == ["2", "fixed", "2", "x"]


def test_a_replacement_is_created_before_the_old_one_is_deleted(either):
    program = """
        a = Thing("a", kind="%s", value="%s", opts=Options(%s))
        b = Thing("b", value=a.arn)
    """
    sample = either(program % ("x", "1", ""))
    sample.up()
    sample.forget_log()
    name = sample.state()["a"]["inputs"]["name"]
    sample.program(program % ("y", "1", ""))
    text = sample.up()
    assert sample.state()["a"]["inputs"]["name"] != name  # the two stand side by side for a while
    assert "1 replaced" in text and "1 updated" in text
    assert sample.log() == ["create a", "created a", "update b", "delete a", "deleted a"]
    assert set(sample.things()) == {"a", "b"}
    sample.program(program % ("y", "2", "replace_on_changes=['value']"))
    assert sample.planned()["a"] == "replace"
    sample.program(program % ("z", "1", "delete_before_replace=True"))
    sample.forget_log()
    sample.up()
    assert sample.log() == ["delete a", "deleted a", "create a", "created a", "update b"]


def test_a_protected_resource_is_neither_replaced_nor_deleted(either):
    sample = either('Thing("a", kind="x", opts=Options(protect=True))')
    sample.up()
    sample.program('Thing("a", kind="y", opts=Options(protect=True))')
    assert "marked for protection" in sample.failing_up()
    sample.program("")
    assert "because it is protected" in sample.failing_up()
    assert "because it is protected" in sample.error("destroy", "--yes", "--skip-preview")
    assert sample.things()["a"]["kind"] == "x"
    sample.destroy("--exclude-protected")
    assert set(sample.things()) == {"a"} == set(sample.state()) - {"sample-dev", "default"}


def test_what_is_retained_or_goes_with_another_is_not_deleted_by_itself(either):
    sample = either("""
        a = Thing("a")
        Thing("b", opts=Options(deleted_with=a))
        Thing("c", opts=Options(retain_on_delete=True))
    """)
    sample.up()
    sample.forget_log()
    sample.program("")
    sample.up()
    assert sample.log() == ["delete a", "deleted a"]
    assert not {"a", "b", "c"} & set(sample.state())


def test_replace_with_and_replacement_trigger_replace_too(either):
    program = """
        a = Thing("a", kind="%s")
        Thing("b", opts=Options(replace_with=[a]))
        Thing("c", opts=Options(replacement_trigger="%s"))
    """
    sample = either(program % ("x", "1"))
    sample.up()
    sample.program(program % ("y", "1"))
    assert sample.planned() == {"a": "replace", "b": "replace"}
    sample.program(program % ("x", "2"))
    assert sample.planned() == {"c": "replace"}


def test_an_existing_resource_is_imported_and_another_only_read(project):
    sample = project('Thing("a", value="1")\nThing("r", value="2")')
    sample.up()
    found = sample.state()
    ids = {name: found[name]["id"] for name in "ar"}
    other = sample.folder / "other.json"
    other.write_text(json.dumps({"version": 3, "deployment": {"manifest": {"time": "", "magic": "", "version": ""}}}))
    sample.ok("stack", "import", "--file", str(other))
    sample.program(f"""
        Thing("a", value="1", name="{found["a"]["inputs"]["name"]}", opts=Options(import_="{ids["a"]}"))
        found = Thing("r2", opts=Options(id="{ids["r"]}"))
        pulumi.export("value", found.value)
    """)
    assert "1 imported" in sample.up()
    assert sample.outputs()["value"] == "2"
    assert sample.state()["r2"]["external"] is True
    sample.destroy()
    assert set(sample.things()) == {"r"}


def test_targets_limit_what_is_touched(either):
    sample = either('a = Thing("a", value="1")\nThing("b", value=a.arn)\nThing("c", value="1")')
    sample.up("--target", sample.urn("a"))
    assert set(sample.things()) == {"a"}
    assert "Target 'urn:x' could not be found in the stack" in sample.failing_up("--target", "urn:x")
    sample.up()
    sample.program('a = Thing("a", value="2")\nThing("b", value=a.arn)\nThing("c", value="2")')
    assert sample.planned("--target", "**::c", "--replace", sample.urn("c")) == {"c": "replace"}
    assert sample.planned("--exclude", "**::c") == {"a": "update"}
    assert "was not specified in --target list" in sample.error(
        "destroy", "--yes", "--skip-preview", "--target", sample.urn("a")
    )
    assert len(sample.things()) == 3
    sample.destroy("--exclude", "**::b")  # which needs the first
    assert set(sample.things()) == {"a", "b"}
    sample.destroy("--target", sample.urn("a"), "--target-dependents")
    assert sample.things() == {}


def test_refused_inputs_and_duplicates_name_the_resource(project):
    sample = project('Thing("a", fail="check")')
    assert "'a' has a problem: it must not be so. Examine values at 'a.value'." in sample.error("preview")
    sample.program('Thing("a")\nThing("a")')
    assert f"Duplicate resource URN '{sample.urn('a')}'; try giving it a unique name" in sample.error("preview")


def test_unknown_values_stay_unknown_until_they_are_made(either):
    sample = either("""
        a = Thing("a")
        Thing("b", value=a.arn, parts={"arn": a.arn, "plain": "1"})
    """)
    steps = json.loads(sample.ok("preview", "--json"))["steps"]
    inputs = next(step for step in steps if step["urn"].endswith("::b"))["newState"]["inputs"]
    assert inputs["parts"] == {"arn": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "plain": "1"}


def test_functions_are_invoked_through_the_provider(either):
    sample = either("""
        found = pulumi.runtime.invoke("mem:index:count", {})
        pulumi.export("count", found.value["count"])
    """)
    assert '"count": 0' in sample.ok("preview", "--json") or "count: 0" in sample.ok("preview")
    sample.program('pulumi.runtime.invoke("mem:index:nothing", {})')
    assert "no function mem:index:nothing" in sample.error("preview")


def test_a_preview_lists_what_changes_as_it_is_known_before(either):
    program = 'a = Thing("a", value="%s")\nThing("b", opts=Options(protect=%s))\nThing("c")'
    sample = either(program % ("1", False))
    sample.up()
    sample.program(program % ("2", True))
    document = json.loads(sample.ok("preview", "--json"))
    steps = {step["urn"].rpartition("::")[2]: step for step in document["steps"]}
    assert {name: step["op"] for name, step in steps.items()} == {"a": "update", "b": "same", "sample-dev": "same"}
    assert steps["a"]["diffReasons"] == ["value"] and steps["a"]["detailedDiff"] is None
    assert "outputs" not in steps["a"]["newState"]
    assert document["changeSummary"] == {"update": 1, "same": 3}


def test_an_import_that_differs_is_adopted_and_then_changed(either):
    sample = either('Thing("r", value="2", opts=Options(retain_on_delete=True))')
    sample.up()
    found = sample.state()["r"]
    adopt = f'Thing("i", value="%s", kind=%s, name="{found["inputs"]["name"]}", opts=Options(import_="{found["id"]}"))'
    sample.program(adopt % ("9", None))
    assert json.loads(sample.ok("preview", "--json"))["changeSummary"]["update"] == 1
    sample.up()
    assert sample.state()["i"]["id"] == found["id"]
    assert sample.things()["r"]["value"] == "9"
    sample.program(adopt % ("9", "'other'"))
    assert "previously-imported resources" in sample.failing_up()


def test_a_resource_that_is_only_read_is_handed_over_and_never_taken(either):
    sample = either('Thing("s", value="3", opts=Options(retain_on_delete=True))')
    sample.up()
    sample.forget_log()
    sample.program(f'Thing("s", opts=Options(id="{sample.state()["s"]["id"]}"))')
    sample.up()
    state = sample.state()["s"]
    assert state["external"] is True and "inputs" not in state
    assert sample.log() == []
    sample.program('Thing("s", value="3")')
    assert sample.planned() == {"s": "replace"}
    sample.up()
    assert sample.log() == ["create s", "created s"]
    assert sample.state()["s"]["id"] != state["id"]


def test_only_what_lies_in_a_path_of_replace_on_changes_replaces(either):
    program = 'Thing("a", parts={"p": "%s"}, opts=Options(replace_on_changes=["parts.p"]))\n'
    program += 'Thing("b", parts={"p": "%s"}, opts=Options(replace_on_changes=["parts"]))'
    sample = either(program % (1, 1))
    sample.up()
    sample.program(program % (2, 2))
    assert sample.planned() == {"a": "update", "b": "replace"}  # this provider tells properties, not paths


def test_what_is_made_anew_is_made_as_the_program_says_whatever_it_ignores(either):
    program = 'Thing("a", kind="%s", value="%s", parts=%s, opts=Options(ignore_changes=["value", "parts.x"]))'
    sample = either(program % (1, 1, {"x": "1"}))
    sample.up()
    sample.program(program % (2, 2, {"x": "1"}))
    sample.up()
    assert sample.things()["a"]["value"] == "2"
    sample.program(program % (2, 3, None))
    text = sample.up()
    assert 'cannot ignore changes in added or removed elements of the path: "parts.x"' in text
    assert sample.things()["a"]["value"] == "2" and "parts" not in sample.things()["a"]
    sample.up("--replace", sample.urn("a"))
    assert sample.things()["a"]["value"] == "3"


def test_a_list_with_a_secret_is_secret_as_a_whole_once_a_provider_may_have_sorted_it(either):
    sample = either('Thing("a", parts=["open", Output.secret("CANARY")])')
    sample.up()
    assert "ciphertext" in sample.state()["a"]["inputs"]["parts"]
    assert "CANARY" not in sample.checkpoint.read_text()


def test_a_failed_program_keeps_the_outputs_that_it_did_not_come_to(either):
    sample = either('pulumi.export("one", 1)\npulumi.export("two", 2)')
    sample.up()
    sample.program('pulumi.export("one", "new")\nraise Exception("here")')
    sample.failing_up()
    assert sample.outputs() == {"one": "new", "two": 2}
    sample.program('pulumi.log.error("only told")')
    assert "only told" in sample.up()
    assert sample.outputs() == {}


def test_a_duplicate_urn_is_refused_and_deletes_nothing(either):
    sample = either('Thing("a")\nThing("old")')
    sample.up()
    sample.program('Thing("a")\nThing("a", value="2")')
    assert f"Duplicate resource URN '{sample.urn('a')}'" in sample.error("preview")
    assert "Duplicate resource URN" in sample.failing_up()
    assert set(sample.things()) == {"a", "old"} == set(sample.state()) - {"sample-dev", "default"}


def test_get_reads_what_exists_and_fails_where_nothing_does(either):
    sample = either('Thing("a", Options(retain_on_delete=True), value="3")')
    sample.up()
    found = sample.state()["a"]["id"]
    sample.program(f'pulumi.export("value", Thing("got", Options(id="{found}")).value)')
    sample.up()
    assert sample.outputs() == {"value": "3"} and sample.state()["got"]["external"] is True
    assert json.loads(sample.ok("preview", "--json"))["changeSummary"] == {"same": 1}
    sample.edit("a", value="4")
    assert json.loads(sample.ok("preview", "--json"))["changeSummary"] == {"same": 1, "read": 1}
    sample.destroy()
    assert set(sample.things()) == {"a"}
    sample.program('Thing("got", Options(id="gone-1"))')
    assert "gone-1" in sample.error("preview")
    assert "gone-1" in sample.failing_up()


def test_import_adopts_what_exists_and_fails_where_nothing_does(either):
    sample = either('Thing("a", Options(retain_on_delete=True), value="3")')
    sample.up()
    found = sample.state()["a"]
    adopt = f'Thing("b", Options(import_="%s"), value="3", name="{found["inputs"]["name"]}")'
    sample.program(adopt % found["id"])
    assert sample.planned() == {"b": "import", "a": "delete"}
    sample.up()
    assert sample.state()["b"]["id"] == found["id"] and sample.state()["b"]["importID"] == found["id"]
    assert set(sample.things()) == {"a"}  # the cloud's own name; nothing was made or deleted
    sample.up("--expect-no-changes")
    sample.program(adopt.replace('"b"', '"c"') % "gone-1")
    assert "gone-1" in sample.failing_up()


ADOPT = """
    adopted = Thing("b", value=%s, note="n", name="{name}", opts=Options(import_="{id}"))
    pulumi.export("value", adopted.value)
"""


def _left_alone(make, value):
    """A project whose program imports what another program has left behind."""
    sample = make('Thing("a", Options(retain_on_delete=True), value="plain-text")')
    sample.up()
    found = sample.state()["a"]
    sample.program(ADOPT.format(name=found["inputs"]["name"], id=found["id"]) % value)
    return sample


def test_an_import_without_changes_holds_what_stands_and_the_next_up_what_the_program_says(either):
    sample = _left_alone(either, "'plain-text'")
    sample.up()
    assert "note" not in sample.state()["b"]["inputs"]
    sample.up("--expect-no-changes")
    assert sample.state()["b"]["inputs"]["note"] == "n"


def test_what_the_program_calls_secret_is_secret_from_its_import_on(project):
    sample = _left_alone(project, "Output.secret('plain-text')")
    assert "plain-text" not in sample.up()
    assert "plain-text" not in sample.checkpoint.read_text()
    assert sample.outputs()["value"] == "[secret]"


def test_what_becomes_secret_without_a_change_is_a_secret_output_too(either):
    program = 't = Thing("a", value=%s)\npulumi.export("value", t.value)'
    sample = either(program % "'plain-text'")
    sample.up()
    sample.program(program % "Output.secret('plain-text')")
    sample.up()
    assert sample.outputs()["value"] == "[secret]"
    assert "plain-text" not in sample.checkpoint.read_text()
