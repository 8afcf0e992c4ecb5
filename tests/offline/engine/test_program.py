"""Programs that fail, and what programs may do beside registering resources."""

from __future__ import annotations


def test_a_program_that_fails_says_where_and_deletes_nothing(either):
    sample = either('Thing("a")')
    sample.up()
    sample.program("pulumi.log.warn('careful')\nraise ValueError('boom')")
    text = sample.failing_up()
    assert "warning: careful" in text and "ValueError: boom" in text and '__main__.py", line' in text
    assert "run_in_stack" not in text
    assert set(sample.things()) == {"a"}
    sample.program("raise pulumi.RunError('plain words')")
    text = sample.error("preview")
    assert "plain words" in text and "Traceback" not in text
    sample.program("import sys\nprint('last words')\nsys.exit(3)")
    text = sample.error("preview")
    assert "last words" in text and "exited with non-zero exit code: 3" in text
    sample.program("pulumi.export('x', Output.from_input(1).apply(lambda value: 1 / 0))")
    assert "ZeroDivisionError" in sample.error("preview")
    sample.program("""
        from pulumi.runtime.proto import resource_pb2
        gone = "urn:pulumi:dev::sample::x:y:Z::gone"
        request = resource_pb2.RegisterResourceRequest(type="x:y:Z", name="b", parent=gone)
        pulumi.runtime.settings.get_monitor().RegisterResource(request)
    """)
    assert "could not find parent resource urn:pulumi:dev::sample::x:y:Z::gone" in sample.error("preview")


def test_a_failing_create_keeps_what_was_made_and_resumes(project):
    sample = project("""
        a = Thing("a")
        b = Thing("b", value=a.arn, fail="create")
        Thing("c", value=b.arn)
        Thing("d", value=a.arn, seconds=0.3)
    """)
    text = sample.failing_up()
    assert f"creating {sample.urn('b')}: AccessDenied: not allowed to make b-" in text
    assert set(sample.things()) == {"a", "d"} or set(sample.things()) == {"a"}
    assert set(sample.things()) == set(sample.state()) - {"sample-dev", "default"}
    assert "AccessDenied" in sample.failing_up("--continue-on-error")
    assert set(sample.things()) == {"a", "d"}
    sample.program('a = Thing("a")\nb = Thing("b", value=a.arn)\nThing("c", value=b.arn)\nThing("d", value=a.arn)')
    sample.up()
    assert set(sample.things()) == set("abcd")


def test_hooks_and_transforms_run(project):
    sample = project("""
        def note(arguments):
            with open("notes", "a") as file:
                file.write(f"{arguments.name} {bool(arguments.new_outputs)} {arguments.old_inputs is not None}\\n")

        def refuse(arguments):
            raise Exception("not today")

        def mark(arguments):
            if arguments.type_ == "mem:index:Thing":
                return pulumi.ResourceTransformResult({**arguments.props, "marked": "yes"}, arguments.opts)

        pulumi.runtime.register_resource_transform(mark)
        hook = pulumi.ResourceHook("note", note)
        binding = pulumi.ResourceHookBinding(before_create=[hook], after_create=[hook], before_delete=[hook])
        a = Thing("a", Options(hooks=binding))
        if config.get_bool("refuse"):
            Thing("b", Options(hooks=pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook("no", refuse)])))
    """)
    sample.up()
    notes = sample.folder / "notes"
    assert notes.read_text().splitlines() == ["a False False", "a True False"]
    assert sample.things()["a"]["marked"] == "yes"
    sample.ok("config", "set", "refuse", "true")
    assert 'before hook "no" failed: not today' in sample.failing_up()
    assert set(sample.things()) == {"a"}


def test_dynamic_resources_stashes_and_stack_references_work(project):
    sample = project("""
        from pulumi.dynamic import CreateResult, Resource, ResourceProvider

        class Provider(ResourceProvider):
            def create(self, props):
                return CreateResult("id-1", {**props, "out": props["x"] + "!"})

        class Dynamic(Resource):
            out: Output[str]

            def __init__(self, name, x):
                super().__init__(Provider(), name, {"x": x, "out": None})

        stash = pulumi.Stash("stash", input=config.get("word") or "one")
        pulumi.export("dynamic", Dynamic("r", "hello").out)
        pulumi.export("stash", stash.output)
        pulumi.export("secret", Output.secret("CANARY-7777"))
    """)
    sample.up()
    assert sample.outputs() == {"dynamic": "hello!", "stash": "one", "secret": "[secret]"}
    sample.ok("stack", "init", "other")
    sample.program("""
        other = pulumi.StackReference("organization/sample/dev")
        pulumi.export("found", other.get_output("dynamic"))
        pulumi.export("secret", other.get_output("secret"))
    """)
    sample.up("--stack", "other")
    assert sample.outputs() == {"found": "hello!", "secret": "[secret]"}
    sample.program('pulumi.StackReference("organization/sample/gone")')
    assert "unknown stack 'organization/sample/gone'" in sample.error("preview", "--stack", "other")


def test_what_a_program_leaves_for_its_end_is_run_and_what_it_leaves_open_is_written(project):
    sample = project("""
        import atexit

        left = open("left", "w")
        left.write("written")
        atexit.register(lambda: print("at its end", flush=True))
        Thing("a", value="1")
    """)
    for preview in sample.run, sample.process:  # one of them ends the program as it does for users
        assert "at its end" in preview("preview").stdout
        assert next(sample.folder.rglob("left")).read_text() == "written"
        (sample.folder / "left").unlink()
