"""Rules on policies that resources carry themselves: keys, buckets, secrets, queues, topics, images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.documents import Condition, Document, Statement, documents
from policies.rule import ResourceRule, Rule
from policies.rules.iam.grants import judge_document, verdict_of
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

KEY_TYPES: Final = frozenset(
    {
        "aws:kms/key:Key",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:kms/externalKey:ExternalKey",
        "aws:kms/replicaExternalKey:ReplicaExternalKey",
    }
)
PERMISSION: Final = "aws:lambda/permission:Permission"
CARRYING: Final = frozenset(
    {
        "aws:backup/vaultPolicy:VaultPolicy",
        "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "aws:codeartifact/domainPermissions:DomainPermissions",
        "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy",
        "aws:dynamodb/resourcePolicy:ResourcePolicy",
        "aws:ecr/registryPolicy:RegistryPolicy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        "aws:elasticsearch/domainPolicy:DomainPolicy",
        "aws:kinesis/resourcePolicy:ResourcePolicy",
        "aws:opensearch/domainPolicy:DomainPolicy",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3control/accessPointPolicy:AccessPointPolicy",
        "aws:secretsmanager/secret:Secret",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "aws:sns/topic:Topic",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queue:Queue",
        "aws:sqs/queuePolicy:QueuePolicy",
        PERMISSION,
    }
)
"""Types with a policy that lets principals in. Not those of an API's gateway, which may be public, nor a VPC
endpoint's, which lets nobody in."""
_PATHS: Final = ("policy", "policyDocument", "accessPolicies", "resourcePolicy")
_NARROWS: Final = re.compile(
    r"^(aws:source(arn|account|vpc|vpce|owner|orgid|orgpaths|vpcarn)|aws:principal(orgid|orgpaths|arn|account)|aws:userid"
    r"|kms:calleraccount|s3:dataaccesspoint(account|arn)|elasticfilesystem:accessedviamounttarget)$"
)
"""Keys by which AWS itself does not call a policy public: docs.aws.amazon.com/AmazonS3/latest/userguide/
access-control-block-public-access.html#access-control-block-public-access-policy-status"""
_ANYWHERE: Final = ("0.0.0.0/0", "::/0")
NAME_THEM = "name the accounts, roles or services, or add a condition on aws:PrincipalOrgID or aws:SourceArn"


def kms_policy_scoped(key: Properties) -> Verdict:
    """A key that everybody may use protects nothing, and one whose owner locked himself out is lost with its data."""
    bypass = lookup(key, "bypassPolicyLockoutSafetyCheck")
    verdicts = [_public(key)]
    if bypass is UNKNOWN:
        verdicts.append(undetermined("bypassPolicyLockoutSafetyCheck"))
    elif bypass is True:
        what = "lets a policy through by which nobody could manage the key any more"
        verdicts.append(fail("bypassPolicyLockoutSafetyCheck", what, "remove it, and name the account in the policy"))
    return combine(verdicts)


def resource_policy_private(holder: Properties) -> Verdict:
    """What a policy gives to everybody is on the internet, whatever the network and the roles say.

    A condition on who asks, or on whose behalf, makes it private; one on how (TLS, an address anywhere) does not.
    """
    principal = lookup(holder, "principal")
    if principal is UNKNOWN:
        return undetermined("principal")
    if principal == "*" and not any(
        lookup(holder, path) is not MISSING for path in ("sourceArn", "sourceAccount", "principalOrgId")
    ):
        return fail("principal", "lets everybody call the function", "set sourceArn, sourceAccount or principalOrgId")
    return _public(holder)


def _public(holder: Properties) -> Verdict:
    verdicts: list[Verdict] = []
    for path, document in _carried(holder):
        if document.problem:
            what = f"{document.problem}, so that nobody can tell whom it lets in"
            verdicts.append(fail(path, what, "build it with json.dumps of a dict"))
        verdicts += judge_document(path, document, _judge)
    return combine(verdicts)


def _carried(holder: Properties) -> Iterator[tuple[str, Document]]:
    for path in _PATHS:
        yield from documents(holder, path)


def _judge(statement: Statement, where: str) -> Verdict:
    unknown = any(one.value is UNKNOWN for one in statement.principals)
    if not statement.reaches_everybody and not unknown:
        return PASS
    if any(_narrows(condition) for condition in statement.conditions):
        return PASS
    found = True if statement.reaches_everybody else None
    if found and any(part.startswith("Condition") for part in statement.unknown):
        found = None
    return verdict_of(found, statement, where, "lets everybody in", NAME_THEM)


def _narrows(condition: Condition) -> bool:
    if not condition.binding or any(isinstance(value, str) and not value.strip("*") for value in condition.values):
        return False
    if condition.key == "aws:sourceip":
        return not any(value in _ANYWHERE for value in condition.values)
    return bool(_NARROWS.match(condition.key))


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=kms_policy_scoped,
        title="Keys are for named principals",
        types=KEY_TYPES,
        severity="critical",
        references=("AWS FSBP KMS.5", "Checkov CKV_AWS_33"),
    ),
    ResourceRule(
        check=resource_policy_private,
        title="No policy lets everybody in",
        types=CARRYING,
        severity="critical",
        references=("AWS FSBP S3.2", "Checkov CKV_AWS_70", "Checkov CKV_AWS_32"),
    ),
)
