"""PgBouncer under pretended AWS. D3."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.databases.pgbouncer import PgBouncer, PgBouncerArgs
from components.links import ClusterLink, KeyLink, NamespaceLink, PooledUser
from tests.components.conftest import document
from tests.components.rotation_examples import pooled_user

Run = Callable[..., Any]

SECRETS = "arn:aws:secretsmanager:eu-central-1:111111111111:secret"
KEY = KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/k", alias="alias/headroom-dev-data")


def user(service: str) -> PooledUser:
    return pooled_user(service, KEY)


ARGS: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "cluster": ClusterLink(arn="arn:aws:ecs:eu-central-1:111111111111:cluster/c", name="c"),
    "namespace": NamespaceLink(id="ns-1", domain="headroom-dev.internal"),
    "image": "ghcr.io/cloudnative-pg/pgbouncer:1.24.0",
    "engine": "postgres",
    "host": "headroom-dev-main.abc.eu-central-1.rds.amazonaws.com",
    "database_group_id": "sg-database",
    "port": 5432,
    "users": [user("api"), user("worker")],
    "clients": {"api": 300, "worker": 100},
    "connections": 100,
    "key": KEY,
    "log_retention_days": 7,
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(*, preview: bool = False, **changed: Any) -> Any:
        return run(lambda: PgBouncer("main", PgBouncerArgs(**(ARGS | changed))), preview=preview)

    return make


def container(stack: Any) -> dict[str, Any]:
    (found,) = json.loads(stack.one("TaskDefinition")["inputs"]["containerDefinitions"])
    return dict(found)


def test_two_tasks_of_which_one_stays_during_an_update_and_never_a_third(made: Run) -> None:
    service = made().one("aws:ecs/service:Service")["inputs"]
    assert service["desiredCount"] == 2
    assert (service["deploymentMinimumHealthyPercent"], service["deploymentMaximumPercent"]) == (50, 100)
    assert [strategy["capacityProvider"] for strategy in service["capacityProviderStrategies"]] == ["FARGATE"]


def test_clients_find_the_tasks_by_one_name(made: Run) -> None:
    stack = made()
    names = stack.one("aws:servicediscovery/service:Service")["inputs"]
    assert (names["name"], names["dnsConfig"]["namespaceId"]) == ("main-pgbouncer", "ns-1")
    assert names["dnsConfig"]["dnsRecords"] == [{"type": "A", "ttl": 10}]
    registry = stack.one("aws:ecs/service:Service")["inputs"]["serviceRegistries"]
    assert registry == {"registryArn": "arn:aws:servicediscovery:eu-central-1:111111111111:service/main-pgbouncer"}


def test_the_address_is_known_in_the_first_preview(run: Run) -> None:
    stack = run(lambda: PgBouncer("main", PgBouncerArgs(**ARGS)).link, preview=True)
    assert (stack.result.host, stack.result.port) == ("main-pgbouncer.headroom-dev.internal", 6432)


def test_a_task_lets_in_whom_the_databases_document_names(made: Run) -> None:
    """Both users of a login, while it is being rotated."""
    secrets = {entry["name"]: entry["valueFrom"] for entry in container(made())["secrets"]}
    assert secrets == {"USERLIST": f"{SECRETS}:headroom/dev/database/main/logins-AbCdEf:userlist::"}


def test_the_rotation_finds_it_by_a_tag_that_no_service_has(made: Run) -> None:
    stack = made()
    assert stack.one("aws:ecs/service:Service")["inputs"]["tags"] == {"Service": "main-pgbouncer"}
    assert stack.result.link.pooler == "main-pgbouncer"


def test_what_starts_it_reads_exactly_these_secrets_and_is_known_in_the_first_preview(made: Run) -> None:
    statements = document(made(preview=True).one("RolePolicy")["inputs"]["policy"])["Statement"]
    (read,) = [s for s in statements if "secretsmanager:GetSecretValue" in s["Action"]]
    assert read["Resource"] == [f"{SECRETS}:headroom/dev/database/main/logins-??????"]
    assert made().one("TaskDefinition")["inputs"].get("taskRoleArn") is None


def test_the_connections_are_shared_by_what_each_service_asks_for(made: Run) -> None:
    (script,) = container(made())["command"]
    assert "pool_size=37" in script
    assert "pool_size=13" in script


def test_its_container_may_write_to_memory_only_and_runs_through_a_shell(made: Run) -> None:
    found = container(made())
    assert found["entryPoint"] == ["sh", "-c"]
    assert (found["readonlyRootFilesystem"], found["user"]) == (True, "1000:1000")
    variables = {entry["name"]: entry["value"] for entry in found["environment"]}
    assert (variables["HOST"], variables["HOST_PORT"]) == (ARGS["host"], "5432")
    assert "max_client_conn = 800" in variables["SETTINGS"]


def test_it_reaches_its_database_and_aws(made: Run) -> None:
    out = {
        (rule["inputs"].get("referencedSecurityGroupId") or rule["inputs"]["cidrIpv4"], rule["inputs"]["toPort"])
        for rule in made().all("SecurityGroupEgressRule")
    }
    assert out == {("sg-database", 5432), ("0.0.0.0/0", 443)}


def test_clients_that_waited_in_vain_are_counted(made: Run) -> None:
    stack = made()
    counted = stack.one("LogMetricFilter")["inputs"]
    assert counted["pattern"] == '"query_wait_timeout"'
    assert counted["metricTransformation"]["name"] == "WaitedInVain-headroom-dev-main"
    assert stack.one("LogGroup")["inputs"]["name"] == "/headroom/dev/pgbouncer/main"


def test_mysql_is_refused(made: Run) -> None:
    with pytest.raises(ValueError, match="pooling is pgbouncer: PgBouncer is for PostgreSQL, and this is mysql"):
        made(engine="mysql")
