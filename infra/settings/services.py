"""Settings of services and of the work they do."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from components.services.calls import LONGEST_CALL_SECONDS
from infra.settings.deploys import Deploy
from infra.settings.patterns import HEALTH_CODES, HEALTH_PATH, USER, Host, Name, Route, VariableName
from infra.settings.section import Section


class Service(Section):
    """A container that runs as an ECS service on Fargate."""

    image: str = Field(
        description="Container image with a tag other than latest, or with a digest. registry:1.2.3 or "
        "registry@sha256:... is the service's own in headroom:registry."
    )
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64", description="Processor that the image is built for."
    )
    command: tuple[str, ...] = Field(
        default=(), description="Replaces the command of the image, such as [node, worker.js]."
    )
    user: str = Field(
        default="10001:10001",
        pattern=USER,
        description="User and group id that the process runs as, in quotes; never root. Above 10000 it is no user of "
        "a node's.",
    )
    health_command: tuple[str, ...] = Field(
        default=(),
        description="Command inside the container that exits 0 while it is healthy, with CMD before a program of the "
        "image and its arguments, such as [CMD, /app/healthy], or CMD-SHELL before one text for the image's shell. ECS "
        "replaces a task where it fails three times. None by default: no command is in every image.",
    )
    liveness_path: str | None = Field(
        default=None,
        pattern=HEALTH_PATH,
        description="Path that answers 200 unless the process must be restarted, such as /alive; it looks at no "
        "database. On EKS only; by default a pod is restarted where health_command fails, or nothing listens on port.",
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
    hosts: tuple[Host, ...] = Field(
        default=(),
        max_length=4,
        description="Hosts below headroom:domain whose requests come here, such as api, or @ for the domain itself; "
        "without any, every host's. Hosts and paths are five at most together.",
    )
    priority: int | None = Field(
        default=None,
        ge=1,
        le=50000,
        description="Place of this service's route, unique: the lowest that matches a request wins. By default it "
        "follows from the name, the hosts and the paths: hosts of its own first, then more specific paths.",
    )
    health_path: str = Field(
        default="/health",
        pattern=HEALTH_PATH,
        description="Path that answers 200 (or one of health_codes) while a task of a public service is healthy.",
    )
    health_codes: str = Field(
        default="200",
        pattern=HEALTH_CODES,
        description="HTTP status codes by which health_path says that a task is healthy, in quotes.",
    )
    slow_start_seconds: int = Field(
        default=0,
        ge=0,
        le=900,
        description="Time in which a new task's share of requests grows to all of it, 30 to 900 seconds; 0: at once.",
    )
    drain_seconds: int = Field(
        default=60,
        ge=0,
        le=115,
        description="Time in which a leaving task may finish its requests, in seconds; Fargate kills it after 120.",
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
    deploy: Deploy = Field(default=Deploy(), description="How a new version takes over from the one that runs.")
    requests_per_target: int | None = Field(
        default=None,
        ge=1,
        description="Requests a minute that one task of a public service can take; tasks are added above it, as they "
        "are above 70 % CPU or 80 % memory. By default requests are not counted.",
    )
    critical: bool = Field(
        default=False, description="Whether users notice at once when a task is gone: then none may run on Spot."
    )
    base_on_demand: int = Field(
        default=1,
        ge=0,
        le=1000,
        description="Number of tasks on demand before spot_percent counts: they stay when AWS has no Spot left. Means "
        "nothing without Spot.",
    )
    spot_percent: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Share of the tasks beyond base_on_demand on Fargate Spot, in percent. AWS stops those at two "
        "minutes' notice.",
    )
    database: str | None = Field(
        default=None,
        description="Name of the database under headroom:databases in which it has a user and a database of its own, "
        "reached by DATABASE_URL and DATABASE_READ_URL.",
    )
    tenants: Mapping[Name, Name] = Field(
        default={},
        description="Tenants with a database of their own, each with the name of the one under headroom:databases that "
        "it lies in; reached by DATABASE_URL_<TENANT> and DATABASE_READ_URL_<TENANT>.",
    )
    migrate: tuple[str, ...] = Field(
        default=(),
        description="Command that migrates the service's databases, such as [node, migrate.js]. It runs in the "
        "service's image whenever that changes, and tasks of the new version start only if it succeeded.",
    )
    migrate_timeout_seconds: int = Field(
        default=600,
        ge=30,
        le=840,
        description="Time that `up` waits for a migration, in seconds; the migration goes on, and the next `up` waits "
        "for it again.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Number of processes of a task that connect to its database, each with pools of its own; told to "
        "them as WEB_CONCURRENCY.",
    )
    database_pool: int = Field(
        default=5,
        ge=1,
        le=500,
        description="Number of connections to DATABASE_URL that a process opens at most; told to it as DATABASE_POOL.",
    )
    database_read_pool: int = Field(
        default=2,
        ge=0,
        le=500,
        description="Number of connections to DATABASE_READ_URL that a process opens at most; told to it as "
        "DATABASE_READ_POOL.",
    )
    cache: str | None = Field(
        default=None,
        description="Name of the cache under headroom:caches whose REDIS_URL and REDIS_READ_URL it gets.",
    )
    buckets: Mapping[Name, Literal["read", "write", "read-write"]] = Field(
        default={},
        description="What it may do in which buckets under headroom:buckets. It gets each one's name as BUCKET_<NAME>.",
    )
    produces: tuple[Name, ...] = Field(
        default=(),
        description="Queues under headroom:queues that it sends to. It gets each one's URL as QUEUE_URL_<NAME>.",
    )
    consumes: tuple[Name, ...] = Field(
        default=(),
        description="Queues under headroom:queues that it receives from. It gets each one's URL as QUEUE_URL_<NAME>.",
    )
    calls: tuple[Name, ...] = Field(
        default=(),
        description="Services of this environment that it calls by HTTP. It gets each one's URL inside the network as "
        "SERVICE_URL_<NAME>.",
    )
    call_timeout_seconds: int = Field(
        default=60,
        ge=0,
        le=LONGEST_CALL_SECONDS,
        description="Time in which a call of another service must be answered as a whole, in seconds; 0: no limit, for "
        "streams (SSE). On EKS there is none.",
    )
    traces: bool = Field(
        default=True, description="Whether it has a collector of traces beside it, where headroom:telemetry has any."
    )
    backlog_per_task: int | None = Field(
        default=None,
        ge=1,
        description="Number of waiting messages a task above which tasks are added, in each queue that it consumes: "
        "how long a message may wait, divided by how long a task works on one. By default messages are not counted.",
    )
    secrets: Mapping[VariableName, Literal["generated", "external"]] = Field(
        default={},
        description="Secrets by environment variable: `generated` gets a random first value, `external` is empty until "
        "your team puts its value into Secrets Manager, and no task of the service starts before that. ECS gives up "
        "after a few tries, and tries again when told to by `aws ecs update-service --force-new-deployment`.",
    )
    environment: Mapping[VariableName, str] = Field(default={}, description="Environment variables that are no secret.")
