"""Engine events of any shape become plain dataclasses, and nothing raises."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from operations import events
from operations.changes import Run
from operations.events import Diagnostic, PoliciesChecked, PolicyViolation, StepFinished, StepStarted, Summary, Unknown

URN = "urn:pulumi:dev::headroom::headroom:data:Database$aws:rds/instance:Instance::main"

STARTED: dict[str, Any] = {
    "sequence": 4,
    "timestamp": 1_790_000_000,
    "resourcePreEvent": {
        "planning": True,
        "metadata": {
            "op": "update",
            "urn": URN,
            "type": "aws:rds/instance:Instance",
            "old": {
                "id": "main",
                "parent": "urn:p",
                "custom": True,
                "protect": True,
                "inputs": {"port": 1},
                "outputs": {},
            },
            "new": {"id": "main", "parent": "urn:p", "custom": True, "inputs": {"port": 2}, "outputs": None},
            "keys": ["engine"],
            "diffs": ["port"],
            "detailedDiff": {
                "port": {"diffKind": "update", "inputDiff": True},
                "engine": {"diffKind": "update-replace"},
            },
            "logical": True,
            "provider": "urn:provider::1",
        },
    },
}


def test_a_step_keeps_its_resource_states_and_differences() -> None:
    event = events.read(STARTED)
    assert isinstance(event, StepStarted)
    assert event.planning
    step = event.step
    assert (step.op, step.name, step.parent, step.type) == ("update", "main", "urn:p", "aws:rds/instance:Instance")
    assert step.old is not None
    assert step.old.protect
    assert step.old.inputs == {"port": 1}
    assert step.new is not None
    assert step.new.outputs == {}
    assert step.replaced_by == ("engine",)
    assert step.detail is not None
    assert [(change.path, change.replaces, change.of_inputs) for change in step.detail] == [
        ("engine", True, False),
        ("port", False, True),
    ]


def test_an_operation_that_is_not_known_keeps_its_word() -> None:
    line = json.dumps({"resOutputsEvent": {"metadata": {"op": "teleport", "urn": URN}}})
    event = events.parse(line)
    assert isinstance(event, StepFinished)
    assert event.step.op == "teleport"
    assert event.step.type == "aws:rds/instance:Instance"


def test_a_null_detailed_diff_is_not_an_empty_one() -> None:
    event = events.read({"resourcePreEvent": {"metadata": {"op": "update", "urn": URN, "detailedDiff": None}}})
    assert isinstance(event, StepStarted)
    assert event.step.detail is None


def test_a_diagnostic_loses_its_colours() -> None:
    event = events.read(
        {"diagnosticEvent": {"severity": "error", "message": "<{%fg 1%}>bad\x1b[31m news<{%reset%}>\n"}}
    )
    assert event == Diagnostic(severity="error", message="bad news")


def test_a_policy_event_names_pack_rule_level_and_resource() -> None:
    body = {
        "policyPackName": "headroom",
        "policyName": "rds-private",
        "enforcementLevel": "warning",
        "message": "is public",
        "resourceUrn": URN,
    }
    assert events.read({"policyEvent": body}) == PolicyViolation(
        pack="headroom", rule="rds-private", level="advisory", message="is public", urn=URN
    )


def test_policy_summaries_that_pulumis_own_reader_drops_are_kept() -> None:
    body = {"policyPackName": "headroom", "passed": ["a"], "failed": ["b", 3], "resourceUrn": URN}
    assert events.read({"policyAnalyzeSummaryEvent": body}) == PoliciesChecked(
        pack="headroom", passed=("a",), failed=("b",), urn=URN
    )


def test_a_summary_counts_by_operation() -> None:
    body = {"resourceChanges": {"create": 3, "same": "?"}, "durationSeconds": 12, "PolicyPacks": {"headroom": "0.1.0"}}
    assert events.read({"summaryEvent": body}) == Summary(
        counts={"create": 3}, packs={"headroom": "0.1.0"}, seconds=12.0
    )


def test_events_that_are_not_used_are_named() -> None:
    assert events.read({"sequence": 1, "preludeEvent": {"config": {}}}) == Unknown("preludeEvent")
    assert events.parse("not json") == Unknown()
    assert events.parse(b"\xff\xfe") == Unknown()
    assert events.parse("[" * 100_000) == Unknown()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)
KINDS = (
    "resourcePreEvent", "resOutputsEvent", "resOpFailedEvent", "diagnosticEvent", "policyEvent",
    "policyRemediationEvent", "policyAnalyzeSummaryEvent", "summaryEvent", "cancelEvent", "progressEvent",
)  # fmt: skip


STEP_FIELDS = ("op", "urn", "type", "old", "new", "keys", "diffs", "detailedDiff")


def one_step_at_most(event: events.Event) -> bool:
    """Whether a run takes the event, and makes no more of it than an event can tell."""
    run = Run()
    run.add(event)
    return len(run.changes) + len(run.diagnostics) + len(run.violations) <= 1


@given(json_values)
def test_no_json_makes_the_reader_raise(document: Any) -> None:
    assert one_step_at_most(events.read(document))


@given(st.binary())
def test_no_line_makes_the_reader_raise(line: bytes) -> None:
    assert one_step_at_most(events.parse(line))


@given(st.sampled_from(KINDS), st.fixed_dictionaries({}, optional={
    "metadata": st.dictionaries(st.sampled_from(STEP_FIELDS), json_values),
    "planning": json_values, "severity": json_values, "message": json_values, "resourceChanges": json_values,
    "PolicyPacks": json_values, "durationSeconds": json_values, "passed": json_values, "failed": json_values,
}))  # fmt: skip
def test_no_event_with_fields_of_the_wrong_kind_makes_the_reader_raise(kind: str, body: dict[str, Any]) -> None:
    assert one_step_at_most(events.read({"sequence": 1, kind: body}))


@given(st.data())
def test_no_mutation_of_a_real_event_makes_the_reader_raise(data: st.DataObject) -> None:
    event = json.loads(json.dumps(STARTED))
    place = event["resourcePreEvent"]
    if data.draw(st.booleans()):
        place = place["metadata"]
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
    assert one_step_at_most(events.read(event))
