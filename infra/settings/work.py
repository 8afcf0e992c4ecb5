"""Settings of the work that services do besides answering: queues, schedules, and the registry of their images."""

from typing import Literal

from pydantic import Field

from components.queues.constraints import (
    LARGEST_MESSAGE_KIB,
    LONGEST_RETENTION_DAYS,
    LONGEST_VISIBILITY_SECONDS,
    MOST_RECEIVES,
)
from components.schedules.constraints import LONGEST_AGE_MINUTES, MOST_RETRIES
from components.services.registry_rules import MOST_IMAGES
from infra.settings.patterns import ACCOUNT, REGION, AccountId, Name
from infra.settings.section import Section


class Queue(Section):
    """A queue on SQS, with a dead-letter queue for the messages that fail."""

    fifo: bool = Field(
        default=False,
        description="Whether messages of a group keep their order, and duplicates are dropped. Set once: another value "
        "makes another queue.",
    )
    deduplicate_content: bool = Field(
        default=False,
        description="Whether a FIFO queue takes messages with the same body within 5 minutes for the same.",
    )
    visibility_timeout_seconds: int = Field(
        default=300,
        ge=1,
        le=LONGEST_VISIBILITY_SECONDS,
        description="Time that a consumer has for a message before another gets it, in seconds; more than the longest "
        "job takes.",
    )
    retention_days: int = Field(
        default=4,
        ge=1,
        le=LONGEST_RETENTION_DAYS,
        description="Time that a message waits to be consumed before it is lost, in days.",
    )
    max_receives: int = Field(
        default=5,
        ge=1,
        le=MOST_RECEIVES,
        description="Number of tries that a message has before it goes to the dead-letter queue.",
    )
    max_message_kib: int = Field(
        default=LARGEST_MESSAGE_KIB, ge=1, le=LARGEST_MESSAGE_KIB, description="Size of the largest message, in KiB."
    )
    encryption: Literal["kms", "sqs"] = Field(
        default="kms",
        description="Whether messages are encrypted by the environment's services key, or by SQS's own, which costs no "
        "requests to KMS.",
    )
    alarm_age_minutes: int = Field(
        default=15,
        ge=1,
        le=20160,
        description="Age of the oldest message above which somebody is told, in minutes.",
    )


class Schedule(Section):
    """A command that runs at set times, as a one-off task of a service."""

    service: str = Field(
        description="Name of the service under headroom:services whose image, variables, secrets and roles it has."
    )
    command: tuple[str, ...] = Field(
        description="Command of the image, which ends, such as [python, -m, jobs.cleanup]."
    )
    every: str = Field(
        max_length=256,
        description="When it runs: hourly, daily (02:00), weekly (Sunday 03:00), monthly (the 1st, 04:00), a rate such "
        "as rate(15 minutes), or EventBridge's cron of six fields such as cron(30 5 ? * MON-FRI *).",
    )
    timezone: str = Field(
        default="UTC",
        description="Time zone of these times, such as Europe/Berlin. A time that the change to summer time leaves out "
        "is left out, too.",
    )
    retries: int = Field(
        default=2,
        ge=0,
        le=MOST_RETRIES,
        description="Number of further tries to start the task. One that ran and failed is not started again.",
    )
    max_age_minutes: int = Field(
        default=60,
        ge=1,
        le=LONGEST_AGE_MINUTES,
        description="Time after which a run that could not be started is given up, in minutes.",
    )
    enabled: bool = Field(default=True, description="Whether it runs at all.")
    cpu_units: int | None = Field(
        default=None, description="CPU of the task, in units of 1/1024 vCPU; the service's by default."
    )
    memory_mib: int | None = Field(default=None, description="Memory of the task, in MiB; the service's by default.")


class Registry(Section):
    """The registry of images on ECR, one for all environments: each names it, and the one whose account and region it
    has makes it."""

    account: str = Field(
        pattern=ACCOUNT,
        description="The 12 digits of the AWS account that has the registry, in quotes.",
    )
    region: str = Field(pattern=REGION, description="The AWS region of the registry.")
    existing: bool = Field(
        default=False,
        description="Whether the repositories stood before, so that no environment makes them.",
    )
    repositories: tuple[Name, ...] = Field(
        default=(),
        description="Services that have a repository, beside those of this environment whose image is registry:...",
    )
    keep_images: int = Field(
        default=50,
        ge=1,
        le=MOST_IMAGES,
        description="Number of the newest images of a repository that stay, whatever their tags. An image for several "
        "processors is several.",
    )
    keep_releases: int = Field(
        default=100,
        ge=1,
        le=MOST_IMAGES,
        description="Number of images of a repository that stay for each environment that runs or ran them, and of "
        "those with another tag release-...",
    )
    environments: tuple[Name, ...] = Field(
        default=("dev", "staging", "prod"),
        description="Environments that run its images, in the order in which a release goes through them: each has "
        "keep_releases images of its own, which no other one takes from it.",
    )
    untagged_days: int = Field(
        default=7, ge=1, le=3650, description="Age at which an image without a tag is deleted, in days."
    )
    pull_accounts: tuple[AccountId, ...] = Field(
        default=(),
        description="Accounts of the other environments, in quotes, which pull from here, and tag what they release.",
    )
    scan: Literal["basic", "enhanced", "off"] = Field(
        default="basic",
        description="Whether images are searched for known holes: when they are pushed (basic), always and by Amazon "
        "Inspector for a price an image, for the whole registry (enhanced), or not.",
    )
    force_delete: bool = Field(
        default=False,
        description="Whether deleting a repository deletes its images; else AWS refuses while it has any.",
    )
    protect: bool = Field(
        default=True,
        description="Whether Pulumi refuses to delete or replace a repository; turn it off and run `up` first.",
    )
