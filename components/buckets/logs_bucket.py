"""The bucket for access logs: of buckets, load balancers and CloudFront."""

from dataclasses import dataclass

import pulumi

from components.access import Scope, bucket_name
from components.buckets.access import BUCKET_LOGS, CLOUDFRONT_LOGS, LOAD_BALANCER_LOGS, log_deliveries
from components.buckets.bucket import Bucket, BucketArgs
from components.links import LogsBucketLink

REPLACED_DAYS = 7
"""Days in which a log that was deleted or overwritten can still be had back."""


@dataclass(frozen=True, kw_only=True)
class LogsBucketArgs:
    """Whose logs, and for how long."""

    scope: Scope
    """Account, region and name space of the bucket's name and policy."""
    keep_days: int
    """Days after which a log is deleted."""
    force_destroy: bool = False
    """Whether deleting the bucket deletes its logs first; else AWS refuses while it holds any."""
    protect: bool = True
    """Whether Pulumi refuses to delete or replace the bucket."""


class LogsBucket(pulumi.ComponentResource):
    """A bucket that AWS services write access logs of this account into, each into a folder of its own.

    It is encrypted by S3's own keys: load balancers and S3's server access logging can write to no other. It has no
    object lock, since S3 does not deliver into a bucket with one, and is not logged itself, or each delivery would be a
    request to log. Versions make up for the lock: who deletes a log leaves it for a week.
    Source: docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html,
    docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """

    link: LogsBucketLink
    """What logs its requests here."""

    def __init__(self, name: str, args: LogsBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:storage:LogsBucket", name, None, opts)
        bucket_args = BucketArgs(
            scope=args.scope,
            key=None,
            statements=log_deliveries(args.scope, bucket_name(args.scope, name)),
            replaced_days=REPLACED_DAYS,
            expire_days=args.keep_days,
            force_destroy=args.force_destroy,
            protect=args.protect,
        )
        bucket = Bucket(name, bucket_args, pulumi.ResourceOptions(parent=self))
        self.link = LogsBucketLink(
            name=bucket.bucket_name,
            arn=bucket.arn,
            bucket_prefix=BUCKET_LOGS,
            load_balancer_prefix=LOAD_BALANCER_LOGS.rstrip("/"),
            cloudfront_prefix=CLOUDFRONT_LOGS.rstrip("/"),
            ready=bucket.ready,
        )
        self.register_outputs({"name": bucket.bucket_name})
