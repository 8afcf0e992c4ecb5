"""Buckets that are private, versioned, encrypted and tidied. D6."""

import json
from dataclasses import replace

import pytest

from components.access import Scope
from components.bucket import Bucket, BucketArgs
from components.links import KeyLink

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/1", alias="alias/headroom-dev-data")
ARGS = BucketArgs(scope=SCOPE, key=KEY)
NAME = "headroom-dev-uploads-111111111111"


@pytest.fixture
def registered(run):
    return lambda preview=False, **changes: run(
        lambda: Bucket("uploads", replace(ARGS, **changes)).bucket_name, preview=preview
    )


def rules(stack):
    found = stack.one("BucketLifecycleConfiguration")["inputs"]["rules"]
    return {rule["id"]: rule for rule in found}


def test_the_name_is_known_before_the_bucket_exists_and_unlike_any_other_accounts(registered):
    stack = registered(preview=True)
    assert stack.result == NAME
    assert stack.one("s3/bucket:Bucket")["inputs"]["bucket"] == NAME


def test_nothing_about_a_bucket_can_be_public(registered):
    block = registered().one("BucketPublicAccessBlock")["inputs"]
    flags = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    assert [block[flag] for flag in flags] == [True] * 4


def test_no_object_belongs_to_another_account(registered):
    controls = registered().one("BucketOwnershipControls")["inputs"]
    assert controls["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


def test_the_policy_is_known_early_and_refuses_plain_http_to_everybody(registered):
    policy = registered(preview=True).one("BucketPolicy")["inputs"]["policy"]
    [statement] = json.loads(policy)["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_policy_is_set_after_the_block_since_s3_refuses_both_at_once(registered):
    stack = registered()
    assert stack.one("BucketPublicAccessBlock")["urn"] in stack.one("BucketPolicy")["options"]["depends_on"]


def test_objects_are_encrypted_with_our_key_and_a_bucket_key(registered):
    [rule] = registered().one("BucketServerSideEncryptionConfiguration")["inputs"]["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY.arn},
        "bucketKeyEnabled": True,
    }


def test_versions_are_kept_and_replaced_ones_go_after_90_days(registered):
    stack = registered()
    assert stack.one("BucketVersioning")["inputs"]["versioningConfiguration"] == {"status": "Enabled"}
    assert list(rules(stack)) == ["tidy"]
    assert rules(stack)["tidy"]["noncurrentVersionExpiration"] == {"noncurrentDays": 90}


def test_uploads_that_were_never_finished_go_after_a_week(registered):
    assert rules(registered())["tidy"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


def test_objects_are_archived_and_deleted_only_if_told_to(registered):
    found = rules(registered(archive_days=90, expire_days=365))
    assert found["archive"]["transitions"] == [{"days": 90, "storageClass": "GLACIER_IR"}]
    assert found["expire"]["expiration"] == {"days": 365}


def test_pages_of_other_origins_get_in_only_if_named(registered):
    assert registered().all("BucketCorsConfiguration") == []
    cors = registered(cors_origins=["https://app.example.com"]).one("BucketCorsConfiguration")
    [rule] = cors["inputs"]["corsRules"]
    assert rule["allowedOrigins"] == ["https://app.example.com"]
    assert "DELETE" not in rule["allowedMethods"]


def test_a_bucket_resists_deletion_unless_told_otherwise(registered):
    bucket = registered().one("s3/bucket:Bucket")
    assert (bucket["inputs"]["forceDestroy"], bucket["options"]["protect"]) == (False, True)
    small = registered(force_destroy=True, protect=False).one("s3/bucket:Bucket")
    assert (small["inputs"]["forceDestroy"], small["options"]["protect"]) == (True, False)


def test_rules_that_aws_refuses_are_refused_before(registered):
    with pytest.raises(ValueError, match="expire_days is 30: objects would be deleted before archive_days, 90"):
        replace(ARGS, archive_days=90, expire_days=30)
