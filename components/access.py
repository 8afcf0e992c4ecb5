"""IAM documents as pure functions: what each role may do, computed from names that the settings know.

No statement takes an output, so that every document is known in the first preview. A wildcard stands only where AWS
offers no resource for the action, and says so beside it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.unscoped import check_scoped

BucketAccess = Literal["read", "write", "read-write"]
"""What a service may do in a bucket."""

Statement = Mapping[str, Any]
"""One statement of an IAM document, as plain data."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The account, region and name space in which ARNs are computed."""

    account: str
    """AWS account id, 12 digits."""
    region: str
    """AWS region, `eu-west-1`."""
    namespace: str
    """First part of every fixed physical name, `headroom/dev`; no slash at either end."""
    partition: str = "aws"
    """ARN partition; `aws` unless in China or GovCloud."""

    @property
    def prefix(self) -> str:
        """The name space for names that allow no slash: `headroom-dev`."""
        return self.namespace.replace("/", "-")

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


def document(statements: Sequence[Statement]) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": [dict(statement) for statement in statements]}


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any] | None = None
) -> Statement:
    """A statement that allows `actions` on `resources`; a condition maps operators to keys.

    Raises ValueError for an action with a wildcard, and for `*` as resource where AWS offers any (components/unscoped).
    """
    check_scoped(sid, actions, resources)
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": list(resources),
    }
    if condition:
        statement["Condition"] = dict(condition)
    return statement


def service_trust(scope: Scope, service: str, source_arn: str | Sequence[str]) -> dict[str, Any]:
    """Lets one AWS service take a role, and only on behalf of resources of this account like `source_arn`.

    Without the conditions the service could be made to use the role for somebody else (the confused deputy).
    """
    return document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": f"{service}.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": scope.account},
                    "ArnLike": {"aws:SourceArn": source_arn if isinstance(source_arn, str) else list(source_arn)},
                },
            }
        ]
    )


def task_trust(scope: Scope) -> dict[str, Any]:
    """ECS may take the role for tasks of this account and region.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html (the ARN takes no cluster).
    """
    return service_trust(scope, "ecs-tasks", scope.arn("ecs", "*"))


def monitoring_trust(scope: Scope, *identifier_prefixes: str) -> dict[str, Any]:
    """RDS may take the role for enhanced monitoring of the instances whose identifiers start so.

    Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """
    arns = [scope.arn("rds", f"db:{prefix}*") for prefix in identifier_prefixes]
    return service_trust(scope, "monitoring.rds", arns[0] if len(arns) == 1 else arns)


def proxy_trust() -> dict[str, Any]:
    """RDS may take the role for a proxy.

    AWS documents no condition on the source for it, and a role that the proxy can't take leaves it without a database.
    Nobody can make RDS use it for somebody else all the same: a role is passed inside its own account only.
    Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html
    """
    trusted = {"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return document([trusted])


def monitoring_statements(scope: Scope) -> list[Statement]:
    """What enhanced monitoring writes: the log group RDSOSMetrics, whose name is AWS's and shared by the account.

    The managed AmazonRDSEnhancedMonitoringRole allows the same on every account's and region's groups.
    """
    group = scope.arn("logs", "log-group:RDSOSMetrics")
    return [
        allow("CreateMetricsGroup", ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], [group, f"{group}:*"]),
        allow(
            "WriteMetrics",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
            [f"{group}:log-stream:*"],
        ),
    ]


def secret_arn(scope: Scope, name: str) -> str:
    """ARN of a secret by its name; Secrets Manager appends a hyphen and six characters of its own."""
    return scope.arn("secretsmanager", f"secret:{name}-??????")


def read_secrets(scope: Scope, names: Sequence[str]) -> list[Statement]:
    """Reads exactly these secrets."""
    return [allow("ReadSecrets", ["secretsmanager:GetSecretValue"], [secret_arn(scope, name) for name in names])]


