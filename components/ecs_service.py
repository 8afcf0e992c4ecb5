"""A long-running service on ECS Fargate: its roles, secrets, log group, tasks and scaling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components.access import Scope
from components.links import ClusterLink, DatabaseLink, KeyLink, RouteLink

SecretSource = Literal["generated", "external"]


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
