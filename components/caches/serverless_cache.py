"""A serverless cache on ElastiCache: no nodes to choose, a price for what is stored and asked."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.alarms.watched import WatchedServerlessCache
from components.caches.constraints import Engine, Use, cache_name_problems, serverless_problems
from components.caches.parts import (
    PORT,
    SERVERLESS_READ_PORT,
    CachePlace,
    make_secret,
    make_security_group,
    make_user,
    make_user_group,
)
from components.constraints import require, secret_recovery_problems
from components.keys.names import Rotated
from components.links import CacheLink, KeyLink, RotatorLink

SNAPSHOT_TIME = "07:00"
"""UTC, when the databases' backups begin (D1)."""


@dataclass(frozen=True, kw_only=True)
class ServerlessCacheArgs:
    """What a serverless cache is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space of names and policies."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Isolated subnets (no route to the internet), in two or three zones. A change replaces the cache."""
    key: KeyLink
    """Key for what is stored, the snapshots and the secret."""
    engine: Engine
    """`redis` (Redis OSS) or `valkey`."""
    version: str
    """Major version, `8`; AWS takes care of the rest."""
    max_gb: int
    """Most data in GB (10^9 bytes); when it is reached, keys that expire are dropped, the least recently used first."""
    max_ecpu_per_second: int
    """Most ElastiCache processing units a second; what is above waits. A simple command of up to 1 kB is one."""
    use: Use
    """`cache` or `sessions`: AWS has no serverless cache that drops nothing."""
    snapshot_days: int
    """Days that daily snapshots are kept; 0 takes none."""
    rotator: RotatorLink
    """What makes and rotates the password of the services' user."""
    rotated: Rotated
    """How it is rotated."""
    secret_recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    protect: bool
    """Pulumi refuses to delete or replace the cache and its secret."""

    def __post_init__(self) -> None:
        require(
            [
                *serverless_problems(
                    engine=self.engine,
                    version=self.version,
                    max_gb=self.max_gb,
                    max_ecpu_per_second=self.max_ecpu_per_second,
                    use=self.use,
                    snapshot_days=self.snapshot_days,
                ),
                *secret_recovery_problems(self.secret_recovery_days),
            ]
        )


class ServerlessCache(pulumi.ComponentResource):
    """A cache behind one address: port 6379 to write and to read what was just written, port 6380 to read.

    It is always encrypted, on the wire and at rest, stands in all zones of its subnets, and has no logs to deliver.
    To clients it is a cluster (sharding): commands over several keys work within one hash slot.
    """

    link: CacheLink
    """What a service needs to connect."""
    watched: WatchedServerlessCache
    """What its alarms need."""

    def __init__(self, name: str, args: ServerlessCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        require(cache_name_problems(name))
        super().__init__("headroom:data:ServerlessCache", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        place = CachePlace(
            name=name, scope=args.scope, key=args.key, rotator=args.rotator, rotated=args.rotated, opts=child
        )
        group = make_security_group(place, args.vpc_id)
        users = make_user_group(place, make_user(place))
        cache = self._make_cache(place, args, group, users)
        self.address = self.reader_address = cache.endpoints.apply(lambda endpoints: endpoints[0].address or "")
        secret, begun = make_secret(
            place,
            users,
            [self.address, self.address],
            read_port=SERVERLESS_READ_PORT,
            recovery_days=args.secret_recovery_days,
            protect=args.protect,
        )
        self.link = CacheLink(
            name=name,
            secret_arn=secret.arn,
            secret_name=place.secret_name,
            ready=[begun],
            key=args.key,
            security_group_id=group.id,
            port=PORT,
            read_port=SERVERLESS_READ_PORT,
            has_replicas=True,
        )
        self.watched = WatchedServerlessCache(
            name=name,
            cache_name=cache.name,
            use=args.use,
            max_gb=args.max_gb,
            max_ecpu_per_second=args.max_ecpu_per_second,
        )
        self.register_outputs({"address": self.address, "secretArn": secret.arn})

    def _make_cache(
        self,
        place: CachePlace,
        args: ServerlessCacheArgs,
        group: aws.ec2.SecurityGroup,
        users: aws.elasticache.UserGroup,
    ) -> aws.elasticache.ServerlessCache:
        limits = aws.elasticache.ServerlessCacheCacheUsageLimitsArgs(
            data_storage=aws.elasticache.ServerlessCacheCacheUsageLimitsDataStorageArgs(maximum=args.max_gb, unit="GB"),
            ecpu_per_seconds=[
                aws.elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArgs(maximum=args.max_ecpu_per_second)
            ],
        )
        return aws.elasticache.ServerlessCache(
            place.name,
            engine=args.engine,
            major_engine_version=args.version,
            description=f"Cache {place.name}, used as {args.use}",
            cache_usage_limits=limits,
            kms_key_id=args.key.arn,
            security_group_ids=[group.id],
            subnet_ids=args.subnet_ids,
            user_group_id=users.user_group_id,
            snapshot_retention_limit=args.snapshot_days,
            daily_snapshot_time=SNAPSHOT_TIME if args.snapshot_days else None,
            tags=place.tags,
            opts=pulumi.ResourceOptions.merge(place.opts, pulumi.ResourceOptions(protect=args.protect)),
        )
