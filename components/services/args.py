"""What a service is (see `components.services.ecs_service`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components.access import Scope, Statement
from components.constraints import log_retention_problems, require, within
from components.databases.links import DatabaseUserLink
from components.keys.by_hand import BY_HAND, ByHand
from components.links import CacheLink, ClusterLink, FunctionLink, KeyLink, RouteLink
from components.services.capacity import capacity_problems
from components.services.constraints import (
    FARGATE_SOURCE,
    health_command_problems,
    service_problems,
    user_problems,
    variable_problems,
    variables_given,
)
from components.services.deployment import DeploymentArgs
from components.services.scaling import Backlog
from components.services.secrets import SecretSource
from components.services.service_connect import CallsArgs, call_variables
from components.services.sidecars import room_problems
from components.services.sleep import Sleep
from components.services.telemetry import TracesArgs, trace_variables
from components.tasks.one_off_task import LIMIT_SOURCE, LONGEST_SECONDS


@dataclass(frozen=True, kw_only=True)
class MigrationArgs:
    """What brings a service's database to the version that its image expects."""

    command: Sequence[str]
    """What is run, in the service's image, with its variables and secrets."""
    runner: FunctionLink
    """Function that runs it."""
    wait_seconds: int = 600
    """How long `up` waits for it, in seconds; 840 at most."""

    def __post_init__(self) -> None:
        if not self.command:
            raise ValueError("command is empty; name what migrates, or leave the migration out")
        require(within("wait_seconds", self.wait_seconds, 30, LONGEST_SECONDS, "seconds", LIMIT_SOURCE))


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
    by_hand: ByHand = BY_HAND
    """Who puts later values of the service's own secrets, and how often."""
    port: int | None = None
    """TCP port on which the container listens, given to it as PORT; none for a worker."""
    route: RouteLink | None = None
    """How requests arrive from the load balancer; none for a private service."""
    databases: Sequence[DatabaseUserLink] = ()
    """Databases that it signs in to as a user of its own: given to the container as DATABASE_URL and
    DATABASE_READ_URL, and a tenant's as DATABASE_URL_<TENANT> and DATABASE_READ_URL_<TENANT>."""
    migration: MigrationArgs | None = None
    """Runs before tasks of a new definition do; none by default."""
    cache: CacheLink | None = None
    """Cache given to the container as REDIS_URL and REDIS_READ_URL."""
    calls: CallsArgs | None = None
    """Its part in the calls among services; none by default."""
    traces: TracesArgs | None = None
    """Where its traces go; nowhere by default."""
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    """Environment variable to its source: `generated` gets a random first value, `external` waits for the team's."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Plain environment variables; never a secret."""
    command: Sequence[str] | None = None
    """Replaces the image's command."""
    health_command: Sequence[str] | None = None
    """Container health check, `["CMD", "/app/healthy"]`; none by default, see the task definition."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the tasks; the image must be built for it."""
    user: str = "10001:10001"
    """User and group ids of the process; never 0."""
    tmp_mib: int = 64
    """Size of /tmp, the only writable place, in MiB; it counts as memory of the task."""
    stop_timeout_seconds: int = 70
    """Seconds from SIGTERM to SIGKILL, 120 at most; longer than the load balancer's drain."""
    critical: bool = False
    """Whether users notice at once when a task is gone: then none may run on Spot."""
    base_on_demand: int = 1
    """Tasks that run on demand before `spot_percent` counts; means nothing without Spot."""
    spot_percent: int = 0
    """Share of the tasks beyond those on Fargate Spot, in percent; AWS may stop those at 2 minutes' notice."""
    cpu_target_percent: int = 70
    """Autoscaling keeps the average CPU of the tasks at this percentage."""
    memory_target_percent: int = 80
    """Autoscaling keeps the average memory of the tasks at this percentage."""
    requests_per_target: int | None = None
    """Autoscaling keeps the requests a minute and task at this number; off by default."""
    backlogs: Sequence[Backlog] = ()
    """Queues that autoscaling counts the waiting messages of; none by default."""
    sleep: Sleep | None = None
    """When no task runs, whatever autoscaling measures; never by default. One-off tasks of the service still run."""
    scale_out_seconds: int = 60
    """Pause after tasks were added."""
    scale_in_seconds: int = 300
    """Pause after tasks were taken away."""
    grace_seconds: int = 60
    """Seconds in which a new task behind a load balancer may fail its health checks."""
    execute_command: bool = False
    """Operators may open a shell in a task (ECS Exec); its root file system is then writable."""
    wait_for_tasks: bool = False
    """Whether whoever depends on the service waits until its tasks are healthy. A service that ECS rolled back counts
    as healthy, so this is no proof of a deploy."""
    keep_revisions: bool = False
    """Earlier revisions of the task definition stay active, and outlive the stack. ECS rolls a service back to an
    earlier revision, so set it where a rollback matters more than an empty account after the stack is gone."""
    egress_ports: Sequence[int] = (443,)
    """TCP ports that the tasks may reach anywhere; databases are opened one by one."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the tasks start, beside what the service makes itself: their way to image and secrets."""
    grants: Sequence[Statement] = ()
    """What the service itself may do in AWS; nothing by default."""
    deployment: DeploymentArgs = field(default_factory=DeploymentArgs)
    """How new versions take over; a few tasks at a time by default."""

    def __post_init__(self) -> None:
        given = [
            *variables_given(port=self.port, database=False, cache=self.cache is not None),
            *(variable for database in self.databases for variable in database.variables),
            *call_variables(self.calls),
            *trace_variables("", self.image, self.traces),
        ]
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
                *health_command_problems(self.health_command or ()),
                *within("tmp_mib", self.tmp_mib, 1, self.memory_mib // 2, "MiB", FARGATE_SOURCE),
                *capacity_problems(
                    critical=self.critical,
                    spot_percent=self.spot_percent,
                    base_on_demand=self.base_on_demand,
                    max_count=self.max_count,
                ),
                *log_retention_problems(self.log_retention_days),
                *room_problems(
                    self.cpu_units,
                    self.memory_mib,
                    self.tmp_mib,
                    proxy=self.calls is not None,
                    collector_mib=self.traces.memory_mib if self.traces else 0,
                ),
            ]
        )
        if self.deployment.deploy.shifts and (self.route is None or self.route.second is None):
            raise ValueError(
                f"strategy is {self.deployment.deploy.strategy}, which moves requests between two target groups; give "
                "the service a route that is paired, or choose rolling"
            )
        if self.route is not None and self.port is None:
            raise ValueError("port is missing: a service with a route must listen on one; name the container's port")
        if self.calls is not None and self.calls.is_called and self.port is None:
            raise ValueError(
                "port is missing: a service that others call must listen on one; name the container's port"
            )
