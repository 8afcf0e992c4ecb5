"""What each role of a continuous integration has of its own, beside the policies that it shares. E7, C5."""

from collections.abc import Callable, Mapping, Sequence

from components.access import Statement, allow
from components.ci.places import Reach, places
from components.ci.statements import STATE_KEY, Purpose
from components.unscoped import ACTIONS

WATCHED = (
    "cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData",
    "cloudwatch:ListAlarmMuteRules", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions",
    "ecs:DescribeServices", "ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:ListServiceDeployments",
    "ecs:ListTasks", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth", "sts:GetCallerIdentity",
)  # fmt: skip
"""What tells whether an environment is well: alarms, numbers, what runs and who answers."""

VALUES = (
    "ecs:ExecuteCommand", "elasticache:Connect", "lambda:Invoke*", "logs:FilterLogEvents", "logs:Get*Events",
    "logs:GetQueryResults", "logs:StartLiveTail", "logs:StartQuery", "logs:Unmask", "rds-data:*", "rds-db:*",
    "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "sqs:ReceiveMessage", "ssm:GetParameter*",
    "ssm:StartSession", "sts:AssumeRole*",
)  # fmt: skip
"""Whatever shows a secret, a message, a row or a line, denied to who may only look at resources."""


def _no_values(reach: Reach) -> list[Statement]:
    """Denied even if somebody attaches more: values, objects but the state's, and keys but the state's."""
    others = {"ForAllValues:StringNotEquals": {"kms:ResourceAliases": [STATE_KEY]}}
    return [
        {"Sid": "NoValues", "Effect": "Deny", "Action": list(VALUES), "Resource": "*"},
        {"Sid": "NoObjects", "Effect": "Deny", "Action": "s3:GetObject*", "NotResource": f"{reach.state_bucket}/*"},
        {"Sid": "NoOtherKeys", "Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*", "Condition": others},
    ]


def _state_key(reach: Reach, actions: Sequence[str]) -> Statement:
    """Uses of the state's key."""
    named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [STATE_KEY]}}
    return allow("UseStateKey", actions, [reach.scope.arn("kms", "key/*")], named)


def _read_state(reach: Reach) -> list[Statement]:
    return [
        allow("ListState", ["s3:ListBucket"], [reach.state_bucket]),
        allow("ReadState", ["s3:GetObject"], [f"{reach.state_bucket}/.pulumi/*"]),
    ]


def _preview(reach: Reach) -> list[Statement]:
    """Reads the state and opens the secrets in it, without which Pulumi can't compare anything: see docs/ci-access.md.

    A preview takes no lock and writes nothing. Source: pulumi/pulumi, pkg/backend/diy/backend.go (Preview)
    """
    reading = allow("ReadReleases", ["s3:GetObject"], [reach.records])
    return [*_read_state(reach), reading, _state_key(reach, ["kms:Decrypt"]), *_no_values(reach)]


def _deploy(reach: Reach) -> list[Statement]:
    """Reads and writes the state, its lock and its history; watches what it deployed, records it, calls for help. The
    images of a release it tags, so that the registry keeps them; it uploads no layers, so that it brings none."""
    tags = [allow("TagImages", ["ecr:PutImage"], reach.repositories)] if reach.repositories else []
    return [
        *_read_state(reach),
        allow("WriteState", ["s3:DeleteObject", "s3:PutObject"], [f"{reach.state_bucket}/.pulumi/*"]),
        _state_key(reach, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]),
        *_watch(reach),
        _record(reach),
        *tags,
        allow("Page", ["sns:Publish"], places(reach, "sns")),
    ]


def _promote(reach: Reach) -> list[Statement]:
    """What a preview may: whether a change is pending is asked of the environment that a release comes from. Beside, it
    sees whether the environment is well and what is live in it, and leaves a record of the release.
    """
    return [
        *_read_state(reach),
        _state_key(reach, ["kms:Decrypt", "kms:GenerateDataKey"]),
        *_watch(reach),
        _record(reach),
        *_no_values(reach),
    ]


def _watch(reach: Reach) -> list[Statement]:
    anywhere = [action for action in WATCHED if action in ACTIONS]
    narrow = [action for action in WATCHED if action not in ACTIONS]
    services = dict.fromkeys(action.partition(":")[0] for action in narrow)
    # By which digest an image's tag is known. The manifest lists layers, and gives none of them.
    images = [allow("NameImages", ["ecr:BatchGetImage"], reach.repositories)] if reach.repositories else []
    return [
        allow("Watch", narrow, [arn for service in services for arn in places(reach, service)]),
        allow("WatchAnywhere", anywhere, ["*"]),
        *images,
    ]


def _record(reach: Reach) -> Statement:
    """Records are locked when they are written (s3:PutObjectRetention), and nobody here may delete one."""
    return allow("RecordReleases", ["s3:GetObject", "s3:PutObject", "s3:PutObjectRetention"], [reach.records])


OWN_STATEMENTS: Mapping[Purpose, Callable[[Reach], list[Statement]]] = {
    "preview": _preview,
    "deploy": _deploy,
    "promote": _promote,
}
"""Purpose to what makes the statements of its role's inline document."""
