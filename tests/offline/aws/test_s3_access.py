"""Bucket policies are read as S3 reads them, and a signed form limits the size. D6."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from tests.offline.aws.provider_harness import REGION, Aws

BUCKET = "uploads-of-tests"
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"


@pytest.fixture(scope="module")
def s3(aws: Aws) -> Iterator[Any]:
    client = aws("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield client
    client.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={})
    client.delete_bucket_policy(Bucket=BUCKET)
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)


def deny(s3: Any, action: str, condition: dict[str, Any], principal: Any = "*") -> None:
    statement = {"Effect": "Deny", "Principal": principal, "Action": action, "Resource": OBJECTS}
    policy = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))


def post(s3: Any, size: int, limit: int = 100) -> tuple[int, str]:
    signed = s3.generate_presigned_post(BUCKET, "posted", Conditions=[["content-length-range", 1, limit]])
    fields = {**signed["fields"], "file": ("any.bin", b"\xff" * size)}
    answer = urllib3.request("POST", signed["url"], fields=fields)
    return answer.status, answer.data.decode()


def put(s3: Any) -> int:
    url = s3.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "put"})
    return urllib3.request("PUT", url, body=b"1").status


def test_a_form_brings_what_its_policy_allows_and_no_more(s3: Any) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    assert post(s3, 100)[0] == 204
    assert s3.head_object(Bucket=BUCKET, Key="posted")["ContentLength"] == 100
    status, said = post(s3, 101)
    assert (status, "EntityTooLarge" in said) == (400, True)
    assert s3.head_object(Bucket=BUCKET, Key="posted")["ContentLength"] == 100


def test_what_comes_without_tls_is_denied_and_the_emulator_counts_as_having_it(s3: Any) -> None:
    deny(s3, "s3:*", {"Bool": {"aws:SecureTransport": "false"}})
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"1")
    assert s3.get_object(Bucket=BUCKET, Key="one")["Body"].read() == b"1"
    deny(s3, "s3:*", {"NumericLessThan": {"s3:TlsVersion": "1.2"}})
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"2")


def test_a_presigned_put_may_be_refused_while_all_else_goes_on(s3: Any) -> None:
    assert put(s3) == 200
    deny(s3, "s3:PutObject", {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}})
    assert put(s3) == 403
    assert post(s3, 10)[0] == 204
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"3")
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "one"})
    assert urllib3.request("GET", url).data == b"3"


def test_a_form_may_be_refused_too(s3: Any) -> None:
    deny(s3, "s3:PutObject", {"StringEquals": {"s3:authType": "POST"}})
    assert post(s3, 10)[0] == 403


def test_a_statement_about_a_service_of_aws_says_nothing_of_us(s3: Any) -> None:
    deny(s3, "s3:GetObject", {"StringLike": {"s3:authType": "*"}}, principal={"Service": "cloudfront.amazonaws.com"})
    s3.put_object(Bucket=BUCKET, Key="one", Body=b"4")
    assert s3.get_object(Bucket=BUCKET, Key="one")["Body"].read() == b"4"


def test_everybody_may_be_refused(s3: Any) -> None:
    deny(s3, "s3:GetObject", {"StringLike": {"s3:authType": "*"}})
    with pytest.raises(ClientError, match="403"):
        s3.get_object(Bucket=BUCKET, Key="one")


def test_a_bucket_agrees_to_be_logged_only_where_the_log_delivery_may_write(s3: Any) -> None:
    target = {"LoggingEnabled": {"TargetBucket": BUCKET, "TargetPrefix": "s3/"}}

    def admit(folder: str) -> None:
        service = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"]}
        everybody = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": OBJECTS}
        refusal = {**everybody, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
        statements = [refusal, {**service, "Resource": [f"arn:aws:s3:::{BUCKET}/{folder}*"]}]
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    admit("alb/")
    with pytest.raises(ClientError, match="necessary permissions"):
        s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus=target)
    admit("s3/")
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus=target)
    assert s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"]["TargetPrefix"] == "s3/"


def test_a_policy_may_demand_that_objects_are_written_once_and_leaves_parts_and_tags_alone(s3: Any) -> None:
    deny(s3, "s3:PutObject", {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}})
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket=BUCKET, Key="once", Body=b"1")
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"1", IfNoneMatch="*")
    s3.put_object_tagging(Bucket=BUCKET, Key="once", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    part = s3.create_multipart_upload(Bucket=BUCKET, Key="in-parts")
    where = {"Bucket": BUCKET, "Key": "in-parts", "UploadId": part["UploadId"]}
    s3.upload_part(**where, PartNumber=1, Body=b"1")
    s3.abort_multipart_upload(**where)
