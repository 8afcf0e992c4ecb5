"""The pack as engines run it: through the real analyzer, over its protocol."""

import shutil
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2

from policies.catalog import RULES
from policies.known_after import listed, read_known_after
from policies.pack import JUDGED, Analyzer, sdk_policies
from policies.rule import GraphRule, ResourceRule
from policies.verdict import fail
from tests.policies.conftest import Secret, struct

KNOWN_AFTER = read_known_after()
ENVIRONMENTS = ("dev", "staging", "prod")
STRICT = {rule.id: {"enforcementLevel": "mandatory", "undetermined": "fail"} for rule in RULES}
LENIENT = {rule.id: {"enforcementLevel": "mandatory"} for rule in RULES}


@pytest.fixture
def strict(pack):
    pack.configure(STRICT)
    return pack


@pytest.fixture
def lenient(pack):
    pack.configure(LENIENT)
    return pack


@pytest.fixture
def changed_pack(tmp_path, pack):
    """A copy of the pack's folder for a test to change; its modules are still imported from the project."""
    folder = tmp_path / "policies"
    folder.mkdir()
    for name in ("PulumiPolicy.yaml", "exceptions.yaml"):
        shutil.copy(pack.folder / name, folder)
    return folder


def one(cases, rule, kind):
    return next(case for case in cases if (case.rule, case.kind) == (rule, kind))


def test_a_passing_case_gives_no_finding(strict, pass_case):
    assert strict.judge(pass_case) == []


def test_a_failing_case_is_found_on_its_resource_with_reason_and_remedy(strict, fail_case):
    [finding] = strict.judge(fail_case)
    assert finding.enforcementLevel == analyzer_pb2.MANDATORY
    assert finding.urn == fail_case.subject.urn
    title, place, why, remedy = finding.message.split("\n")
    assert title == finding.description
    assert place.startswith(f"{fail_case.where}: ")
    assert why.startswith("Why: ")
    assert remedy.startswith("Remedy: ")


def test_an_unknown_case_is_a_remark_that_names_the_property(lenient, unknown_case):
    [finding] = lenient.judge(unknown_case)
    assert finding.enforcementLevel == analyzer_pb2.ADVISORY
    assert finding.urn == unknown_case.subject.urn
    assert finding.message.split("\n")[1].startswith(f"{unknown_case.where}: ")
    assert "whether the rule is kept cannot be told yet" in finding.message


def test_an_unknown_case_fails_where_the_level_file_asks_for_it(strict, unknown_case):
    [finding] = strict.judge(unknown_case)
    later = listed(KNOWN_AFTER, unknown_case.subject.type, unknown_case.where)
    assert finding.enforcementLevel == (analyzer_pb2.ADVISORY if later else analyzer_pb2.MANDATORY)
    assert finding.urn == unknown_case.subject.urn


def test_a_secret_reaches_no_message(strict, secret_case):
    findings = strict.judge(secret_case)
    assert len(findings) == 1
    assert "canary" not in str(findings)


def test_a_rule_is_told_which_values_are_secret_and_an_engine_never_hears_them(tmp_path):
    def password_is_open(database, _):
        """A rule that asks what is secret, and quotes nothing."""
        assert database.secret_paths == {"password", "tags.key"}
        return fail("password", "is known", "hide it")

    rule = GraphRule(
        check=password_is_open, title="Open", types=frozenset({"aws:rds/instance:Instance"}), severity="low"
    )
    properties = struct({"password": Secret("canary"), "tags": {"key": Secret("canary"), "name": "main"}})
    resource = analyzer_pb2.AnalyzerResource(
        urn="urn:x", type="aws:rds/instance:Instance", name="main", properties=properties
    )
    answer = Analyzer((rule,), tmp_path).AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=[resource]), None)
    [finding] = answer.diagnostics
    assert "password: is known." in finding.message
    assert "canary" not in str(answer)


def test_the_sdks_own_server_is_told_that_it_cannot_serve_these_policies():
    first: Any = sdk_policies()[0]
    with pytest.raises(RuntimeError, match=r"served by policies\.pack\.Analyzer"):
        first.validate(None, lambda *_: None)


def test_one_unknown_does_not_hide_another_resource_that_fails(lenient, all_cases):
    unknown = one(all_cases, "autoscaling-cpu-tracked", "unknown").wire
    failing = one(all_cases, "autoscaling-cpu-tracked", "fail").wire
    for resource in failing:
        resource.name += "-2"
        resource.urn += "-2"
    for policy in (unknown[1], failing[1]):
        policy.properties["resourceId"] += policy.name
    for target, policy in ((unknown[0], unknown[1]), (failing[0], failing[1])):
        target.properties["resourceId"] = policy.properties["resourceId"]
    found = lenient.analyze_stack(unknown + failing)
    assert {finding.enforcementLevel for finding in found} == {analyzer_pb2.ADVISORY, analyzer_pb2.MANDATORY}


def test_a_disabled_rule_is_silent(pack, all_cases):
    pack.configure({rule.id: {"enforcementLevel": "disabled"} for rule in RULES})
    assert pack.judge(one(all_cases, "rds-private", "fail")) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_level_files_name_every_policy_and_only_policies(pack, levels, environment):
    assert sorted(levels(environment)) == sorted(policy.name for policy in pack.policies())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_level_files_use_only_settings_that_the_policies_declare(pack, levels, environment):
    schemas = {policy.name: dict(policy.configSchema.properties) for policy in pack.policies()}
    for rule, entry in levels(environment).items():
        assert set(entry) - {"enforcementLevel"} <= set(schemas[rule])
        for key, value in entry.items():
            assert key == "enforcementLevel" or value in list(schemas[rule][key]["enum"])


