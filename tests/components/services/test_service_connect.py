"""Services that call each other by Service Connect, under pretended AWS. C4, E6."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.services.args import MigrationArgs
from components.services.ecs_service import EcsService, EcsServiceArgs
from components.services.service_connect import CalledLink, CallsArgs, inbound_port
from tests.components.services.test_ecs_service import API, RUNNER, WORKER, connections, container, service

Run = Callable[..., Any]

USERS = CalledLink(name="users", port=8080, security_group_id="sg-users")
CALLED = CallsArgs(namespace_arn="namespace-arn", is_called=True)
CALLER = CallsArgs(namespace_arn="namespace-arn", calls=[USERS])
ROOM = {"cpu_units": 512, "memory_mib": 1024}


@pytest.fixture
def made(run: Run) -> Run:
    def make(base: dict[str, Any], *, name: str = "api", **changed: Any) -> Any:
        return run(lambda: EcsService(name, EcsServiceArgs(**(base | changed))))

    return make


def connect(stack: Any) -> dict[str, Any]:
    found: dict[str, Any] = service(stack)["serviceConnectConfiguration"]
    return found


def test_a_called_service_has_a_name_and_a_door_of_its_own_for_calls(made: Run) -> None:
    found = connect(made(API | ROOM, calls=CALLED))
    assert (found["enabled"], found["namespace"]) == (True, "namespace-arn")
    assert found["services"] == [
        {
            "portName": "http",
            "discoveryName": "api",
            "clientAlias": [{"dnsName": "api", "port": 5000}],
            "ingressPortOverride": 15000,
            "timeout": {"perRequestTimeoutSeconds": 60, "idleTimeoutSeconds": 300},
        }
    ]


def test_its_port_has_a_name_and_speaks_http(made: Run) -> None:
    [port] = container(made(API | ROOM, calls=CALLED))["portMappings"]
    assert port == {"containerPort": 5000, "hostPort": 5000, "protocol": "tcp", "name": "http", "appProtocol": "http"}


def test_the_load_balancer_goes_past_the_proxy(made: Run) -> None:
    stack = made(API | ROOM, calls=CALLED)
    assert ("in", "api-id", "sg-alb", 5000) in connections(stack)
    assert not {rule for rule in connections(stack) if rule[3] == 15000}
    assert inbound_port(15000) == 15001


def test_the_proxy_writes_to_the_services_log_and_holds_nobody_up(made: Run) -> None:
    log = connect(made(API | ROOM, calls=CALLED))["logConfiguration"]
    assert log["logDriver"] == "awslogs"
    assert log["options"]["awslogs-group"] == "/headroom/dev/service/api"
    assert (log["options"]["awslogs-stream-prefix"], log["options"]["mode"]) == ("proxy", "non-blocking")


@pytest.mark.parametrize(("limit", "idle"), [(15, 300), (900, 900), (0, 3600)])
def test_a_call_has_a_limit_unless_it_is_a_stream(made: Run, limit: int, idle: int) -> None:
    [found] = connect(made(API | ROOM, calls=replace(CALLED, timeout_seconds=limit)))["services"]
    assert found["timeout"] == {"perRequestTimeoutSeconds": limit, "idleTimeoutSeconds": idle}


def test_a_caller_is_told_where_to_call_and_reaches_nobody_else(made: Run) -> None:
    stack = made(WORKER | ROOM, name="worker", calls=CALLER)
    told = {pair["name"]: pair["value"] for pair in container(stack)["environment"]}
    assert told == {"SERVICE_URL_USERS": "http://users:8080"}
    assert connections(stack) == {
        ("out", "worker-id", "0.0.0.0/0", 443),
        ("out", "worker-id", "sg-users", 15000),
        ("in", "sg-users", "worker-id", 15000),
    }
    assert "services" not in connect(stack)


def test_a_caller_is_deployed_after_those_that_it_calls(run: Run) -> None:
    def program() -> None:
        users = EcsService("users", EcsServiceArgs(**(API | ROOM), calls=CALLED))
        assert users.called is not None
        EcsService("worker", EcsServiceArgs(**(WORKER | ROOM), calls=replace(CALLER, calls=[users.called])))

    stack = run(program)
    users, worker = (stack.one("ecs/service:Service", name) for name in ("users", "worker"))
    assert users["urn"] in worker["options"]["depends_on"]


def test_who_neither_calls_nor_is_called_has_no_proxy(made: Run) -> None:
    assert "serviceConnectConfiguration" not in service(made(API))


def test_a_migration_is_not_told_of_names_that_one_off_tasks_do_not_know(made: Run) -> None:
    stack = made(
        API | ROOM, calls=replace(CALLER, is_called=True), migration=MigrationArgs(command=["migrate"], runner=RUNNER)
    )
    migration = stack.one("ecs/taskDefinition:TaskDefinition", "api-migrate")["inputs"]["containerDefinitions"]
    assert "SERVICE_URL" not in migration
    assert (
        "SERVICE_URL_USERS" in stack.one("ecs/taskDefinition:TaskDefinition", "api")["inputs"]["containerDefinitions"]
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"calls": CALLED, "port": None, **ROOM}, "a service that others call must listen on one"),
        ({"calls": CALLED}, "256 of them are for Service Connect's proxy"),
        ({"calls": CALLER, "environment": {"SERVICE_URL_USERS": "x"}, **ROOM}, "the variables that the stack sets"),
    ],
)
def test_what_can_not_work_is_refused(made: Run, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        made(WORKER, **changed)


def test_a_limit_of_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="timeout_seconds is 7200"):
        replace(CALLED, timeout_seconds=7200)
