"""What everything stands on: network, keys, secrets, logs, the cluster, and who hears of alarms."""

from typing import Annotated, Literal

from pydantic import Field

from components.services.sleep import Day
from infra.settings.patterns import TIME_OF_DAY, LogDays, SubnetId, VpcId
from infra.settings.section import Section


class ExistingNetwork(Section):
    """A VPC that stood before this stack, which uses it and changes nothing in it."""

    vpc_id: VpcId = Field(description="Id of the VPC.")
    public_subnets: tuple[SubnetId, ...] = Field(
        description="Subnets with a route to an internet gateway, one for each of the zones, in their order."
    )
    private_subnets: tuple[SubnetId, ...] = Field(
        description="Subnets of the tasks, one for each of the zones; images, secrets and logs can be reached from "
        "them."
    )
    isolated_subnets: tuple[SubnetId, ...] = Field(
        description="Subnets of databases and caches, one for each of the zones; they may be the private ones."
    )


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
    existing: ExistingNetwork | None = Field(
        default=None,
        description="A VPC to use in place of one of our own; cidr, zones and nat then say what it has, and "
        "flow_log_days nothing.",
    )


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
    period_days: int = Field(
        default=90,
        ge=0,
        le=365,
        description="Time between two rotations of the passwords of databases' and caches' users, in days; 0: only "
        "when somebody asks. The policies want 90 at most. Secrets that teams change by hand are to change as often.",
    )
    overlap_days: int = Field(
        default=7,
        ge=1,
        le=14,
        description="Time that the old password stays valid after a rotation, in days. As long again it can be brought "
        "back.",
    )
    settle_seconds: int = Field(
        default=90,
        ge=0,
        le=600,
        description="Time that a new API key is held back after its digest is out, in seconds: more than services that "
        "verify keys go by older digests, which is 60 with our verifier.",
    )


class Logs(Section):
    """Logs of services, databases and caches, and of who reached what from outside."""

    retention_days: LogDays = Field(default=30, description="Retention of log groups, in days.")
    access_log_days: int = Field(
        default=90,
        ge=0,
        le=3650,
        description="Retention of access logs of buckets, load balancer and CDN in a bucket of their own, in days; 0: "
        "nobody logs requests.",
    )


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
    wait_for_tasks: bool = Field(
        default=False,
        description="Whether `up` waits until the tasks of each service are healthy, and only then requests turn to "
        "them: for moving back from EKS without a gap. It is how EKS always does it.",
    )
    keep_revisions: bool = Field(
        default=True,
        description="Whether earlier task definitions stay, for ECS to roll back to; they outlive the stack.",
    )


class Sleep(Section):
    """Nights and days off in which no service has a task. Schedules, migrations and stores go on."""

    enabled: bool = Field(
        default=False, description="Whether services sleep at all; the policies refuse it in production."
    )
    begins: str = Field(
        alias="from",
        default="20:00",
        pattern=TIME_OF_DAY,
        description="Time of day at which tasks end, every day, in quotes.",
    )
    ends: str = Field(
        alias="to",
        default="07:00",
        pattern=TIME_OF_DAY,
        description="Time of day at which tasks start, on the named days, in quotes.",
    )
    timezone: str = Field(default="UTC", description="Time zone of these times, such as Europe/Berlin.")
    days: Annotated[tuple[Day, ...], Field(min_length=1)] = Field(
        default=("mon", "tue", "wed", "thu", "fri"),
        description="Each day on which tasks start: mon, tue, wed, thu, fri, sat, sun.",
    )
