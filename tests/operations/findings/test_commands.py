"""`headroom policies` as a user runs it."""

from __future__ import annotations

import datetime
import json
from importlib import import_module
from typing import Any

import pytest

from policies.catalog import RULES
from policies.judging import message
from policies.rule import ResourceRule
from policies.verdict import fail
from tests.operations.findings.conftest import AROUND, DATABASE, INSTANCE, SETTINGS, URN

SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
SEALED = {SIGNATURE: SECRET, "ciphertext": "v1:canary:canary"}
RULE = next(rule for rule in RULES if rule.id == "rds-private")
SARIF = import_module("pydantic_sarif.model").StaticAnalysisResultsFormatSarifVersion210JsonSchema
"""Made from the schema of SARIF 2.1.0, refusing what that does not name."""


def except_it(project: Any, urn: str = URN) -> None:
    until = datetime.date.today() + datetime.timedelta(days=90)
    (project.root / "policies" / "exceptions.yaml").write_text(
        f'exceptions: [{{rule: rds-private, urn: "{urn}", reason: moves, owner: data team, expires: {until}}}]'
    )


def events(place: Any, level: str = "mandatory") -> list[dict[str, Any]]:
    state = {"custom": True, "parent": AROUND, "inputs": {}}
    component = {"op": "create", "urn": AROUND, "type": DATABASE, "new": {"custom": False}}
    resource = {"op": "create", "urn": URN, "type": INSTANCE, "new": state}
    violation = {
        "policyPackName": "headroom",
        "policyName": "rds-private",
        "enforcementLevel": level,
        "resourceUrn": URN,
        "message": f"{RULE.title}\n{message(RULE, place)}",
    }
    excepted = {
        "policyPackName": "headroom",
        "policyName": "exceptions-in-force",
        "enforcementLevel": "advisory",
        "message": "Exceptions to rules end\nrds-private is not applied to x (y; z) until 2030-01-01",
    }
    return [
        *({"resourcePreEvent": {"metadata": metadata, "planning": True}} for metadata in (component, resource)),
        {"policyEvent": violation},
        {"policyEvent": excepted},
        {"summaryEvent": {"PolicyPacks": {"headroom": "0.1.0"}}},
    ]


def test_the_list_has_each_rule_with_its_level_in_each_environment(judged: Any, run: Any) -> None:
    head, *lines = run("list").splitlines()
    assert head.split() == ["rule", "dev", "staging", "prod"]
    assert {line.split()[0]: line.split()[1:4] for line in lines} == {
        rule.id: ["mandatory" if rule.id == "rds-private" else "disabled"] * 3 for rule in RULES
    }


def test_the_list_is_to_be_had_as_json_for_one_environment(judged: Any, run: Any) -> None:
    listed = json.loads(run("list", "--env", "prod", "--format", "json"))
    assert [one["rule"] for one in listed] == [rule.id for rule in RULES]
    [private] = [one for one in listed if one["rule"] == "rds-private"]
    assert private["levels"] == {"prod": {"level": "mandatory", "undetermined": "fail", "exceptions": "accept"}}


def test_a_rule_is_explained(judged: Any, run: Any) -> None:
    printed = run("explain", "rds-private")
    for words in ("Why", "Judges\n    rds.ClusterInstance, rds.Instance", "AWS FSBP RDS.2", "prod: mandatory", "Mend"):
        assert words in printed
    assert "what cannot be told fails" in printed
    assert "policies/exceptions.yaml" in printed


def test_a_misspelt_rule_is_answered_with_the_nearest(judged: Any, run: Any) -> None:
    printed = run("explain", "rds-privat", code=1)
    assert printed.startswith("Error: there is no rule 'rds-privat'. Did you mean rds-private")


def test_a_state_that_keeps_the_rules_ends_with_0(judged: Any, run: Any, export: Any) -> None:
    assert run("check", export(publiclyAccessible=False)) == "prod: all 1 rules are kept.\n"


