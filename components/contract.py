"""What a service can count on: the variables that the stack gives it. One table, for the docs and for the checks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.buckets.constraints import bucket_variable, limit_variable
from components.databases.logins import Login
from components.keys.names import DIGESTS_VARIABLE
from components.queues.constraints import queue_variable
from components.services.calls import call_variable
from components.services.constraints import POOL_VARIABLES

PLACEHOLDER = "name"
"""Stands for a name of the settings; shown as `<NAME>`."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """An environment variable, or one for each name in a setting."""

    name: str
    """`PORT`, or `QUEUE_URL_<NAME>`."""
    given: str
    """The setting that it comes with."""
    holds: str
    """What it holds."""
    secret: bool = False
    """Whether a task or pod takes it from Secrets Manager when it starts."""

    def is_meant_by(self, variable: str) -> bool:
        """Whether an actual variable is this one."""
        pattern = re.escape(self.name).replace("<NAME>", "[A-Z0-9_]+")
        return re.fullmatch(pattern, variable) is not None


def _each(variable: str) -> str:
    """A variable for each name: `BUCKET_NAME` made of the placeholder is shown as `BUCKET_<NAME>`."""
    return re.sub(rf"(?<=_){PLACEHOLDER.upper()}(?=_|$)", "<NAME>", variable)


_url, _read_url = Login(service="", tenant="").variables
_tenant_url, _tenant_read_url = Login(service="", tenant=PLACEHOLDER).variables
_pool, _read_pool, _workers = POOL_VARIABLES

_TRACES = {
    "OTEL_SERVICE_NAME": "Name of the service in its traces.",
    "OTEL_RESOURCE_ATTRIBUTES": "Version and environment, in all of its traces.",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "Where the collector beside the service takes traces.",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "How it takes them: OTLP over HTTP. gRPC is on port 4317.",
    "OTEL_TRACES_EXPORTER": "otlp.",
    "OTEL_TRACES_SAMPLER": "Whoever begins a trace decides whether it is recorded.",
    "OTEL_TRACES_SAMPLER_ARG": "The share of traces that are recorded, from 0 to 1 (`sample_percent`).",
    "OTEL_METRICS_EXPORTER": "none: metrics go by the log.",
    "OTEL_LOGS_EXPORTER": "none: logs go to standard output.",
}
"""What OpenTelemetry's SDKs read by themselves."""

VARIABLES: Sequence[Variable] = (
    Variable(name="PORT", given="port", holds="TCP port to listen on, on all addresses."),
    Variable(
        name=_url,
        given="database",
        secret=True,
        holds="URL of the service's own database, as its own user, over TLS; through the pool where there is one.",
    ),
    Variable(
        name=_read_url,
        given="database",
        secret=True,
        holds="The same for reads that may be a moment old: replicas or readers; without any it is the writer's.",
    ),
    Variable(name=_each(_tenant_url), given="tenants", secret=True, holds=f"As {_url}, of the tenant's own database."),
    Variable(
        name=_each(_tenant_read_url),
        given="tenants",
        secret=True,
        holds=f"As {_read_url}, of the tenant's own database.",
    ),
    Variable(
        name=_pool,
        given="database_pool",
        holds=f"Connections that a process may open by {_url}; the budget of connections counts with it.",
    ),
    Variable(name=_read_pool, given="database_read_pool", holds=f"The same by {_read_url}."),
    Variable(name=_workers, given="workers", holds="Processes in a task; gunicorn, uvicorn and puma look for it."),
    Variable(
        name="REDIS_URL",
        given="cache",
        secret=True,
        holds="URL of the cache (rediss://), to write and to read.",
    ),
    Variable(
        name="REDIS_READ_URL",
        given="cache",
        secret=True,
        holds="The same for reads from replicas; without any it is the primary's.",
    ),
    Variable(name=_each(bucket_variable(PLACEHOLDER)), given="buckets", holds="Name of the bucket in S3."),
    Variable(
        name=_each(limit_variable(PLACEHOLDER)),
        given="buckets",
        holds="Largest upload in bytes, for content-length-range in what the service signs; only of uploads.",
    ),
    Variable(
        name=_each(queue_variable(PLACEHOLDER)),
        given="produces, consumes",
        holds="URL of the queue in SQS.",
    ),
    Variable(
        name=_each(call_variable(PLACEHOLDER)),
        given="calls",
        holds="URL of the other service inside the network, without a slash at its end. On ECS one-off tasks "
        "(migrations, schedules) can't use it.",
    ),
    Variable(
        name=DIGESTS_VARIABLE,
        given="api_keys",
        holds="Name of the secret with the digests of the API keys that the service accepts, to be read again every "
        "minute (docs/keys.md).",
    ),
    *(Variable(name=variable, given="telemetry", holds=holds) for variable, holds in _TRACES.items()),
    Variable(
        name="SCHEDULE_NAME", given="schedules", holds="Name of the schedule, in a task that a schedule started only."
    ),
    Variable(
        name="SCHEDULED_TIME",
        given="schedules",
        holds="When that run was due, ISO 8601: the same for a run's retries. Not on EKS.",
    ),
)
"""Every variable that the stack gives, beside those in the service's own `secrets` and `environment`."""


def explain(variable: str) -> Variable | None:
    """What the contract says of an actual variable; the most specific entry counts. None: the contract has no such."""
    meant = [entry for entry in VARIABLES if entry.is_meant_by(variable)]
    return max(meant, key=lambda entry: len(entry.name.replace("<NAME>", "")), default=None)
