"""PgBouncer before a PostgreSQL database: a small service on ECS that shares the database's connections."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope
from components.constraints import log_retention_problems, require
from components.databases.connection_budget import pool_shares
from components.databases.pgbouncer_config import (
    PORT,
    USERLIST_KEY,
    PoolMode,
    pooler_of,
    settings_text,
    start_script,
)
from components.databases.pool_alarms import WAITED_NAMESPACE, WAITED_PATTERN, waited_metric
from components.databases.pool_constraints import pool_problems
from components.links import ClusterLink, KeyLink, NamespaceLink, PooledUser, PoolLink
from components.network.connections import open_connection, open_way_out
from components.services.task_definition import Container, container_definition
from components.sizing import DatabaseEngine

TASKS = 2
"""One a zone: either may be gone for a while."""
CPU_UNITS, MEMORY_MIB = 256, 512
"""Fargate's smallest; PgBouncer is one thread, and a quarter of a vCPU carries some thousand statements a second."""
RECORD_SECONDS = 10
"""How long a client may keep the tasks' addresses."""
STOP_SECONDS = 60
"""Time for transactions under way when a task ends: PgBouncer 1.23 and newer waits for its clients."""


@dataclass(frozen=True, kw_only=True)
class PgBouncerArgs:
    """What the pool is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space of names and policies."""
    vpc_id: pulumi.Input[str]
    """VPC of the database."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets of the tasks."""
    cluster: ClusterLink
    """Cluster that runs them."""
    namespace: NamespaceLink
    """Name space in which clients find them."""
    image: str
    """Image with PgBouncer 1.21 or newer, a shell and openssl, for arm64."""
    engine: DatabaseEngine
    """Engine of the database."""
    host: pulumi.Input[str]
    """Address of the writer."""
    database_group_id: pulumi.Input[str]
    """Security group of the database, which lets the tasks in."""
    port: int
    """TCP port of the database."""
    users: Sequence[PooledUser]
    """Whose connections it carries: it knows their passwords and nobody else's."""
    clients: Mapping[str, int]
    """Connections that each of these services opens at worst; the pool is shared in this proportion."""
    connections: int
    """Connections that all tasks together may open to the database."""
    key: KeyLink
    """Key for its log."""
    log_retention_days: int
    """Days that the log is kept."""
    mode: PoolMode = "transaction"
    """When a connection is free for others: after each transaction, or when its client leaves."""
    borrow_timeout_seconds: int = 30
    """Longest wait for a free connection; the client gets an error after it (D3)."""
    idle_seconds: int = 600
    """Time after which an idle connection is closed, a client's and the database's (D3)."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a task starts."""

    def __post_init__(self) -> None:
        require(
            [
                *pool_problems(
                    pooling="pgbouncer",
                    engine=self.engine,
                    max_connections_percent=100,
                    borrow_timeout_seconds=self.borrow_timeout_seconds,
                    idle_seconds=self.idle_seconds,
                    mode=self.mode,
                    session_pinning_filters=(),
                ),
                *log_retention_problems(self.log_retention_days),
            ]
        )


