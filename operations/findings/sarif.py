"""Findings as SARIF 2.1.0, for GitHub's code scanning and other viewers.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from operations.findings.found import Findings, Found
from operations.findings.writing import FINGERPRINT, label
from policies.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
TOOL = "headroom policies"
ROOT = "%SRCROOT%"
"""Stands for the project's folder: paths are relative to it."""
LINE_HASH = "primaryLocationLineHash"
"""The fingerprint that GitHub goes by. Without it, GitHub takes the line's text, which several findings may share:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning"""

SECURITY_SEVERITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "3.0"}
"""As a score, of which GitHub makes the same four words: over 9, 7, 4 and 0.1."""
LEVEL = {"mandatory": "error", "advisory": "warning", "disabled": "none"}


def as_sarif(findings: Findings, rules: Sequence[Rule]) -> str:
    """One run with all rules and what they found."""
    return document([run(findings, rules)])


def document(runs: Sequence[Mapping[str, Any]]) -> str:
    """A file of runs."""
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, indent=2) + "\n"


def run(findings: Findings, rules: Sequence[Rule]) -> Mapping[str, Any]:
    """One environment's run: all rules and what they found."""
    index = {rule.id: number for number, rule in enumerate(rules)}
    return {
        "tool": {
            "driver": {
                "name": TOOL,
                "semanticVersion": "1.0.0",
                "rules": [_rule(rule, findings.levels.get(rule.id, "mandatory")) for rule in rules],
            }
        },
        "automationDetails": {"id": f"headroom-policies/{findings.environment}/"},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": [_notice(line) for line in findings.exceptions]}
        ],
        "columnKind": "utf16CodeUnits",
        "results": [_result(one, index) for one in findings.found],
        "properties": {"environment": findings.environment, "source": findings.source, "knownBefore": findings.known},
    }


@cache
def _rule(rule: Rule, level: str) -> Mapping[str, Any]:
    anchors = "; ".join(rule.references)
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\nAlso known as: {anchors}\nMore: headroom policies explain {rule.id}",
            "markdown": f"{rule.why}\n\nAlso known as: {anchors}\n\nMore: `headroom policies explain {rule.id}`",
        },
        "defaultConfiguration": {"enabled": level != "disabled", "level": LEVEL[level]},
        "properties": {
            "tags": ["security", *rule.references],
            "precision": "very-high",
            "security-severity": SECURITY_SEVERITY[rule.severity],
        },
    }


def _result(one: Found, index: Mapping[str, int]) -> Mapping[str, Any]:
    where = f"{label(one.urn)}, {one.place.where}" if one.place.where else label(one.urn)
    still = " Whether the rule is kept cannot be told yet." if one.open else ""
    remedy = f" Remedy: {one.place.remedy}." if one.place.remedy else ""
    result: dict[str, Any] = {
        "ruleId": one.rule,
        "level": "note" if one.open and one.level == "advisory" else LEVEL[one.level],
        "message": {"text": f"{where}: {one.place.what}.{still}{remedy}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": one.origin.file, "uriBaseId": ROOT},
                    "region": {"startLine": one.origin.line},
                },
                "logicalLocations": [
                    {"name": label(one.urn), "fullyQualifiedName": one.urn or "stack", "kind": "resource"}
                ],
            }
        ],
        "partialFingerprints": {LINE_HASH: f"{one.fingerprint}:1", FINGERPRINT: one.fingerprint},
        "properties": {"property": one.place.where, "setting": one.origin.setting, "undetermined": one.open},
    }
    if one.rule in index:
        result["ruleIndex"] = index[one.rule]
    if one.exception:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": one.exception}]
    return result


def _notice(line: str) -> Mapping[str, Any]:
    return {"level": "note", "message": {"text": line}, "descriptor": {"id": "exceptions-in-force"}}
