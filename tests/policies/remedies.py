"""policies/remedies.json, made from what rules say of their failing cases: `python -m tests.policies.remedies`.

`headroom policies explain` and the page of all rules tell from it how to mend what breaks a rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from policies.catalog import RULES
from policies.rule import ResourceRule
from tests.policies.conftest import CASES

FILE = Path(__file__).resolve().parents[2] / "policies" / "remedies.json"

_OWN = re.compile(r"(headroom:[a-z_]+)\.(?:main|api|web|worker|jobs|uploads|reports)\b")
"""Cases name their resources as they like; a reader has others."""


def remedies() -> Mapping[str, list[str]]:
    """By rule: every way to mend that its failing cases are told, in their order."""
    found: dict[str, list[str]] = {rule.id: [] for rule in RULES}
    rules = {rule.id: rule for rule in RULES}
    for case in CASES:
        if case.kind != "fail" or case.rule not in rules:
            continue
        rule = rules[case.rule]
        subject = case.subject
        verdict = rule.check(subject.properties) if isinstance(rule, ResourceRule) else rule.check(subject, case.graph)
        for place in verdict.places:
            # Cases name their resources as they like; a reader has others.
            remedy = re.sub(
                r"(headroom:[a-z_]+)\.(?:main|api|web|worker|jobs|uploads|reports)\b", r"\1.<name>", place.remedy
            )
            if remedy not in found[rule.id]:
                found[rule.id].append(remedy)
    return found


def written() -> str:
    """The file's text."""
    return json.dumps(remedies(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
