"""Delete before replace: dependents go first, and come back."""

from __future__ import annotations

PROGRAM = """
a = Thing("a", fixed="%s")
b = Thing("b", kind=a.arn)
c = Thing("c", value=a.arn)
d = Thing("d", kind=b.arn)
e = Thing("e", value="1", opts=Options(depends_on=[a]))
g = Thing("g", opts=Options(deleted_with=a))
h = Thing("h", value=a.arn, opts=Options(replace_on_changes=["value"]))
"""


def test_dependents_that_cannot_stay_are_deleted_first_and_created_anew(either):
    sample = either(PROGRAM % "x")
    sample.up()
    sample.program(PROGRAM % "y")
    replaced = dict.fromkeys("abdgh", "replace")
    assert sample.planned() == {**replaced, "c": "update"}
    sample.forget_log()
    sample.up()
    log = sample.log()
    assert log.index("deleted d") < log.index("delete b") < log.index("deleted b") < log.index("delete a")
    assert log.index("deleted h") < log.index("delete a")
    assert log.index("deleted a") < log.index("create a") < log.index("create b") < log.index("create d")
    assert "delete c" not in log and "delete e" not in log and "delete g" not in log
    assert len(list(sample.cloud.glob("[abcdeh]-*.json"))) == 6


def test_a_cascade_that_ends_half_way_is_completed_by_the_next_up(either):
    sample = either('a = Thing("a", fixed="x")\nThing("b", kind=a.arn)')
    sample.up()
    sample.program('a = Thing("a", fixed="y", fail="create")\nThing("b", kind=a.arn)')
    assert "AccessDenied" in sample.failing_up()
    assert sample.things() == {}
    assert sample.state()["b"]["pendingReplacement"] is True
    sample.program('a = Thing("a", fixed="y")')
    sample.up()
    assert set(sample.things()) == {"a"}
    assert "b" not in sample.state()


def test_a_protected_dependent_stops_the_cascade(either):
    sample = either('a = Thing("a", fixed="x")\nThing("b", kind=a.arn, opts=Options(protect=True))')
    sample.up()
    sample.program('a = Thing("a", fixed="y")\nThing("b", kind=a.arn, opts=Options(protect=True))')
    assert "as part of replacing" in sample.failing_up()
    assert set(sample.things()) == {"a", "b"}


def test_a_targeted_replacement_brings_back_the_dependents_that_it_deletes(either):
    program = 'a = Thing("a", fixed="%s")\nb = Thing("b", kind=a.arn)\nThing("c", value=b.arn)'
    sample = either(program % 1)
    sample.up()
    sample.program(program % 2)
    assert sample.planned("--target", sample.urn("a")) == {"a": "replace", "b": "replace"}
    sample.up("--target", sample.urn("a"))
    assert set(sample.things()) == {"a", "b", "c"}
    assert not any(state.get("pendingReplacement") for state in sample.state().values())


def test_what_goes_with_a_replaced_resource_is_not_deleted_by_itself(either):
    program = 'a = Thing("a", kind="%s")\nThing("b", opts=Options(deleted_with=a))'
    sample = either(program % 1)
    sample.up()
    sample.forget_log()
    sample.program(program % 2)
    sample.up()
    assert sample.log() == ["create a", "created a", "create b", "created b", "delete a", "deleted a"]


def test_of_a_cascade_that_fails_only_what_needs_it_stops_where_the_rest_is_to_go_on(project):
    """The real engine comes to no end here."""
    program = (
        'a = Thing("a", fixed="%s", fail="%s")\nThing("b", value=a.arn)\nThing("c", kind=a.arn)\nThing("d", value="%s")'
    )
    sample = project(program % ("x", "delete", "1"))
    sample.up()
    sample.program(program % ("y", "", "2"))
    text = sample.failing_up("--continue-on-error")
    assert "DependencyViolation: in use" in text and "exited with" not in text
    assert set(sample.things()) == {"a", "b", "d"} and sample.things()["d"]["value"] == "2"
    assert sample.state()["c"]["pendingReplacement"] is True
    (sample.cloud / "mended").touch()
    sample.up()
    assert set(sample.things()) == {"a", "b", "c", "d"} and sample.things()["a"]["fixed"] == "y"


def test_what_is_registered_under_another_name_is_not_taken_for_a_dependent_that_it_was(project):
    sample = project('a = Thing("a", fixed="x")\nThing("b", Options(replace_with=[a], depends_on=[a]))')
    sample.up()
    sample.program("""
        b = Thing("new", Options(aliases=[Alias(name="b")]))
        Thing("a", Options(depends_on=[b]), fixed="y")
    """)
    sample.forget_log()
    sample.up()
    assert sample.log() == ["delete a", "deleted a", "create a", "created a"]
    assert set(sample.things()) == {"a", "b"} and sample.state()["new"]["id"].startswith("b-")
