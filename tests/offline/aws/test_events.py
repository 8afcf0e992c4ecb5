"""A rule calls the function that admits it, with the event of an object that was written."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.offline.aws.provider_harness import ACCOUNT, REGION, Aws

NAME = "rule-of-tests"
CODE = """
import json
import boto3

def handler(event, context):
    detail = event["detail"]
    if detail["object"]["key"].startswith("in/"):
        body = json.dumps({"size": detail["object"]["size"], "version": detail["object"]["version-id"]})
        boto3.client("s3").put_object(Bucket=detail["bucket"]["name"], Key="out", Body=body)
"""


def zipped(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("main.py", code)
    return content.getvalue()


@pytest.fixture
def written(aws: Aws) -> Iterator[Callable[..., dict[str, Any] | None]]:
    """Writes an object where a rule listens; what the function left of it within a while."""
    s3, events, functions, iam = aws("s3"), aws("events"), aws("lambda"), aws("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=NAME, NotificationConfiguration={"EventBridgeConfiguration": {}})
    function = functions.create_function(
        FunctionName=NAME, Role=role, Runtime="python3.13", Handler="main.handler", Code={"ZipFile": zipped(CODE)}
    )["FunctionArn"]
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [NAME]}}}
    events.put_rule(Name=NAME, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=NAME, Targets=[{"Id": "one", "Arn": function}])

    def write(wait: float = 60) -> dict[str, Any] | None:
        version = s3.put_object(Bucket=NAME, Key="in/photo", Body=b"12345")["VersionId"]
        until = time.monotonic() + wait
        while time.monotonic() < until:
            time.sleep(0.1)
            if "out" in {item["Key"] for item in s3.list_objects_v2(Bucket=NAME)["Contents"]}:
                found: dict[str, Any] = json.loads(s3.get_object(Bucket=NAME, Key="out")["Body"].read())
                return {**found, "expected": version}
        return None

    yield write
    events.remove_targets(Rule=NAME, Ids=["one"])
    events.delete_rule(Name=NAME)
    functions.delete_function(FunctionName=NAME)
    listed = s3.list_object_versions(Bucket=NAME)["Versions"]
    s3.delete_objects(Bucket=NAME, Delete={"Objects": [{k: v[k] for k in ("Key", "VersionId")} for v in listed]})
    s3.delete_bucket(Bucket=NAME)
    iam.delete_role(RoleName=NAME)


def test_a_function_that_admits_the_rule_is_called_with_size_and_version(
    aws: Aws, written: Callable[..., dict[str, Any] | None]
) -> None:
    aws("lambda").add_permission(
        FunctionName=NAME,
        StatementId="rule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{NAME}",
    )
    seen = written()
    assert seen is not None
    assert (seen["size"], seen["version"]) == (5, seen["expected"])


def test_a_function_that_does_not_is_left_alone(written: Callable[..., dict[str, Any] | None]) -> None:
    assert written(1.5) is None
