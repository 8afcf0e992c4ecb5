"""The settings of a stack: the only reader of Pulumi config, and the only declaration of what may stand in it.

A key `headroom:<name>` of `Pulumi.<stack>.yaml` is the field `<name>` of `Settings`; `aws:region` is `region`.
`read()` is offline and pure but for reading Pulumi's config. Everything that is wrong is reported at once, as one
`SettingsError` whose text has a line per mistake: stack file, key, value, and what is allowed.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""Retention periods that CloudWatch Logs accepts (PutRetentionPolicy), in days."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$")]
"""Name of a service or database: it becomes part of AWS names, of which a target group's (32) is the shortest."""

VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]
"""Name of an environment variable."""

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")]

PathPattern = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9_.$/~\"'@:+*?&-]{0,127}$")]
"""A path as the load balancer matches it: `*` and `?` are wildcards, 128 characters at most."""


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
        "per-zone",
        description="How private subnets reach the internet: through one NAT gateway, through one in each zone, or not "
        "at all (then interface endpoints reach the AWS services that tasks need).",
    )
    flow_log_days: LogDays = Field(30, description="Retention of the VPC's flow logs, in days.")


class Encryption(Section):
    """The keys (KMS) that encrypt what this stack stores."""

    rotation_days: int = Field(
        365, ge=90, le=2560, description="Period of automatic key rotation, in days; 365 at most passes the policies."
    )
    deletion_days: int = Field(
        30, ge=7, le=30, description="Waiting period before a deleted key is gone for good, in days."
    )


class Logs(Section):
    """Logs of services, databases and the cluster."""

    retention_days: LogDays = Field(30, description="Retention of log groups, in days.")


class Database(Section):
    """A PostgreSQL database on RDS, with its read replicas."""

    version: str = Field(
        pattern=r"^\d{2}(\.\d{1,2})?$",
        description='PostgreSQL version in quotes, such as "17.6"; "17" takes the newest minor version.',
    )
    instance_class: str = Field(
        alias="class",
        pattern=r"^db\.[a-z0-9]+\.[a-z0-9]+$",
        description="Instance class of the writer and its replicas, such as db.t4g.small.",
    )
    storage_gib: int = Field(50, ge=20, le=65536, description="Initial storage (gp3), in GiB.")
    max_storage_gib: int = Field(
        0, ge=0, le=65536, description="Limit up to which storage grows by itself, in GiB; 0 turns growing off."
    )
    multi_az: bool = Field(True, description="Whether a standby in another zone takes over when the writer fails.")
    replicas: int = Field(0, ge=0, le=15, description="Number of read replicas, spread over the other zones.")
    backup_days: int = Field(7, ge=0, le=35, description="Retention of automated backups, in days; 0 turns them off.")
    deletion_protection: bool = Field(True, description="Whether AWS refuses to delete the database.")
    final_snapshot: bool = Field(True, description="Whether a last snapshot is taken when the database is deleted.")
    insights: bool = Field(True, description="Database Insights (standard): query statistics, kept for 7 days.")
    monitoring_seconds: Literal[0, 1, 5, 10, 15, 30, 60] = Field(
        60, description="Interval of enhanced monitoring, in seconds; 0 turns it off."
    )


class LoadBalancer(Section):
    """The Application Load Balancer before the public services."""

    certificate_arn: (
        Literal["none"]
        | Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:acm:[^:]+:[^:]+:certificate/[0-9a-f-]+$")]
    ) = Field(
        "none",
        description="ARN of the ACM certificate in this region and account. With it HTTP redirects to HTTPS; `none` "
        "serves plain HTTP, for environments without a domain.",
    )
    access: Literal["public", "internal"] = Field(
        "public", description="Whether the load balancer faces the internet, or only the VPC."
    )
    idle_timeout_seconds: int = Field(
        60, ge=1, le=4000, description="Time after which an idle connection is closed, in seconds."
    )
    deletion_protection: bool = Field(True, description="Whether AWS refuses to delete the load balancer.")


class Service(Section):
    """A container that runs as an ECS service on Fargate."""

    image: str = Field(description="Container image with a tag other than latest, or with a digest.")
    architecture: Literal["arm64", "x86_64"] = Field("arm64", description="Processor that the image is built for.")
    public: bool = Field(False, description="Whether the load balancer routes requests to this service.")
    port: int | None = Field(
        None, ge=1, le=65535, description="TCP port on which the container listens; told to it as PORT."
    )
    paths: tuple[PathPattern, ...] = Field(
        (), max_length=5, description="Paths that the load balancer routes here, such as /api/*; five at most."
    )
    priority: int | None = Field(
        None,
        ge=1,
        le=50000,
        description="Place of this service's routes: the lowest number that matches wins. Unique among the services.",
    )
    health_path: str | None = Field(
        None, pattern=r"^/[^\s]{0,1023}$", description="Path that answers 200 while the service is healthy."
    )
    cpu_units: int = Field(256, description="CPU of a task, in units of 1/1024 vCPU.")
    memory_mib: int = Field(512, description="Memory of a task, in MiB.")
    min_count: int = Field(2, ge=1, le=1000, description="Smallest number of tasks.")
    max_count: int = Field(4, ge=1, le=1000, description="Largest number of tasks.")
    spot_percent: int = Field(
        0, ge=0, le=100, description="Share of the tasks on Fargate Spot, in percent. Spot tasks may stop at any time."
    )
    database: str | None = Field(
        None, description="Name of the database under headroom:databases whose DATABASE_URL this service gets."
    )
    secrets: Mapping[VariableName, Literal["generated", "external"]] = Field(
        {},
        description="Secrets by environment variable: `generated` gets a random first value, `external` is empty until "
        "your team puts its value in Secrets Manager.",
    )
    environment: Mapping[VariableName, str] = Field({}, description="Environment variables that are no secret.")


class Alarms(Section):
    """Who hears of what goes wrong."""

    warn_emails: tuple[Email, ...] = Field((), description="Addresses that receive warnings.")
    page_emails: tuple[Email, ...] = Field((), description="Addresses that receive what can't wait.")


class Settings(Section):
    """Everything that one environment chooses."""

    region: str = Field(
        alias="aws:region", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="AWS region, such as eu-central-1."
    )
    account: str = Field(
        pattern=r"^\d{12}$",
        description="The 12 digits of this environment's AWS account, in quotes. Nothing is done in another account.",
    )
    owner: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]{0,127}$", description="The team that answers for this environment."
    )
    network: Network = Field(description="The VPC and its subnets.")
    encryption: Encryption = Field(Encryption(), description="The keys that encrypt what this stack stores.")
    logs: Logs = Field(Logs(), description="Logs of services, databases and the cluster.")
    databases: Mapping[Name, Database] = Field({}, description="Databases by name.")
    load_balancer: LoadBalancer = Field(LoadBalancer(), description="The load balancer before the public services.")
    services: Mapping[Name, Service] = Field({}, description="Services by name.")
    alarms: Alarms = Field(Alarms(), description="Who hears of what goes wrong.")
