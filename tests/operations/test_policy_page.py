"""The page of all rules is made from them, and the committed one is current."""

from __future__ import annotations

from operations.findings.explaining import REMEDIES
from operations.policy_page import PAGE, policy_page
from policies.catalog import RULES
from tests.policies.remedies import remedies, written


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == policy_page(), "run `make docs`"


def test_the_committed_remedies_are_current() -> None:
    assert REMEDIES.read_text(encoding="utf-8") == written(), "run `make docs`"


def test_every_rule_has_a_row_a_paragraph_and_a_remedy() -> None:
    page = policy_page()
    for rule in RULES:
        assert f"| [{rule.id}](#{rule.id}) | {rule.title} | " in page
        assert f"\n#### {rule.id}\n" in page
        assert remedies()[rule.id], rule.id
