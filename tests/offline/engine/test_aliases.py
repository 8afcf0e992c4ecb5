"""A new name, type or parent is no new resource."""

from __future__ import annotations

import pytest


def test_aliases_follow_the_children(either):
    sample = either("""
        group = Group("old")
        Thing("old-thing", Options(parent=group))
        top = Thing("top")
        Thing("uses", value=top.arn)
    """)
    sample.up()
    before = {path.name for path in sample.cloud.glob("*.json")}
    sample.program("""
        group = Group("new", Options(aliases=[Alias(name="old")]))
        Thing("new-thing", Options(parent=group))
        top = Thing("top", Options(parent=group, aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))
        Thing("uses", value=top.arn)
    """)
    sample.up("--expect-no-changes")
    assert {path.name for path in sample.cloud.glob("*.json")} == before
    state = sample.state()
    assert {"new", "new-thing", "top", "uses"} <= set(state) and "old" not in state
    assert state["uses"]["dependencies"] == [state["top"]["urn"]]
    sample.program('group = Group("new")\ntop = Thing("top", Options(parent=group))\nThing("uses", value=top.arn)')
    sample.up()
    assert set(sample.things()) == {"top", "uses"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('Thing("old")', 'Thing("new", Options(aliases=[Alias(name="old")]))'),
        ('Thing("a", token="mem:index:Other")', 'Thing("a", Options(aliases=[Alias(type_="mem:index:Other")]))'),
        (
            'group = Group("g")\nThing("a", Options(parent=group))',
            'group = Group("g")\nThing("a", Options(aliases=[Alias(parent=group)]))',
        ),
        (
            'group = Group("g")\nThing("a")',
            'group = Group("g")\nThing("a", Options(parent=group, aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)]))',
        ),
        ('Thing("a")', 'Thing("b", Options(aliases=["urn:pulumi:dev::sample::mem:index:Thing::a"]))'),
        (
            'Thing("a")',
            'Thing("c", Options(aliases=[Alias(name="a"), Alias(name="b")]))',
        ),
    ],
    ids=["name", "type", "parent removed", "parent added", "URN", "the first of several"],
)
def test_an_alias_keeps_what_exists(before, after, either):
    sample = either(before)
    sample.up()
    made = sorted(path.name for path in sample.cloud.glob("*.json"))
    sample.program(after)
    assert sample.planned() == {}
    sample.up("--expect-no-changes")
    assert sorted(path.name for path in sample.cloud.glob("*.json")) == made
    sample.program(after)
    sample.up("--expect-no-changes")


def test_two_resources_cannot_have_been_the_same_one(either):
    sample = either('Thing("a")')
    sample.up()
    took = 'Thing("%s", Options(aliases=[Alias(name="a")], depends_on=%s))\n'
    for program in (
        took % ("b", "[]") + 'Thing("a")',
        'a = Thing("a")\n' + took % ("b", "a"),
        "b = " + took % ("b", "[]") + took % ("c", "b"),
    ):
        sample.program(program)
        assert "Duplicate resource" in sample.error("preview")
    assert set(sample.things()) == {"a"}
