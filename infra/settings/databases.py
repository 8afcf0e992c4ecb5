"""Settings of databases."""

from typing import Literal

from pydantic import Field

from infra.settings.section import Section


class Database(Section):
    """A PostgreSQL database on RDS, with its read replicas."""

    version: str = Field(
        description='PostgreSQL version in quotes: "17" follows the minor versions that AWS releases, in the '
        'maintenance window; "17.6" stays until this is changed.'
    )
    instance_class: str = Field(
        alias="class", description="RDS class of the writer and its replicas, such as db.t4g.small."
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
