"""A task that runs once, to its end, while `up` waits: what depends on it starts only if it succeeded."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope, Statement
from components.constraints import require, within
from components.links import ClusterLink, FunctionLink
from components.services.constraints import fargate_size_problems
from components.services.task_definition import Container, container_definition
from components.tasks.statements import task_family, task_role_name

LONGEST_SECONDS = 840
"""14 minutes: Lambda's 15, less what starting and answering take."""
LIMIT_SOURCE = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
MEMORY_OF_TMP_MIB = 16


@dataclass(frozen=True, kw_only=True)
class PreparedTaskArgs:
    """What the task is."""

    scope: Scope
    """Account, region and name space of names and policies."""
    title: str
    """What it is to people, `Migration of api`; errors begin with it."""
    cluster: ClusterLink
    """Cluster that runs it."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets."""
    security_group_ids: Sequence[pulumi.Input[str]]
    """What it may reach."""
    image: str
    """Image with its tag or digest."""
    log_group: str
    """Log group that it writes to."""
    command: Sequence[str]
    """What it runs."""
    entry_point: Sequence[str] | None = None
    """Replaces the image's entry point."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Plain environment variables."""
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Variable to the ARN of a secret, or `<arn>:<key>::` for one key of it."""
    secret_names: Sequence[str] = ()
    """Physical names of those secrets."""
    key_aliases: Sequence[str] = ()
    """Aliases of the keys that encrypt them."""
    grants: Sequence[Statement] = ()
    """What its code may do in AWS; nothing by default."""
    user: str = "1000:1000"
    """User and group ids of the process; never 0."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor; the image must be built for it."""
    cpu_units: int = 256
    """CPU; 1024 units are one vCPU."""
    memory_mib: int = 512
    """Memory in MiB."""
    tmp_mib: int = MEMORY_OF_TMP_MIB
    """Size of /tmp, the only writable place, in MiB."""
    wait_seconds: int = 600
    """How long `up` waits, in seconds; 840 at most."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before it runs."""
    service: str
    """Whose it is, for the tag Service."""

    def __post_init__(self) -> None:
        require(
            [
                *within("wait_seconds", self.wait_seconds, 30, LONGEST_SECONDS, "seconds", LIMIT_SOURCE),
                *fargate_size_problems(self.cpu_units, self.memory_mib),
            ]
        )


@dataclass(frozen=True, kw_only=True)
class OneOffTaskArgs(PreparedTaskArgs):
    """What the task is, and when it runs again."""

    runner: FunctionLink
    """Function that runs it; its policy must name this task."""
    triggers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """The task runs again when one of these changes, or its definition does."""


class PreparedTask(pulumi.ComponentResource):
    """A task definition and its roles: whoever is told of it may run it."""

    told: pulumi.Output[dict[str, Any]]
    """How it is run, as functions/run_task/request.py has it, but for the request that tells one run from the next."""
    ready: Sequence[pulumi.Resource]
    """What must stand before it is run."""

    def __init__(
        self,
        name: str,
        args: PreparedTaskArgs,
        opts: pulumi.ResourceOptions | None = None,
        token: str = "headroom:compute:PreparedTask",
    ) -> None:
        super().__init__(token, name, None, opts)
        self._name, self._args, self._tags = name, args, {"Service": args.service}
        self._task = name.replace("-", "_")
        self._child = pulumi.ResourceOptions(parent=self)
        self._ready: list[pulumi.Resource] = [*args.ready, *args.cluster.ready]
        self.definition = self._make_definition()
        self.told = pulumi.Output.all(
            cluster=args.cluster.arn,
            task_definition=self.definition.arn,
            subnets=args.subnet_ids,
            security_groups=args.security_group_ids,
        ).apply(lambda known: {**known, **self._fixed()})
        self.ready = self._ready
        if type(self) is PreparedTask:
            self.register_outputs({"taskDefinition": self.definition.arn})

    def _fixed(self) -> dict[str, Any]:
        args = self._args
        return {
            "title": args.title,
            "container": self._name,
            "log_group": args.log_group,
            "wait_seconds": args.wait_seconds,
        }

    def _make_role(self, purpose: str, says: str, statements: Sequence[Statement]) -> aws.iam.Role:
        name = f"{self._name}-{purpose}"
        role = aws.iam.Role(
            name,
            name=task_role_name(self._args.scope, self._task, purpose),
            description=f"{self._args.title}: {says}",
            assume_role_policy=json.dumps(access.task_trust(self._args.scope)),
            tags=self._tags,
            opts=self._child,
        )
        policy = aws.iam.RolePolicy(
            name, role=role.name, policy=json.dumps(access.document(statements)), opts=self._child
        )
        self._ready.append(policy)
        return role

    def _make_definition(self) -> aws.ecs.TaskDefinition:
        args = self._args
        statements = access.execution_statements(
            args.scope,
            image=args.image,
            log_group=args.log_group,
            secret_names=args.secret_names,
            key_aliases=args.key_aliases,
        )
        execution = self._make_role("execution", "starts the task", statements)
        task = self._make_role("task", "the task itself", args.grants) if args.grants else None
        return aws.ecs.TaskDefinition(
            self._name,
            family=task_family(args.scope, self._task),
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu_units),
            memory=str(args.memory_mib),
            runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture=args.architecture.upper(), operating_system_family="LINUX"
            ),
            execution_role_arn=execution.arn,
            task_role_arn=task.arn if task is not None else None,
            container_definitions=pulumi.Output.all(*args.secrets.values()).apply(
                lambda values: self._containers(dict(zip(args.secrets, values, strict=True)))
            ),
            tags=self._tags,
            opts=self._child,
        )

    def _containers(self, secrets: Mapping[str, str]) -> str:
        args = self._args
        container = Container(
            name=self._name,
            image=args.image,
            user=args.user,
            port=None,
            command=args.command,
            entry_point=args.entry_point,
            health_command=None,
            grace_seconds=0,
            stop_timeout_seconds=120,
            tmp_mib=args.tmp_mib,
            read_only=True,
            log_group=args.log_group,
            region=args.scope.region,
            environment=args.environment,
            labels={},
            secrets=secrets,
        )
        return json.dumps([container_definition(container)])


class OneOffTask(PreparedTask):
    """A prepared task, and a call of the runner that is made anew whenever the task changes.

    The call is a resource: `up` makes it in order, after what the task needs and before what depends on `done`, and
    fails with the task's reason. Nothing runs in a preview, in a refresh, or when nothing changed. A task must bear to
    be run again: a call that was cut off is made again, and finds the task that runs or starts another.
    """

    done: pulumi.Resource
    """Who depends on it comes after a success only."""

    def __init__(self, name: str, args: OneOffTaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts, "headroom:compute:OneOffTask")
        event = pulumi.Output.all(told=self.told, triggers=args.triggers).apply(
            lambda known: self._event(known["told"], known["triggers"])
        )
        self.done = aws.lambda_.Invocation(
            name,
            function_name=args.runner.name,
            input=event,
            triggers={"task_definition": self.definition.arn, **args.triggers},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self.ready, *args.runner.ready]),
        )
        self.register_outputs({"taskDefinition": self.definition.arn})

    def _event(self, told: Mapping[str, Any], triggers: Mapping[str, Any]) -> str:
        """What the function is told. The subnets and groups are where a task runs, and not what it is: they do not make
        it another one."""
        what = json.dumps([self._task, told["cluster"], told["task_definition"], triggers], sort_keys=True)
        return json.dumps({**told, "request": hashlib.sha256(what.encode()).hexdigest()[:32]}, sort_keys=True)
