"""RDS Proxy before a database: its connections are shared, and survive a failover."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope
from components.constraints import log_retention_problems, require
from components.databases.pool_constraints import pool_problems
from components.links import KeyLink, PooledUser, PoolLink
from components.network.connections import open_connection
from components.sizing import DatabaseEngine

MONITOR = "rdsproxyadmin"
"""User that RDS makes for the health checks of a proxy before PostgreSQL.

Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-new-db-user.html
"""
MOST_NAMED = 24
"""Secrets that its role's policy names one by one."""
TARGET_GROUP = "default"
"""A proxy has this one target group, which AWS makes."""


@dataclass(frozen=True, kw_only=True)
class ProxyArgs:
    """What a proxy is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space of names and policies."""
    vpc_id: pulumi.Input[str]
    """VPC of the database."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets in two zones at least, with 10 free addresses each (more for classes above xlarge). A change replaces the
    proxy. Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-network-prereqs.html"""
    engine: DatabaseEngine
    """Engine of the database."""
    identifier: pulumi.Input[str]
    """Identifier of the writer's instance, or of the cluster on Aurora. AWS takes no replica."""
    database_group_id: pulumi.Input[str]
    """Security group of the database, which lets the proxy in."""
    port: int
    """TCP port of the database, and of the proxy."""
    users: Sequence[PooledUser]
    """Whose connections it carries: it knows their passwords and nobody else's."""
    key: KeyLink
    """Key for its log."""
    has_readers: bool = False
    """Whether a cluster of Aurora has readers: these get an endpoint of their own."""
    max_connections_percent: int = 80
    """Share of the writer's connections that the proxy may open, in percent."""
    borrow_timeout_seconds: int = 30
    """Longest wait for a free connection; the client gets an error after it (D3)."""
    idle_seconds: int = 600
    """Time after which the proxy closes a client's idle connection (D3)."""
    session_pinning_filters: Sequence[str] = ()
    """What does not bind a client to one connection although it changes the session: EXCLUDE_VARIABLE_SETS, on MySQL
    only, and right only if every client sets the same."""
    log_retention_days: int
    """Days that the proxy's log is kept."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the database is registered with it."""

    def __post_init__(self) -> None:
        require(
            [
                *pool_problems(
                    pooling="proxy",
                    engine=self.engine,
                    max_connections_percent=self.max_connections_percent,
                    borrow_timeout_seconds=self.borrow_timeout_seconds,
                    idle_seconds=self.idle_seconds,
                    mode="transaction",
                    session_pinning_filters=self.session_pinning_filters,
                ),
                *log_retention_problems(self.log_retention_days),
            ]
        )

    @property
    def is_mysql(self) -> bool:
        """Whether clients speak MySQL's protocol."""
        return "mysql" in self.engine

    @property
    def is_aurora(self) -> bool:
        """Whether the database is a cluster."""
        return self.engine.startswith("aurora")


