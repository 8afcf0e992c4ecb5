"""Uploads above the limit are deleted: that version, no other, and no key in the log. D6."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.limit_uploads import main

BUCKET, KEY = "headroom-dev-uploads-123456789012", "users/canary-name@example.com/photo.jpg"
LIMITS = {BUCKET: 100}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3", "eu-central-1", aws_access_key_id="AKIATEST", aws_secret_access_key="secret")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


def put(s3: Any, size: int) -> dict[str, Any]:
    """Writes an object; what S3 says of it to EventBridge."""
    version = s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"1" * size)["VersionId"]
    written = {"key": KEY, "size": size, "etag": "x", "version-id": version, "sequencer": "1"}
    return {"detail-type": "Object Created", "detail": {"bucket": {"name": BUCKET}, "object": written}}


def versions(s3: Any) -> list[int]:
    return [version["Size"] for version in s3.list_object_versions(Bucket=BUCKET).get("Versions", [])]


def test_what_is_too_large_is_deleted_and_what_was_there_before_is_back(s3: Any) -> None:
    put(s3, 10)
    answer = main.limit(put(s3, 101), LIMITS, s3)
    assert (answer["deleted"], answer["bytes"], answer["allowed_bytes"]) == (True, 101, 100)
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["ContentLength"] == 10


def test_what_is_as_large_as_allowed_stays(s3: Any) -> None:
    assert main.limit(put(s3, 100), LIMITS, s3)["deleted"] is False
    assert versions(s3) == [100]


def test_a_second_call_does_not_touch_what_came_since(s3: Any) -> None:
    event = put(s3, 101)
    main.limit(event, LIMITS, s3)
    put(s3, 50)
    assert main.limit(event, LIMITS, s3)["deleted"] is True
    assert versions(s3) == [50]


def test_nothing_is_deleted_where_no_version_is_named(s3: Any) -> None:
    event = put(s3, 101)
    del event["detail"]["object"]["version-id"]
    with pytest.raises(KeyError, match="version-id"):
        main.limit(event, LIMITS, s3)
    assert versions(s3) == [101]


def test_another_bucket_is_refused(s3: Any) -> None:
    with pytest.raises(KeyError, match=BUCKET):
        main.limit(put(s3, 101), {"other": 1}, s3)


def test_the_log_names_the_object_by_a_hash_only(s3: Any, capsys: pytest.CaptureFixture[str]) -> None:
    main.limit(put(s3, 101), LIMITS, s3)
    said = capsys.readouterr().out
    assert "canary" not in said
    assert len(json.loads(said)["key_sha256"]) == 16


def test_the_handler_reads_the_limits_from_its_environment(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMITS", json.dumps(LIMITS))
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert main.handler(put(s3, 101), None)["deleted"] is True
