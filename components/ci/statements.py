"""IAM documents of a continuous integration's roles, as pure functions: to preview, to deploy, to promote. E7, C5.

A preview reads what resources are, and no value of a secret, object, message or log. A deployment changes what the
stack may hold, within a boundary that every role it makes must carry, too: what it cannot do, nothing it makes can.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from components.access import Scope, Statement, allow, document
from components.ci.actions import READ, WRITE
from components.ci.places import Reach, places
from components.eks.statements import (
    ACCESS_POLICIES,
    AGENT_POLICIES,
    CLUSTER_POLICIES,
    NODE_POLICIES,
    access_policy,
    managed_policy,
)
from components.unscoped import ACTIONS

Purpose = Literal["preview", "deploy", "promote"]
"""What a role is for."""

STATE_KEY = "alias/headroom-state"
"""Alias of the key that `headroom bootstrap` makes: it encrypts the state's bucket, and the secrets in the state."""
LONGEST_POLICY = 6144
"""Characters of a managed policy, without white space. Source: reference_iam-quotas.html of the IAM user guide."""

ROLE_NAMES = (
    *(
        f"*-{kind}"
        for kind in (
            "agent", "cluster", "execution", "flow-logs", "monitoring", "node", "pod", "proxy", "schedule", "shifting",
            "task",
        )
    ),
    "limit-uploads", "rotate-secret", "run-task", "slack-*",
)  # fmt: skip
"""Names of roles, to which Pulumi adds a hyphen and seven letters (`api-task-1a2b3c4`); tests look for others."""

PASSED_TO = (
    "chatbot", "ec2", "ecs", "ecs-tasks", "eks", "lambda", "monitoring.rds", "pods.eks", "rds", "scheduler",
    "vpc-flow-logs",
)  # fmt: skip
"""Services that take a role of ours, by the names in their trust."""

LINKED_TO = (
    "ecs", "ecs.application-autoscaling", "eks", "elasticache", "elasticloadbalancing", "rds",
    "rds.application-autoscaling", "vpcorigin.cloudfront", "wafv2", "delivery.logs", "management.chatbot",
)  # fmt: skip
"""Services that make a role of their own in the account, with the first resource of theirs.
Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html"""


def ci_name(scope: Scope, part: str) -> str:
    """Name of a role or policy of the continuous integration: nobody else's starts so."""
    return f"{scope.prefix}-ci-{part}"


def ci_role_arn(scope: Scope, purpose: Purpose) -> str:
    """ARN of a role, known before it exists."""
    return f"arn:{scope.partition}:iam::{scope.account}:role/{ci_name(scope, purpose)}"


def boundary_arn(scope: Scope) -> str:
    """ARN of the boundary, known before it exists."""
    return f"arn:{scope.partition}:iam::{scope.account}:policy/{ci_name(scope, 'boundary')}"


def _table(reach: Reach, verb: str, table: Mapping[str, str]) -> Iterator[Statement]:
    """A table's actions: each service's on its own places, and together those for which AWS offers no resource."""
    anywhere = []
    for service, names in table.items():
        actions = [f"{service}:{name}" for name in names.split()]
        narrow = [action for action in actions if action not in ACTIONS]
        anywhere += [action for action in actions if action in ACTIONS]
        if narrow:
            sid = verb + "".join(part.capitalize() for part in service.split("-"))
            yield allow(sid, narrow, places(reach, service))
    yield allow(f"{verb}Anywhere", anywhere, ["*"])


def read_policies(reach: Reach) -> list[str]:
    """Managed policies to look at resources with."""
    return pack(list(_table(reach, "Read", READ)))


def write_policies(reach: Reach) -> list[str]:
    """Managed policies to change resources with."""
    own = [*_write_roles(reach.scope), *_admit(reach), *_use_keys(reach), *_fill(reach)]
    return pack([*_table(reach, "Write", WRITE), *own])


def pack(statements: Sequence[Statement]) -> list[str]:
    """Documents of these statements, in their order, none longer than AWS allows."""
    groups: list[list[Statement]] = [[]]
    for statement in statements:
        if len(_text([*groups[-1], statement])) > LONGEST_POLICY:
            groups.append([])
        groups[-1].append(statement)
    return [_text(group) for group in groups]


def _text(statements: Sequence[Statement]) -> str:
    return json.dumps(document(statements), separators=(",", ":"))


def _roles(scope: Scope) -> list[str]:
    """Roles that a stack makes: those that Pulumi names, and those whose names start with the environment's."""
    arn = f"arn:{scope.partition}:iam::{scope.account}:role/"
    return [f"{arn}{scope.prefix}-*", *(f"{arn}{name}-???????" for name in ROLE_NAMES)]


