"""IAM documents of keys and their rotation, as pure functions; see `components.access`."""

import re
from collections.abc import Sequence
from typing import Any

from components.access import Scope, Statement, allow, document, secret_arn
from components.keys.names import STATE_PREFIX, api_key_secret, digests_secret
from components.services.consumer_statements import consumer_role
from components.services.logs import service_log_group

READ = "secretsmanager:GetSecretValue"
WRITE = ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage")
OTHERS_WRITE = ("secretsmanager:UpdateSecret",)
"""What sets a value, too, and the rotation does not use: refused to all but it, and not allowed to it either."""
MOST_NAMED = 24
"""Secrets that a policy names one by one: each takes some 100 characters, twice, and the policies within a role have
10,240 in all (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
SHAPES = (
    (re.compile(r"/service/[^/]+/database$"), "/service/*/database"),
    (re.compile(r"/service/[^/]+/database/[^/]+$"), "/service/*/database/*"),
    (re.compile(r"/service/[^/]+/key-digests$"), "/service/*/key-digests"),
    (re.compile(r"/database/[^/]+/logins$"), "/database/*/logins"),
    (re.compile(r"/database/[^/]+/proxy/[^/]+$"), "/database/*/proxy/*"),
    (re.compile(r"/keys/[^/]+$"), "/keys/*"),
    (re.compile(r"/cache/[^/]+$"), "/cache/*"),
)
"""Names of secrets that the rotation makes values of, and what stands for all of a kind: nothing else is named so."""


def brief(names: Sequence[str]) -> list[str]:
    """The names, or the kinds of names where there are too many to be named."""
    if len(names) <= MOST_NAMED:
        return sorted(names)
    return sorted(
        {next((pattern.sub(all_, name) for pattern, all_ in SHAPES if pattern.search(name)), name) for name in names}
    )


def rotator_role(scope: Scope, name: str) -> str:
    """Name of the rotating function's role: fixed, since the keys' own policies name it."""
    return f"{scope.prefix}-{name}"


def _role_arn(scope: Scope, name: str) -> str:
    return f"arn:{scope.partition}:iam::{scope.account}:role/{name}"


def rotate_secrets(
    scope: Scope, rotated: Sequence[str], digests: Sequence[str], aliases: Sequence[str]
) -> list[Statement]:
    """Reads and writes exactly these secrets, and notes in the tags of those that are rotated how far it is."""
    names = [*brief(rotated), *brief(digests)]
    if not names:
        return []
    through = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": sorted(set(aliases))},
        "StringEquals": {"kms:ViaService": f"secretsmanager.{scope.region}.amazonaws.com"},
    }
    tagging = ["secretsmanager:TagResource", "secretsmanager:UntagResource"]
    own = {"ForAllValues:StringLike": {"aws:TagKeys": [f"{STATE_PREFIX}*"]}}
    return [
        allow(
            "RotateSecrets",
            ["secretsmanager:DescribeSecret", READ, *WRITE],
            [secret_arn(scope, name) for name in names],
        ),
        allow("NoteRotations", tagging, [secret_arn(scope, name) for name in brief(rotated)], own),
        allow("UseSecretsKeys", ["kms:Decrypt", "kms:GenerateDataKey"], [scope.arn("kms", "key/*")], through),
    ]


def rotate_redis_users(scope: Scope, users: Sequence[str]) -> list[Statement]:
    """Changes the passwords of exactly these users of ElastiCache."""
    if not users:
        return []
    arns = [scope.arn("elasticache", f"user:{user}") for user in sorted(users)]
    return [allow("RotateRedisUsers", ["elasticache:DescribeUsers", "elasticache:ModifyUser"], arns)]


def list_tasks(scope: Scope) -> list[Statement]:
    """Sees which tasks of this account's clusters run; names only.

    Source: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    clusters = {"ArnLike": {"ecs:cluster": scope.arn("ecs", "cluster/*")}}
    return [allow("ListTasks", ["ecs:ListTasks"], [scope.arn("ecs", "container-instance/*")], clusters)]


