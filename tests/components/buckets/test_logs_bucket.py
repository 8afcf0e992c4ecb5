"""Where access logs go. T3, D6."""

import json
from dataclasses import replace

import pytest

from components.access import Scope
from components.buckets.logs_bucket import LogsBucket, LogsBucketArgs

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
ARGS = LogsBucketArgs(scope=SCOPE, keep_days=30)
NAME = "headroom-dev-logs-111111111111"


@pytest.fixture
def registered(run):
    return lambda preview=False, **changes: run(
        lambda: LogsBucket("logs", replace(ARGS, **changes)).link, preview=preview
    )


def test_it_is_encrypted_by_s3_itself_since_load_balancers_write_to_no_other(registered):
    [rule] = registered().one("BucketServerSideEncryptionConfiguration")["inputs"]["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_its_own_requests_are_not_logged_or_every_log_would_make_another(registered):
    assert registered().all("BucketLogging") == []


def test_it_has_no_object_lock_since_s3_delivers_no_logs_into_one(registered):
    assert "objectLockEnabled" not in registered().one("s3/bucket:Bucket")["inputs"]


def test_logs_go_after_their_days_and_what_somebody_deletes_stays_a_week(registered):
    rules = {rule["id"]: rule for rule in registered().one("BucketLifecycleConfiguration")["inputs"]["rules"]}
    assert rules["expire"]["expiration"] == {"days": 30}
    assert rules["tidy"]["noncurrentVersionExpiration"] == {"noncurrentDays": 7}


def test_name_and_policy_are_known_before_it_exists(registered):
    stack = registered(preview=True)
    assert (stack.result.name, stack.result.arn) == (NAME, f"arn:aws:s3:::{NAME}")
    writers = [s["Sid"] for s in json.loads(stack.one("BucketPolicy")["inputs"]["policy"])["Statement"]]
    assert writers[2:] == ["BucketsLogRequests", "LoadBalancersLogRequests", "CloudFrontLogsRequests"]


def test_who_logs_waits_for_the_policy(registered):
    stack = registered()
    assert len(stack.result.ready) == 1
    assert (stack.result.load_balancer_prefix, stack.result.cloudfront_prefix) == ("alb", "cloudfront")
