"""Traces of a service: a collector beside it (AWS Distro for OpenTelemetry) takes them over OTLP and sends them on.

Plain data, for ECS and for Kubernetes. What is said here of the collector is from its own repository, at v0.49.0:
github.com/aws-observability/aws-otel-collector (cmd/awscollector/Dockerfile, cmd/healthcheck, pkg/config, config/ecs).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from components.access import Scope, Statement, allow, pull_image
from components.constraints import require, within
from components.links import KeyLink

NAME = "opentelemetry-collector"
"""Name of the container, and first part of its streams' names in the service's log group. Longer than a service's name
may be, so that no service has it."""
IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"
USER = "10001:10001"
"""Above 10000, so that it is none of a node's. The image's own, 4317, owns nothing that is needed either: what it runs
belongs to root and is open to all."""
HEALTH_COMMAND = ("/healthcheck",)
"""In the image: asks the health_check extension on port 13133 of the loopback."""
GRPC_PORT, HTTP_PORT, HEALTH_PORT = 4317, 4318, 13133
STOP_SECONDS = 10
"""Time to send what is left, once the service has stopped."""
ECS_CPU_SHARES = {"service": 192, NAME: 32}
"""How CPU is divided when both want all of it. Without any, ECS gives each the same. Together they are less than
Fargate's smallest task, so that they fit every size that a schedule may choose."""
HEADER_VARIABLE = "TRACES_HEADER"
"""Where the collector finds the value of the header that the receiver of traces knows us by."""
LEAST_MIB, MOST_MIB = 96, 256
"""The most still fits the smallest task of a schedule."""


@dataclass(frozen=True, kw_only=True)
class HeaderLink:
    """A secret that the receiver of traces knows us by."""

    name: str
    """Name of the HTTP header, `x-api-key`."""
    secret_arn: pulumi.Input[str]
    """ARN of the secret that holds its value."""
    secret_name: str
    """Fixed physical name of that secret."""
    key: KeyLink
    """Key that encrypts it."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a task starts."""


@dataclass(frozen=True, kw_only=True)
class TracesArgs:
    """Where a service's traces go."""

    to: Literal["xray", "otlp"]
    """AWS X-Ray in the service's own region, or a receiver that speaks OTLP over HTTP."""
    region: str
    """Region of X-Ray."""
    environment: str
    """Name of the environment, which stands in every trace."""
    image: str = IMAGE
    """The collector."""
    sample_percent: int = 5
    """Share of the traces that the service begins and records, in percent; who was called records what its caller
    does."""
    memory_mib: int = 128
    """Memory of the collector; it refuses traces before it is full."""
    endpoint: str = ""
    """URL of the receiver, without /v1/traces; with `otlp` only."""
    header: HeaderLink | None = None
    """A header that the receiver asks for."""

    def __post_init__(self) -> None:
        require(
            [
                *within("sample_percent", self.sample_percent, 1, 100, "percent", "docs/tracing.md"),
                *within("memory_mib", self.memory_mib, LEAST_MIB, MOST_MIB, "MiB", "docs/tracing.md"),
            ]
        )
        if (self.to == "otlp") != bool(self.endpoint):
            raise ValueError("endpoint is the receiver's URL, with traces to otlp and only then")


def trace_statements(args: TracesArgs | None) -> list[Statement]:
    """X-Ray offers no resource for them. No sampling rules are read: the service's own share is what counts.

    Source: docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    """
    if args is None or args.to != "xray":
        return []
    return [allow("SendTraces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"])]


def trace_variables(service: str, image: str, args: TracesArgs | None) -> dict[str, str]:
    """What OpenTelemetry's SDKs read. Only traces: for metrics and logs there is CloudWatch, by the log.

    Source: opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables, and /protocol/exporter
    """
    if args is None:
        return {}
    attributes = {
        "service.namespace": "headroom",
        "service.version": image.rpartition("@" if "@" in image else ":")[2],
        "deployment.environment.name": args.environment,
    }
    return {
        "OTEL_SERVICE_NAME": service,
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{key}={value}" for key, value in attributes.items()),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://localhost:{HTTP_PORT}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": f"{args.sample_percent / 100:g}",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }


