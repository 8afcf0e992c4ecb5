"""An RDS for PostgreSQL instance, its read replicas and the secret that services connect with."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.access import Scope
from components.links import KeyLink


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """What a database is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space for identifiers and policies."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Isolated subnets (no route to the internet), in two zones at least."""
    zones: Sequence[str]
    """Full names of the zones of those subnets, `eu-west-1a`, in order of preference."""
    key: KeyLink
    """Key for storage, insights, logs and the secret."""
    version: str
    """PostgreSQL version: a major one (`17`) follows AWS's minor releases, `17.7` pins the floor."""
    instance_class: str
    """RDS class of the writer and of every replica, `db.t4g.small`."""
    storage_gib: int
    """Initial gp3 storage in GiB."""
    max_storage_gib: int
    """Storage grows by itself up to this many GiB; 0 keeps it at its initial size."""
    multi_az: bool
    """A standby in another zone takes over when the writer fails."""
    replicas: int
    """Read replicas; they serve DATABASE_READ_URL."""
    backup_days: int
    """Days that automated backups are kept."""
    deletion_protection: bool
    """AWS refuses to delete the writer while this is on."""
    final_snapshot: bool
    """A last snapshot is taken when the writer is deleted."""
    insights: bool
    """Database Insights in standard mode, 7 days of history."""
    monitoring_seconds: int
    """Interval of enhanced monitoring in seconds; 0 turns it off."""
    log_retention_days: int
    """Days that the exported PostgreSQL and upgrade logs are kept."""
    secret_recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    protect: bool
    """Pulumi refuses to delete or replace the writer and its secret."""
    database_name: str = "app"
    """Database made at creation."""
    username: str = "headroom"
    """Master user; the password is random and lives in the secret."""
    apply_immediately: bool = False
    """Changes that need a restart happen at once instead of in the maintenance window."""
    iam_authentication: bool = False
    """Users with rds_iam may sign in with IAM tokens."""
    allow_major_upgrade: bool = False
    """A change of the major version is carried out; set it for that change only."""