def decrypt_secrets(scope: Scope, aliases: Sequence[str]) -> list[Statement]:
    """Decrypts with the keys of these aliases, through Secrets Manager only.

    A key's id is unknown until it exists, so the key is named by its alias: the resource is every key of the account
    and region, and the condition narrows it to those that carry the alias.
    Source: docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    return [
        allow(
            "DecryptSecrets",
            ["kms:Decrypt"],
            [scope.arn("kms", "key/*")],
            {
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": sorted(set(aliases))},
                "StringEquals": {"kms:ViaService": f"secretsmanager.{scope.region}.amazonaws.com"},
            },
        )
    ]


def write_logs(scope: Scope, log_group: str) -> list[Statement]:
    """Writes streams of one log group, which the stack made; nobody creates groups on the fly."""
    return [
        allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [scope.arn("logs", f"log-group:{log_group}:*")],
        )
    ]


ECR_IMAGE = re.compile(r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<name>[^:@]+)")


def pull_image(scope: Scope, image: str) -> list[Statement]:
    """Pulls one repository of ECR; images of public registries need no permission."""
    match = ECR_IMAGE.match(image)
    if match is None:
        return []
    repository = f"arn:{scope.partition}:ecr:{match['region']}:{match['account']}:repository/{match['name']}"
    return [
        # GetAuthorizationToken has no resource: it signs in to the registry, the next statement opens one repository.
        allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            "PullImage",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            [repository],
        ),
    ]


def open_shell() -> list[Statement]:
    """ECS Exec: the task opens channels to Systems Manager, which offers no resource for them.

    Source: docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsessionmanagermessagegatewayservice
    """
    actions = ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
    return [allow("OpenShell", [f"ssmmessages:{action}" for action in actions], ["*"])]


def execution_statements(
    scope: Scope, *, image: str, log_group: str, secret_names: Sequence[str], key_aliases: Sequence[str]
) -> list[Statement]:
    """What ECS itself needs to start a task: its image, its log group, and exactly the secrets that it references."""
    statements = [*pull_image(scope, image), *write_logs(scope, log_group)]
    if secret_names:
        statements += [*read_secrets(scope, secret_names), *decrypt_secrets(scope, key_aliases)]
    return statements


def topic_policy(scope: Scope, topic: str) -> dict[str, Any]:
    """CloudWatch alarms of this account may publish to the topic; nobody else but the account's own IAM."""
    return document(
        [
            {
                "Sid": "AlarmsMayPublish",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": scope.arn("sns", topic),
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": scope.account},
                    "ArnLike": {"aws:SourceArn": scope.arn("cloudwatch", "alarm:*")},
                },
            }
        ]
    )


def bucket_name(scope: Scope, name: str) -> str:
    """Physical name of a bucket; the account's number makes it the only one of that name in all of AWS."""
    return f"{scope.prefix}-{name}-{scope.account}"


def use_buckets(scope: Scope, buckets: Mapping[str, BucketAccess], aliases: Sequence[str]) -> list[Statement]:
    """Reads and writes exactly these buckets, by their names in the settings, and their key through S3 only.

    Who writes may delete too: the bucket keeps the deleted version, which only its lifecycle rules remove. With a
    bucket key, the encryption context is the bucket's ARN, so the key opens no other bucket. Who writes an object in
    parts must decrypt them.
    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html, mpuoverview.html#mpuAndPermissions
    """
    if not buckets:
        return []
    arns = {name: f"arn:{scope.partition}:s3:::{bucket_name(scope, name)}" for name in sorted(buckets)}
    reads = [arn for name, arn in arns.items() if buckets[name] != "write"]
    writes = [arn for name, arn in arns.items() if buckets[name] != "read"]
    statements = []
    if reads:
        statements += [
            allow("ListBuckets", ["s3:ListBucket"], reads),
            allow("ReadObjects", ["s3:GetObject"], [f"{arn}/*" for arn in reads]),
        ]
    if writes:
        actions = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        statements.append(allow("WriteObjects", actions, [f"{arn}/*" for arn in writes]))
    key_actions = ["kms:Decrypt", *(["kms:GenerateDataKey"] if writes else [])]
    condition = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": sorted(set(aliases))},
        "StringEquals": {
            "kms:ViaService": f"s3.{scope.region}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": [*arns.values()],
        },
    }
    return [*statements, allow("UseBucketKey", key_actions, [scope.arn("kms", "key/*")], condition)]
