"""IAM documents of consumers as pure functions: people and programs that are no service of the stack. E2.

Each has a role of its own, and an access that says how much of the environment's data it reaches.
"""

from collections.abc import Sequence
from typing import Any, Literal

from components.access import Scope, Statement, allow, document, secret_arn, use_buckets
from components.queues.statements import QueueName, use_queues

ConsumerAccess = Literal["none", "read", "read-write", "full"]
"""How much a consumer may: nothing; read objects; write them and send messages, too; or all of that with receiving
messages, secrets, logs, and a shell in a task."""

CLUSTER = "cluster-???????"
"""Name of the environment's cluster: Pulumi's, from the one that infra/ecs.py gives it."""
CONSUMER_TAG = "headroom:consumer"
"""Tag of a role or user that may take the role of the consumer it names."""
LOG_READS = ("FilterLogEvents", "GetLogEvents", "GetQueryResults", "StartQuery")


def consumer_role(scope: Scope, name: str) -> str:
    """Name of a consumer's role, known before it exists, so that its account can be told of it: AWS allows 64."""
    return f"{scope.prefix}-consumer-{name}"


def consumer_trust(scope: Scope, name: str, principals: Sequence[str]) -> dict[str, Any]:
    """These principals may take the role; without any, roles and users of this account that carry the consumer's tag.

    A whole account is let in by that tag only: else whoever writes policies there would decide about this role.
    Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html,
    reference_policies_condition-keys.html (aws:PrincipalTag)
    """
    named = [principal for principal in principals if not principal.endswith(":root")]
    accounts = [principal for principal in principals if principal.endswith(":root")]
    if not principals:
        accounts = [f"arn:{scope.partition}:iam::{scope.account}:root"]
    tagged = {"Condition": {"StringEquals": {f"aws:PrincipalTag/{CONSUMER_TAG}": name}}}
    taken = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    return document(
        [
            *([{**taken, "Principal": {"AWS": named}}] if named else []),
            *([{**taken, "Principal": {"AWS": accounts}, **tagged}] if accounts else []),
        ]
    )


def consumer_statements(
    scope: Scope,
    access: ConsumerAccess,
    *,
    buckets: Sequence[str],
    published: Sequence[str] = (),
    queues: Sequence[QueueName],
    bucket_key: str,
    service_key: str,
) -> list[Statement]:
    """What a consumer may do with the environment's buckets and queues; `full` adds secrets, logs and shells.

    Files of `published` buckets come with deployments: who has not full access only reads them. Both keys are aliases:
    that of the buckets' key, and that of the services' key, which queues share.
    """
    if access == "none":
        return []
    reads = {*buckets} if access == "read" else {*published} if access == "read-write" else set()
    statements = use_buckets(scope, {name: "read" if name in reads else "read-write" for name in buckets}, [bucket_key])
    if access != "read" and queues:
        statements += use_queues(scope, queues, queues if access == "full" else (), [service_key])
    return [*statements, *(_everything(scope, [bucket_key, service_key]) if access == "full" else [])]


def _everything(scope: Scope, aliases: Sequence[str]) -> list[Statement]:
    """Values of all secrets of the environment, its logs, and a shell in its tasks.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec-best-practices.html
    """
    secrets = secret_arn(scope, f"{scope.namespace}/*").removesuffix("-??????")
    groups = scope.arn("logs", f"log-group:/{scope.namespace}/*")
    shells = [scope.arn("ecs", f"task/{CLUSTER}/*"), scope.arn("ecs", f"cluster/{CLUSTER}")]
    through = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": sorted(set(aliases))},
        "StringEquals": {"kms:ViaService": f"secretsmanager.{scope.region}.amazonaws.com"},
    }
    return [
        allow("UseSecrets", ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"], [secrets]),
        allow("UseSecretsKey", ["kms:Decrypt", "kms:GenerateDataKey"], [scope.arn("kms", "key/*")], through),
        allow("ReadLogs", [f"logs:{name}" for name in LOG_READS], [groups]),
        allow("StopQueries", ["logs:StopQuery"], ["*"]),
        allow("OpenShells", ["ecs:ExecuteCommand"], shells),
    ]
