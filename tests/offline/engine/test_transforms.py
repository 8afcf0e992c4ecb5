"""Transforms of resources and of function calls."""

from __future__ import annotations


def test_resource_transforms_run_from_the_resource_outwards_and_carry_dependencies_and_secrets(either):
    sample = either("""
        def add(mark):
            def transform(arguments):
                if arguments.type_ != "mem:index:Thing":
                    return None
                order = Output.concat(arguments.props.get("order") or "", mark)
                return pulumi.ResourceTransformResult({**arguments.props, "order": order}, arguments.opts)
            return transform

        async def ask(arguments):
            found = pulumi.runtime.invoke("mem:index:echo", {"text": "asked"}).value
            return pulumi.ResourceTransformResult({**arguments.props, "asked": found["text"]}, arguments.opts)

        def guard(arguments):
            if arguments.name == "child":
                options = pulumi.ResourceOptions.merge(arguments.opts, Options(protect=True, ignore_changes=["value"]))
                return pulumi.ResourceTransformResult(arguments.props, options)

        pulumi.runtime.register_resource_transform(add("s"))
        pulumi.runtime.register_resource_transform(guard)
        needed = Thing("needed")
        group = Group("group", Options(transforms=[add("g")]))
        secret = Output.secret("CANARY-1234")
        Thing("child", Options(parent=group, transforms=[add("c"), ask]), value=needed.arn, password=secret)
    """)
    sample.up()
    child, needed = sample.state()["child"], sample.state()["needed"]
    assert child["inputs"]["order"] == "cgs" and child["inputs"]["asked"] == "asked"
    assert needed["urn"] in child["dependencies"]
    assert child["protect"] is True and "CANARY" not in sample.checkpoint.read_text()
    assert needed["inputs"]["order"] == "s"
    sample.up("--expect-no-changes")


def test_a_transform_that_fails_is_an_error_of_the_resource(either):
    sample = either("""
        def refuse(arguments):
            raise ValueError("no such thing")

        Thing("a", Options(transforms=[refuse]))
    """)
    assert "no such thing" in sample.error("preview")
    assert "no such thing" in sample.failing_up()
    assert sample.things() == {}


def test_invoke_transforms_rewrite_arguments_and_provider(either):
    sample = either("""
        far = Provider("far", region="r2")

        async def rewrite(arguments):
            if arguments.token == "mem:index:echo":
                options = pulumi.InvokeOptions(provider=far)
                return pulumi.InvokeTransformResult({**arguments.args, "text": "rewritten"}, options)

        pulumi.runtime.register_invoke_transform(rewrite)
        Thing("first")
        found = pulumi.runtime.invoke_output("mem:index:echo", {"text": "as given"})
        pulumi.export("text", found.apply(lambda value: value["text"]))
        pulumi.export("region", found.apply(lambda value: value["region"]))
    """)
    sample.up()
    assert sample.outputs() == {"text": "rewritten", "region": "r2"}
