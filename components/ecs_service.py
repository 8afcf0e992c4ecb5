"""A long-running service on ECS Fargate: its roles, secrets, log group, tasks and scaling."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope, Statement
from components.connections import open_connection, open_way_out
from components.constraints import log_retention_problems, require, within
from components.links import CacheLink, ClusterLink, DatabaseLink, KeyLink, RouteLink
from components.scaling import Backlog, Scaling, ScalingArgs
from components.service_constraints import (
    FARGATE_SOURCE,
    service_problems,
    user_problems,
    variable_problems,
    variables_given,
)
from components.service_secrets import SecretSource, ServiceSecrets, ServiceSecretsArgs, secret_name
from components.task_definition import Container, container_definition


@dataclass(frozen=True, kw_only=True)
class EcsServiceArgs:
    """What a service is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space for secrets, log groups and policies."""
    key: KeyLink
    """Key for the service's secrets and logs."""
    cluster: ClusterLink
    """Cluster that runs the tasks."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets of the tasks."""
    image: str
    """Image with its tag or digest."""
    cpu_units: int
    """CPU of a task; 1024 units are one vCPU."""
    memory_mib: int
    """Memory of a task in MiB."""
    min_count: int
    """Tasks that always run."""
    max_count: int
    """Tasks that autoscaling may reach."""
    log_retention_days: int
    """Days that the service's logs are kept."""
    secret_recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    port: int | None = None
    """TCP port on which the container listens, given to it as PORT; none for a worker."""
    route: RouteLink | None = None
    """How requests arrive from the load balancer; none for a private service."""
    database: DatabaseLink | None = None
    """Database given to the container as DATABASE_URL and DATABASE_READ_URL."""
    cache: CacheLink | None = None
    """Cache given to the container as REDIS_URL and REDIS_READ_URL."""
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    """Environment variable to its source: `generated` gets a random first value, `external` waits for the team's."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Plain environment variables; never a secret."""
    command: Sequence[str] | None = None
    """Replaces the image's command."""
    health_command: Sequence[str] | None = None
    """Container health check, `["CMD", "/app/healthcheck"]`; none by default, see the task definition."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the tasks; the image must be built for it."""
    user: str = "1000:1000"
    """User and group ids of the process; never 0."""
    tmp_mib: int = 64
    """Size of /tmp, the only writable place, in MiB; it counts as memory of the task."""
    stop_timeout_seconds: int = 70
    """Seconds from SIGTERM to SIGKILL, 120 at most; longer than the load balancer's drain."""
    spot_percent: int = 0
    """Share of the tasks on Fargate Spot, in percent; AWS may stop those at 2 minutes' notice."""
    cpu_target_percent: int = 70
    """Autoscaling keeps the average CPU of the tasks at this percentage."""
    memory_target_percent: int = 80
    """Autoscaling keeps the average memory of the tasks at this percentage."""
    requests_per_target: int | None = None
    """Autoscaling keeps the requests a minute and task at this number; off by default."""
    backlogs: Sequence[Backlog] = ()
    """Queues that autoscaling counts the waiting messages of; none by default."""
    scale_out_seconds: int = 60
    """Pause after tasks were added."""
    scale_in_seconds: int = 300
    """Pause after tasks were taken away."""
    grace_seconds: int = 60
    """Seconds in which a new task behind a load balancer may fail its health checks."""
    execute_command: bool = False
    """Operators may open a shell in a task (ECS Exec); its root file system is then writable."""
    keep_revisions: bool = False
    """Earlier revisions of the task definition stay active, and outlive the stack. ECS rolls a service back to an
    earlier revision, so set it where a rollback matters more than an empty account after the stack is gone."""
    egress_ports: Sequence[int] = (443,)
    """TCP ports that the tasks may reach anywhere; databases are opened one by one."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the tasks start, beside what the service makes itself: their way to image and secrets."""
    grants: Sequence[Statement] = ()
    """What the service itself may do in AWS; nothing by default."""

    def __post_init__(self) -> None:
        given = variables_given(port=self.port, database=self.database is not None, cache=self.cache is not None)
        require(
            [
                *service_problems(
                    cpu_units=self.cpu_units,
                    memory_mib=self.memory_mib,
                    min_count=self.min_count,
                    max_count=self.max_count,
                    stop_timeout_seconds=self.stop_timeout_seconds,
                ),
                *variable_problems(self.environment, self.secrets, given),
                *user_problems(self.user),
                *within("tmp_mib", self.tmp_mib, 1, self.memory_mib // 2, "MiB", FARGATE_SOURCE),
                *within("spot_percent", self.spot_percent, 0, 100, "percent", FARGATE_SOURCE),
                *log_retention_problems(self.log_retention_days),
            ]
        )
        if self.route is not None and self.port is None:
            raise ValueError("port is missing: a service with a route must listen on one; name the container's port")


def capacity(spot_percent: int) -> list[aws.ecs.ServiceCapacityProviderStrategyArgs]:
    """Weights of on-demand and Spot tasks in the smallest whole numbers: 75 % Spot is 1 to 3."""
    weights = {"FARGATE": 100 - spot_percent, "FARGATE_SPOT": spot_percent}
    divisor = math.gcd(*weights.values())
    return [
        aws.ecs.ServiceCapacityProviderStrategyArgs(capacity_provider=provider, weight=weight // divisor)
        for provider, weight in weights.items()
        if weight
    ]


class EcsService(pulumi.ComponentResource):
    """One image, running as at least `min_count` tasks in private subnets.

    Autoscaling owns the number of tasks, so a deploy leaves it alone. `up` does not wait for the rollout: ECS reports a
    service that it rolled back as steady, so waiting would call a failed deploy a success. What runs is compared with
    what was asked after `up`, by the gate in operations.
    """

    name: pulumi.Output[str]
    """Name of the service in ECS."""
    security_group_id: pulumi.Output[str]
    """Security group of the tasks."""
    task_role_name: pulumi.Output[str]
    """Role that the service's own code acts as."""
    log_group: str
    """Log group of the tasks."""
    task_definition_arn: pulumi.Output[str]
    """Revision that was asked for; what runs may differ after a rollback."""

    def __init__(self, name: str, args: EcsServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:EcsService", name, None, opts)
        self._name, self._args, self._tags = name, args, {"Service": name}
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = f"/{args.scope.namespace}/service/{name}"
        self._ready: list[pulumi.Resource] = [*args.cluster.ready, *args.ready]
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=self.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn,
            tags=self._tags,
            opts=self._child,
        )
        self._ready.append(logs)
        references = self._secret_references()
        execution = self._make_role("execution", "starts the tasks", self._execution_statements())
        task = self._make_role("task", "the tasks themselves", self._task_statements())
        definition = self._make_task_definition(references, execution, task)
        group = self._make_security_group()
        self._open_paths(group)
        service = self._make_service(definition, group)
        self._make_scaling(service)
        self.name, self.security_group_id, self.task_role_name = service.name, group.id, task.name
        self.task_definition_arn = definition.arn
        self.register_outputs({"name": service.name, "securityGroupId": group.id, "logGroup": self.log_group})

    def _secret_references(self) -> dict[str, pulumi.Output[str]]:
        """Environment variable to what ECS reads it from: whole secrets, and single keys of the database's."""
        args, references = self._args, dict[str, pulumi.Output[str]]()
        if args.secrets:
            secrets = ServiceSecrets(
                self._name,
                ServiceSecretsArgs(
                    scope=args.scope, key=args.key, secrets=args.secrets, recovery_days=args.secret_recovery_days
                ),
                self._child,
            )
            references |= secrets.arns
            self._ready += secrets.ready
        if args.database is not None:
            references["DATABASE_URL"] = pulumi.Output.concat(args.database.secret_arn, ":url::")
            references["DATABASE_READ_URL"] = pulumi.Output.concat(args.database.secret_arn, ":read_url::")
            self._ready += args.database.ready
        if args.cache is not None:
            references["REDIS_URL"] = pulumi.Output.concat(args.cache.secret_arn, ":url::")
            references["REDIS_READ_URL"] = pulumi.Output.concat(args.cache.secret_arn, ":read_url::")
            self._ready += args.cache.ready
        return references

    def _execution_statements(self) -> list[Statement]:
        args = self._args
        names = [secret_name(args.scope, self._name, variable) for variable in sorted(args.secrets)]
        aliases = [args.key.alias] if names else []
        for store in (args.database, args.cache):
            if store is not None:
                names.append(store.secret_name)
                aliases.append(store.key.alias)
        return access.execution_statements(
            args.scope,
            image=args.image,
            log_group=self.log_group,
            secret_names=names,
            key_aliases=[*dict.fromkeys(aliases)],
        )

    def _task_statements(self) -> list[Statement]:
        return [*self._args.grants, *(access.open_shell() if self._args.execute_command else [])]

    def _make_role(self, suffix: str, purpose: str, statements: Sequence[Statement]) -> aws.iam.Role:
        role = aws.iam.Role(
            f"{self._name}-{suffix}",
            description=f"Service {self._name}: {purpose}",
            assume_role_policy=json.dumps(access.task_trust(self._args.scope)),
            tags=self._tags,
            opts=self._child,
        )
        if statements:
            policy = aws.iam.RolePolicy(
                f"{self._name}-{suffix}",
                role=role.name,
                policy=json.dumps(access.document(statements)),
                opts=self._child,
            )
            self._ready.append(policy)
        return role

    def _make_task_definition(
        self, references: Mapping[str, pulumi.Output[str]], execution: aws.iam.Role, task: aws.iam.Role
    ) -> aws.ecs.TaskDefinition:
        args = self._args
        return aws.ecs.TaskDefinition(
            self._name,
            family=f"{args.scope.prefix}-{self._name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu_units),
            memory=str(args.memory_mib),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture=args.architecture.upper(), operating_system_family="LINUX"
            ),
            execution_role_arn=execution.arn,
            task_role_arn=task.arn,
            container_definitions=pulumi.Output.all(*references.values()).apply(
                lambda values: self._containers(dict(zip(references, values, strict=True)))
            ),
            skip_destroy=args.keep_revisions,
            tags=self._tags,
            opts=self._child,
        )

    def _containers(self, secrets: Mapping[str, str]) -> str:
        args = self._args
        container = Container(
            name=self._name,
            image=args.image,
            user=args.user,
            port=args.port,
            command=args.command,
            health_command=args.health_command,
            grace_seconds=args.grace_seconds,
            stop_timeout_seconds=args.stop_timeout_seconds,
            tmp_mib=args.tmp_mib,
            # The agent behind a shell writes to the container's root file system.
            read_only=not args.execute_command,
            log_group=self.log_group,
            region=args.scope.region,
            environment={**args.environment, **({"PORT": str(args.port)} if args.port else {})},
            labels=self._labels(),
            secrets=secrets,
        )
        return json.dumps([container_definition(container)])

    def _labels(self) -> dict[str, str]:
        """What the stores' secrets follow: a label that changes makes tasks that read them again."""
        database, cache = self._args.database, self._args.cache
        return {
            **({"database": ",".join(database.instances)} if database else {}),
            **({"cache": f"{cache.name}{' with replicas' if cache.has_replicas else ''}"} if cache else {}),
        }

    def _make_security_group(self) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            self._name,
            vpc_id=self._args.vpc_id,
            description=f"Tasks of service {self._name}",
            tags=self._tags,
            opts=self._child,
        )

    def _open_paths(self, group: aws.ec2.SecurityGroup) -> None:
        """Exactly the connections that the service has: from its load balancer, to its stores, out by port."""
        args, child = self._args, self._child
        self._ready += [open_way_out(self._name, group.id, port, child) for port in args.egress_ports]
        if args.route is not None and args.port is not None:
            balancer = args.route.load_balancer.security_group_id
            self._ready += open_connection(f"{self._name}-load-balancer", balancer, group.id, args.port, child)
        if args.database is not None:
            database = args.database
            self._ready += open_connection(
                f"{self._name}-database", group.id, database.security_group_id, database.port, child
            )
        if args.cache is not None:
            cache = args.cache
            self._ready += open_connection(f"{self._name}-cache", group.id, cache.security_group_id, cache.port, child)
            if cache.read_port is not None:
                self._ready += open_connection(
                    f"{self._name}-cache-read", group.id, cache.security_group_id, cache.read_port, child
                )

    def _make_service(self, definition: aws.ecs.TaskDefinition, group: aws.ec2.SecurityGroup) -> aws.ecs.Service:
        args, route = self._args, self._args.route
        if route is not None:
            self._ready += route.ready
        return aws.ecs.Service(
            self._name,
            cluster=args.cluster.arn,
            task_definition=definition.arn,
            desired_count=args.min_count,
            capacity_provider_strategies=capacity(args.spot_percent),
            # Without it a change of the strategy would replace the service instead of rolling it.
            force_new_deployment=True,
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.subnet_ids, security_groups=[group.id], assign_public_ip=False
            ),
            load_balancers=self._load_balancers(),
            health_check_grace_period_seconds=args.grace_seconds if route is not None else None,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            enable_execute_command=args.execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=False,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._ready, ignore_changes=["desired_count"]),
        )

    def _load_balancers(self) -> list[aws.ecs.ServiceLoadBalancerArgs] | None:
        route, port = self._args.route, self._args.port
        if route is None or port is None:
            return None
        return [
            aws.ecs.ServiceLoadBalancerArgs(
                target_group_arn=route.target_group_arn, container_name=self._name, container_port=port
            )
        ]

    def _make_scaling(self, service: aws.ecs.Service) -> None:
        args = self._args
        Scaling(
            self._name,
            ScalingArgs(
                cluster=args.cluster,
                service_name=service.name,
                min_count=args.min_count,
                max_count=args.max_count,
                cpu_target_percent=args.cpu_target_percent,
                memory_target_percent=args.memory_target_percent,
                requests_per_target=args.requests_per_target,
                scale_out_seconds=args.scale_out_seconds,
                scale_in_seconds=args.scale_in_seconds,
                route=args.route,
                backlogs=args.backlogs,
            ),
            self._child,
        )
