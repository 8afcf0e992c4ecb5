"""An account is prepared once for Pulumi's state, and a second run changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from operations.bootstrap import ALIAS, BootstrapError, NotSignedInError, bootstrap

ACCOUNT, REGION = "123456789012", "eu-central-1"
BUCKET = f"headroom-state-{ACCOUNT}-{REGION}"


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.Session("AKIATEST", "secret", region_name=REGION)


def test_the_state_bucket_is_versioned_encrypted_private_and_tls_only(session: boto3.Session) -> None:
    store = bootstrap(session.client, account=ACCOUNT, region=REGION)
    s3 = session.client("s3")
    assert store.bucket == BUCKET
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    [rule] = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == store.key_arn
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    without_tls, twice = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert (without_tls["Effect"], without_tls["Action"]) == ("Deny", "s3:*")
    assert without_tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (twice["Effect"], twice["Action"]) == ("Deny", "s3:PutObject")
    assert twice["Resource"] == [f"arn:aws:s3:::{BUCKET}/releases/*/{name}.json" for name in ("record", "outcome")]


def test_the_key_for_secrets_rotates(session: boto3.Session) -> None:
    store = bootstrap(session.client, account=ACCOUNT, region=REGION)
    kms = session.client("kms")
    assert kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"] == store.key_arn
    assert kms.get_key_rotation_status(KeyId=store.key_arn)["KeyRotationEnabled"]


def test_a_second_run_changes_nothing(session: boto3.Session) -> None:
    first = bootstrap(session.client, account=ACCOUNT, region=REGION)
    second = bootstrap(session.client, account=ACCOUNT, region=REGION)
    assert len(first.done) >= 6
    assert second.done == ()
    assert second.key_arn == first.key_arn


def test_what_someone_undid_is_mended(session: boto3.Session) -> None:
    bootstrap(session.client, account=ACCOUNT, region=REGION)
    session.client("s3").delete_public_access_block(Bucket=BUCKET)
    assert bootstrap(session.client, account=ACCOUNT, region=REGION).done == ("closed the bucket to the public",)


def test_another_accounts_credentials_are_refused_before_anything_is_made(session: boto3.Session) -> None:
    with pytest.raises(BootstrapError, match=r"belong to account 123456789012, the stack file names 999999999999"):
        bootstrap(session.client, account="999999999999", region=REGION)
    assert session.client("s3").list_buckets()["Buckets"] == []


def test_the_printed_addresses_are_those_pulumi_takes(session: boto3.Session) -> None:
    store = bootstrap(session.client, account=ACCOUNT, region=REGION)
    assert store.login_url == f"s3://{BUCKET}?region={REGION}"
    assert store.secrets_provider == f"awskms://{ALIAS}?region={REGION}"


def test_without_credentials_nothing_is_asked_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NotSignedInError, match=f"^there are no AWS credentials for account {ACCOUNT}: "):
        bootstrap(boto3.Session(region_name=REGION).client, account=ACCOUNT, region=REGION)


def test_records_can_be_locked_and_nothing_is_by_itself(session: boto3.Session) -> None:
    bootstrap(session.client, account=ACCOUNT, region=REGION)
    locks = session.client("s3").get_object_lock_configuration(Bucket=BUCKET)["ObjectLockConfiguration"]
    assert locks == {"ObjectLockEnabled": "Enabled"}


def test_a_default_retention_that_someone_set_is_taken_off_again(session: boto3.Session) -> None:
    bootstrap(session.client, account=ACCOUNT, region=REGION)
    forever = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 9}}}
    session.client("s3").put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=forever)
    assert bootstrap(session.client, account=ACCOUNT, region=REGION).done == ("let objects of the bucket be locked",)


def test_old_versions_expire_and_present_ones_never(session: boto3.Session) -> None:
    bootstrap(session.client, account=ACCOUNT, region=REGION)
    [rule] = session.client("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "Expiration" not in rule, "S3 keeps a locked version beyond that, until its lock ends"
