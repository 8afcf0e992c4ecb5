"""The collector of traces beside a service, under pretended AWS. O3."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.links import KeyLink
from components.services.args import MigrationArgs
from components.services.constraints import FARGATE_MEMORY_MIB
from components.services.ecs_service import EcsService, EcsServiceArgs
from components.services.telemetry import (
    ECS_CPU_SHARES,
    MOST_MIB,
    NAME,
    TRACE_VARIABLES,
    HeaderLink,
    TracesArgs,
    configuration,
    trace_variables,
)
from tests.components.services.test_ecs_service import API, RUNNER, WORKER, policy, service

Run = Callable[..., Any]

XRAY = TracesArgs(to="xray", region="eu-central-1", environment="dev")
HEADER = HeaderLink(
    name="x-api-key",
    secret_arn="arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev/telemetry/header-AbCdEf",
    secret_name="headroom/dev/telemetry/header",
    key=KeyLink(arn="services-key", alias="alias/headroom-dev-services"),
)
OTLP = replace(XRAY, to="otlp", endpoint="https://otlp.example.com", header=HEADER)
IN_ECR = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/collector:v0.49.0"


@pytest.fixture
def made(run: Run) -> Run:
    def make(base: dict[str, Any], *, name: str = "api", **changed: Any) -> Any:
        return run(lambda: EcsService(name, EcsServiceArgs(**(base | changed))))

    return make


def containers(stack: Any, name: str = "api") -> dict[str, dict[str, Any]]:
    text = stack.one("ecs/taskDefinition:TaskDefinition", name)["inputs"]["containerDefinitions"]
    return {definition["name"]: definition for definition in json.loads(text)}


def variables(definition: dict[str, Any]) -> dict[str, str]:
    return {pair["name"]: pair["value"] for pair in definition["environment"]}


def test_a_task_goes_on_and_ends_without_its_collector(made: Run) -> None:
    found = containers(made(API, traces=XRAY))
    assert (found["api"]["essential"], found[NAME]["essential"]) == (True, False)


def test_the_collector_starts_before_the_service_and_stops_after_it(made: Run) -> None:
    found = containers(made(API, traces=XRAY))
    assert found["api"]["dependsOn"] == [{"containerName": NAME, "condition": "START"}]
    assert "dependsOn" not in found[NAME]
    assert found[NAME]["stopTimeout"] == 10


def test_the_collectors_health_is_not_taken_for_the_tasks(made: Run) -> None:
    assert "healthCheck" not in containers(made(WORKER, name="worker", traces=XRAY), "worker")[NAME]


def test_the_collector_is_hardened_as_the_service_is(made: Run) -> None:
    found = containers(made(API, traces=XRAY))[NAME]
    assert (found["user"], found["readonlyRootFilesystem"]) == ("10001:10001", True)
    assert found["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert found["image"] == "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0"


def test_the_collector_has_a_share_of_its_own_in_every_task(made: Run) -> None:
    found = containers(made(API, traces=XRAY))
    assert (found["api"]["cpu"], found[NAME]["cpu"], found[NAME]["memory"]) == (192, 32, 128)
    assert sum(ECS_CPU_SHARES.values()) <= min(FARGATE_MEMORY_MIB)
    assert min(FARGATE_MEMORY_MIB[256]) > MOST_MIB


def test_the_service_is_told_what_opentelemetry_reads(made: Run) -> None:
    told = variables(containers(made(API, traces=XRAY))["api"])
    assert {name for name in told if name.startswith("OTEL_")} == set(TRACE_VARIABLES)
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://localhost:4318"
    assert told["OTEL_SERVICE_NAME"] == "api"
    assert told["OTEL_RESOURCE_ATTRIBUTES"] == (
        "service.namespace=headroom,service.version=1.0.0,deployment.environment.name=dev"
    )
    assert (told["OTEL_TRACES_SAMPLER"], told["OTEL_TRACES_SAMPLER_ARG"]) == ("parentbased_traceidratio", "0.05")


def test_an_image_by_digest_is_a_version_too() -> None:
    told = trace_variables("api", "ghcr.io/example/api@sha256:0a1b", XRAY)
    assert "service.version=sha256:0a1b" in told["OTEL_RESOURCE_ATTRIBUTES"]


def test_the_collector_takes_traces_from_its_own_task_only() -> None:
    for protocol in configuration(XRAY, "/log", "ecs")["receivers"]["otlp"]["protocols"].values():
        assert protocol["endpoint"].startswith("127.0.0.1:")


def test_traces_go_to_xray_with_the_way_to_their_log_lines(made: Run) -> None:
    found = json.loads(variables(containers(made(API, traces=XRAY))[NAME])["AOT_CONFIG_CONTENT"])
    assert found["exporters"] == {
        "awsxray": {"region": "eu-central-1", "aws_log_groups": ["/headroom/dev/service/api"]}
    }
    pipeline = found["service"]["pipelines"]["traces"]
    assert pipeline == {
        "receivers": ["otlp"],
        "processors": ["memory_limiter", "resourcedetection", "batch"],
        "exporters": ["awsxray"],
    }


def test_the_collector_keeps_below_its_memory(made: Run) -> None:
    told = variables(containers(made(API, memory_mib=1024, traces=replace(XRAY, memory_mib=200)))[NAME])
    limiter = json.loads(told["AOT_CONFIG_CONTENT"])["processors"]["memory_limiter"]
    assert (limiter["limit_mib"], limiter["spike_limit_mib"], told["GOMEMLIMIT"]) == (150, 40, "160MiB")


def test_its_lines_are_no_errors_of_the_services(made: Run) -> None:
    found = containers(made(API, traces=XRAY))[NAME]
    logs = json.loads(variables(found)["AOT_CONFIG_CONTENT"])["service"]["telemetry"]["logs"]
    assert logs == {"level": "warn", "encoding": "console"}
    assert found["logConfiguration"]["options"]["awslogs-stream-prefix"] == NAME


def test_the_service_may_send_traces_and_nothing_else(made: Run) -> None:
    [statement] = policy(made(API, traces=XRAY), "api-task")
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    assert made(API).names("iam/rolePolicy:RolePolicy") == ["api-execution"]
    assert made(API, traces=OTLP).names("iam/rolePolicy:RolePolicy") == ["api-execution"]


def test_traces_go_elsewhere_with_a_header_that_only_the_collector_gets(made: Run) -> None:
    stack = made(API, traces=OTLP)
    found = containers(stack)
    told = json.loads(variables(found[NAME])["AOT_CONFIG_CONTENT"])
    assert told["exporters"] == {
        "otlphttp": {"endpoint": "https://otlp.example.com", "headers": {"x-api-key": "${env:TRACES_HEADER}"}}
    }
    assert found[NAME]["secrets"] == [{"name": "TRACES_HEADER", "valueFrom": HEADER.secret_arn}]
    assert "TRACES_HEADER" not in {pair["name"] for pair in found["api"]["secrets"]}
    [read] = [s for s in policy(stack, "api-execution") if s["Sid"] == "ReadSecrets"]
    assert any(arn.endswith(":secret:headroom/dev/telemetry/header-??????") for arn in read["Resource"])


@pytest.mark.parametrize(
    ("image", "signs_in"), [("ghcr.io/example/api:1.0.0", 1), (IN_ECR.replace("collector", "api"), 1)]
)
def test_a_collector_in_ecr_can_be_pulled(made: Run, image: str, signs_in: int) -> None:
    statements = policy(made(API, image=image, traces=replace(XRAY, image=IN_ECR)), "api-execution")
    [pull] = [s for s in statements if s["Sid"] == "PullCollector"]
    assert pull["Resource"] == ["arn:aws:ecr:eu-central-1:111111111111:repository/collector"]
    assert len([s for s in statements if s["Sid"] == "SignInToRegistry"]) == signs_in


def test_a_migration_has_no_collector_and_is_not_told_of_any(made: Run) -> None:
    stack = made(API, traces=OTLP, migration=MigrationArgs(command=["migrate"], runner=RUNNER))
    assert set(containers(stack, "api-migrate")) == {"api-migrate"}
    assert not [name for name in variables(containers(stack, "api-migrate")["api-migrate"]) if "OTEL" in name]
    [read] = [s for s in policy(stack, "api-migrate-execution") if s["Sid"] == "ReadSecrets"]
    assert not [arn for arn in read["Resource"] if "telemetry" in arn]


def test_without_traces_a_task_is_the_service_alone(made: Run) -> None:
    stack = made(API)
    assert set(containers(stack)) == {"api"}
    assert "cpu" not in containers(stack)["api"]
    assert service(stack)["forceNewDeployment"] is True


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"sample_percent": 0}, "sample_percent is 0"),
        ({"memory_mib": 512}, "memory_mib is 512"),
        ({"to": "otlp"}, "endpoint is the receiver's URL"),
        ({"endpoint": "https://otlp.example.com"}, "endpoint is the receiver's URL"),
    ],
)
def test_traces_that_lead_nowhere_are_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(XRAY, **changed)


def test_a_service_can_not_set_what_the_stack_tells_it(made: Run) -> None:
    with pytest.raises(ValueError, match="the variables that the stack sets"):
        made(API, traces=XRAY, environment={"OTEL_SERVICE_NAME": "mine"})


def test_no_service_can_have_the_collectors_name() -> None:
    assert len(NAME) > 20  # infra.settings.patterns.Name
