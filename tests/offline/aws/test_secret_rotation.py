"""Secrets Manager calls a function of ours, step by step, as AWS does."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from offline.aws.values import plain
from tests.offline.aws.provider_cases_functions import code
from tests.offline.aws.provider_harness import REGION, Aws, Maker, Plugin
from tests.offline.aws.provider_world import trust

SECRET, VERSION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretVersion:SecretVersion"
STEPS = """
import boto3, json
def handler(event, context):
    client, token = boto3.client("secretsmanager"), event["ClientRequestToken"]
    found = client.describe_secret(SecretId=event["SecretId"])
    known = json.loads(client.get_secret_value(SecretId=event["SecretId"])["SecretString"])
    told = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
    steps = told.get("steps", "") + event["Step"][0]
    client.tag_resource(SecretId=event["SecretId"], Tags=[{"Key": "steps", "Value": steps}])
    if event["Step"] == told.get("fails"):
        raise ValueError("not today")
    if event["Step"] == "createSecret":
        value = json.dumps({"number": known["number"] + 1})
        client.put_secret_value(
            SecretId=event["SecretId"], ClientRequestToken=token, SecretString=value, VersionStages=["AWSPENDING"]
        )
    if event["Step"] == "finishSecret":
        current = next(v for v, labels in found["VersionIdsToStages"].items() if "AWSCURRENT" in labels)
        client.update_secret_version_stage(
            SecretId=event["SecretId"], VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
"""


@pytest.fixture
def secrets(aws: Aws, make: Maker) -> Any:
    """A secret, and the function that rotates it."""
    role = make("aws:iam/role:Role", {"assumeRolePolicy": trust("lambda.amazonaws.com")}, "rotates")
    given = {"code": code(STEPS), "role": role["arn"], "handler": "main.handler", "runtime": "python3.13"}
    make("aws:lambda/function:Function", {**given, "name": "rotates", "timeout": 60}, "rotates")
    permission = {"action": "lambda:InvokeFunction", "principal": "secretsmanager.amazonaws.com", "function": "rotates"}
    make("aws:lambda/permission:Permission", permission, "rotates")
    make("aws:lambda/function:Function", {**given, "name": "stranger", "timeout": 60}, "stranger")
    secret = make(SECRET, {"name": "rotated", "recoveryWindowInDays": 0}, "rotated")
    make(VERSION, {"secretId": secret.id, "secretString": json.dumps({"number": 1})}, "rotated")
    return aws("secretsmanager")


def arn(name: str = "rotates") -> str:
    return f"arn:aws:lambda:{REGION}:111111111111:function:{name}"


def rotate(secrets: Any, **more: Any) -> str:
    return str(secrets.rotate_secret(SecretId="rotated", RotationLambdaARN=arn(), **more)["VersionId"])


def steps(secrets: Any) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in secrets.describe_secret(SecretId="rotated").get("Tags", [])}
    return str(tags.get("steps", ""))


def until_steps(secrets: Any, wanted: str) -> None:
    for _ in range(300):
        if steps(secrets) == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(f"steps are {steps(secrets)}, not {wanted}")


def number(secrets: Any) -> int:
    return int(json.loads(secrets.get_secret_value(SecretId="rotated")["SecretString"])["number"])


def test_the_function_takes_the_four_steps_and_the_new_value_is_read(secrets: Any) -> None:
    token = rotate(secrets, RotationRules={"AutomaticallyAfterDays": 30})
    until_steps(secrets, "cstf")
    for _ in range(50):
        if number(secrets) == 2:
            break
        time.sleep(0.1)
    found = secrets.describe_secret(SecretId="rotated")
    assert "AWSCURRENT" in found["VersionIdsToStages"][token]
    assert (found["RotationEnabled"], found["RotationRules"]) == (True, {"AutomaticallyAfterDays": 30})
    assert number(secrets) == 2


def test_a_step_that_fails_ends_it_and_the_next_rotation_takes_it_up_again(secrets: Any) -> None:
    secrets.tag_resource(SecretId="rotated", Tags=[{"Key": "fails", "Value": "testSecret"}])
    token = rotate(secrets)
    until_steps(secrets, "cst")
    assert number(secrets) == 1
    secrets.untag_resource(SecretId="rotated", TagKeys=["fails"])
    with pytest.raises(ClientError, match="A previous rotation isn't complete"):
        rotate(secrets)
    until_steps(secrets, "cstcstf")
    assert token in secrets.describe_secret(SecretId="rotated")["VersionIdsToStages"]


def test_without_haste_only_the_schedule_is_set(secrets: Any) -> None:
    secrets.rotate_secret(
        SecretId="rotated",
        RotationLambdaARN=arn(),
        RotateImmediately=False,
        RotationRules={"AutomaticallyAfterDays": 7},
    )
    found = secrets.describe_secret(SecretId="rotated")
    assert len(found["VersionIdsToStages"]) == 1
    assert found["NextRotationDate"].timestamp() > time.time() + 6 * 86400
    assert steps(secrets) == ""


@pytest.mark.parametrize(
    ("function", "says"), [("stranger", "Secrets Manager cannot invoke"), ("none", "not be found")]
)
def test_a_function_that_is_not_there_or_may_not_be_called_is_refused(secrets: Any, function: str, says: str) -> None:
    with pytest.raises(ClientError, match=says):
        secrets.rotate_secret(SecretId="rotated", RotationLambdaARN=arn(function))


def test_tags_that_the_provider_is_to_ignore_are_no_drift(environment: dict[str, str], make: Maker, aws: Aws) -> None:
    made = make(SECRET, {"name": "ignoring", "recoveryWindowInDays": 0, "tags": {"own": "1"}}, "ignoring")
    noted = [{"Key": "rotation:phase", "Value": "overlap"}, {"Key": "other", "Value": "1"}]
    aws("secretsmanager").tag_resource(SecretId="ignoring", Tags=noted)
    ignoring = Plugin(environment)
    try:
        ignoring.configure(region=REGION, ignoreTags={"keyPrefixes": ["rotation:"]})
        read = ignoring.read(SECRET, made.id, made.inputs, made.state)
    finally:
        ignoring.close()
    assert plain(read[1]["tags"]) == {"own": "1", "other": "1"}