class PgBouncer(pulumi.ComponentResource):
    """Two tasks that clients find by one name in the VPC (Cloud Map).

    Why a name and neither Service Connect nor a load balancer: Service Connect reaches tasks of ECS services only, so
    migrations and one-off tasks would need another way; a load balancer costs as much as the tasks, and cuts
    connections that were idle for 350 s unless told otherwise. ECS takes a task out of the name before it stops it.

    It reads who may sign in when it starts, so a rotation replaces its tasks before anybody signs in as a new user
    (functions/rotate_secret): clients of the task that stops sign in again to the other one.

    An update stops one task and then starts its successor (50 to 100 %): two at a time would open twice the
    connections.
    """

    link: PoolLink
    """What a service needs to connect."""
    log_group: str
    """Name of its log group."""
    waited: str
    """Name of the metric that counts clients which waited in vain."""

    def __init__(self, name: str, args: PgBouncerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:data:PgBouncer", name, None, opts)
        self._name, self._args, self._tags = f"{name}-pgbouncer", args, {"Service": name}
        self._database = name
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = f"/{args.scope.namespace}/pgbouncer/{name}"
        logs = aws.cloudwatch.LogGroup(
            self._name,
            name=self.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn,
            tags=self._tags,
            opts=self._child,
        )
        self.waited = waited_metric(f"{args.scope.prefix}-{name}")
        self._count_waits(logs)
        group = self._make_group()
        paths = [
            *open_connection(self._name, group.id, args.database_group_id, args.port, opts=self._child),
            # Its image, its secrets, its log.
            open_way_out(self._name, group.id, 443, self._child),
        ]
        role, policy = self._make_role()
        names = self._make_names()
        service = self._make_service(self._make_tasks(role), group, names, [logs, policy, *paths])
        self.name = service.name
        self.link = PoolLink(
            host=f"{self._name}.{args.namespace.domain}",
            port=PORT,
            security_group_id=group.id,
            pooler=pooler_of(name),
            ready=[service],
        )
        self.register_outputs({"host": self.link.host, "logGroup": self.log_group})

    def _count_waits(self, logs: aws.cloudwatch.LogGroup) -> None:
        """PgBouncer reports no metrics to AWS; what matters most is in its log."""
        aws.cloudwatch.LogMetricFilter(
            self._name,
            log_group_name=logs.name,
            name=self.waited,
            pattern=WAITED_PATTERN,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=WAITED_NAMESPACE, name=self.waited, value="1"
            ),
            opts=self._child,
        )

    def _make_group(self) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            self._name,
            vpc_id=self._args.vpc_id,
            description=f"PgBouncer of database {self._database}; consumers add their own ingress",
            tags=self._tags,
            opts=self._child,
        )

    def _make_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """What starts the tasks; the tasks themselves call nothing of AWS's and have no role."""
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-execution",
            description=f"PgBouncer of database {self._database}: starts the tasks",
            assume_role_policy=json.dumps(access.task_trust(args.scope)),
            tags=self._tags,
            opts=self._child,
        )
        statements = access.execution_statements(
            args.scope,
            image=args.image,
            log_group=self.log_group,
            secret_names=[*dict.fromkeys(user.document_name for user in args.users)],
            key_aliases=[*dict.fromkeys(user.key.alias for user in args.users)],
        )
        policy = aws.iam.RolePolicy(
            f"{self._name}-execution",
            role=role.name,
            policy=json.dumps(access.document(statements)),
            opts=self._child,
        )
        return role, policy

    def _make_tasks(self, execution: aws.iam.Role) -> aws.ecs.TaskDefinition:
        args = self._args
        # All users of a database have one document.
        document = args.users[0].document_arn
        return aws.ecs.TaskDefinition(
            self._name,
            family=f"{args.scope.prefix}-{self._name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(CPU_UNITS),
            memory=str(MEMORY_MIB),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture="ARM64", operating_system_family="LINUX"
            ),
            execution_role_arn=execution.arn,
            container_definitions=pulumi.Output.all(args.host, document).apply(
                lambda known: self._containers(known[0], known[1])
            ),
            tags=self._tags,
            opts=self._child,
        )

    def _containers(self, host: str, document_arn: str) -> str:
        args = self._args
        shares = pool_shares(args.connections, TASKS, {user.label: args.clients[user.service] for user in args.users})
        settings = settings_text(
            mode=args.mode,
            clients=sum(args.clients.values()),
            borrow_timeout_seconds=args.borrow_timeout_seconds,
            idle_seconds=args.idle_seconds,
        )
        container = Container(
            name="pgbouncer",
            image=args.image,
            # Any user will do but root, as whom PgBouncer refuses to run.
            user="1000:1000",
            port=PORT,
            command=[start_script({user.database_name: shares[user.label] for user in args.users})],
            health_command=None,
            grace_seconds=0,
            stop_timeout_seconds=STOP_SECONDS,
            tmp_mib=16,
            read_only=True,
            log_group=self.log_group,
            region=args.scope.region,
            environment={"HOST": host, "HOST_PORT": str(args.port), "SETTINGS": settings},
            labels={},
            secrets={"USERLIST": f"{document_arn}:{USERLIST_KEY}::"},
        )
        definition: dict[str, Any] = {**container_definition(container), "entryPoint": ["sh", "-c"]}
        return json.dumps([definition])

    def _make_names(self) -> aws.servicediscovery.Service:
        """The tasks' addresses under one name; ECS keeps them, and without a check of its own Cloud Map trusts it."""
        return aws.servicediscovery.Service(
            self._name,
            name=self._name,
            dns_config=aws.servicediscovery.ServiceDnsConfigArgs(
                namespace_id=self._args.namespace.id,
                routing_policy="MULTIVALUE",
                dns_records=[aws.servicediscovery.ServiceDnsConfigDnsRecordArgs(type="A", ttl=RECORD_SECONDS)],
            ),
            description=f"PgBouncer of database {self._database}",
            # ECS takes the last addresses away after its service is gone; AWS deletes no name that has any.
            force_destroy=True,
            tags=self._tags,
            opts=self._child,
        )

    def _make_service(
        self,
        definition: aws.ecs.TaskDefinition,
        group: aws.ec2.SecurityGroup,
        names: aws.servicediscovery.Service,
        ready: Sequence[pulumi.Resource],
    ) -> aws.ecs.Service:
        args = self._args
        secrets = [resource for user in args.users for resource in user.ready]
        return aws.ecs.Service(
            self._name,
            cluster=args.cluster.arn,
            task_definition=definition.arn,
            desired_count=TASKS,
            # Never Spot: every client of a task that ends loses its connection.
            capacity_provider_strategies=[
                aws.ecs.ServiceCapacityProviderStrategyArgs(capacity_provider="FARGATE", weight=1)
            ],
            # Without it a change of the strategy would replace the service instead of rolling it.
            force_new_deployment=True,
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.subnet_ids, security_groups=[group.id], assign_public_ip=False
            ),
            service_registries=aws.ecs.ServiceServiceRegistriesArgs(registry_arn=names.arn),
            deployment_minimum_healthy_percent=100 // TASKS,
            deployment_maximum_percent=100,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=False,
            tags={"Service": pooler_of(self._database)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*args.cluster.ready, *args.ready, *secrets, *ready]),
        )
