"""A KMS key with an alias, rotation, and a policy that is known before anything exists.

The policy hands decisions to IAM in the key's own account, and admits AWS services only under conditions that name
what they may use the key for. Roles get the key by IAM statements that name its alias (see `components.access`), so
the policy never waits for a role's ARN.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.access import Scope, Statement, document
from components.links import KeyLink


def account_decides(scope: Scope) -> Statement:
    """IAM of the key's account decides who may use the key. Without it, nobody could administer the key (AWS KMS,
    "Default key policy")."""
    return {
        "Sid": "AccountDecides",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{scope.partition}:iam::{scope.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def logs_may_encrypt(scope: Scope, log_groups: Sequence[str]) -> Statement:
    """CloudWatch Logs may use the key for these log groups only; names may hold `*` (CloudWatch Logs, "Encrypt log
    data in CloudWatch Logs using AWS KMS")."""
    return {
        "Sid": "LogsMayEncrypt",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{scope.region}.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": [scope.arn("logs", f"log-group:{group}") for group in log_groups]
            }
        },
    }


def alarms_may_publish(scope: Scope) -> Statement:
    """CloudWatch alarms of this account may publish to this name space's topics, which the key encrypts (Amazon SNS,
    "Enable compatibility between event sources from AWS services and encrypted topics")."""
    return {
        "Sid": "AlarmsMayPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": scope.account},
            "ArnLike": {
                "aws:SourceArn": scope.arn("cloudwatch", "alarm:*"),
                "kms:EncryptionContext:aws:sns:topicArn": scope.arn("sns", f"{scope.prefix}-*"),
            },
        },
    }


def rules_may_send_encrypted(queue_arn: str) -> Statement:
    """EventBridge may put messages into this queue, which the key encrypts. The key's policy can't name its rules; the
    queue's does (Amazon SQS, "Enable compatibility between event sources from AWS services and encrypted queues")."""
    return {
        "Sid": "RulesMaySendEncrypted",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": queue_arn}},
    }


@dataclass(frozen=True, kw_only=True)
class KeyArgs:
    """What a key is for, and who may use it."""

    scope: Scope
    """Account, region and name space; the alias starts with it."""
    description: str
    """What the key encrypts, for people who read the console."""
    services: Sequence[Statement] = ()
    """Statements that admit AWS services, each under a condition, beside `account_decides`."""
    rotation_days: int = 365
    """Period of automatic rotation, in days: 90 to 2560 (AWS KMS, EnableKeyRotation)."""
    deletion_days: int = 30
    """Waiting period before a deleted key is gone, in days: 7 to 30 (AWS KMS, ScheduleKeyDeletion)."""
    elsewhere: bool = False
    """Whether the scope's region is another than the provider's."""
    protect: bool = False
    """Pulumi refuses to delete or replace the key: without it, what it encrypted is lost, every backup included."""

    def __post_init__(self) -> None:
        if not 90 <= self.rotation_days <= 2560:
            raise ValueError(f"rotation_days is {self.rotation_days}; KMS rotates every 90 to 2560 days")
        if not 7 <= self.deletion_days <= 30:
            raise ValueError(f"deletion_days is {self.deletion_days}; KMS waits 7 to 30 days")
        for statement in self.services:
            if not statement.get("Condition"):
                raise ValueError(f"statement {statement['Sid']} admits a service without a condition; add one")

    def policy(self) -> dict[str, Any]:
        """The key policy, wholly known."""
        return document([account_decides(self.scope), *self.services])


class Key(pulumi.ComponentResource):
    """A symmetric key that rotates by itself, under the alias `<prefix>-<name>`, such as `headroom-dev-data`."""

    link: KeyLink

    def __init__(self, name: str, args: KeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:security:Key", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        region = args.scope.region if args.elsewhere else None
        key = aws.kms.Key(
            name,
            description=args.description,
            policy=json.dumps(args.policy()),
            enable_key_rotation=True,
            rotation_period_in_days=args.rotation_days,
            deletion_window_in_days=args.deletion_days,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        alias_name = f"alias/{args.scope.prefix}-{name}"
        alias = aws.kms.Alias(name, name=alias_name, target_key_id=key.key_id, region=region, opts=child)
        # Roles are granted the key by its alias, so whoever uses the key waits for the alias.
        arn = pulumi.Output.all(key.arn, alias.id).apply(lambda known: str(known[0]))
        self.link = KeyLink(arn=arn, alias=alias_name)
        self.register_outputs({"arn": arn, "alias": alias_name})
