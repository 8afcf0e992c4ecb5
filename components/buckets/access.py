"""The policies of buckets as pure functions: who gets in by the bucket's own document, and in which way.

Like all documents of IAM they take names that the settings know, never an output. What a service's role may do in a
bucket stands in `access`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from components.access import Scope, Statement, document

LOWEST_TLS = "1.2"
"""Lowest version of TLS by which the bucket answers."""

BUCKET_LOGS, LOAD_BALANCER_LOGS, CLOUDFRONT_LOGS = "s3/", "alb/", "cloudfront/"
"""Folders of the logs' bucket, one for each kind of what writes there. None may contain the word AWSLogs, which load
balancers and CloudFront add by themselves, with the account behind it."""

OWN_RECORDS = ".headroom"
"""Folder of a site's bucket in which `headroom publish` keeps its record; no visitor sees it."""


def bucket_arn(scope: Scope, physical_name: str) -> str:
    """ARN of a bucket by its physical name; it has neither region nor account."""
    return f"arn:{scope.partition}:s3:::{physical_name}"


def bucket_policy(scope: Scope, physical_name: str, statements: Sequence[Statement] = ()) -> dict[str, Any]:
    """Nobody reaches the bucket without TLS, or by an old one; the rest is what `statements` say.

    Who of the account may reach it at all is said by IAM.
    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
    """
    arn = bucket_arn(scope, physical_name)
    return document(
        [
            _deny("TlsOnly", "s3:*", [arn, f"{arn}/*"], {"Bool": {"aws:SecureTransport": "false"}}),
            _deny("NoOldTls", "s3:*", [arn, f"{arn}/*"], {"NumericLessThan": {"s3:TlsVersion": LOWEST_TLS}}),
            *statements,
        ]
    )


def refuse_presigned_puts(scope: Scope, physical_name: str) -> list[Statement]:
    """Whoever uploads by what a service signed, does so by POST, whose signature can limit the size.

    A presigned PUT takes whatever size the client sends; a presigned POST carries `content-length-range` in its signed
    policy, and S3 refuses what is larger. PutObject is the permission of plain PUTs, of copies, and of all the calls of
    an upload in parts. Presigned GETs are not touched.
    Source: docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html,
    sigv4-HTTPPOSTConstructPolicy.html, userguide/mpuoverview.html#mpuAndPermissions
    """
    condition = {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}}
    return [_deny("NoPresignedPut", "s3:PutObject", [f"{bucket_arn(scope, physical_name)}/*"], condition)]


def readable_by_cloudfront(scope: Scope, physical_name: str) -> list[Statement]:
    """The account's CloudFront distributions read the site, by origin access control; nobody else on the outside does.

    A distribution's ARN is unknown until it exists, and the document must be known before: any distribution of the
    environment's account may read. It may list too, or S3 answers 403 for what is missing, which looks as if the
    firewall had refused it. What `headroom publish` remembers is not for visitors.
    Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    arn = bucket_arn(scope, physical_name)
    cloudfront = {"Service": "cloudfront.amazonaws.com"}
    ours = {"ArnLike": {"aws:SourceArn": f"arn:{scope.partition}:cloudfront::{scope.account}:distribution/*"}}
    return [
        _allow("CloudFrontReads", cloudfront, ["s3:GetObject"], [f"{arn}/*"], ours),
        _allow("CloudFrontTellsWhatIsMissing", cloudfront, ["s3:ListBucket"], [arn], ours),
        {
            "Sid": "RecordsAreNoPages",
            "Effect": "Deny",
            "Principal": cloudfront,
            "Action": "s3:GetObject",
            "Resource": f"{arn}/{OWN_RECORDS}/*",
        },
    ]


def log_deliveries(scope: Scope, physical_name: str) -> list[Statement]:
    """The services of AWS that write access logs of this account into the bucket, each into its own folder."""
    arn = bucket_arn(scope, physical_name)
    return [
        # Requests to our own buckets. Source: docs.aws.amazon.com/AmazonS3/latest/userguide/
        # enable-server-access-logging.html#grant-log-delivery-permissions-general
        _allow(
            "BucketsLogRequests",
            {"Service": "logging.s3.amazonaws.com"},
            ["s3:PutObject"],
            [f"{arn}/{BUCKET_LOGS}*"],
            {
                "StringEquals": {"aws:SourceAccount": scope.account},
                "ArnLike": {"aws:SourceArn": bucket_arn(scope, f"{scope.prefix}-*")},
            },
        ),
        # The account in the path is what keeps other accounts' load balancers out; the service promises no condition
        # key. Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        _allow(
            "LoadBalancersLogRequests",
            {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            ["s3:PutObject"],
            [f"{arn}/{LOAD_BALANCER_LOGS}AWSLogs/{scope.account}/*"],
        ),
        # CloudFront's standard logging (v2) goes through CloudWatch's log delivery, whose sources for CloudFront are in
        # us-east-1 whatever the bucket's region. Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/
        # AWS-logs-infrastructure-V2-S3.html, AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
        _allow(
            "CloudFrontLogsRequests",
            {"Service": "delivery.logs.amazonaws.com"},
            ["s3:PutObject"],
            [f"{arn}/{CLOUDFRONT_LOGS}AWSLogs/{scope.account}/*"],
            {
                "StringEquals": {"aws:SourceAccount": scope.account, "s3:x-amz-acl": "bucket-owner-full-control"},
                "ArnLike": {"aws:SourceArn": f"arn:{scope.partition}:logs:us-east-1:{scope.account}:delivery-source:*"},
            },
        ),
    ]


def _allow(
    sid: str,
    principal: Mapping[str, str],
    actions: Sequence[str],
    resources: Sequence[str],
    condition: Mapping[str, Any] | None = None,
) -> Statement:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": dict(principal)}
    statement |= {"Action": list(actions), "Resource": list(resources)}
    return statement | ({"Condition": dict(condition)} if condition else {})


def _deny(sid: str, action: str, resources: Sequence[str], condition: Mapping[str, Any]) -> Statement:
    """For everybody, of whatever account."""
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(resources),
        "Condition": dict(condition),
    }