def test_a_state_that_breaks_a_mandatory_rule_ends_with_2_and_names_line_reason_and_remedy(
    judged: Any, run: Any, export: Any
) -> None:
    printed = run("check", export(publiclyAccessible=True), code=2)
    first, second, why, remedy, last = printed.splitlines()
    assert first == "✗ rds-private  mandatory  Pulumi.prod.yaml:5"
    assert second == "    rds.Instance main: publiclyAccessible: the database gets a public address"
    assert why.startswith("    Why: ")
    assert remedy.startswith("    Remedy: ")
    assert last == "prod: 1 broken."
    assert judged.calls == [], "no engine was asked"


def test_the_levels_of_another_environment_can_be_asked_for(judged: Any, run: Any, export: Any) -> None:
    state = export(urn=URN.replace(":prod::", ":pr-12::"), publiclyAccessible=True)
    assert "there is no environment of that name" in run("check", state, code=1)
    assert "dev: 1 broken." in run("check", state, "--env", "dev", code=2)


def test_an_encrypted_value_is_a_remark_and_shown_to_nobody(judged: Any, run: Any, export: Any) -> None:
    for format_ in ("text", "json", "sarif"):
        printed = run("check", export(publiclyAccessible=SEALED), "--format", format_)
        assert "is a secret, which the export holds encrypted" in printed
        assert "canary" not in printed


def test_a_secret_in_plain_text_is_shown_to_nobody(judged: Any, run: Any, export: Any) -> None:
    opened = {SIGNATURE: SECRET, "plaintext": '"canary"'}
    state = export(publiclyAccessible=True, password=opened)
    for format_ in ("text", "json", "sarif"):
        assert "canary" not in run("check", state, "--format", format_, code=2)


def test_an_exception_excuses_and_is_shown_in_every_format(judged: Any, run: Any, export: Any) -> None:
    except_it(judged)
    state = export(publiclyAccessible=True)
    text = run("check", state)
    assert "- rds-private  mandatory" in text
    assert "Exceptions\n  rds-private is not applied to" in text
    assert text.endswith("prod: 1 excepted.\n")
    told = json.loads(run("check", state, "--format", "json"))
    assert told["summary"] == {"mandatory": 0, "advisory": 0, "excepted": 1, "known": 0}
    assert told["findings"][0]["exception"].startswith("moves; data team; until ")
    assert len(told["exceptions"]) == 1
    [run] = json.loads(run("check", state, "--format", "sarif"))["runs"]
    assert run["results"][0]["suppressions"][0]["justification"].startswith("moves; data team")
    [notice] = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("rds-private is not applied to")


def test_an_exception_that_is_refused_counts_for_nothing_and_that_is_said(judged: Any, run: Any, export: Any) -> None:
    except_it(judged)
    file = judged.root / "policies" / "prod.json"
    levels = json.loads(file.read_text())
    levels["rds-private"]["exceptions"] = "refuse"
    file.write_text(json.dumps(levels))
    printed = run("check", export(publiclyAccessible=True), code=2)
    assert "rds-private takes no exceptions here: the one for" in printed


def test_only_what_an_earlier_report_or_state_does_not_have_is_told(judged: Any, run: Any, export: Any) -> None:
    state = export(publiclyAccessible=True)
    run("check", state, "--format", "json", "--out", "before.json", code=2)
    run("check", state, "--format", "sarif", "--out", "before.sarif", code=2)
    for base in ("before.json", "before.sarif", state):
        printed = run("check", state, "--base", base)
        assert printed == "prod: all 1 rules are kept; left out, as known before: 1.\n"
    kept = export("kept.json", publiclyAccessible=False)
    assert "prod: 1 broken." in run("check", state, "--base", kept, code=2)


