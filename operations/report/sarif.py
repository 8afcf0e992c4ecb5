"""The report as SARIF 2.1.0: new findings of the policies, and what holds data and is endangered, for code scanning."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from operations.findings import sarif
from operations.findings.found import FINGERPRINT_LENGTH, Findings, Found
from operations.findings.origin import PROGRAM, Origin
from operations.report.markdown import DANGER
from operations.report.model import Item, Loss, Report, StackReport
from policies.catalog import RULES
from policies.rule import GraphRule, Rule
from policies.verdict import PASS, Place


def data_endangered(*_: object) -> Any:
    """A replaced or deleted resource takes what it holds with it, however easily the resource itself is made again."""
    return PASS


GUARD: Final = GraphRule(
    check=data_endangered,
    title="What holds data is neither replaced nor deleted, unless the pull request names it",
    types=frozenset(),
    severity="critical",
    references=("requirement W1",),
)
"""What the report itself watches, told like a rule of the policies; no pack has it."""


def render(report: Report) -> str:
    """A run for each environment."""
    rules: tuple[Rule, ...] = (*RULES, GUARD)
    return sarif.document(
        [_failed(stack) if stack.error else sarif.run(_findings(stack), rules) for stack in report.stacks]
    )


def _findings(stack: StackReport) -> Findings:
    new = [finding.found for finding in stack.findings if finding.new]
    losses = [_loss(item, item.loss) for item in stack.items if item.loss and not item.loss.approved]
    known = len(stack.findings) - len(new)
    return Findings(
        environment=stack.environment,
        source="report",
        found=[*new, *losses],
        exceptions=list(stack.exceptions),
        levels={},
        known=known,
    )


def _loss(item: Item, loss: Loss) -> Found:
    what = f"{DANGER[loss.danger].replace('*', '')}, and holds {loss.holds}"
    key = "\n".join((GUARD.id, loss.danger, item.urn))
    return Found(
        rule=GUARD.id,
        title=GUARD.title,
        level="mandatory",
        open=False,
        urn=item.urn,
        place=Place(", ".join(loss.causes), what, f"leave it as it is, or approve it by the line `{loss.approval}`"),
        why=GUARD.why,
        origin=loss.origin or Origin(PROGRAM, 1),
        fingerprint=hashlib.sha256(key.encode()).hexdigest()[:FINGERPRINT_LENGTH],
    )


def _failed(stack: StackReport) -> dict[str, Any]:
    """A run that did not come to its end: without it, code scanning would take old alerts for mended."""
    notice = {"level": "error", "message": {"text": stack.error}}
    return {
        "tool": {"driver": {"name": "headroom report"}},
        "automationDetails": {"id": f"headroom-policies/{stack.environment}/"},
        "invocations": [{"executionSuccessful": False, "toolExecutionNotifications": [notice]}],
        "results": [],
    }
