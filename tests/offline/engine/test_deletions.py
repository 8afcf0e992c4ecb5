"""Deletes: dependents first, the rest at once; what fails keeps what it needs."""

from __future__ import annotations


def test_deletes_run_in_parallel_but_dependents_first(either):
    sample = either("""
        a = Thing("a")
        for index in range(4):
            Thing(f"leaf{index}", value=a.arn, seconds=0.4)
        group = Group("group")
        Thing("child", Options(parent=group, depends_on=[a]))
    """)
    sample.up()
    sample.forget_log()
    sample.destroy()
    log = sample.log()
    starts = [log.index(f"delete leaf{index}") for index in range(4)]
    ends = [log.index(f"deleted leaf{index}") for index in range(4)]
    assert max(starts) < min(ends) and max(ends) < log.index("delete a")
    assert sample.things() == {}
    assert sample.state() == {}


def test_a_delete_that_fails_keeps_what_it_needs_and_goes_on_later(project):
    sample = project('a = Thing("a")\nThing("b", value=a.arn, fail="delete")\nThing("c", value="1")')
    sample.up()
    text = sample.error("destroy", "--yes", "--skip-preview", "--continue-on-error")
    assert f"deleting {sample.urn('b')}: DependencyViolation: in use" in text
    assert set(sample.things()) == {"a", "b"}
    assert {"a", "b"} <= set(sample.state())
    for name in ("b",):
        document = sample.ok("stack", "export").replace('"fail": "delete"', '"fail": ""')
        (sample.folder / "fixed.json").write_text(document)
        sample.ok("stack", "import", "--file", "fixed.json")
        assert name in sample.state()
    sample.destroy("--remove")
    assert sample.things() == {}
    assert "no stack named 'dev' found" in sample.error("preview", "--stack", "dev")


def test_a_replaced_resource_that_could_not_be_deleted_is_deleted_by_the_next_up(either):
    sample = either('Thing("a", kind="x", fail="delete")')
    sample.up()
    sample.program('Thing("a", kind="y")')
    assert "DependencyViolation: in use" in sample.failing_up()
    assert len(list(sample.cloud.glob("a-*.json"))) == 2
    pending = [state for state in sample.resources() if state.get("delete")]
    assert [state["inputs"]["kind"] for state in pending] == ["x"]
    (sample.cloud / "mended").touch()
    sample.forget_log()
    sample.up()
    assert sample.log() == ["delete a", "deleted a"]
    assert sample.things()["a"]["kind"] == "y" and not any(state.get("delete") for state in sample.resources())


def test_a_destroy_deletes_what_is_pending_too(either):
    sample = either('Thing("a", kind="x", fail="delete")')
    sample.up()
    sample.program('Thing("a", kind="y")')
    sample.failing_up()
    (sample.cloud / "mended").touch()
    sample.destroy()
    assert list(sample.cloud.glob("a-*.json")) == [] and sample.state() == {}


def test_retain_on_delete_leaves_what_exists_whether_it_is_removed_or_replaced(either):
    program = 'Thing("a", Options(retain_on_delete=True), kind="%s")\n'
    sample = either(program % "x" + 'Thing("b", Options(retain_on_delete=True))')
    sample.up()
    sample.program(program % "y")
    sample.forget_log()
    sample.up()
    assert sample.log() == ["create a", "created a"]
    sample.destroy()
    assert sample.state() == {} and len(list(sample.cloud.glob("*.json"))) == 3


def test_deleted_with_spares_the_delete_of_what_goes_along_and_of_it_only(either):
    sample = either("""
        store = Thing("store")
        Thing("inside", Options(deleted_with=store))
        Thing("beside", value=store.arn)
    """)
    sample.up()
    sample.program("")
    sample.forget_log()
    sample.up()
    assert sample.log() == ["delete beside", "deleted beside", "delete store", "deleted store"]
    assert set(sample.state()) <= {"sample-dev", "default"}


def test_unprotecting_a_resource_is_enough_to_delete_it(either):
    sample = either('Thing("a", Options(protect=True))')
    sample.up()
    sample.program("")
    assert "protected" in sample.failing_up()
    assert set(sample.things()) == {"a"}
    sample.program('Thing("a", Options(protect=False))')
    sample.up()
    sample.program("")
    sample.up()
    assert sample.things() == {}
