"""The policy pack under the offline engine: in previews, and beside what it says of the exported state alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from operations import events
from operations.changes import Run
from operations.findings.found import reported
from operations.findings.origin import Origins
from policies.catalog import RULES

REMARKS = Path(__file__).parents[1] / "policies" / "remarks.yaml"
LEVELS = ("--policy-pack", "policies", "--policy-pack-config", "policies/prod.json")


def sleep(config: dict[str, Any]) -> None:
    config["headroom:sleep"]["enabled"] = True


def test_the_state_judged_alone_breaks_the_rules_that_the_engine_finds_broken(
    standing: Any, accounts: dict[str, boto3.Session], tmp_path: Path
) -> None:
    """Dev by prod's levels, so that there is much to find."""
    log, exported, told = tmp_path / "events.log", tmp_path / "state.json", tmp_path / "found.json"
    standing.pulumi("preview", "--stack", "dev", *LEVELS, "--event-log", str(log), ok=False)
    run = Run()
    for line in log.read_text().splitlines():
        run.add(events.parse(line))
    origins = Origins(standing.root, "prod", {urn: change.parent for urn, change in run.changes.items()})
    by_engine = {one.fingerprint: one for one in reported(run.violations, RULES, "prod", origins)}
    exported.write_text(standing.pulumi("stack", "export", "--stack", "dev"))
    check = ("policies", "check", str(exported), "--env", "prod", "--format", "json", "--out", str(told))
    standing.headroom(*check, ok=False)
    alone = {one["fingerprint"]: one for one in json.loads(told.read_text())["findings"]}
    assert len(by_engine) > 10
    assert {one.rule for one in by_engine.values()} >= {"ecs-awake", "rds-multi-az", "kms-deletion-window"}
    assert {
        mark: (one.rule, one.level, one.urn, one.place.where, one.origin.setting) for mark, one in by_engine.items()
    } == {mark: (one["rule"], one["level"], one["urn"], one["property"], one["setting"]) for mark, one in alone.items()}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_what_stands_keeps_every_rule_but_for_the_remarks_that_are_listed(
    environment: str, standing: Any, accounts: dict[str, boto3.Session], tmp_path: Path
) -> None:
    """What AWS answered differs from what was asked: empty texts and lists stand for what nobody set."""
    exported = tmp_path / "state.json"
    exported.write_text(standing.pulumi("stack", "export", "--stack", environment))
    printed = standing.headroom("policies", "check", str(exported), "--format", "json")
    found = json.loads(printed)["findings"]
    on_pods = {rule.id for rule in RULES if all(token.startswith("kubernetes:") for token in rule.types)}
    listed = yaml.safe_load(REMARKS.read_text())[environment]
    assert {one["rule"] for one in found} == set(listed) - on_pods
    assert {one["level"] for one in found} <= {"advisory"}


def test_a_preview_shows_what_breaks_a_mandatory_rule_with_the_remedy_and_fails(
    standing: Any, accounts: dict[str, boto3.Session]
) -> None:
    with standing.changed("prod", sleep):
        printed = standing.headroom("preview", "prod", "--offline", ok=False)
    assert "✗ ecs-awake" in printed
    assert "set headroom:sleep.enabled to false" in printed
    assert "a mandatory policy is broken: ecs-awake" in printed


def test_a_check_of_an_environment_points_to_the_line_of_the_setting(
    standing: Any, accounts: dict[str, boto3.Session], tmp_path: Path
) -> None:
    file = tmp_path / "policies.sarif"
    with standing.changed("prod", sleep):
        standing.headroom("policies", "check", "prod", "--offline", "--format", "sarif", "--out", str(file), ok=False)
        lines = (standing.root / "Pulumi.prod.yaml").read_text().splitlines()
    [run] = json.loads(file.read_text())["runs"]
    places = {
        (result["ruleId"], lines[location["physicalLocation"]["region"]["startLine"] - 1].strip())
        for result in run["results"]
        for location in result["locations"]
    }
    assert places == {("ecs-awake", "enabled: true")}