def _services(names: Sequence[str]) -> list[str]:
    return [f"{name}.amazonaws.com" for name in names]


def _write_roles(scope: Scope) -> list[Statement]:
    """Makes roles that carry the boundary, attaches what EKS requires, and passes them to services that run things.

    Source: docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
    """
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary_arn(scope)}}
    managed = [managed_policy(scope, name) for name in (*CLUSTER_POLICIES, *NODE_POLICIES, *AGENT_POLICIES)]
    linked = f"arn:{scope.partition}:iam::{scope.account}:role/aws-service-role/*"
    made = ("Create", "Delete", "Update")
    kept = (
        "UpdateAssumeRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "DeleteRolePolicy",
        "DetachRolePolicy",
    )
    changes = [*(f"iam:{verb}Role" for verb in made), *(f"iam:{action}" for action in kept)]
    return [
        allow("ChangeBoundedRoles", changes, _roles(scope), bounded),
        allow(
            "AttachPolicies",
            ["iam:AttachRolePolicy"],
            _roles(scope),
            {**bounded, "ArnEquals": {"iam:PolicyARN": managed}},
        ),
        allow("TagRoles", ["iam:TagRole", "iam:UntagRole"], _roles(scope)),
        allow(
            "PassRoles",
            ["iam:PassRole"],
            _roles(scope),
            {"StringEquals": {"iam:PassedToService": _services(PASSED_TO)}},
        ),
        allow(
            "MakeLinkedRoles",
            ["iam:CreateServiceLinkedRole"],
            [linked],
            {"StringEquals": {"iam:AWSServiceName": _services(LINKED_TO)}},
        ),
    ]


def _admit(reach: Reach) -> list[Statement]:
    """Lets into a cluster whom the settings name, and nobody else: else a deployment could let itself in.

    Source: docs.aws.amazon.com/eks/latest/userguide/access-entries.html, and the keys of conditions in
    docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelastickubernetesservice.html
    """
    if not reach.cluster_principals:
        return []
    named = {"ArnEquals": {"eks:principalArn": sorted(set(reach.cluster_principals))}}
    granted = {"ArnEquals": {"eks:policyArn": [access_policy(reach.scope, name) for name in ACCESS_POLICIES]}}
    clusters = places(reach, "eks")
    return [
        allow("AdmitToCluster", ["eks:CreateAccessEntry"], clusters, named),
        allow("GrantInCluster", ["eks:AssociateAccessPolicy"], clusters, granted),
    ]


def _use_keys(reach: Reach) -> list[Statement]:
    """Lets services encrypt with the environment's keys, and deletes keys with no less than the waiting period.

    Source: docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    keys = [arn for arn in places(reach, "kms") if ":key/" in arn]
    ours = {"ForAnyValue:StringLike": {"kms:ResourceAliases": [f"alias/{reach.scope.prefix}-*"]}}
    through = {"StringLike": {"kms:ViaService": [f"*.{region}.amazonaws.com" for region in reach.regions]}}
    waits = {"NumericGreaterThanEquals": {"kms:ScheduleKeyDeletionPendingWindowInDays": str(reach.deletion_days)}}
    return [
        allow(
            "UseKeys",
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"],
            keys,
            {**ours, **through},
        ),
        allow("LendKeys", ["kms:CreateGrant"], keys, {**ours, "Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow("DeleteKeys", ["kms:ScheduleKeyDeletion"], keys, waits),
    ]


def _fill(reach: Reach) -> Iterator[Statement]:
    """Reads back the secrets that it writes, what a failed start said last, and writes objects where a stack does."""
    yield allow("ReadSecretValues", ["secretsmanager:GetSecretValue"], places(reach, "secretsmanager"))
    groups = [reach.scope.arn("logs", f"log-group:/{reach.scope.namespace}/*")]
    yield allow("ReadLastLines", ["logs:FilterLogEvents", "logs:GetLogEvents"], groups)
    bucket = f"arn:{reach.scope.partition}:s3:::"
    if reach.filled_buckets:
        objects = [f"{bucket}{name}/*" for name in reach.filled_buckets]
        yield allow("PublishSite", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], objects)
    if reach.emptied_buckets:
        yield allow("ListVersions", ["s3:ListBucketVersions"], [f"{bucket}{name}" for name in reach.emptied_buckets])
        objects = [f"{bucket}{name}/*" for name in reach.emptied_buckets]
        yield allow("EmptyBuckets", ["s3:DeleteObject", "s3:DeleteObjectVersion"], objects)
