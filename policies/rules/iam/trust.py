"""Rules on who may take a role."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from policies.documents import EVERYBODY, Condition, Principal, Statement, documents
from policies.rule import ResourceRule, Rule
from policies.rules.iam.grants import ROLE, Tri, any_of, judge_document, tri, verdict_of
from policies.verdict import PASS, UNKNOWN, Properties, Unknown, Verdict, combine, fail

TRUST = "assumeRolePolicy"
ACCOUNT: Final = re.compile(r"^(\d{12}|arn:[a-z-]+:iam::(\d{12}|\*):root)$")
NARROWS_EVERYBODY: Final = re.compile(r"^aws:principal(orgid|orgpaths|arn|account)$")
NARROWS_ACCOUNT: Final = re.compile(
    r"^(aws:principalarn|aws:principaltag/.+|aws:multifactorauthpresent|sts:externalid|sts:sourceidentity|aws:userid)$"
)
ANY_REF: Final = re.compile(r"project_path:[^*?]+:ref_type:(branch|tag):ref:\*")
"""GitLab's subject of one exact project with any ref."""
SOURCE_KEYS: Final = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")

NAMES_ITS_SOURCE: Final = frozenset(
    {
        "bedrock", "chatbot", "cloudformation", "codebuild", "ecs-tasks", "eks", "events", "logs", "monitoring.rds",
        "pipes", "pods.eks", "scheduler", "ssm", "states", "transfer", "vpc-flow-logs",
    }
)  # fmt: skip
"""Services whose guides show such a condition in a role's trust, each on its page on the confused deputy
(docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html). AWS has no list of all. Left out are those whose guide
shows none, and that a condition would lock out: Lambda, EC2, API Gateway, Backup, Glue, RDS Proxy, CloudTrail's logs
(github.com/prowler-cloud/prowler/issues/2810, 4714, 7021). A role is passed inside its own account only."""


def iam_trust_scoped(role: Properties) -> Verdict:
    """A role that anybody may take is public; one that its whole account may take belongs to its least careful user."""

    def judge(statement: Statement, where: str) -> Verdict:
        narrow = "name the roles that may take it, or add a condition on aws:PrincipalArn or aws:PrincipalTag"
        if statement.not_principals:
            return verdict_of(True, statement, where, "lets in all but some", narrow)
        everybody = _some(statement, lambda one: one == EVERYBODY)
        if everybody is not False and not _narrowed(statement, NARROWS_EVERYBODY):
            return verdict_of(everybody, statement, where, "lets anybody take the role", narrow)
        account = _some(statement, lambda one: bool(ACCOUNT.match(one)))
        if account is not False and not _narrowed(statement, NARROWS_ACCOUNT):
            what = "lets everybody in an account take the role whose own policies allow it"
            return verdict_of(account, statement, where, what, f"{narrow} (headroom:consumers.*.principals)")
        return PASS

    broken = [
        fail(path, f"{document.problem}, so that nobody can tell who may take it", "build it with json.dumps of a dict")
        for path, document in documents(role, TRUST)
        if document.problem
    ]
    return combine([*broken, _judged(role, judge)])


def iam_oidc_exact(role: Properties) -> Verdict:
    """Every repository of GitHub's gets tokens of the same provider: only `aud` and `sub` tell whose one is.

    GitLab's tokens name branch or tag last, and have no word for merge requests: there any ref of one exact project
    passes. https://docs.gitlab.com/ci/secrets/id_token_authentication/
    https://docs.github.com/en/actions/reference/security/oidc, and for EKS
    https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
    """

    def judge(statement: Statement, where: str) -> Verdict:
        providers = [one.value for one in statement.principals if one.kind == "Federated"]
        named = [value for value in providers if value is UNKNOWN or ":saml-provider/" not in str(value)]
        if not named:
            return PASS
        needed = ("aud",) if "cognito-identity.amazonaws.com" in named else ("aud", "sub")
        return combine(_pinned(statement, where, claim) for claim in needed)

    return _judged(role, judge)


def iam_no_confused_deputy(role: Properties) -> Verdict:
    """A service takes roles for all of its customers: without the source, somebody else may make it take yours.

    Asked of services whose guide says that they name the source; a condition on it would lock out the others.
    """

    def judge(statement: Statement, where: str) -> Verdict:
        services = [one for one in statement.principals if one.kind == "Service"]
        asked = any_of(tri(one.value, _names_its_source) for one in services)
        if asked is False or _narrowed_by(statement, lambda key: key in SOURCE_KEYS):
            return PASS
        what = "does not say on whose behalf the service may take the role"
        remedy = "add conditions on aws:SourceAccount and aws:SourceArn (components.access.service_trust)"
        return verdict_of(asked, statement, where, what, remedy)

    return _judged(role, judge)


def _judged(role: Properties, judge: Callable[[Statement, str], Verdict]) -> Verdict:
    return combine(one for path, document in documents(role, TRUST) for one in judge_document(path, document, judge))


def _some(statement: Statement, test: Callable[[str], bool]) -> Tri:
    found: list[Principal] = [one for one in statement.principals if one.kind == "AWS"]
    return any_of(tri(one.value, test) for one in found)


def _narrowed(statement: Statement, keys: re.Pattern[str]) -> bool:
    return _narrowed_by(statement, lambda key: bool(keys.match(key)))


def _narrowed_by(statement: Statement, test: Callable[[str], bool]) -> bool:
    return any(test(one.key) and one.binding and not _anything(one) for one in statement.conditions)


def _anything(condition: Condition) -> bool:
    """Whether a condition holds for every value of its key."""
    return any(isinstance(value, str) and not value.strip("*") for value in condition.values)


def _names_its_source(service: str) -> bool:
    return re.sub(r"(\.[a-z]{2}-[a-z-]+-\d)?\.amazonaws\.com(\.cn)?$", "", service) in NAMES_ITS_SOURCE


def _pinned(statement: Statement, where: str, claim: str) -> Verdict:
    """Whether a claim of the token must have one of some exact values."""
    found = [one for one in statement.conditions if one.key.endswith(f":{claim}") and one.binding]
    remedy = f"compare the provider's :{claim} by StringEquals (headroom:ci.github)"
    if not found:
        if "Condition" in statement.unknown:
            return verdict_of(None, statement, where, "", "")
        return verdict_of(True, statement, where, f"does not ask for the token's `{claim}`", remedy)
    values = [value for one in found for value in one.values]
    wild = any_of(None if isinstance(value, Unknown) else _is_open(value) for value in values)
    return verdict_of(wild, statement, where, f"accepts any `{claim}` that fits a pattern", remedy)


def _is_open(value: str) -> bool:
    """Whether a subject fits others than one repository's jobs of one kind, one project's or one account's."""
    return ("*" in value or "?" in value) and not ANY_REF.fullmatch(value)


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=iam_trust_scoped,
        title="Roles say who may take them",
        types=frozenset({ROLE}),
        severity="critical",
        references=("Checkov CKV_AWS_60", "Checkov CKV_AWS_61"),
    ),
    ResourceRule(
        check=iam_oidc_exact,
        title="Tokens of an OIDC provider are asked for audience and subject",
        types=frozenset({ROLE}),
        severity="critical",
        references=("Checkov CKV_AWS_393",),
    ),
    ResourceRule(
        check=iam_no_confused_deputy,
        title="Services take roles on this account's behalf only",
        types=frozenset({ROLE}),
        severity="medium",
        references=("Prowler iam_role_cross_service_confused_deputy_prevention",),
    ),
)
