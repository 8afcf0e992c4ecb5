"""CloudFront's access logs: standard logging, version 2, by CloudWatch's log delivery."""

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.edge.waf import GLOBAL_REGION
from components.links import LogsBucketLink

PARTITION = "{DistributionId}/{yyyy}/{MM}/{dd}"
"""Folders below `AWSLogs/<account>/CloudFront/`, which AWS puts before them, as Athena reads them by day."""

FIELDS = (
    *("date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status"),
    *("cs(User-Agent)", "x-edge-result-type", "x-edge-request-id", "x-host-header", "cs-protocol"),
    *("cs-bytes", "time-taken", "ssl-protocol", "ssl-cipher", "x-edge-response-result-type", "cs-protocol-version"),
    *("time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type", "sc-content-len", "origin-lbl"),
    "cache-behavior-path-pattern",
)
"""What is written of a request. Cookies, query strings and referrers are left out: they hold sessions and names.
Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html"""


def log_requests(
    name: str,
    scope: Scope,
    distribution: aws.cloudfront.Distribution,
    logs: LogsBucketLink,
    opts: pulumi.ResourceOptions,
) -> None:
    """A line for each request, in the bucket for access logs.

    Version 2 because the legacy one writes by an ACL, which buckets that belong to their owner alone do not have; and
    because it chooses fields and folders. Deliveries of CloudFront's are made in us-east-1, wherever the bucket is.
    Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html,
    standard-logging-legacy-s3.html
    """
    physical = f"{scope.prefix}-{name}"
    source = aws.cloudwatch.LogDeliverySource(
        name,
        name=physical,
        log_type="ACCESS_LOGS",
        resource_arn=distribution.arn,
        region=GLOBAL_REGION,
        opts=opts,
    )
    ready = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(logs.ready)))
    destination = aws.cloudwatch.LogDeliveryDestination(
        name,
        name=physical,
        output_format="json",
        delivery_destination_configuration=(
            aws.cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                destination_resource_arn=f"{logs.arn}/{logs.cloudfront_prefix}"
            )
        ),
        region=GLOBAL_REGION,
        opts=ready,
    )
    aws.cloudwatch.LogDelivery(
        name,
        delivery_source_name=source.name,
        delivery_destination_arn=destination.arn,
        record_fields=list(FIELDS),
        s3_delivery_configurations=[
            aws.cloudwatch.LogDeliveryS3DeliveryConfigurationArgs(
                suffix_path=PARTITION, enable_hive_compatible_path=False
            )
        ],
        region=GLOBAL_REGION,
        # AWS puts its own folders before the path when a delivery is made, and forgets them when it is changed
        # (github.com/hashicorp/terraform-provider-aws/issues/46328).
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(replace_on_changes=["s3DeliveryConfigurations"], delete_before_replace=True)
        ),
    )