class Proxy(pulumi.ComponentResource):
    """A proxy, its target, and what it may read.

    Its name is fixed, `<prefix>-<name>`: RDS names the log group after it, and only a group that exists before has a
    retention and a key. Two proxies can't have the same name, so a replacement deletes first, and what hangs on the
    proxy is replaced with it.

    It reads secrets of its own, two for each login: it lets in whom the current version of a secret names and nobody
    else, and a login has two users by turns, both of them good for the days of a rotation. The rotation writes them,
    and proves that a new user gets in by the proxy before any service is given it: AWS notices a new password within
    minutes, and promises no time.
    """

    link: PoolLink
    """What a service needs to connect."""

    def __init__(self, name: str, args: ProxyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:data:Proxy", name, None, opts)
        self._name, self._args, self._tags = name, args, {"Service": name}
        self._child = pulumi.ResourceOptions(parent=self)
        self.proxy_name = f"{args.scope.prefix}-{name}"
        self._group = self._make_group()
        paths = open_connection(f"{name}-proxy", self._group.id, args.database_group_id, args.port, opts=self._child)
        proxy = self._make_proxy(self._make_role())
        target = self._make_target(proxy, paths)
        endpoint = self._make_read_endpoint(proxy, target) if args.is_aurora and args.has_readers else None
        self.link = PoolLink(
            host=proxy.endpoint,
            port=args.port,
            security_group_id=self._group.id,
            read_host=endpoint.endpoint if endpoint else None,
            monitor="" if args.is_mysql else MONITOR,
            ready=[target, *([endpoint] if endpoint else [])],
        )
        self.register_outputs({"name": self.proxy_name, "endpoint": proxy.endpoint})

    def _make_group(self) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self._name}-proxy",
            vpc_id=self._args.vpc_id,
            description=f"Proxy of database {self._name}; consumers add their own ingress",
            tags=self._tags,
            opts=self._child,
        )

    def _make_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """RDS looks at both when it makes the proxy."""
        args, name = self._args, f"{self._name}-proxy"
        role = aws.iam.Role(
            name,
            description=f"Proxy of database {self._name}: signs in as its users",
            assume_role_policy=json.dumps(access.proxy_trust()),
            tags=self._tags,
            opts=self._child,
        )
        statements = [
            *access.read_secrets(args.scope, self._secret_names()),
            *access.decrypt_secrets(args.scope, [user.key.alias for user in args.users]),
        ]
        policy = aws.iam.RolePolicy(
            name, role=role.name, policy=json.dumps(access.document(statements)), opts=self._child
        )
        return role, policy

    def _secret_names(self) -> list[str]:
        """Those of its users, or of so many all that are named for this proxy: a role's policies have 10,240 characters
        in all."""
        names = [name for user in self._args.users for name in user.secret_names]
        if len(names) <= MOST_NAMED:
            return names
        return [f"{self._args.scope.namespace}/database/{self._name}/proxy/*"]

    def _make_log_group(self) -> aws.cloudwatch.LogGroup:
        """RDS would make it itself, without a key and kept for ever."""
        return aws.cloudwatch.LogGroup(
            f"{self._name}-proxy",
            name=f"/aws/rds/proxy/{self.proxy_name}",
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._args.key.arn,
            tags=self._tags,
            opts=self._child,
        )

    def _make_proxy(self, role: tuple[aws.iam.Role, aws.iam.RolePolicy]) -> aws.rds.Proxy:
        args = self._args
        secrets = [resource for user in args.users for resource in user.ready]
        signs_in = "MYSQL_CACHING_SHA2_PASSWORD" if args.is_mysql else "POSTGRES_SCRAM_SHA_256"
        return aws.rds.Proxy(
            self._name,
            name=self.proxy_name,
            engine_family="MYSQL" if args.is_mysql else "POSTGRESQL",
            auths=[
                aws.rds.ProxyAuthArgs(
                    auth_scheme="SECRETS",
                    client_password_auth_type=signs_in,
                    iam_auth="DISABLED",
                    description=f"User {label}",
                    secret_arn=arn,
                )
                for user in args.users
                for label, arn in zip((user.label, f"{user.label}-2"), user.secret_arns, strict=True)
            ],
            role_arn=role[0].arn,
            vpc_subnet_ids=args.subnet_ids,
            vpc_security_group_ids=[self._group.id],
            require_tls=True,
            idle_client_timeout=args.idle_seconds,
            # It would write every statement into the log, and with it whatever stands in one.
            debug_logging=False,
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[role[1], self._make_log_group(), *secrets], delete_before_replace=True
            ),
        )

    def _make_target(self, proxy: aws.rds.Proxy, paths: Sequence[pulumi.Resource]) -> aws.rds.ProxyTarget:
        """The pool's limits, and the database behind it."""
        args, child = self._args, pulumi.ResourceOptions(parent=self, replace_with=[proxy])
        pool = aws.rds.ProxyDefaultTargetGroup(
            self._name,
            db_proxy_name=proxy.name,
            connection_pool_config=aws.rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
                connection_borrow_timeout=args.borrow_timeout_seconds,
                max_connections_percent=args.max_connections_percent,
                # AWS's default: what is idle above it is closed.
                max_idle_connections_percent=args.max_connections_percent // 2,
                session_pinning_filters=list(args.session_pinning_filters) or None,
            ),
            opts=child,
        )
        return aws.rds.ProxyTarget(
            self._name,
            db_proxy_name=proxy.name,
            target_group_name=TARGET_GROUP,
            db_instance_identifier=None if args.is_aurora else args.identifier,
            db_cluster_identifier=args.identifier if args.is_aurora else None,
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[pool, *paths, *args.ready])),
        )

    def _make_read_endpoint(self, proxy: aws.rds.Proxy, target: aws.rds.ProxyTarget) -> aws.rds.ProxyEndpoint:
        """Connections to it go to any reader that is available."""
        return aws.rds.ProxyEndpoint(
            f"{self._name}-read",
            db_proxy_name=proxy.name,
            db_proxy_endpoint_name=f"{self.proxy_name}-read",
            vpc_subnet_ids=self._args.subnet_ids,
            vpc_security_group_ids=[self._group.id],
            target_role="READ_ONLY",
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[target], delete_before_replace=True, replace_with=[proxy]
            ),
        )
