"""Pulumi's Automation API, unmodified, over `offline/bin/pulumi`."""

from __future__ import annotations

import pulumi
import pytest
from pulumi import automation as auto


def options(sample) -> auto.LocalWorkspaceOptions:
    kept = {key: value for key, value in sample.environment.items() if key.startswith("HEADROOM_")}
    return auto.LocalWorkspaceOptions(
        env_vars=kept, pulumi_command=auto.PulumiCommand(root=str(sample.root / "offline"))
    )


def test_a_stack_lives_its_whole_life(project):
    sample = project("""
        a = Thing("a", value=config.require("value"), password=config.require_secret("token"))
        pulumi.export("arn", a.arn)
        pulumi.export("token", config.require_secret("token"))
    """)
    stack = auto.create_or_select_stack("dev", work_dir=str(sample.folder), opts=options(sample))
    stack.set_config("value", auto.ConfigValue("1"))
    stack.set_all_config({"token": auto.ConfigValue("CANARY-6666", secret=True)})
    assert stack.get_config("token").secret and stack.get_all_config()["sample:value"].value == "1"

    events: list[auto.EngineEvent] = []
    assert stack.preview(on_event=events.append).change_summary == {"create": 2}
    assert events[0].prelude_event is not None and events[-1].cancel_event is not None
    up = stack.up(on_event=events.append)
    assert up.summary.result == "succeeded" and up.summary.resource_changes == {"create": 2}
    assert up.outputs["token"].secret and up.outputs["token"].value == "CANARY-6666"
    assert "CANARY-6666" not in up.stdout + up.stderr
    assert stack.outputs()["arn"].value.startswith("arn:mem:a-")
    assert stack.refresh().summary.kind == "refresh"

    exported = stack.export_stack()
    stack.import_stack(exported)
    assert stack.preview(expect_no_changes=True).change_summary == {"same": 2}
    with pytest.raises(auto.errors.CommandError, match="does not do `pulumi up --plan`"):
        stack.up(plan="x")
    assert stack.destroy().summary.resource_changes == {"delete": 2}
    assert [entry.kind for entry in stack.history()] == ["destroy", "refresh", "update"]
    assert stack.list_tags() and stack.workspace.who_am_i().user == "offline"
    assert [found.name for found in stack.workspace.list_stacks()] == ["dev"]
    stack.workspace.remove_stack("dev")
    with pytest.raises(auto.StackNotFoundError):
        auto.select_stack("dev", work_dir=str(sample.folder), opts=options(sample))


def test_inline_programs_run_in_the_callers_process(project):
    sample = project("")

    def program() -> None:
        pulumi.export("x", pulumi.Config().require("x"))

    def failing() -> None:
        raise ValueError("boom")

    stack = auto.create_or_select_stack("inline", project_name="inline", program=program, opts=options(sample))
    stack.set_config("x", auto.ConfigValue("1"))
    assert stack.up().outputs["x"].value == "1"
    with pytest.raises(auto.errors.CommandError, match="boom"):
        stack.up(program=failing)
    stack.destroy()
