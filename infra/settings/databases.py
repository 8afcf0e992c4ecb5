"""Settings of databases."""

from typing import Literal

from pydantic import Field

from infra.settings.section import Section


class Serverless(Section):
    """Capacity of instances of class db.serverless, which follows the load."""

    min_acu: float = Field(
        ge=0,
        le=256,
        description="Least capacity, in Aurora capacity units (ACU, about 2 GiB of memory each) and steps of 0.5; 0 "
        "lets an idle instance pause, for development.",
    )
    max_acu: float = Field(
        ge=1,
        le=256,
        description="Most capacity, in ACU and steps of 0.5; the limit of connections follows from it.",
    )
    pause_minutes: int = Field(
        default=0,
        ge=0,
        le=1440,
        description="Minutes without any connection after which an instance pauses, 5 to 1440, with min_acu: 0; waking "
        "takes 15 seconds. A pool that stays connected keeps it awake.",
    )


class Database(Section):
    """A database on RDS or Aurora, with what it is read from."""

    engine: Literal["postgres", "aurora-postgresql", "aurora-mysql"] = Field(
        default="postgres", description="Engine, by AWS's name: postgres on RDS, or one of Aurora's."
    )
    version: str = Field(
        description='Version in quotes: "17" (Aurora MySQL: "8.0") follows the minor versions that AWS releases, in '
        'the maintenance window; "17.6" ("8.0.mysql_aurora.3.10.3") stays until this is changed.'
    )
    instance_class: str = Field(
        alias="class",
        description="Class of the writer and its replicas, such as db.t4g.small; db.serverless on Aurora with a range "
        "under serverless.",
    )
    serverless: Serverless | None = Field(
        default=None, description="Range of capacity of Aurora instances of class db.serverless."
    )
    storage_gib: int = Field(default=50, ge=20, le=65536, description="Initial storage (gp3), in GiB.")
    max_storage_gib: int = Field(
        default=0,
        ge=0,
        le=65536,
        description="Limit up to which storage grows by itself, in GiB; 0 turns growing off.",
    )
    multi_az: bool = Field(
        default=True, description="Whether a standby in another zone takes over when the writer fails."
    )
    replicas: int = Field(default=0, ge=0, le=15, description="Number of read replicas, spread over the other zones.")
    max_replicas: int = Field(
        default=0,
        ge=0,
        le=15,
        description="Number of readers, on Aurora, up to which AWS adds some while the readers' CPU is above 70 %, and "
        "takes them away later; 0 turns that off.",
    )
    io_optimized: bool = Field(
        default=False,
        description="Aurora's I/O-Optimized storage: a higher price for instances and storage, none for reads and "
        "writes. AWS lets it change once in 30 days.",
    )
    backtrack_hours: int = Field(
        default=0,
        ge=0,
        le=72,
        description="Hours by which Aurora MySQL can be wound back in place; 0 turns it off. Only a new cluster can be "
        "given this.",
    )
    backup_days: int = Field(
        default=7, ge=0, le=35, description="Retention of automated backups, in days; 0 turns them off."
    )
    deletion_protection: bool = Field(default=True, description="Whether AWS refuses to delete the database.")
    final_snapshot: bool = Field(
        default=True,
        description="Whether a last snapshot is taken when the database is deleted. Its name is the database's "
        "identifier with -final; AWS refuses a second one of that name, so delete or copy an earlier one first.",
    )
    protect: bool = Field(
        default=True,
        description="Whether Pulumi refuses to delete or replace the database, its secret and the key of both. To take "
        "them down, turn this and deletion_protection off and run `up` first.",
    )
    insights: bool = Field(default=True, description="Database Insights (standard): query statistics, kept for 7 days.")
    monitoring_seconds: Literal[0, 1, 5, 10, 15, 30, 60] = Field(
        default=60, description="Interval of enhanced monitoring, in seconds; 0 turns it off."
    )
