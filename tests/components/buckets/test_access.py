"""Who gets into a bucket by its own policy, and in which way. D6, E6."""

import json

from components.access import Scope
from components.buckets.access import (
    bucket_policy,
    log_deliveries,
    readable_by_cloudfront,
    refuse_presigned_puts,
)

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
NAME = "headroom-dev-site-111111111111"
ARN = f"arn:aws:s3:::{NAME}"


def by_sid(statements):
    return {statement["Sid"]: statement for statement in statements}


def test_every_policy_refuses_what_is_not_encrypted_on_its_way():
    found = by_sid(bucket_policy(SCOPE, NAME)["Statement"])
    assert list(found) == ["TlsOnly", "NoOldTls"]
    assert all(s["Effect"] == "Deny" and s["Resource"] == [ARN, f"{ARN}/*"] for s in found.values())


def test_a_presigned_put_is_refused_and_nothing_else_is():
    [statement] = refuse_presigned_puts(SCOPE, NAME)
    assert (statement["Action"], statement["Resource"]) == ("s3:PutObject", [f"{ARN}/*"])
    assert statement["Condition"] == {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}


def test_the_distributions_of_the_account_read_the_site_and_those_of_others_do_not():
    found = by_sid(readable_by_cloudfront(SCOPE, NAME))
    reads = found["CloudFrontReads"]
    assert (reads["Principal"], reads["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, ["s3:GetObject"])
    assert reads["Condition"] == {"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::111111111111:distribution/*"}}
    assert found["CloudFrontTellsWhatIsMissing"]["Resource"] == [ARN]


def test_visitors_do_not_see_what_publish_remembers():
    hidden = by_sid(readable_by_cloudfront(SCOPE, NAME))["RecordsAreNoPages"]
    assert (hidden["Effect"], hidden["Resource"]) == ("Deny", f"{ARN}/.headroom/*")


def test_each_service_that_logs_writes_into_its_own_folder_for_this_account_only():
    found = by_sid(log_deliveries(SCOPE, NAME))
    written = {s["Principal"]["Service"]: s["Resource"] for s in found.values()}
    assert written == {
        "logging.s3.amazonaws.com": [f"{ARN}/s3/*"],
        "logdelivery.elasticloadbalancing.amazonaws.com": [f"{ARN}/alb/AWSLogs/111111111111/*"],
        "delivery.logs.amazonaws.com": [f"{ARN}/cloudfront/AWSLogs/111111111111/*"],
    }
    assert {action for s in found.values() for action in s["Action"]} == {"s3:PutObject"}
    buckets = found["BucketsLogRequests"]["Condition"]
    assert buckets["ArnLike"] == {"aws:SourceArn": "arn:aws:s3:::headroom-dev-*"}
    assert buckets["StringEquals"] == {"aws:SourceAccount": "111111111111"}


def test_cloudfronts_logs_come_from_its_own_region():
    condition = by_sid(log_deliveries(SCOPE, NAME))["CloudFrontLogsRequests"]["Condition"]
    assert condition["ArnLike"] == {"aws:SourceArn": "arn:aws:logs:us-east-1:111111111111:delivery-source:*"}


def test_a_policy_is_plain_data():
    statements = [*readable_by_cloudfront(SCOPE, NAME), *log_deliveries(SCOPE, NAME)]
    assert json.loads(json.dumps(bucket_policy(SCOPE, NAME, statements)))["Version"] == "2012-10-17"
