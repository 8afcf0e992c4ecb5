"""Pulumi's Automation API, unmodified, over `offline/bin/pulumi`; and over the real CLI, where there is one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation as auto

CANARY = "CANARY-6666"
PROGRAM = """
    a = Thing("a", value=config.require("value"), password=config.require_secret("token"))
    pulumi.export("arn", a.arn)
    pulumi.export("nested", {"list": [1, True, None]})
    pulumi.export("token", config.require_secret("token"))
"""
Errors = auto.errors


def options(sample) -> auto.LocalWorkspaceOptions:
    wanted = ("HEADROOM_", "PULUMI_", "PATH")
    kept = {key: value for key, value in sample.quick_environment().items() if key.startswith(wanted)}
    return auto.LocalWorkspaceOptions(
        env_vars=kept, pulumi_command=auto.PulumiCommand(root=str(Path(sample.command).parents[1]))
    )


def selected(sample) -> auto.Stack:
    return auto.create_or_select_stack("dev", work_dir=str(sample.folder), opts=options(sample))


@pytest.fixture(scope="module")
def life(engine, tmp_path_factory) -> dict[str, Any]:
    """A stack's whole life by way of the Automation API, and what each call returned."""
    sample = engine(tmp_path_factory.mktemp("life") / "sample", PROGRAM, "sample")
    stack = selected(sample)
    stack.set_all_config({"value": auto.ConfigValue("1"), "token": auto.ConfigValue(CANARY, secret=True)})
    seen: dict[str, list[auto.EngineEvent]] = {"preview": [], "up": [], "destroy": []}
    found: dict[str, Any] = {"events": seen}
    found["preview"] = stack.preview(on_event=seen["preview"].append)
    found["up"] = stack.up(message="the first", on_event=seen["up"].append)
    found["outputs"] = stack.outputs()
    sample.edit("a", value="by hand")
    found["preview_refresh"] = stack.preview_refresh()
    found["refresh"] = stack.refresh(message="look")
    found["export"] = stack.export_stack()
    stack.import_stack(found["export"])
    found["reimported"] = stack.export_stack()
    found["back"] = stack.up(message="set back", target=[sample.urn("a")])
    found["preview_destroy"] = stack.preview_destroy()
    found["destroy"] = stack.destroy(message="the end", on_event=seen["destroy"].append)
    found["history"] = stack.history()
    found["page"] = stack.history(page_size=2, page=2)
    found["info"] = stack.info()
    return found


def test_create_or_select_makes_a_stack_once_and_finds_it_then(either):
    sample = either("")
    other = auto.create_or_select_stack("other", work_dir=str(sample.folder), opts=options(sample))
    assert auto.create_or_select_stack("other", work_dir=str(sample.folder), opts=options(sample)).name == other.name
    assert {found.name for found in other.workspace.list_stacks()} == {"dev", "other"}
    assert getattr(other.workspace.stack(), "name", "") == "other"
    other.workspace.remove_stack("other")
    assert [found.name for found in other.workspace.list_stacks()] == ["dev"]


def test_config_is_set_read_listed_and_removed(either):
    sample = either("")
    stack = selected(sample)
    stack.set_config("plain", auto.ConfigValue("1"))
    stack.set_config("token", auto.ConfigValue(CANARY, secret=True))
    stack.set_config("network.zones[0]", auto.ConfigValue("a"), path=True)
    stack.set_all_config({"x:one": auto.ConfigValue("-1"), "two": auto.ConfigValue("--two")})
    token = stack.get_config("token")
    assert token.secret and token.value == CANARY
    assert stack.get_config("network.zones[0]", path=True).value == "a"
    found = {key: value.value for key, value in stack.get_all_config().items()}
    assert found == {
        "mem:folder": str(sample.cloud), "sample:network": '{"zones":["a"]}', "sample:plain": "1",
        "sample:token": CANARY, "sample:two": "--two", "x:one": "-1",
    }  # fmt: skip
    assert CANARY not in (sample.folder / "Pulumi.dev.yaml").read_text()
    stack.remove_config("plain")
    stack.remove_all_config(["x:one", "sample:network", "two"])
    assert set(stack.get_all_config()) == {"mem:folder", "sample:token"}
    with pytest.raises(Errors.CommandError, match="not found"):
        stack.get_config("plain")


