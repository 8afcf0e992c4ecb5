"""The events of each environment become one report: what changes where, old findings apart from new ones."""

from __future__ import annotations

from operations.report.build import Base, build
from operations.report.model import EXIT_CODES, Report
from tests.operations.report.streams import DATABASE, TOPIC, previewed, run, step, urn, violation


def topic(stack: str, name: str = "t", after: str = "b") -> dict[str, object]:
    return step(
        "update", TOPIC, name, stack=stack, old={"note": "a"}, new={"note": after}, detail={"note": "update"}
    )  # fmt: skip


def spreads(report: Report) -> dict[str, str]:
    return {row.label: row.spread for row in report.rows}


def test_the_matrix_tells_what_is_the_same_what_differs_and_what_is_in_one_only() -> None:
    report = build(
        [
            previewed(topic("dev"), topic("dev", "other"), stack="dev"),
            previewed(topic("prod"), topic("prod", "other", "c"), topic("prod", "third"), stack="prod"),
        ]
    )
    assert spreads(report) == {"sns.Topic t": "same", "sns.Topic other": "differs", "sns.Topic third": "only"}
    assert [row.label for row in report.rows] == ["sns.Topic other", "sns.Topic third", "sns.Topic t"]


def test_a_change_that_two_of_three_have_differs() -> None:
    report = build([previewed(topic(s), stack=s) for s in ("dev", "prod")] + [previewed(stack="staging")])
    assert spreads(report) == {"sns.Topic t": "differs"}


def test_the_verdict_is_the_worst_of_all_environments() -> None:
    lost = step("delete", DATABASE, "main", old={})
    cases = {
        "nothing": [previewed(stack="dev"), previewed()],
        "changes": [previewed(stack="dev"), previewed(topic("prod"))],
        "guarded": [previewed(topic("dev"), stack="dev"), previewed(lost)],
        "error": [previewed(stack="dev", error="no account"), previewed(lost)],
    }
    assert {name: build(found).verdict for name, found in cases.items()} == {name: name for name in cases}
    assert EXIT_CODES == {"nothing": 0, "error": 1, "changes": 2, "guarded": 3}


def test_a_mandatory_policy_that_is_not_kept_is_an_error_and_an_advisory_one_is_not() -> None:
    assert build([previewed(violation("r", urn(TOPIC, "t")))]).verdict == "error"
    assert build([previewed(violation("r", urn(TOPIC, "t"), level="advisory"))]).verdict == "nothing"


def test_an_approved_loss_is_a_change_as_any_other() -> None:
    lost = previewed(step("delete", DATABASE, "main", old={}))
    named = frozenset({f"delete {urn(DATABASE, 'main')}"})
    assert build([lost], named).verdict == "changes"
    assert build([lost], named | {"delete urn:pulumi:prod::x::y::z"}).stray_approvals == [
        "delete urn:pulumi:prod::x::y::z"
    ]


def test_what_the_base_had_is_old_or_pending() -> None:
    finding = violation("old", urn(TOPIC, "t"), level="advisory")
    base = Base(commit="abc", runs={"prod": run(topic("prod"), finding)})
    now = previewed(topic("prod"), topic("prod", "mine"), finding, violation("new", urn(TOPIC, "t"), level="advisory"))
    [stack] = build([now], base=base).stacks
    assert {item.label: item.pending for item in stack.items} == {"sns.Topic t": True, "sns.Topic mine": False}
    assert {finding.rule: finding.new for finding in stack.findings} == {"old": False, "new": True}


def test_a_stream_that_breaks_off_is_told() -> None:
    cut = previewed(topic("prod"))
    cut.run.summary = None
    [stack] = build([cut]).stacks
    assert "without a summary" in stack.incomplete


def test_of_long_values_the_part_that_differs_is_shown() -> None:
    old, new = ({"note": "x" * 5_000 + end + "y" * 5_000} for end in ("before", "after"))
    [stack] = build([previewed(step("update", TOPIC, "t", old=old, new=new, detail={"note": "update"}))]).stacks
    [line] = stack.items[0].lines
    assert "before" in line.old
    assert "after" in line.new
    assert len(line.old) < 500


def test_a_resource_that_only_loses_its_protection_is_told() -> None:
    [stack] = build([previewed(step("same", DATABASE, "main", old={}, new={}, protect=(True, False)))]).stacks
    assert [(item.op, item.loss is not None) for item in stack.items] == [("unprotect", True)]
    assert stack.unchanged == 0


def test_errors_of_the_program_are_the_stacks_error_whatever_the_exit_code_was() -> None:
    event = {"diagnosticEvent": {"severity": "error", "message": "settings are wrong"}}
    report = build([previewed(event)])
    assert report.verdict == "error"
    assert report.stacks[0].error == "settings are wrong"