def roll_services(scope: Scope, services: Sequence[str]) -> list[Statement]:
    """Starts new tasks of exactly these services, named by their tag: ECS's own names are unknown beforehand.

    ListServices has no resource: it tells names only. Source: docs.aws.amazon.com/service-authorization/latest/
    reference/list_amazonelasticcontainerservice.html
    """
    if not services:
        return []
    own = {"StringEquals": {"aws:ResourceTag/Service": sorted(set(services)), **_of_environment(scope)}}
    every = [scope.arn("ecs", "service/*")]
    return [
        allow("ListServices", ["ecs:ListServices"], ["*"], {"ArnLike": {"ecs:cluster": scope.arn("ecs", "cluster/*")}}),
        allow("SeeServices", ["ecs:DescribeServices"], every, {"StringEquals": _of_environment(scope)}),
        allow("RollServices", ["ecs:UpdateService"], every, own),
    ]


def _of_environment(scope: Scope) -> dict[str, Any]:
    return {"aws:ResourceTag/Environment": scope.namespace.rpartition("/")[2]}


def read_uses(scope: Scope, services: Sequence[str]) -> list[Statement]:
    """Looks in these services' logs for the ids of keys that are still in use."""
    if not services:
        return []
    names = sorted(set(services)) if len(services) <= MOST_NAMED else ["*"]
    groups = [scope.arn("logs", f"log-group:{service_log_group(scope, name)}:*") for name in names]
    return [allow("ReadUses", ["logs:FilterLogEvents"], groups)]


def read_own_key(scope: Scope, consumer: str, alias: str) -> list[Statement]:
    """Reads one's own key, and when it is rotated; the key that encrypts it opens nothing else by this."""
    name = secret_arn(scope, api_key_secret(scope, consumer))
    return read_one(scope, "OwnKey", name, alias)


def read_digests(scope: Scope, secret: str, alias: str) -> list[Statement]:
    """Reads the digests that a service verifies keys by."""
    return read_one(scope, "KeyDigests", secret_arn(scope, secret), alias)


def read_one(scope: Scope, what: str, arn: str, alias: str) -> list[Statement]:
    """Reads one secret, and uses its key for that one only.

    Source: docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html (encryption context)
    """
    through = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]},
        "StringEquals": {"kms:ViaService": f"secretsmanager.{scope.region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:SecretARN": arn},
    }
    return [
        allow(f"Read{what}", ["secretsmanager:DescribeSecret", READ], [arn]),
        allow(f"Decrypt{what}", ["kms:Decrypt"], [scope.arn("kms", "key/*")], through),
    ]


def key_policy(scope: Scope, consumer: str, rotator: str) -> dict[str, Any]:
    """Whatever IAM allows: nobody but its consumer and the rotation reads a key, and nobody but the rotation writes it.

    Whoever may change this policy can let himself in; CloudTrail tells of it.
    """
    rotates = _role_arn(scope, rotator_role(scope, rotator))
    reads = [_role_arn(scope, consumer_role(scope, consumer)), rotates]
    secret = secret_arn(scope, api_key_secret(scope, consumer))
    return document(
        [
            _only("OnlyItsConsumerReads", [READ], secret, reads),
            _only("OnlyRotationWrites", [*WRITE, *OTHERS_WRITE], secret, [rotates]),
        ]
    )


def digests_policy(scope: Scope, service: str, rotator: str) -> dict[str, Any]:
    """Who writes a digest makes a key: so only the rotation does. Digests themselves give nothing away."""
    return written_by_rotation(scope, digests_secret(scope, service), rotator)


def written_by_rotation(scope: Scope, secret: str, rotator: str) -> dict[str, Any]:
    """Whatever IAM allows: nobody but the rotation writes this secret."""
    arn, rotates = secret_arn(scope, secret), _role_arn(scope, rotator_role(scope, rotator))
    return document([_only("OnlyRotationWrites", [*WRITE, *OTHERS_WRITE], arn, [rotates])])


def _only(sid: str, actions: Sequence[str], secret: str, roles: Sequence[str]) -> Statement:
    """Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (aws:PrincipalArn, which
    is the role's ARN for whoever has taken the role)."""
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": secret,
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": sorted(roles)}},
    }
