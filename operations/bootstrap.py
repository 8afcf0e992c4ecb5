"""Prepares an AWS account for `pulumi up`: a bucket for the state and a KMS key for the secrets in it.

Both are made once per account with boto3, before Pulumi can keep any state, so they are not part of a stack.
Running it again changes nothing that is already right, and mends what is not.

The bucket also keeps what is known of releases, so S3 Object Lock is switched on: each record is locked by itself, and
without a default retention Pulumi's own objects stay as free as they were. A bucket that was made without it gets it by
the same call, as S3 has taken it for existing buckets since 2023; it can't be switched off again, nor can versions.
Source: docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html#object-lock-configure-existing-bucket
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

ALIAS = "alias/headroom-state"
"""The key's name in every account; each account has its own key."""

DELETION_DAYS = 30
"""Days that old versions of the state are kept, so that a bad write can be taken back."""


LOCK = {"ObjectLockEnabled": "Enabled"}
"""Objects may be locked; none is unless whoever writes it says so."""

NEVER_SET = ("NoSuch", "ServerSideEncryptionConfigurationNotFound", "ObjectLockConfigurationNotFound")
"""What S3's errors for settings that were never made begin with."""


class BootstrapError(Exception):
    """The account can't be prepared; the text says why and what to do."""


class NotSignedInError(BootstrapError):
    """There are no credentials that could be used."""


@dataclass(frozen=True, kw_only=True)
class StateStore:
    """Where an environment's state lies."""

    bucket: str
    """Name of the versioned bucket."""
    key_arn: str
    """KMS key that encrypts the bucket and the secrets in the state."""
    region: str
    """Region of both."""
    done: tuple[str, ...]
    """What this run made or mended, in order; empty when all stood already."""

    @property
    def login_url(self) -> str:
        return f"s3://{self.bucket}?region={self.region}"

    @property
    def secrets_provider(self) -> str:
        return f"awskms://{ALIAS}?region={self.region}"


def state_bucket(account: str, region: str) -> str:
    """Name of an account's state bucket."""
    return f"headroom-state-{account}-{region}"


def bootstrap(client: Callable[[str], Any], *, account: str, region: str) -> StateStore:
    """Makes sure that the account has its state bucket and key; `client` makes AWS's clients in the region.

    Raises BootstrapError when the credentials belong to another account, or AWS refuses; NotSignedInError without any.
    """
    try:
        caller = client("sts").get_caller_identity()["Account"]
        if caller != account:
            raise BootstrapError(
                f"the credentials in use belong to account {caller}, the stack file names {account}: "
                "sign in to that account, or correct headroom:account"
            )
        done: list[str] = []
        key_arn = _key(client("kms"), done)
        bucket = state_bucket(account, region)
        _bucket(client("s3"), bucket, region, key_arn, done)
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise NotSignedInError(f"there are no AWS credentials for account {account}: {error}") from error
    except ClientError as error:
        raise BootstrapError(f"AWS refused to prepare account {account}: {error}") from error
    except BotoCoreError as error:
        raise BootstrapError(f"account {account} can't be prepared: {error}") from error
    return StateStore(bucket=bucket, key_arn=key_arn, region=region, done=tuple(done))


def _key(kms: Any, done: list[str]) -> str:
    try:
        arn = str(kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"])
    except kms.exceptions.NotFoundException:
        arn = str(kms.create_key(Description="Headroom: Pulumi state and its secrets")["KeyMetadata"]["Arn"])
        kms.create_alias(AliasName=ALIAS, TargetKeyId=arn)
        done.append(f"made the key {ALIAS}")
    if not kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]:
        kms.enable_key_rotation(KeyId=arn)
        done.append("switched the key's yearly rotation on")
    return arn


def _bucket(s3: Any, bucket: str, region: str, key_arn: str, done: list[str]) -> None:
    if not _exists(s3, bucket):
        # us-east-1 is S3's default and refuses to be named.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **place)
        done.append(f"made the bucket {bucket}")
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        done.append("switched the bucket's versions on")
    if (_answer(s3, "get_object_lock_configuration", "ObjectLockConfiguration", bucket) or {}) != LOCK:
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=LOCK)
        done.append("let objects of the bucket be locked")
    wanted = _encryption(key_arn)
    if _answer(s3, "get_bucket_encryption", "ServerSideEncryptionConfiguration", bucket) != wanted:
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=wanted)
        done.append("encrypted the bucket with the key")
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    if _answer(s3, "get_public_access_block", "PublicAccessBlockConfiguration", bucket) != closed:
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=closed)
        done.append("closed the bucket to the public")
    policy = _policy(bucket, key_arn.split(":")[1])
    if json.loads(_answer(s3, "get_bucket_policy", "Policy", bucket) or "{}") != policy:
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        done.append("refused plain HTTP to the bucket, and a second writing of records")
    rules = _old_versions()
    if _answer(s3, "get_bucket_lifecycle_configuration", "Rules", bucket) != rules:
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
        done.append(f"set old versions to expire after {DELETION_DAYS} days")


def _exists(s3: Any, bucket: str) -> bool:
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            return False
        raise
    return True


def _answer(s3: Any, operation: str, member: str, bucket: str) -> Any:
    """A bucket's setting, or None where it was never set: S3 answers that with an error of its own per setting."""
    try:
        return getattr(s3, operation)(Bucket=bucket).get(member)
    except ClientError as error:
        if error.response["Error"]["Code"].startswith(NEVER_SET):
            return None
        raise


def _encryption(key_arn: str) -> dict[str, Any]:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}


def _policy(bucket: str, partition: str) -> dict[str, Any]:
    """Nothing comes or goes without TLS, and a record of a release is never written over, by whoever it may be.

    Source of the second: docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    arn = f"arn:{partition}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DenyPlainHttp",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            {
                "Sid": "WriteRecordsOnce",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": [f"{arn}/releases/*/{name}.json" for name in ("record", "outcome")],
                "Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
            },
        ],
    }


def _old_versions() -> list[dict[str, Any]]:
    return [
        {
            "ID": "old-versions",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": DELETION_DAYS},
        }
    ]
