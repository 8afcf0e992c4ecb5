"""What keeps uploads below their size when the form that was signed did not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.access import Scope, Statement, allow, bucket_name
from components.buckets.access import bucket_arn
from components.links import FunctionLink, KeyLink
from components.tasks.function import Function, FunctionArgs

RETRY_SECONDS = 86400
"""Time in which EventBridge tries again to hand an event over, a day, which is its longest."""
RETRIES = 185
"""Tries in that time, its most (docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html)."""


@dataclass(frozen=True, kw_only=True)
class BucketLimitArgs:
    """Which buckets, and how large an object may be."""

    scope: Scope
    """Account, region and name space."""
    key: KeyLink
    """Key for the function's log and its environment."""
    limits: Mapping[str, int]
    """Buckets by their names in the settings, with the size of the largest upload, in bytes."""
    log_retention_days: int
    """Days that the function's log is kept."""


class BucketLimit(pulumi.ComponentResource):
    """A function that hears of each object in these buckets, and deletes what is larger than it may be.

    S3 has no limit of its own for a bucket, and its conditions know no size; a signed form knows one, if it says so.
    Every other way in ends here, some seconds later.

    The rule does not look at sizes: EventBridge takes a number above 5e9 for no number, and nothing above 5 GB would
    ever match. A million calls that find nothing wrong cost less than half a dollar.
    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
    """

    function: FunctionLink
    """The function, for its alarm."""

    def __init__(self, name: str, args: BucketLimitArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:storage:BucketLimit", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        sizes = {bucket_name(args.scope, bucket): size for bucket, size in args.limits.items()}
        function_args = FunctionArgs(
            scope=args.scope,
            key=args.key,
            folder="limit_uploads",
            description="Deletes uploads that are larger than their bucket allows",
            log_retention_days=args.log_retention_days,
            statements=[delete_versions(args.scope, list(sizes))],
            environment={"LIMITS": json.dumps(sizes, sort_keys=True)},
            memory_mib=128,
        )
        self.function = Function(name, function_args, child).link
        rule = aws.cloudwatch.EventRule(
            name,
            name=self.function.name,
            description="Every object that is written where uploads have a limit",
            event_pattern=json.dumps(written_to(list(sizes))),
            opts=child,
        )
        permission = aws.lambda_.Permission(
            name,
            function=self.function.made_arn,
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            source_arn=args.scope.arn("events", f"rule/{self.function.name}"),
            opts=child,
        )
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id=name,
            arn=self.function.made_arn,
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=RETRY_SECONDS, maximum_retry_attempts=RETRIES
            ),
            # EventBridge does not try again what the function's policy forbids.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, *self.function.ready]),
        )
        self.register_outputs({"function": self.function.name})


def delete_versions(scope: Scope, physical_names: Sequence[str]) -> Statement:
    """Deletes single versions in these buckets, and reads none."""
    objects = [f"{bucket_arn(scope, bucket)}/*" for bucket in physical_names]
    return allow("DeleteTooLarge", ["s3:DeleteObjectVersion"], objects)


def written_to(physical_names: Sequence[str]) -> dict[str, Any]:
    """The events of objects that are written into buckets, in whatever way.

    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": list(physical_names)}},
    }
