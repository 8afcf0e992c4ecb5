"""Secrets without a value: the stack makes the containers, and the rotation puts values in."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.links import KeyLink


def make_container(
    name: str,
    physical: str,
    description: str,
    tags: Mapping[str, str],
    *,
    key: KeyLink,
    recovery_days: int,
    opts: pulumi.ResourceOptions,
) -> aws.secretsmanager.Secret:
    """A secret of the name `physical` that holds nothing yet."""
    return aws.secretsmanager.Secret(
        name,
        name=physical,
        description=description,
        kms_key_id=key.arn,
        recovery_window_in_days=recovery_days,
        tags=tags,
        opts=opts,
    )


def restrict(
    name: str, secret: aws.secretsmanager.Secret, policy: Mapping[str, object], opts: pulumi.ResourceOptions
) -> aws.secretsmanager.SecretPolicy:
    """Who may do what with a secret, whatever IAM allows."""
    return aws.secretsmanager.SecretPolicy(
        name, secret_arn=secret.arn, policy=json.dumps(policy), block_public_policy=True, opts=opts
    )
