"""A private bucket: versioned, encrypted, reached over TLS only, and tidied by lifecycle rules."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope, Statement
from components.buckets.access import bucket_arn, bucket_policy, refuse_presigned_puts
from components.buckets.constraints import bucket_name_problems, lifecycle_problems
from components.constraints import require
from components.links import KeyLink, LogsBucketLink

ABORT_UPLOAD_DAYS = 7
"""Days after which the parts of an upload that was never finished are deleted; nobody sees them, and they cost."""
ARCHIVE = "GLACIER_IR"
"""Storage class of archived objects, Glacier Instant Retrieval: read in milliseconds as before, at a price a read."""
TIERED = "INTELLIGENT_TIERING"
"""Storage class that S3 moves to cheaper tiers while nobody reads, and back when somebody does."""
CORS_SECONDS = 3600
"""Time in which a browser does not ask again whether it may."""


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """What a bucket keeps, for whom, and for how long."""

    scope: Scope
    """Account, region and name space of the bucket's name and policy."""
    key: KeyLink | None
    """Key that encrypts the objects; None: S3's own keys, for what AWS services write and for what is public anyway."""
    statements: Sequence[Statement] = ()
    """What the bucket's policy says beside that TLS is needed."""
    presigned_puts: bool = True
    """Whether clients may PUT by what a service signed; nothing limits the size of those, unlike that of a POST."""
    logs: LogsBucketLink | None = None
    """Where every request to the bucket is logged; nowhere without it."""
    replaced_days: int = 90
    """Days after which a version that was replaced or deleted is gone for good."""
    archive_days: int = 0
    """Days after which an object moves to cold storage, from its writing; 0 never moves it."""
    tier_unused: bool = False
    """Whether what nobody reads for 30 days becomes cheaper, and again after 90, until somebody does."""
    expire_days: int = 0
    """Days after which an object is deleted, from its writing, whether it is used or not; 0 never deletes it."""
    cors_origins: Sequence[str] = ()
    """Origins whose pages may read and upload by what a service signed; none by default."""
    events: bool = False
    """Whether EventBridge hears of every object that is written or deleted."""
    force_destroy: bool = False
    """Whether deleting the bucket deletes its objects first; else AWS refuses to delete one that holds any."""
    protect: bool = True
    """Whether Pulumi refuses to delete or replace the bucket."""

    def __post_init__(self) -> None:
        require(lifecycle_problems(self.archive_days, self.expire_days, self.tier_unused))