def test_an_environment_is_checked_by_a_preview_that_only_shows_progress_beside(judged: Any, run: Any) -> None:
    place = fail("publiclyAccessible", "the database gets a public address", "set it to false").places[0]
    stderr = "error: preview failed\n"
    judged.script(preview={"events": events(place), "code": 255, "stderr": stderr})
    process = judged.start("policies", "check", "prod", "--offline", "--format", "json")
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 2, stderr
    told = json.loads(stdout)
    [finding] = told["findings"]
    assert (finding["rule"], finding["level"], finding["urn"]) == ("rds-private", "mandatory", URN)
    assert (finding["property"], finding["remedy"]) == ("publiclyAccessible", "set it to false")
    assert (finding["file"], finding["line"], finding["setting"]) == ("Pulumi.prod.yaml", 5, "headroom:databases.main")
    assert told["exceptions"] == ["rds-private is not applied to x (y; z) until 2030-01-01"]
    assert (told["source"], told["rules"]["rds-private"]) == ("preview", "mandatory")


def test_a_preview_and_the_state_that_comes_of_it_give_the_same_fingerprint(judged: Any, run: Any, export: Any) -> None:
    assert isinstance(RULE, ResourceRule)
    place = RULE.check({"publiclyAccessible": True}).places[0]
    judged.script(preview={"events": events(place), "code": 255, "stderr": "error: preview failed\n"})
    run("check", "prod", "--offline", "--format", "json", "--out", "preview.json", code=2)
    state = export(publiclyAccessible=True)
    printed = run("check", state, "--base", "preview.json")
    assert "left out, as known before: 1" in printed


def test_a_preview_that_fails_for_another_reason_ends_with_1(judged: Any, run: Any) -> None:
    failing = [{"diagnosticEvent": {"severity": "error", "message": "no such zone"}}]
    judged.script(preview={"events": failing, "code": 255, "stderr": "error: preview failed\n"})
    assert "no such zone" in run("check", "prod", "--offline", code=1)


@pytest.mark.parametrize("format_", ["json", "sarif", "text"])
def test_findings_are_written_to_a_file(judged: Any, run: Any, export: Any, format_: str) -> None:
    state = export(publiclyAccessible=True)
    printed = run("check", state, "--format", format_, "--out", "found", code=2)
    assert printed == "prod: 1 broken. Written to found.\n"
    assert "rds-private" in (judged.root / "found").read_text()


def test_sarif_is_what_its_schema_says_and_points_into_the_settings(judged: Any, run: Any, export: Any) -> None:
    state = export(publiclyAccessible=True)
    document = json.loads(run("check", state, "--format", "sarif", code=2))
    SARIF.model_validate(document)
    [run] = document["runs"]
    [result] = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "rds-private"
    assert rule["help"]["text"].startswith(RULE.why)
    assert rule["properties"]["security-severity"] == "9.5"
    assert (result["level"], rule["defaultConfiguration"]["level"]) == ("error", "error")
    [location] = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "Pulumi.prod.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert set(result["partialFingerprints"]) == {"primaryLocationLineHash", "headroomFinding/v1"}
    assert run["automationDetails"]["id"] == "headroom-policies/prod/"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nothing"], "nothing is neither an environment (dev, staging, prod) nor a file"),
        (["Pulumi.yaml"], "Pulumi.yaml is no JSON"),
        (["policies/prod.json"], "policies/prod.json is no exported state: it holds no `deployment`"),
        (["prod", "--env", "dev"], "--env dev does not go with prod"),
        (["prod", "--format", "xml"], "--format xml is none of text, json, sarif"),
        (["state.json", "--base", "absent"], "absent can't be read: No such file or directory"),
        (["state.json", "--out", "no/such"], "no/such can't be written: No such file or directory"),
    ],
)
def test_a_mistake_ends_with_1_and_says_what_is_wrong(
    judged: Any, run: Any, export: Any, arguments: list[str], words: str
) -> None:
    export(publiclyAccessible=False)
    assert words in run("check", *arguments, code=1)


def test_a_broken_level_file_is_named(judged: Any, run: Any, export: Any) -> None:
    (judged.root / "policies" / "prod.json").write_text('{"rds-private": "sometimes"}')
    printed = run("check", export(publiclyAccessible=False), code=1)
    assert "policies/prod.json holds no levels: prod.json: rds-private has no enforcementLevel of" in printed


def test_the_settings_of_the_tests_are_the_ones_that_lines_are_counted_in() -> None:
    assert SETTINGS.splitlines()[4].strip() == "main:"
