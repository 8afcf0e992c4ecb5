"""Buckets of three environments on the emulated AWS, seen through boto3: private, limited, logged, tidied. D6, E6."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import urllib3

ENVIRONMENTS = ("dev", "staging", "prod")
NAMES = {"uploads", "avatars", "analyses", "exports", "site", "logs"}
WRITTEN_BY_AWS_OR_PUBLIC = {"site", "logs"}
MIB = 1024 * 1024


def buckets(session: boto3.Session) -> dict[str, str]:
    """Names in the settings to names in S3."""
    found = [bucket["Name"] for bucket in session.client("s3").list_buckets()["Buckets"]]
    return {name.split("-")[2]: name for name in found}


def statements(session: boto3.Session, bucket: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(session.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_bucket_is_private_versioned_and_reached_by_tls_only(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    s3, found = accounts[environment].client("s3"), buckets(accounts[environment])
    assert set(found) == NAMES
    for bucket in found.values():
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert (len(blocked), all(blocked.values())) == (4, True)
        [rule] = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert {"TlsOnly", "NoOldTls"} <= set(statements(accounts[environment], bucket))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_services_keep_is_encrypted_with_our_key(environment: str, accounts: dict[str, boto3.Session]) -> None:
    s3, kms = accounts[environment].client("s3"), accounts[environment].client("kms")
    for name, bucket in buckets(accounts[environment]).items():
        [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        default = rule["ApplyServerSideEncryptionByDefault"]
        if name in WRITTEN_BY_AWS_OR_PUBLIC:
            assert default == {"SSEAlgorithm": "AES256"}
        else:
            [alias] = kms.list_aliases(KeyId=default["KMSMasterKeyID"])["Aliases"]
            assert (default["SSEAlgorithm"], rule["BucketKeyEnabled"]) == ("aws:kms", True)
            assert alias["AliasName"] == f"alias/headroom-{environment}-data"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_request_is_logged_but_those_for_logs(environment: str, accounts: dict[str, boto3.Session]) -> None:
    s3, found = accounts[environment].client("s3"), buckets(accounts[environment])
    logged = {name: s3.get_bucket_logging(Bucket=bucket).get("LoggingEnabled") for name, bucket in found.items()}
    assert logged.pop("logs") is None
    for name, logging in logged.items():
        assert logging is not None, name
        assert (logging["TargetBucket"], logging["TargetPrefix"]) == (found["logs"], "s3/")
        assert logging["TargetObjectKeyFormat"] == {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}


@pytest.mark.parametrize(("environment", "days"), [("dev", 7), ("staging", 30), ("prod", 365)])
def test_aws_may_write_logs_of_this_account_which_are_kept_for_their_days(
    environment: str, days: int, accounts: dict[str, boto3.Session]
) -> None:
    bucket = buckets(accounts[environment])["logs"]
    account = bucket.rpartition("-")[2]
    allowed = {
        s["Principal"]["Service"]: s
        for s in statements(accounts[environment], bucket).values()
        if s["Effect"] == "Allow"
    }
    assert set(allowed) == {
        "logging.s3.amazonaws.com",
        "logdelivery.elasticloadbalancing.amazonaws.com",
        "delivery.logs.amazonaws.com",
    }
    assert all(account in json.dumps(statement) for statement in allowed.values())
    assert rules(accounts[environment], bucket)["expire"]["Expiration"] == {"Days": days}


def rules(session: boto3.Session, bucket: str) -> dict[str, dict[str, Any]]:
    found = session.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    return {rule["ID"]: rule for rule in found}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_bucket_tidies_itself_and_exports_go_after_90_days(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    found = {name: rules(accounts[environment], bucket) for name, bucket in buckets(accounts[environment]).items()}
    assert all("AbortIncompleteMultipartUpload" in rule["tidy"] for rule in found.values())
    assert {name for name, rule in found.items() if "expire" in rule} == {"exports", "logs"}
    assert found["exports"]["expire"]["Expiration"] == {"Days": 90}


def test_in_prod_unused_uploads_grow_cheaper_and_old_analyses_are_archived(accounts: dict[str, boto3.Session]) -> None:
    found = buckets(accounts["prod"])
    [tiered] = rules(accounts["prod"], found["uploads"])["tier"]["Transitions"]
    [archived] = rules(accounts["prod"], found["analyses"])["archive"]["Transitions"]
    assert (tiered["Days"], tiered["StorageClass"]) == (0, "INTELLIGENT_TIERING")
    assert (archived["Days"], archived["StorageClass"]) == (90, "GLACIER_IR")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_site_is_read_by_the_accounts_own_distributions_and_nobody_else_outside(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    for name, bucket in buckets(accounts[environment]).items():
        found = statements(accounts[environment], bucket)
        readers = [sid for sid, s in found.items() if s["Effect"] == "Allow" and "s3:GetObject" in s["Action"]]
        assert readers == (["CloudFrontReads"] if name == "site" else [])
    site = buckets(accounts[environment])["site"]
    account = site.rpartition("-")[2]
    condition = statements(accounts[environment], site)["CloudFrontReads"]["Condition"]
    assert condition == {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudfront::{account}:distribution/*"}}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_service_role_reaches_a_bucket_of_another(environment: str, accounts: dict[str, boto3.Session]) -> None:
    iam = accounts[environment].client("iam")
    writers: dict[str, set[str]] = {}
    for role in (role["RoleName"] for role in iam.list_roles()["Roles"] if "-task-" in role["RoleName"]):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]:
                if "s3:PutObject" in statement["Action"]:
                    writers[role.split("-")[0]] = {arn.split("-")[2] for arn in statement["Resource"]}
    assert writers == {"api": {"uploads", "avatars"}, "worker": {"analyses", "exports"}}


@pytest.fixture
def uploads(accounts: dict[str, boto3.Session]) -> Iterator[tuple[Any, str]]:
    """The bucket of dev's uploads, as empty afterwards as before."""
    s3, bucket = accounts["dev"].client("s3"), buckets(accounts["dev"])["uploads"]
    yield s3, bucket
    for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def told(accounts: dict[str, boto3.Session], environment: str) -> dict[str, str]:
    """What the api's containers are told."""
    ecs = accounts[environment].client("ecs")
    [arn] = [a for a in ecs.list_task_definitions()["taskDefinitionArns"] if "-api:" in a]
    [container] = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
    return {variable["name"]: variable["value"] for variable in container["environment"]}


