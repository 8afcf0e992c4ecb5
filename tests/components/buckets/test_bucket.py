"""Buckets that are private, versioned, encrypted and tidied. D6."""

import json
from dataclasses import replace

import pytest

from components.access import Scope
from components.buckets.bucket import Bucket, BucketArgs
from components.buckets.logs_bucket import LogsBucket, LogsBucketArgs
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


def statements(stack):
    found = json.loads(stack.one("BucketPolicy")["inputs"]["policy"])["Statement"]
    return {statement["Sid"]: statement for statement in found}


def test_the_policy_is_known_early_and_refuses_plain_http_to_everybody(registered):
    statement = statements(registered(preview=True))["TlsOnly"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_old_tls_is_refused_too(registered):
    statement = statements(registered())["NoOldTls"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"NumericLessThan": {"s3:TlsVersion": "1.2"}})


def test_clients_put_what_a_service_signed_unless_the_bucket_takes_posts_only(registered):
    assert "NoPresignedPut" not in statements(registered())
    refused = statements(registered(presigned_puts=False))["NoPresignedPut"]
    assert (refused["Effect"], refused["Principal"], refused["Action"]) == ("Deny", "*", "s3:PutObject")
    assert refused["Condition"] == {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}


def test_what_else_the_policy_says_is_added(registered):
    statement = {"Sid": "More", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    assert list(statements(registered(statements=[statement]))) == ["TlsOnly", "NoOldTls", "More"]


def test_the_policy_is_set_after_the_block_since_s3_refuses_both_at_once(registered):
    stack = registered()
    assert stack.one("BucketPublicAccessBlock")["urn"] in stack.one("BucketPolicy")["options"]["depends_on"]


def test_objects_are_encrypted_with_our_key_and_a_bucket_key(registered):
    [rule] = registered().one("BucketServerSideEncryptionConfiguration")["inputs"]["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY.arn},
        "bucketKeyEnabled": True,
    }


def test_without_a_key_s3_encrypts_with_its_own(registered):
    [rule] = registered(key=None).one("BucketServerSideEncryptionConfiguration")["inputs"]["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_versions_are_kept_and_replaced_ones_go_after_90_days(registered):
    stack = registered()
    assert stack.one("BucketVersioning")["inputs"]["versioningConfiguration"] == {"status": "Enabled"}
    assert list(rules(stack)) == ["tidy"]
    assert rules(stack)["tidy"]["noncurrentVersionExpiration"] == {"noncurrentDays": 90}


def test_uploads_that_were_never_finished_go_after_a_week(registered):
    assert rules(registered())["tidy"]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}


def test_marks_of_deletions_go_once_nothing_is_left_behind_them(registered):
    assert rules(registered(expire_days=30))["tidy"]["expiration"] == {"expiredObjectDeleteMarker": True}


def test_objects_are_archived_and_deleted_only_if_told_to(registered):
    found = rules(registered(archive_days=90, expire_days=365))
    assert found["archive"]["transitions"] == [{"days": 90, "storageClass": "GLACIER_IR"}]
    assert found["expire"]["expiration"] == {"days": 365}


def test_what_nobody_reads_grows_cheaper_if_told_to(registered):
    found = rules(registered(tier_unused=True))
    assert found["tier"]["transitions"] == [{"days": 0, "storageClass": "INTELLIGENT_TIERING"}]


def test_requests_are_logged_where_the_bucket_is_told_once_the_logs_may_be_written(run):
    def program():
        logs = LogsBucket("logs", LogsBucketArgs(scope=SCOPE, keep_days=30)).link
        Bucket("uploads", replace(ARGS, logs=logs))

    stack = run(program)
    logging = stack.one("BucketLogging")
    assert logging["inputs"]["targetBucket"] == "headroom-dev-logs-111111111111"
    assert logging["inputs"]["targetPrefix"] == "s3/"
    assert logging["inputs"]["targetObjectKeyFormat"] == {"partitionedPrefix": {"partitionDateSource": "EventTime"}}
    assert stack.one("BucketPolicy", "logs")["urn"] in logging["options"]["depends_on"]


def test_eventbridge_hears_of_objects_only_if_somebody_listens(registered):
    assert registered().all("BucketNotification") == []
    assert registered(events=True).one("BucketNotification")["inputs"]["eventbridge"] is True


def test_pages_of_other_origins_get_in_only_if_named(registered):
    assert registered().all("BucketCorsConfiguration") == []
    cors = registered(cors_origins=["https://app.example.com"]).one("BucketCorsConfiguration")
    [rule] = cors["inputs"]["corsRules"]
    assert rule["allowedOrigins"] == ["https://app.example.com"]
    assert rule["allowedMethods"] == ["GET", "HEAD", "POST", "PUT"]


def test_no_page_may_put_where_only_posts_are_taken(registered):
    cors = registered(cors_origins=["https://app.example.com"], presigned_puts=False).one("BucketCorsConfiguration")
    assert cors["inputs"]["corsRules"][0]["allowedMethods"] == ["GET", "HEAD", "POST"]


def test_a_bucket_resists_deletion_unless_told_otherwise(registered):
    bucket = registered().one("s3/bucket:Bucket")
    assert (bucket["inputs"]["forceDestroy"], bucket["options"]["protect"]) == (False, True)
    small = registered(force_destroy=True, protect=False).one("s3/bucket:Bucket")
    assert (small["inputs"]["forceDestroy"], small["options"]["protect"]) == (True, False)


def test_rules_that_aws_refuses_are_refused_before(registered):
    with pytest.raises(ValueError, match="expire_days is 30: objects would be deleted before archive_days, 90"):
        replace(ARGS, archive_days=90, expire_days=30)
    with pytest.raises(ValueError, match="archive_days is 90: tier_unused moves objects to a storage class of its own"):
        replace(ARGS, archive_days=90, tier_unused=True)