@pytest.mark.parametrize(
    ("rule", "environment", "level"),
    [
        ("rds-private", "dev", "MANDATORY"),
        ("rds-private", "prod", "MANDATORY"),
        ("autoscaling-cpu-70", "dev", "ADVISORY"),
        ("autoscaling-cpu-70", "staging", "MANDATORY"),
        ("autoscaling-cpu-70", "prod", "MANDATORY"),
    ],
)
def test_a_public_database_stops_every_environment_and_another_cpu_target_is_a_remark_in_dev(
    pack, levels, all_cases, rule, environment, level
):
    pack.configure(levels(environment))
    [finding] = pack.judge(one(all_cases, rule, "fail"))
    assert analyzer_pb2.EnforcementLevel.Name(finding.enforcementLevel) == level


def test_in_prod_what_a_mandatory_rule_cannot_tell_fails(levels):
    mandatory = {rule: entry for rule, entry in levels("prod").items() if entry["enforcementLevel"] == "mandatory"}
    assert len(mandatory) > len(RULES) / 2
    assert [rule for rule, entry in mandatory.items() if entry.get("undetermined") != "fail"] == []


def test_in_prod_four_rules_take_no_exceptions(levels):
    refusing = {rule for rule, entry in levels("prod").items() if entry.get("exceptions") == "refuse"}
    assert refusing == {"iam-no-admin-document", "rds-private", "bucket-public-block", "kms-rotation-enabled"}


def test_no_policy_is_left_to_the_packs_default_level(pack):
    declared = {policy.name: policy.enforcementLevel for policy in pack.policies()}
    assert declared.pop("exceptions-in-force") == analyzer_pb2.ADVISORY
    assert set(declared.values()) == {analyzer_pb2.MANDATORY}


@pytest.fixture
def excepting_pack(changed_pack, start_pack):
    """The pack with one exception for the database `main` of the stack `test`."""

    def start(**change):
        entry = {
            "rule": "rds-private",
            "urn": "urn:pulumi:test::headroom::aws:rds/instance:Instance::main",
            "reason": "moves next week",
            "owner": "data team",
            "expires": date.today() + timedelta(days=60),
        }
        (changed_pack / "exceptions.yaml").write_text(yaml.safe_dump({"exceptions": [entry | change]}))
        (changed_pack / "__main__.py").write_text(
            "from pathlib import Path\n"
            "from policies.pack import Analyzer, serve\n"
            "serve(Analyzer(folder=Path(__file__).parent))\n"
        )
        started = start_pack(changed_pack)
        started.configure(STRICT)
        return started

    return start


def of_exceptions(findings):
    """What the report says of exceptions, beside what rules find."""
    return [finding for finding in findings if finding.policyName == "exceptions-in-force"]


def test_an_exception_silences_its_rule_there_and_is_shown(excepting_pack, all_cases):
    excepting = excepting_pack()
    failing = one(all_cases, "rds-private", "fail")
    assert excepting.judge(failing) == []
    [shown] = of_exceptions(excepting.analyze_stack(failing.wire))
    assert "moves next week; data team" in shown.message


def test_an_exception_counts_for_nothing_where_the_level_file_refuses_it(excepting_pack, levels, all_cases):
    excepting = excepting_pack()
    excepting.configure(levels("prod"))
    assert len(excepting.judge(one(all_cases, "rds-private", "fail"))) == 1


def test_an_expired_exception_silences_nothing_and_is_shown(excepting_pack, all_cases):
    excepting = excepting_pack(expires=date.today() - timedelta(days=1))
    failing = one(all_cases, "rds-private", "fail")
    assert len(excepting.judge(failing)) == 1
    [shown] = of_exceptions(excepting.analyze_stack(failing.wire))
    assert "expired on" in shown.message


def test_a_rule_that_crashes_is_a_finding_that_quotes_nothing(changed_pack, start_pack, all_cases):
    (changed_pack / "__main__.py").write_text(
        "from policies.pack import Analyzer, serve\n"
        "from policies.rule import ResourceRule\n"
        "def crashes(database):\n"
        "    '''A rule that fails on what it reads.'''\n"
        "    raise KeyError(database['password'])\n"
        "types = frozenset({'aws:rds/instance:Instance'})\n"
        "serve(Analyzer((ResourceRule(check=crashes, title='Crashes', types=types, severity='low'),)))\n"
    )
    crashing = start_pack(changed_pack)
    [finding] = crashing.analyze(one(all_cases, "rds-private", "secret").wire[0])
    assert finding.enforcementLevel == analyzer_pb2.MANDATORY
    assert "the rule crashes itself: failed with KeyError at __main__.py:5, and checked nothing here" in finding.message
    assert "canary" not in str(finding)


def test_the_pack_runs_in_the_projects_environment(pack):
    manifest = yaml.safe_load((pack.folder / "PulumiPolicy.yaml").read_text())
    assert manifest["runtime"]["options"]["virtualenv"] == "../.venv"


def test_an_answer_says_where_no_rule_judges_such_a_resource_by_itself(pack):
    judged = {token for rule in RULES if isinstance(rule, ResourceRule) for token in rule.types}
    others = {token for rule in RULES for token in rule.types} - judged
    tokens = {"aws:alb/listener:Listener", "headroom:storage:Bucket"} | judged | others
    ended = {}
    for token in tokens:
        _, call = pack.stub.Analyze.with_call(analyzer_pb2.AnalyzeRequest(urn="urn", type=token, name="one"))
        ended[token] = dict(call.trailing_metadata()).get(JUDGED)
    assert others and {token for token in tokens if ended[token] == "no"} == others | {"headroom:storage:Bucket"}
