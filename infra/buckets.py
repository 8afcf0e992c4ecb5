"""Buckets by their use: private data, uploads, the site."""

from collections.abc import Mapping

from components.access import bucket_name
from components.buckets.access import readable_by_cloudfront
from components.buckets.bucket import Bucket, BucketArgs
from components.buckets.constraints import upload_bytes
from components.buckets.limit import BucketLimit, BucketLimitArgs
from components.links import SiteBucketLink
from components.tasks.function_alarms import function_conditions
from infra.environment import Environment, watch

LIMIT = "limit-uploads"
"""Name of the function that deletes uploads above their size."""


def make_buckets(env: Environment) -> Mapping[str, Bucket]:
    """Each bucket, as its use wants it: uploads take no PUTs from clients; a site is read by CloudFront, and needs no
    key of ours for what is public anyway."""
    buckets: dict[str, Bucket] = {}
    for name, chosen in env.settings.buckets.items():
        site, uploads = chosen.use == "site", chosen.use == "uploads"
        args = BucketArgs(
            scope=env.scope,
            key=None if site else env.keys["data"],
            statements=readable_by_cloudfront(env.scope, bucket_name(env.scope, name)) if site else (),
            presigned_puts=not uploads,
            events=uploads,
            logs=env.logs,
            replaced_days=chosen.replaced_days,
            archive_days=chosen.archive_days,
            tier_unused=chosen.tier_unused,
            expire_days=chosen.expire_days,
            cors_origins=chosen.cors_origins,
            force_destroy=chosen.force_destroy,
            protect=chosen.protect,
        )
        buckets[name] = Bucket(name, args, env.opts)
    limit_uploads(env)
    return buckets


def limit_uploads(env: Environment) -> None:
    """What deletes uploads above their size; nothing where there are no uploads."""
    sizes = {name: upload_bytes(chosen.use, chosen.max_mib) for name, chosen in env.settings.buckets.items()}
    limits = {name: size for name, size in sizes.items() if size is not None}
    if not limits:
        return
    args = BucketLimitArgs(
        scope=env.scope,
        key=env.keys["operations"],
        limits=limits,
        log_retention_days=env.settings.logs.retention_days,
    )
    made = BucketLimit(LIMIT, args, env.opts)
    undone = "uploads that are larger than their bucket allows may stay"
    watch(env, LIMIT, made, function_conditions(made.function, undone=undone))


def site_bucket(env: Environment, buckets: Mapping[str, Bucket]) -> SiteBucketLink | None:
    """The bucket with the site's files, for CloudFront; the settings allow one."""
    for name, chosen in env.settings.buckets.items():
        if chosen.use == "site":
            bucket = buckets[name]
            return SiteBucketLink(name=bucket.bucket_name, domain_name=bucket.domain_name, ready=bucket.ready)
    return None
