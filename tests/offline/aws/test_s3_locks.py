"""Objects are written on a condition, and locked, as S3 does it: what releases are kept by."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.offline.aws.provider_harness import REGION, Aws

BUCKET = "records-of-tests"
PLACE = {"Bucket": BUCKET, "Key": "record"}
LOCKS: Any = {"ObjectLockEnabled": "Enabled"}
SOON = datetime.datetime.now(datetime.UTC).replace(microsecond=0) + datetime.timedelta(days=10)


@pytest.fixture
def s3(aws: Aws) -> Iterator[Any]:
    """A versioned bucket that holds an object, and may lock others since."""
    client = aws("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=BUCKET, Key="before", Body=b"1")
    client.put_object_lock_configuration(Bucket=BUCKET, ObjectLockConfiguration=LOCKS)
    yield client
    found = client.list_object_versions(Bucket=BUCKET)
    for each in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
        where = {"Bucket": BUCKET, "Key": each["Key"], "VersionId": each["VersionId"]}
        client.delete_object(**where, BypassGovernanceRetention=True)
    client.delete_bucket(Bucket=BUCKET)


def code(call: Any, **given: Any) -> str:
    """The error that it ends with; empty if it does not."""
    try:
        call(**given)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_locks_are_switched_on_in_a_bucket_that_holds_objects(s3: Any) -> None:
    assert s3.get_object_lock_configuration(Bucket=BUCKET)["ObjectLockConfiguration"] == LOCKS
    assert s3.get_object(Bucket=BUCKET, Key="before")["Body"].read() == b"1"


def test_a_bucket_without_versions_gets_none(aws: Aws) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="plain-of-tests", CreateBucketConfiguration={"LocationConstraint": REGION})
    refused = code(s3.put_object_lock_configuration, Bucket="plain-of-tests", ObjectLockConfiguration=LOCKS)
    s3.delete_bucket(Bucket="plain-of-tests")
    assert refused == "InvalidBucketState"


def test_what_must_not_be_there_yet_is_written_once(s3: Any) -> None:
    assert code(s3.put_object, **PLACE, Body=b"1", IfNoneMatch="*") == ""
    assert code(s3.put_object, **PLACE, Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert s3.get_object(**PLACE)["Body"].read() == b"1"


def test_what_must_be_as_it_was_read_is_swapped_once(s3: Any) -> None:
    assert code(s3.put_object, **PLACE, Body=b"0", IfMatch='"0"') == "NoSuchKey"
    first = s3.put_object(**PLACE, Body=b"1")["ETag"]
    assert code(s3.put_object, **PLACE, Body=b"2", IfMatch=first) == ""
    assert code(s3.put_object, **PLACE, Body=b"3", IfMatch=first) == "PreconditionFailed"
    assert s3.get_object(**PLACE)["Body"].read() == b"2"


def test_what_was_deleted_may_be_written_anew_and_not_swapped(s3: Any) -> None:
    first = s3.put_object(**PLACE, Body=b"1")["ETag"]
    s3.delete_object(**PLACE)
    assert code(s3.put_object, **PLACE, Body=b"2", IfMatch=first) == "NoSuchKey"
    assert code(s3.put_object, **PLACE, Body=b"2", IfNoneMatch="*") == ""


def test_a_lock_may_be_lengthened_and_not_shortened_unless_governance_is_bypassed(s3: Any) -> None:
    locked = s3.put_object(**PLACE, Body=b"1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=SOON)
    version = {**PLACE, "VersionId": locked["VersionId"]}
    longer, shorter = (
        {"Mode": "GOVERNANCE", "RetainUntilDate": SOON + datetime.timedelta(days=days)} for days in (1, -1)
    )
    lock = s3.put_object_retention
    assert code(lock, **version, Retention=longer) == ""
    assert code(lock, **version, Retention=shorter) == "AccessDenied"
    assert s3.head_object(**PLACE)["ObjectLockRetainUntilDate"] == longer["RetainUntilDate"]
    assert code(lock, **version, Retention=shorter, BypassGovernanceRetention=True) == ""


def test_a_locked_version_is_not_deleted_unless_governance_is_bypassed(s3: Any) -> None:
    locked = s3.put_object(**PLACE, Body=b"1", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=SOON)
    version = {**PLACE, "VersionId": locked["VersionId"]}
    assert code(s3.delete_object, **version) == "AccessDenied"
    assert code(s3.delete_object, **version, BypassGovernanceRetention=True) == ""
