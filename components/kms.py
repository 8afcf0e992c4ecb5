"""A KMS key with an alias, rotation, and a policy that is known before anything exists.

The policy hands decisions to IAM in the key's own account, and admits AWS services only under conditions that name
what they may use the key for. Roles get the key by IAM statements that name its alias (see `components.access`), so
the policy never waits for a role's ARN.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

Statement = Mapping[str, Any]


def account_decides(partition: str, account: str) -> Statement:
    """IAM of the key's account decides who may use the key. Without it, nobody could administer the key (AWS KMS,
    "Default key policy")."""
    return {
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def logs_may_encrypt(partition: str, region: str, account: str, log_groups: Sequence[str]) -> Statement:
    """CloudWatch Logs may use the key for these log groups only; names may hold `*` (CloudWatch Logs, "Encrypt log
    data in CloudWatch Logs using AWS KMS")."""
    return {
        "Sid": "LogsMayEncrypt",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.{'amazonaws.com.cn' if partition == 'aws-cn' else 'amazonaws.com'}"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": [
                    f"arn:{partition}:logs:{region}:{account}:log-group:{group}" for group in log_groups
                ]
            }
        },
    }


def alarms_may_publish(partition: str, region: str, account: str) -> Statement:
    """CloudWatch alarms of this account may publish to topics that the key encrypts (Amazon SNS, "Enable compatibility
    between event sources from AWS services and encrypted topics")."""
    return {
        "Sid": "AlarmsMayPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:{account}:alarm:*"},
        },
    }


@dataclass(frozen=True, kw_only=True)
class KeyArgs:
    """What a key is for, and who may use it."""

    alias: str
    """Name without `alias/`, unique in the account and region, such as `headroom-dev-logs`. Roles are granted the key
    by it."""
    description: str
    """What the key encrypts, for people who read the console."""
    policy: Sequence[Statement]
    """Statements of the key policy, without unknowns; `account_decides` is always among them."""
    rotation_days: int = 365
    """Period of automatic rotation, in days: 90 to 2560 (AWS KMS, EnableKeyRotation)."""
    deletion_days: int = 30
    """Waiting period before a deleted key is gone, in days: 7 to 30 (AWS KMS, ScheduleKeyDeletion)."""

    def __post_init__(self) -> None:
        if not 90 <= self.rotation_days <= 2560:
            raise ValueError(f"rotation_days is {self.rotation_days}; KMS rotates every 90 to 2560 days")
        if not 7 <= self.deletion_days <= 30:
            raise ValueError(f"deletion_days is {self.deletion_days}; KMS waits 7 to 30 days")
        if not any(statement.get("Sid") == "AccountDecides" for statement in self.policy):
            raise ValueError("policy lacks account_decides(); without it the key could never be administered again")
        for statement in self.policy:
            if "Service" in statement["Principal"] and not statement.get("Condition"):
                raise ValueError(f"statement {statement['Sid']} admits a service without a condition; add one")


class Key(pulumi.ComponentResource):
    """A symmetric key that rotates by itself, under an alias."""

    arn: pulumi.Output[str]
    alias: str
    """Full alias, such as `alias/headroom-dev-logs`; known before anything exists."""

    def __init__(self, name: str, args: KeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:security:Key", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.alias = f"alias/{args.alias}"
        key = aws.kms.Key(
            name,
            description=args.description,
            policy=json.dumps({"Version": "2012-10-17", "Statement": list(args.policy)}),
            enable_key_rotation=True,
            rotation_period_in_days=args.rotation_days,
            deletion_window_in_days=args.deletion_days,
            opts=child,
        )
        alias = aws.kms.Alias(name, name=self.alias, target_key_id=key.key_id, opts=child)
        # The alias must stand before whoever uses the key under an IAM condition on its alias.
        self.arn = pulumi.Output.all(key.arn, alias.id).apply(lambda known: str(known[0]))
        self.register_outputs({"arn": self.arn, "alias": self.alias})
