"""The report for code scanning: new findings and endangered data, a run for each environment."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from operations.findings.origin import Origin
from operations.report import sarif
from operations.report.build import Base, build
from operations.report.model import Report
from tests.operations.report.streams import DATABASE, TOPIC, previewed, run, step, urn, violation

SCHEMA = import_module("pydantic_sarif.model").StaticAnalysisResultsFormatSarifVersion210JsonSchema
"""Made from the schema of SARIF 2.1.0, refusing what that does not name."""
LOST = step("delete", DATABASE, "main", old={})
FINDING = violation("kms-rotation-enabled", urn(TOPIC, "t"), "t: is wrong.\nWhy: it is.\nRemedy: mend it.")


class Sources:
    """Every resource comes from one line of the settings."""

    def of(self, urn: str, remedy: str = "") -> Origin:
        return Origin("Pulumi.prod.yaml", 12, "headroom:databases.main")


def runs(report: Report) -> list[dict[str, Any]]:
    document = json.loads(sarif.render(report))
    SCHEMA.model_validate(document)
    return list(document["runs"])


def test_endangered_data_points_to_the_settings_that_it_comes_from() -> None:
    [told] = runs(build([previewed(LOST)], sources={"prod": Sources()}))
    [result] = told["results"]
    assert (result["ruleId"], result["level"]) == ("data-endangered", "error")
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "Pulumi.prod.yaml"
    assert location["region"]["startLine"] == 12
    assert "headroom-approve: delete" in result["message"]["text"]
    assert told["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "data-endangered"


def test_what_is_approved_or_old_is_left_out() -> None:
    approved = frozenset({f"delete {urn(DATABASE, 'main')}"})
    base = Base(commit="c", runs={"prod": run(FINDING)})
    [told] = runs(build([previewed(LOST, FINDING)], approved, base))
    assert told["results"] == []
    assert told["properties"]["knownBefore"] == 1


def test_findings_keep_their_fingerprint_while_anything_else_changes() -> None:
    def fingerprints(*more: dict[str, Any]) -> list[str]:
        [told] = runs(build([previewed(*more, FINDING, LOST)]))
        return [result["partialFingerprints"]["primaryLocationLineHash"] for result in told["results"]]

    assert fingerprints() == fingerprints(step("create", TOPIC, "more", new={}))
    assert len(set(fingerprints())) == 2


def test_an_environment_that_could_not_be_previewed_clears_no_alert() -> None:
    failed, fine = runs(build([previewed(stack="dev", error="no account"), previewed(FINDING)]))
    assert failed["invocations"][0]["executionSuccessful"] is False
    assert failed["automationDetails"]["id"] == "headroom-policies/dev/"
    assert [result["ruleId"] for result in fine["results"]] == ["kms-rotation-enabled"]
