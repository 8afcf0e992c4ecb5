"""Settings of databases."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.patterns import (
    BACKUPS,
    INSTANCE,
    KEY_ALIAS,
    REGION_OR_NONE,
    SECRET,
    SECURITY_GROUP,
    SERVER,
    SNAPSHOT,
    TIME_OR_LATEST,
)
from infra.settings.section import Section

ZoneLetter = Literal["a", "b", "c", "d", "e", "f"]
Parameter = Annotated[str, StringConstraints(max_length=2000)]


class ExistingDatabase(Section):
    """A database that stood before this stack, which uses it and changes nothing in it."""

    address: str = Field(pattern=SERVER, description="Name of the host to write to.")
    secret: str = Field(
        pattern=SECRET,
        description="ARN of a secret in this account and region with the keys host, port, dbname, username, password, "
        "url and read_url, as JSON; services get DATABASE_URL and DATABASE_READ_URL from the last two.",
    )
    secret_key: str = Field(
        default="alias/aws/secretsmanager",
        pattern=KEY_ALIAS,
        description="Alias of the KMS key that encrypts the secret; by default Secrets Manager's own.",
    )
    security_group: str = Field(
        pattern=SECURITY_GROUP,
        description="Security group of the database; each service that uses it adds a rule that lets it in, and "
        "nothing else.",
    )
    port: int = Field(
        default=0, ge=0, le=65535, description="TCP port; 0 is the engine's: 5432 of PostgreSQL, 3306 of MySQL."
    )
    database_name: str = Field(default="app", description="Database in the instance or cluster.")


class Restore(Section):
    """What a new database begins with: one of snapshot, database and backups."""

    snapshot: str | None = Field(
        default=None, pattern=SNAPSHOT, description="Name of a snapshot in this region, or its ARN where it is shared."
    )
    database: str | None = Field(
        default=None,
        pattern=INSTANCE,
        description="Identifier in RDS of a database in this account and region, whose backups hold the time.",
    )
    backups: str | None = Field(
        default=None,
        pattern=BACKUPS,
        description="ARN of automated backups of an instance that is deleted, or that were copied from another region.",
    )
    time: str | None = Field(
        default=None,
        pattern=TIME_OR_LATEST,
        description="Time to go back to, in UTC, such as 2026-11-21T13:00:00Z; by default the latest possible.",
    )


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


class Pool(Section):
    """How the connections of a database are shared, with pooling proxy or pgbouncer."""

    max_connections_percent: int = Field(
        default=80,
        ge=1,
        le=100,
        description="Share of the writer's connections that the pool may open, in percent; the rest is for migrations, "
        "AWS and people.",
    )
    borrow_timeout_seconds: int = Field(
        default=30,
        ge=1,
        le=3600,
        description="Longest wait of a client for a free connection, in seconds; it gets an error after it.",
    )
    idle_seconds: int = Field(
        default=600, ge=1, le=28800, description="Time after which an idle connection is closed, in seconds."
    )
    mode: Literal["transaction", "session"] = Field(
        default="transaction",
        description="When a connection is free for others, with pgbouncer: after each transaction, or when its client "
        "leaves.",
    )
    session_pinning_filters: tuple[Literal["EXCLUDE_VARIABLE_SETS"], ...] = Field(
        default=(),
        description="What does not pin a client to one connection, with proxy before MySQL. EXCLUDE_VARIABLE_SETS is "
        "right only if every client sets the same variables.",
    )
    image: str = Field(
        default="ghcr.io/cloudnative-pg/pgbouncer:1.24.0",
        description="Image with PgBouncer 1.21 or newer, sh and openssl for arm64, with pgbouncer. Copy it to a "
        "registry of your own before you rely on it.",
    )


class Database(Section):
    """A database on RDS or Aurora, with what it is read from."""

    engine: Literal["postgres", "mysql", "aurora-postgresql", "aurora-mysql"] = Field(
        default="postgres", description="Engine, by AWS's name: postgres and mysql on RDS, the others on Aurora."
    )
    version: str = Field(
        default="",
        description='Version in quotes: "17" (MySQL: "8.4") follows the minor versions that AWS releases, in the '
        'maintenance window; "17.6" (Aurora MySQL: "8.0.mysql_aurora.3.10.3") stays until this is changed. Only an '
        "existing database has none here.",
    )
    instance_class: str = Field(
        default="",
        alias="class",
        description="Class of the writer and its replicas, such as db.t4g.small; db.serverless on Aurora with a range "
        "under serverless. Only an existing database has none here.",
    )
    replica_class: str | None = Field(
        default=None, description="Class of the replicas on RDS, where it is not the writer's."
    )
    existing: ExistingDatabase | None = Field(
        default=None,
        description="A database to use in place of one of our own; of the other keys only engine stands beside it.",
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
    iops: int = Field(
        default=0,
        ge=0,
        le=64000,
        description="Operations a second (IOPS) of storage, from 400 GiB on, 12,000 to 64,000; 0 is what is included: "
        "3,000, or 12,000 from 400 GiB on.",
    )
    throughput_mib: int = Field(
        default=0,
        ge=0,
        le=4000,
        description="Throughput of storage in MiB a second, from 400 GiB on, 500 to 4,000; 0 is what is included: 125, "
        "or 500 from 400 GiB on.",
    )
    multi_az: bool = Field(
        default=True, description="Whether a standby in another zone takes over when the writer fails."
    )
    replicas: int = Field(default=0, ge=0, le=15, description="Number of read replicas, spread over the other zones.")
    replica_zones: tuple[ZoneLetter, ...] = Field(
        default=(),
        description="Letters of the replicas' zones on RDS, taken in turn; by default all zones but the writer's.",
    )
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
    pooling: Literal["none", "proxy", "pgbouncer"] = Field(
        default="none",
        description="What shares the writer's connections among services: nothing, RDS Proxy, or PgBouncer (PostgreSQL "
        "only) as a small service. DATABASE_URL leads there then.",
    )
    pool: Pool = Field(default=Pool(), description="How connections are shared, with pooling proxy or pgbouncer.")
    backup_days: int = Field(
        default=7, ge=0, le=35, description="Retention of automated backups, in days; 0 turns them off."
    )
    backup_window: str = Field(
        default="07:00-09:00", description="Daily window of automated backups in UTC, 30 minutes or more."
    )
    backup_copy_region: str = Field(
        default="none",
        pattern=REGION_OR_NONE,
        description="Region that RDS copies automated backups to, and keeps them in for backup_days; none: no copies.",
    )
    maintenance_window: str = Field(
        default="sun:09:30-sun:10:30",
        description="Weekly window of changes that restart an instance, in UTC, 30 minutes or more; it must not "
        "overlap the backup_window.",
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
    slow_query_ms: int = Field(
        default=1000, ge=1, le=60000, description="Time above which a statement is logged as slow, in milliseconds."
    )
    extensions: tuple[str, ...] = Field(
        default=(),
        description="Extensions of PostgreSQL that the application uses, by the names that CREATE EXTENSION takes, "
        "such as pg_trgm, vector or pg_cron; those that must be loaded at the server's start are. pg_stat_statements "
        "is always there.",
    )
    parameters: Mapping[str, Parameter] = Field(
        default={},
        description="More parameters of the engine by name, values in quotes and units of RDS, such as work_mem: "
        '"65536" (KiB). Those that need a restart wait for one.',
    )
    iam_authentication: bool = Field(
        default=False,
        description="Whether database users that are set up for it may sign in with IAM tokens; failures are logged.",
    )
    ca: Literal["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"] = Field(
        default="rds-ca-rsa2048-g1", description="Authority that signs the certificates that clients see."
    )
    database_name: str = Field(
        default="app",
        description="Database that is made in a new instance or cluster; a later change has no effect. With a restore "
        "it is the one that the data bring.",
    )
    apply_immediately: bool = Field(
        default=False,
        description="Whether changes that restart an instance happen at once, in place of the maintenance window.",
    )
    allow_major_upgrade: bool = Field(
        default=False,
        description="Whether a change to another major version is carried out; set it for that change only.",
    )
    blue_green: bool = Field(
        default=False,
        description="Whether changes on RDS are made on a copy, which then takes over in about a minute; for databases "
        "without replicas.",
    )
    restore: Restore | None = Field(
        default=None,
        description="What a new database begins with; it counts only when the database is made, and may stay or go "
        "afterwards.",
    )
