"""A long-running service on ECS Fargate: its roles, secrets, log group, tasks and scaling."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Statement
from components.databases.links import Door
from components.network.connections import open_connection, open_way_out
from components.services.args import EcsServiceArgs as EcsServiceArgs
from components.services.capacity import shares
from components.services.deployment import Shifting, between, configuration, watching
from components.services.logs import service_log_group
from components.services.platform import moved_from
from components.services.scaling import Scaling, ScalingArgs
from components.services.secrets import ServiceSecrets, ServiceSecretsArgs, secret_name
from components.services.service_connect import PORT_NAME, CalledLink, call_variables, open_calls, service_connect
from components.services.task_definition import Container, container_definition
from components.services.telemetry import (
    HEADER_VARIABLE,
    collector_image_statements,
    trace_statements,
    trace_variables,
    with_collector,
)
from components.tasks.migration import Migration


def capacity(spot_percent: int, base_on_demand: int) -> list[aws.ecs.ServiceCapacityProviderStrategyArgs]:
    """Where the tasks run, as ECS takes it."""
    return [
        aws.ecs.ServiceCapacityProviderStrategyArgs(
            capacity_provider=share.provider, weight=share.weight, base=share.base or None
        )
        for share in shares(spot_percent, base_on_demand)
    ]


def keys_of(secret_arn: pulumi.Input[str], variables: Mapping[str, str]) -> dict[str, pulumi.Output[str]]:
    """Environment variable to the key of a secret, as ECS takes it."""
    return {variable: pulumi.Output.concat(secret_arn, f":{key}::") for variable, key in variables.items()}


class EcsService(pulumi.ComponentResource):
    """One image, running as at least `min_count` tasks in private subnets.

    Autoscaling owns the number of tasks, so a deploy leaves it alone. By default `up` does not wait: ECS reports a
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
    called: CalledLink | None
    """How others call it; None if none does."""

    def __init__(self, name: str, args: EcsServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:EcsService", name, None, moved_from("headroom:compute:EksService", opts))
        self._name, self._args, self._tags = name, args, {"Service": name}
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = service_log_group(args.scope, name)
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
        self._migrate(references, group)
        service = self._make_service(definition, group)
        self._make_scaling(service)
        self.name, self.security_group_id, self.task_role_name = service.name, group.id, task.name
        self.task_definition_arn = definition.arn
        self.called = self._called(service, group)
        self.register_outputs({"name": service.name, "securityGroupId": group.id, "logGroup": self.log_group})

    def _secret_references(self) -> dict[str, pulumi.Output[str]]:
        """Environment variable to what ECS reads it from: whole secrets, and single keys of the database's."""
        args, references = self._args, dict[str, pulumi.Output[str]]()
        if args.secrets:
            secrets = ServiceSecrets(
                self._name,
                ServiceSecretsArgs(
                    scope=args.scope,
                    key=args.key,
                    secrets=args.secrets,
                    recovery_days=args.secret_recovery_days,
                    by_hand=args.by_hand,
                ),
                self._child,
            )
            references |= secrets.arns
            self._ready += secrets.ready
        for database in args.databases:
            references |= keys_of(database.secret_arn, database.variables)
            self._ready += database.ready
        if args.cache is not None:
            references |= keys_of(args.cache.secret_arn, {"REDIS_URL": "url", "REDIS_READ_URL": "read_url"})
            self._ready += args.cache.ready
        return references

    def _secrets_and_keys(self) -> tuple[list[str], list[str]]:
        """Names of all secrets that the tasks are given, and aliases of the keys that encrypt them."""
        args = self._args
        names = [secret_name(args.scope, self._name, variable) for variable in sorted(args.secrets)]
        aliases = [args.key.alias] if names else []
        stores = [(database.secret_name, database.key) for database in args.databases]
        stores += [(args.cache.secret_name, args.cache.key)] if args.cache is not None else []
        names += [name for name, _ in stores]
        return names, [*dict.fromkeys([*aliases, *(key.alias for _, key in stores)])]

    def _execution_statements(self) -> list[Statement]:
        args = self._args
        names, aliases = self._secrets_and_keys()
        header = args.traces.header if args.traces else None
        if header is not None:
            names, aliases = [*names, header.secret_name], [*dict.fromkeys([*aliases, header.key.alias])]
        statements = access.execution_statements(
            args.scope, image=args.image, log_group=self.log_group, secret_names=names, key_aliases=aliases
        )
        return [*statements, *collector_image_statements(args.scope, args.image, args.traces)]

    def _task_statements(self) -> list[Statement]:
        args = self._args
        shell = access.open_shell() if args.execute_command else []
        return [*args.grants, *trace_statements(args.traces), *shell]

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
        header = args.traces.header if args.traces else None
        if header is not None:
            references = {**references, HEADER_VARIABLE: pulumi.Output.from_input(header.secret_arn)}
            self._ready += header.ready
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
            # Beside it no one-off task has a proxy or a collector, so none of them is told of these.
            environment={
                **self._environment(),
                **call_variables(args.calls),
                **trace_variables(self._name, args.image, args.traces),
            },
            labels=self._labels(),
            secrets={variable: arn for variable, arn in secrets.items() if variable != HEADER_VARIABLE},
            port_name=PORT_NAME if args.calls and args.calls.is_called else None,
        )
        return json.dumps(with_collector(container_definition(container), args.traces, secrets.get(HEADER_VARIABLE)))

    def _labels(self) -> dict[str, str]:
        """What the stores' secrets follow: a label that changes makes tasks that read them again."""
        cache = self._args.cache
        return {
            **{f"database{f'-{d.tenant}' if d.tenant else ''}": d.label for d in self._args.databases},
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
        for name, door in self._doors().items():
            self._ready += open_connection(name, group.id, door.security_group_id, door.port, child)
        if args.cache is not None:
            cache = args.cache
            self._ready += open_connection(f"{self._name}-cache", group.id, cache.security_group_id, cache.port, child)
            if cache.read_port is not None:
                self._ready += open_connection(
                    f"{self._name}-cache-read", group.id, cache.security_group_id, cache.read_port, child
                )
        if args.calls is not None:
            self._ready += open_calls(self._name, group.id, args.calls, child)
            self._ready += [resource for link in args.calls.calls for resource in link.ready]

    def _called(self, service: aws.ecs.Service, group: aws.ec2.SecurityGroup) -> CalledLink | None:
        calls, port = self._args.calls, self._args.port
        if calls is None or not calls.is_called or port is None:
            return None
        return CalledLink(name=self._name, port=port, security_group_id=group.id, ready=[service])

    def _doors(self) -> dict[str, Door]:
        """Name of a connection to where it leads; each door once, whoever uses it. Its own database's has no more in
        its name than `database`."""
        named: dict[str, Door] = {}
        for database in self._args.databases:
            for place, door in enumerate(database.doors):
                name = "database" if not (place or database.tenant) else f"database-{door.name}"
                if door.name not in {known.name for known in named.values()}:
                    named[f"{self._name}-{name}"] = door
        return named

    def _migrate(self, references: Mapping[str, pulumi.Output[str]], group: aws.ec2.SecurityGroup) -> None:
        """What the service waits for: a migration with all that its tasks will have, that goes past a pool."""
        args = self._args
        if args.migration is None:
            return
        direct = {
            variable: arn
            for database in args.databases
            for variable, arn in keys_of(database.secret_arn, database.migration_variables).items()
        }
        names, aliases = self._secrets_and_keys()
        migration = Migration(
            self._name,
            args,
            args.migration,
            environment=self._environment(),
            secrets={**references, **direct},
            secret_names=names,
            key_aliases=aliases,
            log_group=self.log_group,
            security_group_id=group.id,
            ready=self._ready,
            opts=self._child,
        )
        self._ready.append(migration.done)

    def _environment(self) -> dict[str, str]:
        args = self._args
        return {**args.environment, **({"PORT": str(args.port)} if args.port else {})}

    def _make_service(self, definition: aws.ecs.TaskDefinition, group: aws.ec2.SecurityGroup) -> aws.ecs.Service:
        args, route = self._args, self._args.route
        if route is not None:
            self._ready += route.ready
        self._ready += args.deployment.ready
        balancers = self._load_balancers()
        return aws.ecs.Service(
            self._name,
            cluster=args.cluster.arn,
            task_definition=definition.arn,
            desired_count=args.min_count,
            capacity_provider_strategies=capacity(args.spot_percent, args.base_on_demand),
            # Without it a change of the strategy would replace the service instead of rolling it.
            force_new_deployment=True,
            network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
                subnets=args.subnet_ids, security_groups=[group.id], assign_public_ip=False
            ),
            load_balancers=balancers,
            service_connect_configuration=service_connect(
                self._name, args.port, args.calls, log_group=self.log_group, region=args.scope.region
            ),
            health_check_grace_period_seconds=args.grace_seconds if route is not None else None,
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            deployment_configuration=configuration(args.deployment.deploy),
            alarms=watching(args.deployment),
            availability_zone_rebalancing="ENABLED",
            enable_execute_command=args.execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            wait_for_steady_state=args.wait_for_tasks,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._ready, ignore_changes=["desired_count"]),
        )

    def _load_balancers(self) -> list[aws.ecs.ServiceLoadBalancerArgs] | None:
        route, port = self._args.route, self._args.port
        if route is None or port is None:
            return None
        shifting = Shifting(self._name, self._args.scope, self._child) if route.second is not None else None
        self._ready += shifting.ready if shifting is not None else ()
        return [
            aws.ecs.ServiceLoadBalancerArgs(
                target_group_arn=route.target_group_arn,
                container_name=self._name,
                container_port=port,
                advanced_configuration=between(route, shifting) if shifting is not None else None,
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
                sleep=args.sleep,
            ),
            self._child,
        )
