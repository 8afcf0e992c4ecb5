"""Steps of the engine become one change a resource."""

from __future__ import annotations

from typing import Any

import pytest

from operations import events
from operations.changes import Run, readable, short_type

INSTANCE = "aws:rds/instance:Instance"
MAIN = f"urn:pulumi:dev::headroom::{INSTANCE}::main"


def told(*documents: Any) -> Run:
    run = Run()
    for document in documents:
        run.add(events.read(document))
    return run


def step(kind: str, op: str, urn: str = MAIN, **metadata: Any) -> dict[str, Any]:
    return {kind: {"metadata": {"op": op, "urn": urn, **metadata}}}


def test_create_before_delete_is_one_replacement_with_its_reason() -> None:
    detail = {"engine": {"diffKind": "update-replace", "inputDiff": True}}
    run = told(
        step("resourcePreEvent", "create-replacement", keys=["engine"], detailedDiff=detail, old={"id": "a"}),
        step("resOutputsEvent", "create-replacement", old={"id": "a"}, new={"id": "b"}),
        step("resourcePreEvent", "replace"),
        step("resOutputsEvent", "replace"),
        step("resourcePreEvent", "delete-replaced", old={"id": "a"}),
        step("resOutputsEvent", "delete-replaced", old={"id": "a"}),
    )
    [change] = run.changed
    assert (change.op, change.forced_by, change.done) == ("replace", ("engine",), True)
    assert change.detail is not None
    assert change.new is not None
    assert change.new.id == "b"


def test_delete_before_create_is_one_replacement_too() -> None:
    ops = ("delete-replaced", "replace", "create-replacement")
    run = told(*(step(kind, op) for op in ops for kind in ("resourcePreEvent", "resOutputsEvent")))
    assert run.count() == {"replace": 1}


def test_a_replacement_is_not_done_before_its_last_step() -> None:
    run = told(step("resOutputsEvent", "create-replacement"), step("resourcePreEvent", "delete-replaced"))
    assert run.changed[0].done is False


def test_what_is_left_of_an_interrupted_replacement_is_a_deletion() -> None:
    assert told(step("resOutputsEvent", "delete-replaced")).count() == {"delete": 1}


def test_a_left_over_deletion_does_not_hide_that_a_resource_stays() -> None:
    run = told(step("resOutputsEvent", "update"), step("resOutputsEvent", "delete-replaced"))
    assert run.count() == {"update": 1}


def test_a_refresh_becomes_what_it_finds() -> None:
    assert told(step("resourcePreEvent", "refresh"), step("resOutputsEvent", "same")).changed == []


def test_the_stack_and_default_providers_are_no_resources_of_the_user() -> None:
    run = told(
        step("resOutputsEvent", "create", "urn:pulumi:dev::headroom::pulumi:pulumi:Stack::headroom-dev"),
        step("resOutputsEvent", "create", "urn:pulumi:dev::headroom::pulumi:providers:aws::default_7_51_1"),
        step("resOutputsEvent", "create", "urn:pulumi:dev::headroom::pulumi:providers:aws::aws"),
    )
    assert [change.label for change in run.shown] == ["aws.Provider aws"]


def test_components_are_shown_but_not_counted_as_resources() -> None:
    component = "urn:pulumi:dev::headroom::headroom:network:Network::main"
    run = told(step("resOutputsEvent", "create", component, new={"custom": False, "inputs": {"a": 1}}))
    assert [change.label for change in run.shown] == ["Network main"]
    assert run.count() == {}


def test_outputs_of_the_stack_are_kept() -> None:
    stack = "urn:pulumi:dev::headroom::pulumi:pulumi:Stack::headroom-dev"
    run = told(step("resOutputsEvent", "same", stack, new={"outputs": {"url": "http://x", "key": "[secret]"}}))
    assert run.outputs == {"url": "http://x", "key": "[secret]"}


def test_an_error_that_is_said_twice_is_one() -> None:
    error = {"diagnosticEvent": {"severity": "error", "message": "no\n", "urn": MAIN}}
    assert len(told(error, error).errors) == 1


def test_progress_and_debug_messages_are_not_kept() -> None:
    run = told(
        {"diagnosticEvent": {"severity": "info", "message": "50 %", "ephemeral": True}},
        {"diagnosticEvent": {"severity": "debug", "message": "registering"}},
    )
    assert run.notices == []


def test_a_urn_in_a_text_becomes_a_type_and_a_name() -> None:
    urn = "urn:pulumi:dev::headroom::headroom:network:Network$aws:ec2/vpc:Vpc::network"
    assert readable(f"was being created: {urn}") == "was being created: ec2.Vpc network"
    assert readable(f"`{urn}`: no, '{urn}', no") == "`ec2.Vpc network`: no, 'ec2.Vpc network', no"
    assert readable("no urn: here") == "no urn: here"


@pytest.mark.parametrize(
    ("token", "short"),
    [
        ("aws:rds/instance:Instance", "rds.Instance"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "ec2.VpcEndpoint"),
        ("headroom:data:Database", "Database"),
        ("pulumi:pulumi:Stack", "Stack"),
        ("pulumi:providers:aws", "aws.Provider"),
        ("kubernetes:apps/v1:Deployment", "apps/v1.Deployment"),
        ("kubernetes:core/v1:Service", "core/v1.Service"),
        ("odd", "odd"),
    ],
)
def test_types_read_as_in_the_program(token: str, short: str) -> None:
    assert short_type(token) == short
