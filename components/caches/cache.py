"""A Redis OSS or Valkey cache on ElastiCache, its replicas, and the secret that services connect with."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.alarms.watched import WatchedNode
from components.caches.constraints import EVICTION, FAMILIES, Engine, Use, cache_name_problems, cache_problems
from components.caches.parts import PORT, CachePlace, make_secret, make_security_group, make_user, make_user_group
from components.constraints import log_retention_problems, require, secret_recovery_problems
from components.keys.names import Rotated
from components.links import CacheLink, KeyLink, RotatorLink

SNAPSHOT_WINDOW = "07:00-09:00"
"""UTC, the same as the databases' backups (D1)."""
MAINTENANCE_WINDOW = "sun:09:30-sun:10:30"
"""UTC; ElastiCache refuses one that overlaps the snapshots' window."""
LOGS = ("slow-log", "engine-log")


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """What a cache is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space of names and policies."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Isolated subnets (no route to the internet), in two zones at least."""
    key: KeyLink
    """Key for what is stored, the snapshots, logs and the secret."""
    engine: Engine
    """`redis` (Redis OSS) or `valkey`."""
    version: str
    """Major and minor version, `8.1`; patch releases follow by themselves."""
    node_class: str
    """ElastiCache node type of the primary and of every replica, `cache.t4g.small`."""
    nodes: int
    """The primary and its replicas; the replicas serve REDIS_READ_URL."""
    use: Use
    """What it is for; decides what it drops when it is full."""
    snapshot_days: int
    """Days that daily snapshots are kept; 0 takes none."""
    final_snapshot: bool
    """A last snapshot is taken when the cache is deleted."""
    log_retention_days: int
    """Days that the slow log and the engine's log are kept."""
    rotator: RotatorLink
    """What makes and rotates the password of the services' user."""
    rotated: Rotated
    """How it is rotated."""
    secret_recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    protect: bool
    """Pulumi refuses to delete or replace the cache and its secret."""
    failover: bool | None = None
    """A replica in another zone takes over when the primary fails; by default wherever there is a replica."""
    apply_immediately: bool = False
    """Changes that interrupt happen at once instead of in the maintenance window."""

    def __post_init__(self) -> None:
        require(
            [
                *cache_problems(
                    engine=self.engine,
                    version=self.version,
                    node_class=self.node_class,
                    nodes=self.nodes,
                    snapshot_days=self.snapshot_days,
                    failover=self.failover,
                ),
                *log_retention_problems(self.log_retention_days),
                *secret_recovery_problems(self.secret_recovery_days),
            ]
        )

    @property
    def fails_over(self) -> bool:
        """Whether a replica takes over."""
        return self.nodes > 1 if self.failover is None else self.failover


class Cache(pulumi.ComponentResource):
    """A replication group without shards: one primary to write to, replicas in other zones.

    Who signs in, and how its secret comes about: `cache_parts`.
    """

    link: CacheLink
    """What a service needs to connect."""
    nodes: list[WatchedNode]
    """The primary of the beginning, then the replicas."""

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        require(cache_name_problems(name))
        super().__init__("headroom:data:Cache", name, None, opts)
        self._name, self._args, self._tags = name, args, {"Service": name}
        self._child = pulumi.ResourceOptions(parent=self)
        self._place = CachePlace(
            name=name, scope=args.scope, key=args.key, rotator=args.rotator, rotated=args.rotated, opts=self._child
        )
        self._subnets = aws.elasticache.SubnetGroup(
            name, subnet_ids=args.subnet_ids, description=f"Cache {name}", tags=self._tags, opts=self._child
        )
        self._group = make_security_group(self._place, args.vpc_id)
        self._parameters = self._make_parameters()
        users = make_user_group(self._place, make_user(self._place))
        group = self._make_group(users)
        self.address = group.primary_endpoint_address
        self.reader_address = group.reader_endpoint_address if args.nodes > 1 else self.address
        self.link = self._make_link(users)
        self.nodes = [self._watched(group, number) for number in range(1, args.nodes + 1)]
        self.register_outputs(
            {
                "address": self.address,
                "readerAddress": self.reader_address,
                "secretArn": self.link.secret_arn,
            }
        )

    def _watched(self, group: aws.elasticache.ReplicationGroup, number: int) -> WatchedNode:
        """AWS names the members after the group: `<id>-001`, `<id>-002`, ..."""
        return WatchedNode(
            name=f"{self._name}-{number}",
            cluster_id=pulumi.Output.format("{0}-{1}", group.replication_group_id, f"{number:03}"),
            node_class=self._args.node_class,
            use=self._args.use,
            has_replicas=self._args.nodes > 1,
        )

    def _make_parameters(self) -> aws.elasticache.ParameterGroup:
        """What a full cache does; the other defaults of the family stand."""
        args = self._args
        policy = EVICTION[args.use]
        return aws.elasticache.ParameterGroup(
            self._name,
            family=FAMILIES[args.engine][args.version],
            description=f"Cache {self._name}",
            parameters=[aws.elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value=policy)],
            tags=self._tags,
            opts=self._child,
        )

    def _make_log_deliveries(self) -> list[aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs]:
        groups = {
            log: aws.cloudwatch.LogGroup(
                f"{self._name}-{log}",
                name=f"/{self._args.scope.namespace}/cache/{self._name}/{log}",
                retention_in_days=self._args.log_retention_days,
                kms_key_id=self._args.key.arn,
                tags=self._tags,
                opts=self._child,
            )
            for log in LOGS
        }
        return [
            aws.elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                destination=group.name, destination_type="cloudwatch-logs", log_format="json", log_type=log
            )
            for log, group in groups.items()
        ]

    def _make_group(self, users: aws.elasticache.UserGroup) -> aws.elasticache.ReplicationGroup:
        args = self._args
        return aws.elasticache.ReplicationGroup(
            self._name,
            description=f"Cache {self._name}, used as {args.use}",
            engine=args.engine,
            engine_version=args.version,
            node_type=args.node_class,
            num_cache_clusters=args.nodes,
            automatic_failover_enabled=args.fails_over,
            multi_az_enabled=args.fails_over,
            port=PORT,
            parameter_group_name=self._parameters.name,
            subnet_group_name=self._subnets.name,
            security_group_ids=[self._group.id],
            at_rest_encryption_enabled=True,
            kms_key_id=args.key.arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[users.user_group_id],
            snapshot_retention_limit=args.snapshot_days,
            snapshot_window=SNAPSHOT_WINDOW,
            final_snapshot_identifier=f"{args.scope.prefix}-{self._name}-final" if args.final_snapshot else None,
            maintenance_window=MAINTENANCE_WINDOW,
            auto_minor_version_upgrade=True,
            apply_immediately=args.apply_immediately,
            log_delivery_configurations=self._make_log_deliveries(),
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _make_link(self, users: aws.elasticache.UserGroup) -> CacheLink:
        args = self._args
        secret, begun = make_secret(
            self._place,
            users,
            [self.address, self.reader_address],
            recovery_days=args.secret_recovery_days,
            protect=args.protect,
        )
        return CacheLink(
            name=self._name,
            secret_arn=secret.arn,
            secret_name=self._place.secret_name,
            ready=[begun],
            key=args.key,
            security_group_id=self._group.id,
            port=PORT,
            has_replicas=args.nodes > 1,
        )