TRACE_VARIABLES = (
    *("OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"),
    *("OTEL_TRACES_EXPORTER", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"),
    *("OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"),
)
"""Names of `trace_variables`."""


def collector_environment(
    args: TracesArgs, *, log_group: str, platform: Literal["ecs", "kubernetes"]
) -> dict[str, str]:
    """The collector reads its configuration from AOT_CONFIG_CONTENT: JSON, which is YAML too."""
    return {
        "AOT_CONFIG_CONTENT": json.dumps(configuration(args, log_group, platform)),
        # Go's collector of garbage keeps below it, so that the limit is not reached by what is garbage.
        "GOMEMLIMIT": f"{args.memory_mib * 8 // 10}MiB",
    }


def configuration(args: TracesArgs, log_group: str, platform: Literal["ecs", "kubernetes"]) -> dict[str, Any]:
    """OTLP on the loopback, a limit of memory, batches as in AWS's own config/ecs/ecs-xray.yaml, one exporter.

    On ECS the task's metadata say which task it was; on Kubernetes that would take the API server's word.
    """
    processors: dict[str, Any] = {
        "memory_limiter": {
            "check_interval": "1s",
            "limit_mib": args.memory_mib * 3 // 4,
            "spike_limit_mib": args.memory_mib // 5,
        },
        **({"resourcedetection": {"detectors": ["ecs"]}} if platform == "ecs" else {}),
        "batch": {"timeout": "1s", "send_batch_size": 50},
    }
    exporter = exporter_of(args, log_group)
    return {
        "extensions": {"health_check": {"endpoint": f"127.0.0.1:{HEALTH_PORT}"}},
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"127.0.0.1:{GRPC_PORT}"},
                    "http": {"endpoint": f"127.0.0.1:{HTTP_PORT}"},
                }
            }
        },
        "processors": processors,
        "exporters": exporter,
        "service": {
            # Warnings alone, as plain text: a line of JSON would count as an error of the service's.
            "telemetry": {"logs": {"level": "warn", "encoding": "console"}, "metrics": {"level": "none"}},
            "extensions": ["health_check"],
            "pipelines": {
                "traces": {"receivers": ["otlp"], "processors": [*processors], "exporters": [*exporter]},
            },
        },
    }


def exporter_of(args: TracesArgs, log_group: str) -> dict[str, Any]:
    """The one exporter: to X-Ray, where a trace leads to its log lines, or over OTLP."""
    if args.to == "xray":
        return {"awsxray": {"region": args.region, "aws_log_groups": [log_group]}}
    headers = {args.header.name: f"${{env:{HEADER_VARIABLE}}}"} if args.header else {}
    return {"otlphttp": {"endpoint": args.endpoint, **({"headers": headers} if headers else {})}}


def with_collector(
    service: Mapping[str, Any], args: TracesArgs | None, header_arn: str | None = None
) -> list[Mapping[str, Any]]:
    """The containers of a task: the service's own, and a collector beside it where there is one.

    The collector is not essential: a task goes on without it, and ends without waiting for it, so that one-off tasks
    end. The service depends on its START: so it stops after the service, and sends the last traces (ECS reverses the
    order), and a task whose collector can't be pulled fails.

    No health check: where the service has none either, ECS would take the collector's for the task's, and replace a
    task that serves. Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
    """
    if args is None:
        return [service]
    log = service["logConfiguration"]
    environment = collector_environment(args, log_group=log["options"]["awslogs-group"], platform="ecs")
    collector = {
        "name": NAME,
        "image": args.image,
        "essential": False,
        "restartPolicy": {"enabled": True},
        "user": USER,
        "cpu": ECS_CPU_SHARES[NAME],
        "memory": args.memory_mib,
        "readonlyRootFilesystem": True,
        "stopTimeout": STOP_SECONDS,
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True},
        "portMappings": [],
        "environment": [{"name": name, "value": value} for name, value in sorted(environment.items())],
        "secrets": [{"name": HEADER_VARIABLE, "valueFrom": header_arn}] if header_arn else [],
        "logConfiguration": {**log, "options": {**log["options"], "awslogs-stream-prefix": NAME}},
    }
    beside = {"cpu": ECS_CPU_SHARES["service"], "dependsOn": [{"containerName": NAME, "condition": "START"}]}
    return [{**service, **beside}, collector]


def collector_image_statements(scope: Scope, image: str, args: TracesArgs | None) -> list[Statement]:
    """What pulls the collector where it lies in ECR: signing in is said once, beside the service's own image."""
    pull = pull_image(scope, args.image) if args else []
    sign_in = [statement for statement in pull if statement["Sid"] == "SignInToRegistry"]
    repository = [{**statement, "Sid": "PullCollector"} for statement in pull if statement not in sign_in]
    return [*([] if pull_image(scope, image) else sign_in), *repository]