class Bucket(pulumi.ComponentResource):
    """A bucket under a name that the settings know, `<prefix>-<name>-<account>`: all accounts of AWS share one name
    space, so the account makes it unique."""

    bucket_name: str
    """Physical name, known before the bucket exists."""
    arn: str
    """ARN, as early known."""
    domain_name: pulumi.Output[str]
    """Domain name in its region, as CloudFront takes an origin."""
    ready: Sequence[pulumi.Resource]
    """What must stand before anybody is sent to it: the policy that says who gets in."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:storage:Bucket", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.bucket_name = access.bucket_name(args.scope, name)
        self.arn = bucket_arn(args.scope, self.bucket_name)
        require(bucket_name_problems(self.bucket_name))
        self._bucket = aws.s3.Bucket(
            name,
            bucket=self.bucket_name,
            force_destroy=args.force_destroy,
            tags={"Service": name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.domain_name = self._bucket.bucket_regional_domain_name
        self.ready = [self._keep_private()]
        self._encrypt()
        self._keep_versions()
        if args.logs:
            self._log_requests(args.logs)
        if args.events:
            aws.s3.BucketNotification(name, bucket=self._bucket.id, eventbridge=True, opts=self._child)
        if args.cors_origins:
            self._admit_origins(args.cors_origins)
        self.register_outputs({"name": self._bucket.id})

    def _keep_private(self) -> aws.s3.BucketPolicy:
        """Nothing about the bucket can be public, and no object belongs to another account."""
        block = aws.s3.BucketPublicAccessBlock(
            self._name,
            bucket=self._bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._child,
        )
        # S3 refuses to change a bucket's policy and its block at the same time.
        after = pulumi.ResourceOptions(parent=self, depends_on=[block])
        aws.s3.BucketOwnershipControls(
            self._name,
            bucket=self._bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=after,
        )
        args, posts_only = self._args, refuse_presigned_puts(self._args.scope, self.bucket_name)
        statements = [*args.statements, *([] if args.presigned_puts else posts_only)]
        policy = bucket_policy(args.scope, self.bucket_name, statements)
        return aws.s3.BucketPolicy(self._name, bucket=self._bucket.id, policy=json.dumps(policy), opts=after)

    def _encrypt(self) -> None:
        """Our key, asked once for many objects (bucket key), or a busy bucket would pay KMS for every request."""
        key = self._args.key
        default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms" if key else "AES256", kms_master_key_id=key.arn if key else None
        )
        rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default, bucket_key_enabled=True if key else None
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._name, bucket=self._bucket.id, rules=[rule], opts=self._child
        )

    def _keep_versions(self) -> None:
        versioning = aws.s3.BucketVersioning(
            self._name,
            bucket=self._bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=self._child,
        )
        aws.s3.BucketLifecycleConfiguration(
            self._name,
            bucket=self._bucket.id,
            rules=lifecycle_rules(self._args),
            # Rules about earlier versions mean nothing until there are versions.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )

    def _log_requests(self, logs: LogsBucketLink) -> None:
        """S3 delivers within hours, by best effort; folders by account, region, bucket and day, as Athena reads them.
        Source: docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
        """
        partition = aws.s3.BucketLoggingTargetObjectKeyFormatPartitionedPrefixArgs(partition_date_source="EventTime")
        aws.s3.BucketLogging(
            self._name,
            bucket=self._bucket.id,
            target_bucket=logs.name,
            target_prefix=logs.bucket_prefix,
            target_object_key_format=aws.s3.BucketLoggingTargetObjectKeyFormatArgs(partitioned_prefix=partition),
            opts=pulumi.ResourceOptions(parent=self, depends_on=logs.ready),
        )

    def _admit_origins(self, origins: Sequence[str]) -> None:
        aws.s3.BucketCorsConfiguration(
            self._name,
            bucket=self._bucket.id,
            cors_rules=[
                aws.s3.BucketCorsConfigurationCorsRuleArgs(
                    allowed_origins=list(origins),
                    allowed_methods=["GET", "HEAD", "POST", *(["PUT"] if self._args.presigned_puts else [])],
                    allowed_headers=["*"],
                    expose_headers=["ETag"],
                    max_age_seconds=CORS_SECONDS,
                )
            ],
            opts=self._child,
        )


def lifecycle_rules(args: BucketArgs) -> list[aws.s3.BucketLifecycleConfigurationRuleArgs]:
    """What S3 does by itself: tidies always, archives, tiers and expires if told to."""
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs
    everything = aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix="")
    rules = [
        rule(
            id="tidy",
            status="Enabled",
            filter=everything,
            abort_incomplete_multipart_upload=(
                aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=ABORT_UPLOAD_DAYS
                )
            ),
            noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                noncurrent_days=args.replaced_days
            ),
            # The mark of a deletion that hides no version any more: listings grow slow with them.
            expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
        )
    ]
    move = aws.s3.BucketLifecycleConfigurationRuleTransitionArgs
    if args.archive_days:
        cold = move(days=args.archive_days, storage_class=ARCHIVE)
        rules.append(rule(id="archive", status="Enabled", filter=everything, transitions=[cold]))
    if args.tier_unused:
        tiered = move(days=0, storage_class=TIERED)
        rules.append(rule(id="tier", status="Enabled", filter=everything, transitions=[tiered]))
    if args.expire_days:
        end = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.expire_days)
        rules.append(rule(id="expire", status="Enabled", filter=everything, expiration=end))
    return rules
