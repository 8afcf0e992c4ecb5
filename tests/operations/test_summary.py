"""The summary reads as sentences."""

from __future__ import annotations

from typing import Any

import pytest

from operations import events, summary
from operations.changes import Run
from operations.errors import Invocation
from operations.events import PolicyViolation
from operations.policies import RuleResult

DEV = Invocation(environment="dev", offline=True)
INSTANCE = "aws:rds/instance:Instance"
MAIN = f"urn:pulumi:dev::headroom::{INSTANCE}::main"


def finished(*ops: str, failed: tuple[str, ...] = ()) -> Run:
    run = Run()
    for index, op in enumerate(ops):
        metadata = {"op": op, "urn": f"{MAIN}{index}", "type": INSTANCE}
        run.add(events.read({"resOpFailedEvent" if op in failed else "resOutputsEvent": {"metadata": metadata}}))
    return run


def lines(found: Any) -> str:
    return "\n".join(text.plain.rstrip() for text in found)


def test_up_says_what_was_done_and_how_long_it_took() -> None:
    run = finished("create", "create", "update", "same")
    assert summary.up(run, DEV, 12.34).plain == "dev is up: 2 created, 1 updated, 1 unchanged, in 12.3 s."


def test_up_without_change_is_one_line() -> None:
    said = summary.up(finished("same", "same"), DEV, 3)
    assert said.plain == "Nothing changed: dev is as its settings say, with 2 resources, in 3.0 s."


def test_down_says_what_was_deleted() -> None:
    assert summary.down(finished("delete", "delete"), DEV, 65).plain == "dev is down: 2 deleted, in 1 min 05 s."
    assert summary.down(finished(), DEV, 1).plain == "Nothing to delete: dev holds no resources."


def test_a_run_that_stopped_half_way_says_what_is_kept() -> None:
    half = summary.failed(finished("create", "update", failed=("update",)), "dev", "headroom up dev --offline", 5)
    assert half is not None
    assert (
        half.plain
        == "dev is half way: 1 created, in 5.0 s. That is kept; headroom up dev --offline goes on from there."
    )


def test_a_run_that_did_nothing_has_no_half_way() -> None:
    assert summary.failed(finished("create", failed=("create",)), "dev", "headroom up dev --offline", 5) is None


def test_the_policies_that_are_kept_are_named_by_level() -> None:
    found = [RuleResult(rule=f"rule-{number}", level="advisory") for number in range(15)]
    found.append(RuleResult(rule="kms-rotation-enabled", level="mandatory"))
    head, mandatory, advisory, *more = lines(summary.policies(found)).splitlines()
    assert head == "Policies: all kept"
    assert mandatory == "  ✓ mandatory  kms-rotation-enabled"
    assert advisory.startswith("  ✓ advisory   rule-0, rule-1, rule-2, ")
    assert [line[:15].strip() for line in more] == [""] * len(more)
    assert more[-1].endswith("rule-14")


def test_what_a_rule_finds_on_several_resources_is_told_once_with_their_names() -> None:
    def finding(name: str, remedy: str, level: str = "mandatory") -> PolicyViolation:
        said = f"Keys rotate\nrotates: is not set.\nWhy: Old keys are worth more.\nRemedy: {remedy}."
        return PolicyViolation(pack="headroom", rule="keys", level=level, message=said, urn=f"{MAIN}-{name}")

    violations = (finding("a", "set it"), finding("b", "set it"), finding("c", "set it there"))
    result = RuleResult(rule="keys", level="mandatory", violations=violations)
    remark = RuleResult(rule="a-first", level="advisory", violations=(finding("x", "set it", "advisory"),))
    assert lines(summary.policies([remark, result])).splitlines()[1:8] == [
        "  ✗ keys  mandatory",
        "      rds.Instance main-a, main-b, rotates: is not set",
        "        Remedy: set it",
        "      rds.Instance main-c, rotates: is not set",
        "        Remedy: set it there",
        "      Why: Old keys are worth more.",
        "  ! a-first  advisory",
    ]


@pytest.mark.parametrize(
    ("level", "verdict", "mark"), [("mandatory", "1 broken", "✗"), ("advisory", "1 to look at", "!")]
)
def test_a_finding_stands_under_its_policy(level: str, verdict: str, mark: str) -> None:
    violation = PolicyViolation(
        pack="headroom", rule="rds-private", level=level, message="Title.\nset publiclyAccessible: false", urn=MAIN
    )
    result = RuleResult(rule="rds-private", level=level, violations=(violation,))
    assert lines(summary.policies([result])) == "\n".join([
        f"Policies: {verdict}",
        f"  {mark} rds-private  {level}",
        "      rds.Instance main: Title.",
        "        set publiclyAccessible: false",
    ])  # fmt: skip


def test_what_a_rule_cannot_tell_yet_is_marked() -> None:
    said = (
        "Keys rotate\nrotates: is not known yet; whether the rule is kept cannot be told yet.\nWhy: x.\nRemedy: wait."
    )
    violation = PolicyViolation(pack="headroom", rule="keys", level="advisory", message=said, urn=MAIN)
    printed = lines(summary.policies([RuleResult(rule="keys", level="mandatory", violations=(violation,))]))
    assert "rds.Instance main, rotates: is not known yet (cannot be told yet)" in printed


def test_without_a_policy_pack_nothing_is_claimed() -> None:
    assert lines(summary.policies([])) == ""


def test_outputs_are_aligned_and_secrets_stay_masked() -> None:
    values = {"url": "http://x", "password": "[secret]", "ports": [80, 443], "services": {"api": {"arn": "arn:x"}}}
    assert lines(summary.outputs(values)) == "\n".join([
        "Outputs",
        "  password  [secret]",
        "  ports     [80, 443]",
        "  services",
        "    api",
        "      arn  arn:x",
        "  url       http://x",
    ])  # fmt: skip


def test_what_to_try_next_fits_the_environment() -> None:
    steps = lines(summary.next_steps(summary.after_up(DEV, ["dev", "staging", "prod"])))
    assert steps.startswith("Next\n")
    assert "headroom preview prod --offline" in steps
    assert 'eval "$(headroom offline env dev)"' in steps
    assert "headroom down dev --offline" in steps


def test_on_aws_nothing_offline_is_proposed() -> None:
    steps = lines(summary.next_steps(summary.after_up(Invocation(environment="prod", offline=False), ["dev", "prod"])))
    assert "offline" not in steps
    assert "headroom preview prod " in steps
