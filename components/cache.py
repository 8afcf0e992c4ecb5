"""A Redis OSS or Valkey cache on ElastiCache, its replicas, and the secret that services connect with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.cache_constraints import EVICTION, FAMILIES, Engine, Use, cache_name_problems, cache_problems
from components.constraints import log_retention_problems, require, secret_recovery_problems
from components.links import CacheLink, KeyLink, WatchedNode

PORT = 6379
SNAPSHOT_WINDOW = "07:00-09:00"
"""UTC, the same as the databases' backups (D1)."""
MAINTENANCE_WINDOW = "sun:09:30-sun:10:30"
"""UTC; ElastiCache refuses one that overlaps the snapshots' window."""
LOGS = ("slow-log", "engine-log")
USERNAME = "headroom"
PASSWORD_LENGTH = 32
"""Letters and digits only, so that the password stands in a URL as it is; AWS takes 16 to 128."""

SERVICES_MAY = "on ~* &* +@all -@dangerous +info"
"""All keys and channels, and every command but those that stop, empty or spy on the cache (FLUSHALL, CONFIG, MONITOR,
KEYS, ...). INFO counts among these, and clients such as BullMQ ask it for the version."""
NOBODY = "off -@all"


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

    @property
    def environment(self) -> str:
        """`dev` of `headroom/dev`."""
        return self.scope.namespace.rpartition("/")[2]


def cache_secret(password: str, host: str, reader: str) -> str:
    """The secret's JSON. Without a replica the read URL is the primary's, so a service may always use it."""
    start = f"rediss://{quote(USERNAME, safe='')}:{quote(password, safe='')}@"
    return json.dumps(
        {
            "host": host,
            "port": PORT,
            "username": USERNAME,
            "password": password,
            "url": f"{start}{host}:{PORT}",
            "read_url": f"{start}{reader}:{PORT}",
        }
    )


class Cache(pulumi.ComponentResource):
    """A replication group without shards: one primary to write to, replicas in other zones.

    Services sign in as a user (RBAC) and not with an AUTH token: a user may have two passwords at a time, so a rotation
    adds the new one, rolls the services, and takes the old one away, and its commands can be limited. The group holds
    users of the engine `redis`, which AWS accepts for both engines: Redis can become Valkey with its users untouched.
    AWS wants a user named `default` in it, who may sign in without a password: this one may do nothing.

    The password is made once and never changed here. A rotation takes over by making its own versions of the secret.
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
        self._subnets = aws.elasticache.SubnetGroup(
            name, subnet_ids=args.subnet_ids, description=f"Cache {name}", tags=self._tags, opts=self._child
        )
        # No rule lets anything out: the nodes answer, and never call.
        self._group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description=f"Cache {name}; consumers add their own ingress",
            tags=self._tags,
            opts=self._child,
        )
        self._parameters = self._make_parameters()
        user = self._make_user()
        group = self._make_group(self._make_user_group(user))
        self.address = group.primary_endpoint_address
        self.reader_address = group.reader_endpoint_address if args.nodes > 1 else self.address
        self.link = self._make_secret(user)
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

    def _make_user(self) -> aws.elasticache.User:
        password = aws.secretsmanager.get_random_password_output(
            password_length=PASSWORD_LENGTH,
            exclude_punctuation=True,
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).random_password
        return aws.elasticache.User(
            self._name,
            user_id=f"{self._args.environment}-{self._name}",
            user_name=USERNAME,
            engine="redis",
            access_string=SERVICES_MAY,
            passwords=[pulumi.Output.secret(password)],
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["passwords"]),
        )

    def _make_user_group(self, user: aws.elasticache.User) -> aws.elasticache.UserGroup:
        identifier = f"{self._args.environment}-{self._name}"
        disabled = aws.elasticache.User(
            f"{self._name}-default",
            user_id=f"no-{identifier}",
            user_name="default",
            engine="redis",
            access_string=NOBODY,
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="no-password-required"),
            tags=self._tags,
            opts=self._child,
        )
        return aws.elasticache.UserGroup(
            self._name,
            user_group_id=identifier,
            engine="redis",
            user_ids=[disabled.user_id, user.user_id],
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

    def _make_secret(self, user: aws.elasticache.User) -> CacheLink:
        args, name = self._args, f"{self._args.scope.namespace}/cache/{self._name}"
        secret = aws.secretsmanager.Secret(
            self._name,
            name=name,
            description=f"Connection to cache {self._name}",
            kms_key_id=args.key.arn,
            recovery_window_in_days=args.secret_recovery_days,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        version = aws.secretsmanager.SecretVersion(
            self._name,
            secret_id=secret.id,
            secret_string=pulumi.Output.all(user.passwords, self.address, self.reader_address).apply(
                lambda known: cache_secret(known[0][0], known[1], known[2])
            ),
            opts=self._child,
        )
        return CacheLink(
            name=self._name,
            secret_arn=secret.arn,
            secret_name=name,
            ready=[version],
            key=args.key,
            security_group_id=self._group.id,
            port=PORT,
            has_replicas=args.nodes > 1,
        )
