"""Steps that end half way, and outputs that are secret."""

from __future__ import annotations

import json


def test_a_create_that_failed_half_way_is_kept_and_what_it_left_is_deleted_with_it(either):
    sample = either('a = Thing("a", value="1", fail="partial")\nThing("b", value=a.arn)')
    sample.failing_up()
    assert set(sample.things()) == {"a"}
    assert sample.state()["a"]["initErrors"] == ["the second call failed"]
    assert sample.state()["a"]["id"].startswith("a-")
    sample.program("")
    sample.up()
    assert sample.things() == {}


def test_what_is_half_made_is_made_anew_where_any_change_of_it_replaces(either):
    program = 'Thing("%s", fail="partial", opts=Options(replace_on_changes=["%s"]))\n'
    sample = either(program % ("a", "*") + program % ("b", "value"))
    sample.failing_up("--continue-on-error")
    assert sample.planned() == {"a": "replace", "b": "update"}


def test_a_replacement_that_failed_half_way_keeps_both_until_the_next_up(either):
    sample = either('Thing("a", kind="x")')
    sample.up()
    sample.program('Thing("a", kind="y", fail="partial")')
    sample.failing_up()
    kinds = sorted(json.loads(path.read_text())["kind"] for path in sample.cloud.glob("a-*.json"))
    assert kinds == ["x", "y"]
    sample.program('Thing("a", kind="y", fail="")')
    sample.up()
    assert sample.things()["a"]["kind"] == "y" and "initErrors" not in sample.state()["a"]


def test_an_update_that_failed_half_way_is_tried_again(either):
    sample = either('Thing("a", value="1")')
    sample.up()
    sample.program('Thing("a", value="2", fail="partial-update")')
    sample.failing_up()
    assert sample.state()["a"]["initErrors"] == ["the second call failed"]
    assert sample.state()["a"]["outputs"]["value"] == "2"
    sample.program('Thing("a", value="2", fail="")')
    assert sample.planned() == {"a": "update"}
    sample.up()
    assert "initErrors" not in sample.state()["a"]


def test_additional_secret_outputs_are_secret_from_the_first_preview_on_and_encrypted_at_rest(either):
    sample = either("""
        a = Thing("a", Options(additional_secret_outputs=["arn"]), value="plain")
        pulumi.export("arn", a.arn)
        pulumi.export("value", a.value)
    """)
    sample.up()
    assert sample.outputs() == {"arn": "[secret]", "value": "plain"}
    assert "ciphertext" in sample.state()["a"]["outputs"]["arn"]
    assert "arn:mem:a-" not in sample.checkpoint.read_text()
    sample.program('a = Thing("a", value="plain")\npulumi.export("arn", a.arn)')
    sample.up()
    assert sample.outputs() == {"arn": "[secret]"}  # as long as nothing has changed
