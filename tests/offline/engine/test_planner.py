"""What a change of a provider means for the provider, and for all that it has made."""

from __future__ import annotations

PROGRAM = """
    provider = Provider("p", region=config.get("region"), note=config.get("note"))
    a = Thing("a", Options(provider=provider), value="1")
    Thing("b", value=a.arn)
"""


def test_a_provider_whose_configuration_changes_in_place_leaves_its_resources_alone(either):
    sample = either(PROGRAM)
    sample.up()
    sample.ok("config", "set", "note", "new")
    assert sample.planned() == {"p": "update"}
    sample.up()
    assert sample.state()["p"]["inputs"]["note"] == "new"
    sample.up("--expect-no-changes")


def test_a_provider_that_is_replaced_replaces_its_resources_and_them_only(either):
    sample = either(PROGRAM)
    sample.up()
    before = sample.state()
    sample.ok("config", "set", "region", "r2")
    assert sample.planned() == {"p": "replace", "a": "replace", "b": "update"}
    sample.up()
    after = sample.state()
    assert after["p"]["id"] != before["p"]["id"] and after["a"]["id"] != before["a"]["id"]
    assert after["a"]["provider"] == f"{after['p']['urn']}::{after['p']['id']}"
    assert after["a"]["outputs"]["region"] == "r2" and after["b"]["id"] == before["b"]["id"]
    assert set(sample.things()) == {"a", "b"}


def test_a_resource_goes_to_another_provider_in_place_unless_that_one_would_replace_it(either):
    program = """
        one = Provider("one", region="r1")
        same = Provider("same", region="r1")
        other = Provider("other", region="r2")
        Thing("a", Options(provider=%s))
    """
    sample = either(program % "one")
    sample.up()
    sample.program(program % "same")
    assert sample.planned() == {}
    sample.up()
    assert "::same::" in sample.state()["a"]["provider"]
    sample.program(program % "other")
    assert sample.planned() == {"a": "replace"}
    named = program.replace('same = Provider("same", region="r1")', 'same = Provider("new", region="%s", opts=%s)')
    sample.program(named % ("r2", 'Options(aliases=[Alias(name="same")])', "same"))
    assert sample.planned() == {"new": "replace"}  # what keeps its provider under another name is kept as well


def test_a_removed_provider_goes_after_what_it_made(either):
    sample = either(PROGRAM)
    sample.up()
    sample.program("")
    sample.forget_log()
    sample.up()
    assert set(sample.state()) <= {"sample-dev", "default"}
    assert sample.log() == ["delete b", "deleted b", "delete a", "deleted a"]
