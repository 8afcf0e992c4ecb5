"""A new name, type or parent is no new resource."""

from __future__ import annotations


def test_aliases_follow_the_children(project):
    sample = project("""
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