def test_a_client_uploads_what_the_service_signed_up_to_the_limit_that_it_was_told(
    accounts: dict[str, boto3.Session], uploads: tuple[Any, str]
) -> None:
    s3, bucket = uploads
    variables = told(accounts, "dev")
    limit = int(variables["BUCKET_UPLOADS_MAX_BYTES"])
    assert (variables["BUCKET_UPLOADS"], limit) == (bucket, 5 * MIB)
    signed = s3.generate_presigned_post(bucket, "photo", Conditions=[["content-length-range", 1, limit]])

    def post(size: int) -> tuple[int, bool]:
        fields = {**signed["fields"], "file": ("photo.jpg", b"\x00" * size)}
        answer = urllib3.request("POST", signed["url"], fields=fields)
        return answer.status, b"EntityTooLarge" in answer.data

    assert post(limit + 1) == (400, True)
    assert post(limit) == (204, False)
    assert s3.head_object(Bucket=bucket, Key="photo")["ContentLength"] == limit


def test_what_is_larger_is_deleted_however_it_came_and_what_was_there_before_is_back(
    uploads: tuple[Any, str],
) -> None:
    s3, bucket = uploads
    s3.put_object(Bucket=bucket, Key="photo", Body=b"1")
    s3.put_object(Bucket=bucket, Key="photo", Body=b"2" * (5 * MIB + 1))
    until = time.monotonic() + 30
    while s3.head_object(Bucket=bucket, Key="photo")["ContentLength"] > 1 and time.monotonic() < until:
        time.sleep(0.2)
    assert [version["Size"] for version in s3.list_object_versions(Bucket=bucket)["Versions"]] == [1]


def test_nobody_puts_without_a_limit_by_what_a_service_signed(uploads: tuple[Any, str]) -> None:
    s3, bucket = uploads
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "photo"})
    assert urllib3.request("PUT", url, body=b"1").status == 403
    s3.put_object(Bucket=bucket, Key="photo", Body=b"2")
    read = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "photo"})
    assert urllib3.request("GET", read).data == b"2"
