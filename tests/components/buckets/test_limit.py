"""Whatever is larger than a bucket allows is deleted, in whatever way it came. D6."""

import json
import re

import pytest

from components.access import Scope
from components.buckets.limit import BucketLimit, BucketLimitArgs
from components.links import KeyLink

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/1", alias="alias/headroom-dev-services")
UPLOADS, AVATARS = "headroom-dev-uploads-111111111111", "headroom-dev-avatars-111111111111"
ARGS = BucketLimitArgs(scope=SCOPE, key=KEY, limits={"uploads": 500, "avatars": 200}, log_retention_days=7)


@pytest.fixture
def registered(run):
    return lambda preview=False: run(lambda: BucketLimit("limit-uploads", ARGS), preview=preview)


def test_the_rule_hears_of_every_object_in_the_buckets_whatever_its_size(registered):
    rule = registered().one("cloudwatch/eventRule:EventRule")["inputs"]
    pattern = json.loads(rule["eventPattern"])
    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert pattern["detail"] == {"bucket": {"name": [UPLOADS, AVATARS]}}


def test_the_function_is_told_each_limit_and_may_delete_versions_there_and_nothing_else(registered):
    stack = registered(preview=True)
    told = stack.one("lambda/function:Function")["inputs"]["environment"]["variables"]
    assert json.loads(told["LIMITS"]) == {UPLOADS: 500, AVATARS: 200}
    allowed = json.loads(stack.one("iam/rolePolicy:RolePolicy")["inputs"]["policy"])["Statement"]
    [on_buckets] = [s for s in allowed if "s3:" in str(s["Action"])]
    assert on_buckets["Action"] == ["s3:DeleteObjectVersion"]
    assert on_buckets["Resource"] == [f"arn:aws:s3:::{UPLOADS}/*", f"arn:aws:s3:::{AVATARS}/*"]


def test_only_this_rule_may_call_the_function(registered):
    stack = registered(preview=True)
    permission = stack.one("lambda/permission:Permission")["inputs"]
    name = stack.one("cloudwatch/eventRule:EventRule")["inputs"]["name"]
    assert permission["principal"] == "events.amazonaws.com"
    assert permission["sourceArn"] == f"arn:aws:events:eu-central-1:111111111111:rule/{name}"


def test_events_wait_a_day_for_a_function_that_does_not_answer_and_come_only_once_it_may_be_called(registered):
    stack = registered()
    target = stack.one("cloudwatch/eventTarget:EventTarget")
    assert target["inputs"]["retryPolicy"] == {"maximumEventAgeInSeconds": 86400, "maximumRetryAttempts": 185}
    assert stack.one("lambda/permission:Permission")["urn"] in target["options"]["depends_on"]


def test_code_and_folder_of_the_function_are_there(registered):
    handler = registered().one("lambda/function:Function")["inputs"]["handler"]
    assert re.match(r"functions\.limit_uploads\.main\.handler$", handler)
