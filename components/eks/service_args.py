"""What a service on EKS is (see `components.eks.service`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components.access import Scope, Statement
from components.constraints import log_retention_problems, require, within
from components.databases.links import DatabaseUserLink
from components.eks.link import EksLink
from components.keys.by_hand import BY_HAND, ByHand
from components.kubernetes.constraints import (
    HPA_SOURCE,
    LONGEST_PERIOD,
    LONGEST_WINDOW,
    count_problems,
    image_problems,
    probe_problems,
    resource_problems,
    spot_problems,
    work_name_problems,
)
from components.kubernetes.jobs import Work
from components.kubernetes.pod import Resources
from components.links import CacheLink, KeyLink, RouteLink
from components.services.calls import call_variable
from components.services.constraints import user_problems, variable_problems, variables_given
from components.services.secrets import SecretSource
from components.services.telemetry import TracesArgs, trace_variables


@dataclass(frozen=True, kw_only=True)
class EksServiceArgs:
    """What a service is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space for secrets and policies."""
    key: KeyLink
    """Key for the service's secrets."""
    cluster: EksLink
    """Cluster that runs the pods."""
    image: str
    """Image with its tag or digest."""
    min_count: int = 2
    """Pods that always run."""
    max_count: int = 10
    """Pods that autoscaling may reach."""
    log_retention_days: int
    """Days that the pods' log lines are kept."""
    secret_recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    by_hand: ByHand = BY_HAND
    """Who puts later values of the service's own secrets, and how often."""
    port: int | None = 5000
    """TCP port on which the container listens, given to it as PORT; none for a worker."""
    resources: Resources = field(default_factory=Resources)
    """What a container is promised, and what it may take."""
    route: RouteLink | None = None
    """How requests arrive from the load balancer, with a target group of this service's own; none for a private one."""
    caller_cidrs: Sequence[str] = ()
    """Ranges of the load balancer's subnets; with a route only."""
    callers: Sequence[str] = ()
    """Names of services of this cluster that call this one."""
    calls: Mapping[str, int] = field(default_factory=dict)
    """Services of this cluster that it calls, each with its TCP port; it is given their URLs as SERVICE_URL_<NAME>."""
    traces: TracesArgs | None = None
    """Where its traces go; nowhere by default."""
    databases: Sequence[DatabaseUserLink] = ()
    """Databases that it signs in to as a user of its own: given to the container as DATABASE_URL and
    DATABASE_READ_URL, and a tenant's as DATABASE_URL_<TENANT> and DATABASE_READ_URL_<TENANT>."""
    cache: CacheLink | None = None
    """Cache given to the container as REDIS_URL and REDIS_READ_URL."""
    store_cidrs: Sequence[str] = ()
    """Ranges of the subnets of databases and caches; with a store only."""
    secrets: Mapping[str, SecretSource] = field(default_factory=dict)
    """Environment variable to its source: `generated` gets a random first value, `external` waits for the team's."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Plain environment variables; never a secret."""
    command: Sequence[str] = ()
    """Replaces the image's command."""
    health_path: str | None = "/health"
    """Path that answers 200 while the pod can serve; None where it answers no such request."""
    liveness_path: str | None = None
    """Path that answers 200 unless the process must be restarted; none asks only whether the port is open."""
    health_command: Sequence[str] = ()
    """Command that exits 0 while the container is healthy."""
    health_interval_seconds: int = 15
    """Seconds between two checks."""
    health_timeout_seconds: int = 5
    """A check without an answer after this many seconds has failed."""
    healthy_count: int = 2
    """Passed checks in a row that the target group wants."""
    unhealthy_count: int = 3
    """Failed checks in a row until a pod gets no traffic."""
    grace_seconds: int = 60
    """Seconds in which a new pod may fail its health check."""
    drain_seconds: int = 60
    """Seconds that open requests of a leaving pod may take; the route's own."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor that the image is built for."""
    user: str = "10001:10001"
    """User and group ids of the process; never 0."""
    tmp_mib: int = 64
    """Size of /tmp, the only writable place, in MiB; it counts as memory of the container."""
    critical: bool = False
    """Whether the service never runs on Spot nodes."""
    spot_percent: int = 0
    """How much Spot nodes are preferred; 0 never uses them."""
    cpu_target_percent: int = 70
    """Autoscaling keeps the average CPU of the pods at this share of what they are promised (C4)."""
    scale_out_seconds: int = 60
    """Time in which the number of pods at most doubles."""
    scale_in_seconds: int = 300
    """Time that must ask for fewer pods before any is taken away."""
    egress_ports: Sequence[int] = (443,)
    """TCP ports that the pods may reach anywhere."""
    schedules: Mapping[str, Work] = field(default_factory=dict)
    """Name to a command that runs at set times."""
    migration: Sequence[str] = ()
    """Command that runs once for each new image, before its pods take traffic (T9)."""
    migration_timeout_seconds: int = 900
    """A migration that takes longer has failed."""
    grants: Sequence[Statement] = ()
    """What the service itself may do in AWS; nothing by default."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the pods start."""

    def __post_init__(self) -> None:
        given = [
            *variables_given(port=self.port, database=False, cache=self.cache is not None),
            *(variable for database in self.databases for variable in database.variables),
            *(call_variable(name) for name in self.calls),
            *trace_variables("", self.image, self.traces),
        ]
        require(
            [
                *log_retention_problems(self.log_retention_days),
                *image_problems(self.image),
                *count_problems(self.min_count, self.max_count),
                *resource_problems(self.resources),
                *probe_problems(
                    port=self.port,
                    health_path=self.health_path,
                    liveness_path=self.liveness_path,
                    interval_seconds=self.health_interval_seconds,
                    timeout_seconds=self.health_timeout_seconds,
                ),
                *spot_problems(self.spot_percent, self.drain_seconds, self.critical),
                *variable_problems(self.environment, self.secrets, given),
                *user_problems(self.user),
                *within("cpu_target_percent", self.cpu_target_percent, 1, 100, "percent", HPA_SOURCE),
                *within("scale_out_seconds", self.scale_out_seconds, 1, LONGEST_PERIOD, "seconds", HPA_SOURCE),
                *within("scale_in_seconds", self.scale_in_seconds, 0, LONGEST_WINDOW, "seconds", HPA_SOURCE),
                *(problem for name in self.schedules for problem in work_name_problems(name)),
            ]
        )
        if self.callers and self.port is None:
            raise ValueError(
                "port is missing: a service that others call must listen on one; name the container's port"
            )
        if self.route is not None and self.port is None:
            raise ValueError("port is missing: a service with a route must listen on one; name the container's port")
