"""Stack references."""

from __future__ import annotations


def test_a_stack_reference_reads_the_other_stacks_outputs_and_their_secrecy(either):
    sample = either("""
        pulumi.export("arn", Thing("a").arn)
        pulumi.export("nested", {"list": [1, "two"]})
        pulumi.export("token", Output.secret("CANARY-5555"))
        pulumi.export("deep", {"list": [1, Output.secret({"key": "CANARY-6666"})]})
    """)
    sample.up()
    sample.ok("stack", "init", "other")
    sample.program("""
        dev = pulumi.StackReference("organization/sample/dev")
        short = pulumi.StackReference("short", stack_name="dev")
        pulumi.export("arn", short.get_output("arn"))
        pulumi.export("nested", dev.require_output("nested"))
        pulumi.export("token", dev.get_output("token"))
        pulumi.export("all", dev.outputs)
        pulumi.export("part", dev.get_output("deep").apply(lambda value: value["list"][1]["key"]))
        pulumi.export("absent", dev.get_output("absent").apply(lambda value: str(value)))
    """)
    sample.up("--stack", "other")
    outputs = sample.outputs()
    assert outputs["arn"].startswith("arn:mem:a-") and outputs["nested"] == {"list": [1, "two"]}
    assert outputs["token"] == "[secret]" and outputs["absent"] == "None"
    assert outputs["part"] == "[secret]"
    assert "CANARY" not in sample.checkpoint.with_name("other.json").read_text()
    assert sample.ok("stack", "output", "token", "--show-secrets").strip() == "CANARY-5555"
    sample.program('pulumi.StackReference("organization/sample/dev").require_output("absent")')
    assert "absent" in sample.error("preview")
    sample.program('pulumi.StackReference("organization/sample/gone")')
    assert "unknown stack" in sample.error("preview")


def test_outputs_that_changed_in_the_other_stack_arrive_with_the_next_up(either):
    sample = either('pulumi.export("x", 1)')
    sample.up()
    sample.ok("stack", "init", "other")
    reading = 'Thing("a", value=pulumi.StackReference("organization/sample/dev").get_output("x"))'
    (sample.folder / "Pulumi.other.yaml").write_text((sample.folder / "Pulumi.dev.yaml").read_text())
    sample.program(reading)
    sample.up("--stack", "other")
    sample.program('pulumi.export("x", 2)')
    sample.up("--stack", "dev")
    sample.program(reading)
    sample.up("--stack", "other")
    assert sample.things()["a"]["value"] == 2