def test_preview_counts_what_up_would_do_and_does_nothing(life):
    assert life["preview"].change_summary == {"create": 2}
    assert CANARY not in life["preview"].stdout + life["preview"].stderr


def test_up_returns_its_summary_and_the_outputs(life):
    up = life["up"]
    assert (up.summary.kind, up.summary.result, up.summary.message) == ("update", "succeeded", "the first")
    assert up.summary.resource_changes == {"create": 2}
    assert up.outputs["token"].secret and up.outputs["token"].value == CANARY
    assert life["back"].summary.resource_changes == {"same": 1, "update": 1}


def test_outputs_keep_their_types_and_their_secrecy(life):
    outputs = life["outputs"]
    assert outputs["arn"].value.startswith("arn:mem:a-") and not outputs["arn"].secret
    assert outputs["nested"].value == {"list": [1, True, None]}
    assert outputs["token"].secret and outputs["token"].value == CANARY


def test_refresh_reads_what_was_changed_by_hand(life):
    assert life["preview_refresh"].change_summary == {"same": 1, "update": 1}
    summary = life["refresh"].summary
    assert (summary.kind, summary.message, summary.resource_changes) == ("refresh", "look", {"same": 1, "update": 1})


def test_a_stack_that_is_exported_and_imported_is_the_same(life):
    exported, again = life["export"].deployment, life["reimported"].deployment
    assert exported["resources"] == again["resources"]
    assert CANARY in str(exported["resources"])  # the Automation API exports with secrets shown
    assert any(resource.get("outputs", {}).get("value") == "by hand" for resource in exported["resources"])


def test_destroy_deletes_all_and_says_so(life):
    assert life["preview_destroy"].change_summary == {"delete": 2}
    assert life["destroy"].summary.resource_changes == {"delete": 2}


def test_history_lists_finished_operations_the_newest_first(life):
    told = [(entry.kind, entry.message) for entry in life["history"]]
    assert told == [("destroy", "the end"), ("update", "set back"), ("refresh", "look"), ("update", "the first")]
    assert [(entry.kind, entry.message) for entry in life["page"]] == told[2:] and life["info"].kind == "destroy"
    assert {entry.result for entry in life["history"]} == {"succeeded"}
    token = life["history"][-1].config["sample:token"]
    assert token.secret
    assert all(entry.end_time >= entry.start_time for entry in life["history"])


def test_on_event_streams_every_event_in_order_and_without_secrets(life):
    for operation, events in life["events"].items():
        assert [event.sequence for event in events] == sorted(event.sequence for event in events), operation
        assert events[-1].cancel_event is not None
        assert CANARY not in "".join(str(vars(event)) for event in events)
    up = life["events"]["up"]
    began = [e.resource_pre_event.metadata for e in up if e.resource_pre_event]
    ended = [e.res_outputs_event.metadata for e in up if e.res_outputs_event]
    assert {(step.op.value, step.type) for step in began} >= {("create", "mem:index:Thing")}
    assert {step.urn for step in began} >= {step.urn for step in ended if step.type == "mem:index:Thing"} != set()
    assert [e.summary_event.resource_changes for e in up if e.summary_event] == [{"create": 2}]
    assert [e.prelude_event.config["sample:token"] for e in up if e.prelude_event] == ["[secret]"]


def test_cancel_ends_a_running_up_which_saves_what_it_made(either):
    sample = either('a = Thing("a")\nThing("b", value=a.arn, seconds=60)\nThing("c", value=a.arn, seconds=60)')
    stack = selected(sample)
    failures: list[Exception] = []
    events: list[auto.EngineEvent] = []

    def up() -> None:
        try:
            stack.up(on_event=events.append)
        except Errors.CommandError as error:
            failures.append(error)

    running = threading.Thread(target=up)
    running.start()
    sample.wait_for("create b")
    with pytest.raises(Errors.ConcurrentUpdateError):
        selected(sample).up()
    if type(sample).__name__ == "Project":  # the real CLI cancels by taking the lock away, and lets the other one run
        cancelling = threading.Thread(target=selected(sample).cancel)
        cancelling.start()
        sample.wait_until(lambda: any("no step begins" in str(vars(e.diagnostic_event or e)) for e in events))
        sample.go_on()
        cancelling.join(60)
        running.join(60)
        assert "canceled" in str(failures[0])
        assert {"a", "b"} <= set(sample.state())
    else:
        sample.go_on()
        running.join(60)
    assert not running.is_alive()


