"""Deletes: dependents first, the rest at once; what fails keeps what it needs."""

from __future__ import annotations


def test_deletes_run_in_parallel_but_dependents_first(project):
    sample = project("""
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
