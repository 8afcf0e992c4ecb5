"""Resource hooks: when each runs, what it sees, and what comes of one that fails."""

from __future__ import annotations

PROGRAM = """
    def note(kind):
        def hook(arguments):
            seen = [name for name in ("old_inputs", "new_inputs", "old_outputs", "new_outputs")
                    if getattr(arguments, name) is not None]
            with open("notes", "a") as file:
                file.write(" ".join([kind, arguments.name, *seen]) + "\\n")
        return pulumi.ResourceHook(kind, hook, pulumi.ResourceHookOptions(on_dry_run=kind == "before_update"))

    kinds = ("before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete")
    binding = pulumi.ResourceHookBinding(**{kind: [note(kind)] for kind in kinds})
    if config.get("gone") is None:
        Thing("a", Options(hooks=binding), value=config.get("value"), kind=config.get("kind"))
"""


def test_hooks_run_around_each_step_with_what_was_and_what_will_be(either):
    sample = either(PROGRAM)
    notes = sample.folder / "notes"

    def noted(*words: str) -> list[str]:
        notes.write_text("")
        sample.ok(*words)
        return list(notes.read_text().splitlines())

    up = ("up", "--yes", "--skip-preview")
    assert noted("preview") == []
    assert noted(*up) == ["before_create a new_inputs", "after_create a new_inputs new_outputs"]
    sample.ok("config", "set", "value", "2")
    before = "before_update a old_inputs new_inputs old_outputs"
    assert noted("preview") == [before]
    assert noted(*up) == [before, "after_update a old_inputs new_inputs old_outputs new_outputs"]
    assert noted(*up) == []
    sample.ok("config", "set", "gone", "true")
    removal = ["before_delete a old_inputs old_outputs", "after_delete a old_inputs old_outputs"]
    assert noted(*up) == removal


FAILING = """
    def refuse(arguments):
        raise Exception("not today")

    hook = pulumi.ResourceHook("refuse", refuse, pulumi.ResourceHookOptions(ignore_errors=%s))
    Thing("a", Options(hooks=pulumi.ResourceHookBinding(%s=[hook])))
    Thing("b")
"""


def test_a_hook_that_fails_before_a_step_prevents_it_and_one_after_it_fails_the_operation_only(either):
    sample = either(FAILING % (False, "before_create"))
    assert 'before hook "refuse" failed: not today' in sample.failing_up("--continue-on-error")
    assert set(sample.things()) == {"b"}
    sample.program(FAILING % (False, "after_create"))
    assert 'after hook "refuse" failed: not today' in sample.failing_up()
    assert set(sample.things()) == {"a", "b"} <= set(sample.state())
    sample.up("--expect-no-changes")


def test_errors_of_a_hook_that_ignores_them_are_warnings(either):
    sample = either(FAILING % (True, "before_create"))
    assert "not today" in sample.up()
    assert set(sample.things()) == {"a", "b"}


def test_the_hook_after_a_component_runs_once_its_children_are_there(either):
    sample = either("""
        import glob

        def note(arguments):
            with open("notes", "a") as file:
                file.write(f"{arguments.name} {len(glob.glob('cloud/*.json'))}\\n")

        class Pair(pulumi.ComponentResource):
            def __init__(self, name, opts):
                super().__init__("mem:index:Pair", name, {"x": config.get("x")}, opts)
                child = Options(parent=self)
                self.register_outputs({"arn": Thing("a", child).arn, "other": Thing("b", child).arn})

        hook = pulumi.ResourceHook("note", note)
        Pair("pair", Options(hooks=pulumi.ResourceHookBinding(after_create=[hook], after_update=[hook])))
    """)
    sample.up()
    assert (sample.folder / "notes").read_text() == "pair 2\n"
    sample.ok("config", "set", "x", "1")
    sample.up()
    assert (sample.folder / "notes").read_text() == "pair 2\npair 2\n"


def test_a_delete_whose_hook_the_program_does_not_register_any_more_fails(either):
    sample = either("""
        hook = pulumi.ResourceHook("cleanup", lambda arguments: None)
        Thing("a", Options(hooks=pulumi.ResourceHookBinding(before_delete=[hook])))
    """)
    sample.up()
    sample.program("")
    assert "cleanup" in sample.failing_up()
    assert set(sample.things()) == {"a"}