def test_failures_are_the_automation_apis_own_classes(either):
    sample = either("raise ValueError('boom')")
    stack = selected(sample)
    where, given = str(sample.folder), options(sample)
    with pytest.raises(Errors.StackAlreadyExistsError):
        auto.create_stack("dev", work_dir=where, opts=given)
    with pytest.raises(Errors.StackNotFoundError):
        auto.select_stack("gone", work_dir=where, opts=given)
    with pytest.raises(Errors.RuntimeError, match="boom"):
        stack.up()
    with pytest.raises(Errors.RuntimeError, match="boom"):
        stack.preview()
    sample.program('Thing("a", fail="create")')
    with pytest.raises(Errors.CommandError, match="AccessDenied"):
        stack.up()
    assert stack.history()[0].result == "failed"


def test_inline_programs_run_in_the_callers_process(either):
    sample = either("")

    def program() -> None:
        pulumi.export("x", pulumi.Config().require("x"))

    def failing() -> None:
        raise ValueError("boom")

    stack = auto.create_or_select_stack("inline", project_name="inline", program=program, opts=options(sample))
    stack.set_config("x", auto.ConfigValue("1"))
    assert stack.preview().change_summary == {"create": 1}
    assert stack.up().outputs["x"].value == "1"
    with pytest.raises(Errors.InlineSourceRuntimeError, match="boom"):
        stack.up(program=failing)
    stack.destroy()
    stack.workspace.remove_stack("inline")


def test_what_the_offline_engine_does_not_do_is_refused_through_the_automation_api_too(project):
    stack = selected(project(""))
    with pytest.raises(Errors.CommandError, match="does not do `pulumi up --plan`"):
        stack.up(plan="x")
    with pytest.raises(Errors.CommandError, match="does not do `pulumi stack rename`"):
        stack.rename("other")
    assert stack.workspace.who_am_i().user == "offline"


def test_tags_of_a_stack_are_kept_until_the_stack_is_removed(project):
    stack = selected(project(""))
    stack.set_tag("release", "1.2")
    stack.set_tag("commit", "ab12")
    stack.set_tag("release", "1.3")
    assert stack.get_tag("release") == "1.3"
    stack.remove_tag("commit")
    assert stack.list_tags() == {"pulumi:project": stack.list_tags()["pulumi:project"], "release": "1.3"}
    with pytest.raises(Errors.CommandError, match="stack tag 'commit' not found"):
        stack.get_tag("commit")
    name = stack.name
    stack.workspace.remove_stack(name)
    stack.workspace.create_stack(name)
    assert "release" not in stack.list_tags()


def test_every_flag_of_an_operation_that_is_not_refused_does_its_work(project):
    sample = project('a = Thing("a", value="1")\nThing("b", value=a.arn)')
    stack = selected(sample)
    said: list[str] = []
    given: dict[str, Any] = {
        "parallel": 2,
        "message": "m",
        "diff": True,
        "color": "never",
        "on_output": said.append,
        "debug": True,
    }
    given |= {"log_flow": True, "log_to_std_err": True, "log_verbosity": 3, "suppress_progress": True}
    stack.preview(**given, expect_no_changes=False, target=[sample.urn("a")], target_dependents=True, refresh=True)
    up = stack.up(**given, continue_on_error=True, suppress_outputs=True, exclude=["**::b"], exclude_dependents=True)
    assert (up.summary.resource_changes or {}).get(auto.OpType.CREATE) == 2 and any(
        "Resources:" in line for line in said
    )
    stack.up(replace=[sample.urn("a")], expect_no_changes=False)
    stack.refresh(**given, expect_no_changes=True)
    stack.destroy(**given, target=[sample.urn("a")], target_dependents=True, continue_on_error=True, refresh=True)
    stack.destroy(remove=True, exclude_protected=True)
    assert sample.things() == {}
