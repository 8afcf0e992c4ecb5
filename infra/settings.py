"""The settings of a stack: the only reader of Pulumi config, and the only declaration of what may stand in it.

A key `headroom:<name>` of `Pulumi.<stack>.yaml` is the field `<name>` of `Settings`; `aws:region` is `region`.
Reading is offline. Everything that is wrong is reported at once, as one `SettingsError` whose text has a line per
mistake: stack file, key, value, and what is allowed.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal

import pulumi
import yaml
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra import settings_checks
from infra.settings_patterns import (
    ACCOUNT,
    CERTIFICATE,
    HEALTH_PATH,
    OWNER,
    REGION,
    USER,
    WORDS,
    Email,
    LogDays,
    Name,
    Origin,
    Route,
    VariableName,
)
from infra.settings_problems import decode, describe, render, to_config


class SettingsError(Exception):
    """Everything that is wrong with a stack's settings, a line each; holds no secret value."""


class Section(BaseModel):
    """Frozen, knows its keys, and takes no string for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Network(Section):
    """The VPC and its subnets."""

    cidr: str = Field(
        description="Address range of the VPC, private, /16 to /22, such as 10.10.0.0/16. It can't be changed later, "
        "and must not overlap a network that this one will be connected to."
    )
    zones: Annotated[tuple[Literal["a", "b", "c", "d", "e", "f"], ...], Field(min_length=2, max_length=4)] = Field(
        description="Letters of the availability zones in use, two to four. A zone keeps its addresses whatever stands "
        "beside it, so one can be added or taken away without renumbering the others."
    )
    nat: Literal["single", "per-zone", "none"] = Field(
        default="per-zone",
        description="How private subnets reach the internet: through one NAT gateway, through one in each zone, or not "
        "at all (then interface endpoints reach the AWS services that tasks need).",
    )
    flow_log_days: LogDays = Field(default=30, description="Retention of the VPC's flow logs, in days.")


class Encryption(Section):
    """The keys (KMS) that encrypt what this stack stores."""

    rotation_days: int = Field(
        default=365,
        ge=90,
        le=2560,
        description="Period of automatic key rotation, in days; the policies want 365 at most.",
    )
    deletion_days: int = Field(
        default=30, ge=7, le=30, description="Waiting period before a deleted key is gone for good, in days."
    )


class Secrets(Section):
    """What holds for every secret in Secrets Manager."""

    recovery_days: int = Field(
        default=30,
        ge=0,
        le=30,
        description="Time in which a deleted secret can be restored, in days; 0 deletes at once, which lets an "
        "environment be taken down and brought up again the same week.",
    )


class Logs(Section):
    """Logs of services, databases and caches."""

    retention_days: LogDays = Field(default=30, description="Retention of log groups, in days.")


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


class Cache(Section):
    """A Redis OSS or Valkey cache on ElastiCache, with its replicas."""

    engine: Literal["redis", "valkey"] = Field(
        default="valkey", description="Redis OSS, or Valkey, its open successor that costs less."
    )
    version: str = Field(description='Version of the engine in quotes, major and minor, such as "8.1".')
    node_class: str = Field(
        alias="class", description="ElastiCache node type of the primary and its replicas, such as cache.t4g.small."
    )
    nodes: int = Field(
        default=2, ge=1, le=6, description="Number of nodes, the primary and its replicas, spread over the zones."
    )
    failover: bool | None = Field(
        default=None,
        description="Whether a replica takes over when the primary fails. By default wherever there is a replica.",
    )
    use: Literal["cache", "queue", "sessions"] = Field(
        description="What it is for, and so what it does when it is full: a cache drops what was used least lately, "
        "sessions are dropped only if they expire anyway, a queue (BullMQ) drops nothing and refuses to write."
    )
    snapshot_days: int = Field(
        default=7, ge=0, le=35, description="Retention of daily snapshots, in days; 0 takes none."
    )
    final_snapshot: bool = Field(
        default=True, description="Whether a last snapshot is taken when the cache is deleted."
    )
    protect: bool = Field(
        default=True,
        description="Whether Pulumi refuses to delete or replace the cache and its secret. To take them down, turn it "
        "off and run `up` first.",
    )


class Bucket(Section):
    """A private bucket on S3: versioned, encrypted, reached over TLS only."""

    replaced_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Time after which a replaced or deleted version is gone for good, in days.",
    )
    archive_days: int = Field(
        default=0,
        ge=0,
        le=3650,
        description="Age in days at which an object moves to Glacier Instant Retrieval; 0: never.",
    )
    expire_days: int = Field(
        default=0, ge=0, le=3650, description="Age in days at which an object is deleted, used or not; 0: never."
    )
    cors_origins: tuple[Origin, ...] = Field(
        default=(), description="Origins whose pages may read and upload by presigned URLs."
    )
    force_destroy: bool = Field(
        default=False, description="Whether deleting the bucket deletes its objects; else AWS refuses while it has any."
    )
    protect: bool = Field(
        default=True,
        description="Whether Pulumi refuses to delete or replace the bucket; turn it off and run `up` first.",
    )


class LoadBalancer(Section):
    """The Application Load Balancer before the public services; there is none without a public service."""

    certificate_arn: str = Field(
        default="none",
        pattern=CERTIFICATE,
        description="ARN of the ACM certificate in this region and account. With it HTTP redirects to HTTPS; `none` "
        "serves plain HTTP, for environments without a domain.",
    )
    access: Literal["public", "internal"] = Field(
        default="public", description="Whether the load balancer faces the internet, or only the VPC."
    )
    idle_timeout_seconds: int = Field(
        default=60, ge=1, le=4000, description="Time after which an idle connection is closed, in seconds."
    )
    deletion_protection: bool = Field(default=True, description="Whether AWS refuses to delete the load balancer.")


class Cluster(Section):
    """The ECS cluster that runs the services."""

    insights: Literal["enhanced", "enabled", "disabled"] = Field(
        default="enhanced",
        description="CloudWatch Container Insights: metrics per task (enhanced), per service (enabled), or none.",
    )
    execute_command: bool = Field(
        default=False,
        description="Whether operators may open a shell in a task (ECS Exec); its file system is writable then.",
    )
    keep_revisions: bool = Field(
        default=True,
        description="Whether earlier task definitions stay, for ECS to roll back to; they outlive the stack.",
    )


class Service(Section):
    """A container that runs as an ECS service on Fargate."""

    image: str = Field(description="Container image with a tag other than latest, or with a digest.")
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64", description="Processor that the image is built for."
    )
    command: tuple[str, ...] = Field(
        default=(), description="Replaces the command of the image, such as [node, worker.js]."
    )
    user: str = Field(
        default="1000:1000",
        pattern=USER,
        description="User and group id that the process runs as, in quotes; never root.",
    )
    health_command: tuple[str, ...] = Field(
        default=(),
        description="Command inside the container that exits 0 while it is healthy, such as [CMD, /app/healthy]. Worth "
        "it for a private service, which no load balancer checks.",
    )
    public: bool = Field(default=False, description="Whether the load balancer routes requests to this service.")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="TCP port on which the container listens; told to it as PORT."
    )
    paths: tuple[Route, ...] = Field(
        default=(),
        max_length=5,
        description="Paths that the load balancer routes here, such as /api/*; five at most, with five wildcards in "
        "all.",
    )
    priority: int | None = Field(
        default=None,
        ge=1,
        le=50000,
        description="Place of this service's route, unique: the lowest that matches a request wins. By default it "
        "follows from the name and the paths, more specific paths first.",
    )
    health_path: str = Field(
        default="/health",
        pattern=HEALTH_PATH,
        description="Path that answers 200 while a task of a public service is healthy.",
    )
    cpu_units: int = Field(default=256, description="CPU of a task, in units of 1/1024 vCPU.")
    memory_mib: int = Field(default=512, description="Memory of a task, in MiB.")
    tmp_mib: int = Field(
        default=64,
        ge=1,
        description="Size of /tmp, the only writable place of a task, in MiB; it counts as memory.",
    )
    min_count: int = Field(default=2, ge=1, le=1000, description="Smallest number of tasks.")
    max_count: int = Field(default=4, ge=1, le=1000, description="Largest number of tasks.")
    requests_per_target: int | None = Field(
        default=None,
        ge=1,
        description="Requests a minute that one task of a public service can take; tasks are added above it, as they "
        "are above 70 % CPU or 80 % memory. By default requests are not counted.",
    )
    spot_percent: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Share of the tasks on Fargate Spot, in percent. AWS stops those at two minutes' notice.",
    )
    database: str | None = Field(
        default=None,
        description="Name of the database under headroom:databases whose DATABASE_URL and DATABASE_READ_URL it gets.",
    )
    cache: str | None = Field(
        default=None,
        description="Name of the cache under headroom:caches whose REDIS_URL and REDIS_READ_URL it gets.",
    )
    buckets: Mapping[Name, Literal["read", "write", "read-write"]] = Field(
        default={},
        description="What it may do in which buckets under headroom:buckets. It gets each one's name as BUCKET_<NAME>.",
    )
    secrets: Mapping[VariableName, Literal["generated", "external"]] = Field(
        default={},
        description="Secrets by environment variable: `generated` gets a random first value, `external` is empty until "
        "your team puts its value into Secrets Manager, and no task of the service starts before that. ECS gives up "
        "after a few tries, and tries again when told to by `aws ecs update-service --force-new-deployment`.",
    )
    environment: Mapping[VariableName, str] = Field(default={}, description="Environment variables that are no secret.")


class Alarms(Section):
    """Who hears of what goes wrong."""

    warn_emails: tuple[Email, ...] = Field(default=(), description="Addresses for what can wait for working hours.")
    page_emails: tuple[Email, ...] = Field(
        default=(), description="Addresses for what can't wait; without any, the warned get it."
    )


class Settings(Section):
    """Everything that one environment chooses."""

    region: str = Field(
        alias="aws:region", pattern=REGION, description="The AWS region of everything in this environment."
    )
    account: str = Field(
        pattern=ACCOUNT,
        description="The 12 digits of this environment's AWS account, in quotes. Nothing is done in another account.",
    )
    owner: str = Field(pattern=OWNER, description="The team that answers for this environment.")
    network: Network = Field(description="The VPC and its subnets.")
    encryption: Encryption = Field(default=Encryption(), description="The keys that encrypt what this stack stores.")
    secrets: Secrets = Field(default=Secrets(), description="What holds for every secret in Secrets Manager.")
    logs: Logs = Field(default=Logs(), description="Logs of services, databases and caches.")
    databases: Mapping[Name, Database] = Field(default={}, description="PostgreSQL databases on RDS, by name.")
    caches: Mapping[Name, Cache] = Field(default={}, description="Redis OSS or Valkey caches on ElastiCache, by name.")
    buckets: Mapping[Name, Bucket] = Field(default={}, description="Private buckets on S3, by name.")
    load_balancer: LoadBalancer = Field(
        default=LoadBalancer(), description="The load balancer before the public services."
    )
    cluster: Cluster = Field(default=Cluster(), description="The ECS cluster that runs the services.")
    services: Mapping[Name, Service] = Field(default={}, description="Containers that run on ECS Fargate, by name.")
    alarms: Alarms = Field(default=Alarms(), description="Who hears of what goes wrong.")


def read() -> Settings:
    """The settings of the stack that runs. Raises SettingsError."""
    config = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    secret = {*pulumi_config.get_config_secret_keys_env(), *filter(pulumi_config.is_config_secret, config)}
    return load(config, secret, f"Pulumi.{pulumi.get_stack()}.yaml")


def read_file(path: Path) -> Settings:
    """The settings that a stack file holds, for tools that run without an engine. Raises SettingsError."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise SettingsError(f"{path.name} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path.name} can't be read: it is not UTF-8 text") from None
    try:
        content = yaml.safe_load(text)
        config, secret = to_config(content.get("config") if isinstance(content, dict) else None)
    except Exception:  # PyYAML lets anything through: `!!bool x` is a KeyError, `!!timestamp x` an AttributeError.
        raise SettingsError(f"{path.name} can't be read: it is not valid YAML") from None
    return load(config, secret, path.name)


def load(config: Mapping[str, str], secret_keys: Collection[str], file: str) -> Settings:
    """Settings from config as the engine passes it: full keys, and text, which is JSON where the value is no string.

    `file` is the stack file that mistakes are reported in. Raises SettingsError.
    """
    values, findings = decode(config, secret_keys, Settings)
    settings = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        findings += describe(error, Settings, WORDS, unread=[finding.path for finding in findings])
    findings += settings_checks.find(values, [finding.path for finding in findings], Settings)
    if findings or settings is None:
        raise SettingsError(render(findings, file))
    return settings
