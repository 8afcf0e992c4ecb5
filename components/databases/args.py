"""What a database on RDS is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import pulumi

from components.access import Scope
from components.constraints import Problem, log_retention_problems, require, secret_recovery_problems, within
from components.databases.constraints import (
    RDS_GUIDE,
    blue_green_problems,
    certificate_problems,
    copy_problems,
    database_name_problems,
    monitoring_problems,
    replica_problems,
    restore_problems,
)
from components.databases.engines import RdsEngine, exported_logs, follows_minor_releases
from components.databases.parameter_constraints import extension_problems, parameter_problems
from components.databases.parameters import connections_of
from components.databases.storage_constraints import performance_problems, storage_problems
from components.databases.version_constraints import insights_problems, instance_class_problems, version_problems
from components.databases.window_constraints import window_problems
from components.keys.by_hand import BY_HAND, ByHand
from components.links import KeyLink


@dataclass(frozen=True, kw_only=True)
class Restore:
    """What a new database begins with; later changes of it are ignored, since they would mean another instance."""

    snapshot: str | None = None
    """Name of a snapshot, or the ARN of a shared one."""
    database: str | None = None
    """Identifier of an instance in this region, `headroom-prod-main`, whose backups hold a point in time."""
    backups: str | None = None
    """ARN of automated backups that are kept of a deleted instance, or that were copied from another region."""
    time: str | None = None
    """Point in time in UTC, `2026-11-21T13:00:00Z`; the latest possible by default."""


@dataclass(frozen=True, kw_only=True)
class CommonArgs:
    """What a database is on RDS and on Aurora alike."""

    scope: Scope
    """Account, region and name space for identifiers and policies."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Isolated subnets (no route to the internet), in two zones at least."""
    key: KeyLink
    """Key for storage, insights, logs and the secret."""
    backup_window: str = "07:00-09:00"
    """Daily, in UTC (D1)."""
    maintenance_window: str = "sun:09:30-sun:10:30"
    """Weekly, in UTC."""
    deletion_protection: bool
    """AWS refuses to delete the instance or cluster while this is on."""
    final_snapshot: bool
    """A last snapshot is taken when the instance or cluster is deleted."""
    insights: bool
    """Database Insights in standard mode, 7 days of history."""
    monitoring_seconds: int
    """Interval of enhanced monitoring in seconds; 0 turns it off."""
    log_retention_days: int
    """Days that the exported logs are kept."""
    secret_recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    protect: bool
    """Pulumi refuses to delete or replace the instance or cluster and its secret."""
    by_hand: ByHand = BY_HAND
    """Who changes the master user's password, and how often."""
    slow_query_ms: int = 1000
    """Statements that take longer, in milliseconds, are logged (D1)."""
    extensions: Sequence[str] = ()
    """Extensions of PostgreSQL that the application uses; those that need it are loaded at start (D7)."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """More parameters of the engine, beside the stack's own."""
    ca: str = "rds-ca-rsa2048-g1"
    """Authority that signs the instances' certificates."""
    database_name: str = "app"
    """Database made at creation."""
    username: str = "headroom"
    """Master user; the password is random and lives in the secret."""
    apply_immediately: bool = False
    """Changes that need a restart happen at once instead of in the maintenance window."""
    iam_authentication: bool = False
    """Database users that are set up for it may sign in with IAM tokens."""
    allow_major_upgrade: bool = False
    """A change of the major version is carried out; set it for that change only."""
    restore: Restore | None = None
    """What a new database begins with; nothing by default. On Aurora its `database` is a cluster's identifier."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs(CommonArgs):
    """What a database is; environments differ by these values only."""

    zones: Sequence[str]
    """Full names of the zones of those subnets, `eu-west-1a`, in order of preference."""
    engine: RdsEngine = "postgres"
    """`postgres` or `mysql`."""
    version: str
    """A major version (`17`, `8.4`) follows AWS's minor releases in the maintenance window, a minor one (`17.6`) stays
    until this is changed: were AWS to upgrade it, the next `up` would ask for a downgrade, which RDS refuses
    (aws_db_instance, `engine_version`)."""
    instance_class: str
    """RDS class of the writer, `db.t4g.small`."""
    replica_class: str | None = None
    """RDS class of the replicas; the writer's by default."""
    storage_gib: int
    """Initial gp3 storage in GiB."""
    max_storage_gib: int
    """Storage grows by itself up to this many GiB; 0 keeps it at its initial size."""
    iops: int = 0
    """Operations a second, from 400 GiB on; 0 is what storage of this size includes."""
    throughput_mib: int = 0
    """MiB a second, from 400 GiB on; 0 is what storage of this size includes."""
    multi_az: bool
    """A standby in another zone takes over when the writer fails."""
    replicas: int
    """Read replicas; they serve DATABASE_READ_URL."""
    replica_zones: Sequence[str] = ()
    """Full names of the replicas' zones, taken in turn; by default all but the writer's."""
    backup_days: int
    """Days that automated backups are kept."""
    backup_copy_region: str = "none"
    """Region that automated backups are copied to, and kept in for as long; `none` copies nothing."""
    backup_copy_key: KeyLink | None = None
    """Key of the copies, in their region."""
    blue_green: bool = False
    """Changes are made on a copy that takes over in about a minute."""

    def __post_init__(self) -> None:
        require(self._problems())

    def _problems(self) -> list[Problem]:
        engine, classes = self.engine, {"class": self.instance_class}
        if self.replica_class is not None:
            classes["replica_class"] = self.replica_class
        return [
            *version_problems(engine, self.version),
            *(problem for key, name in classes.items() for problem in instance_class_problems(engine, name, key)),
            *(problem for name in classes.values() for problem in insights_problems(engine, name, self.insights)),
            *storage_problems(self.storage_gib, self.max_storage_gib),
            *performance_problems(engine, self.storage_gib, self.iops, self.throughput_mib),
            *within(
                "backup_days", self.backup_days, 0, 35, "days", f"{RDS_GUIDE}/USER_WorkingWithAutomatedBackups.html"
            ),
            *window_problems(self.backup_window, self.maintenance_window),
            *replica_problems(self.replicas, self.backup_days),
            *copy_problems(self.backup_copy_region, self.backup_days, self.scope.region),
            *monitoring_problems(self.monitoring_seconds),
            *certificate_problems(self.ca),
            *database_name_problems(engine, self.database_name),
            *extension_problems(engine, self.extensions),
            *parameter_problems(engine, self.parameters),
            *blue_green_problems(
                engine, self.blue_green, self.replicas, self.backup_days, self.allow_major_upgrade, self.parameters
            ),
            *(restore_problems(asdict(self.restore)) if self.restore else []),
            *log_retention_problems(self.log_retention_days),
            *secret_recovery_problems(self.secret_recovery_days),
        ]

    @property
    def class_of_replicas(self) -> str:
        """RDS class of the replicas."""
        return self.replica_class or self.instance_class

    @property
    def max_connections(self) -> tuple[int, int]:
        """Connections that the writer accepts, and each replica."""
        return connections_of(self.engine, self.instance_class, self.replica_class)

    @property
    def follows_minor_releases(self) -> bool:
        """Whether AWS chooses the minor version."""
        return follows_minor_releases(self.engine, self.version)

    @property
    def logs(self) -> tuple[str, ...]:
        """Logs that are exported."""
        return exported_logs(self.engine, iam_authentication=self.iam_authentication)
