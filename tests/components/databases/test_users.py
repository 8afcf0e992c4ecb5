"""The users of a database and the task that makes them, under pretended AWS. E5, E6."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.databases.logins import Login, script
from components.databases.users import (
    DatabaseLogins,
    DatabaseLoginsArgs,
    DatabaseUsers,
    DatabaseUsersArgs,
    master_link,
)
from components.links import ClusterLink, DatabaseLink, FunctionLink, KeyLink, PoolLink

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="services-key", alias="alias/headroom-dev-services")
API, ACME, ORDERS = Login(service="api"), Login(service="api", tenant="acme"), Login(service="orders")
DATABASE = DatabaseLink(
    secret_arn="arn:master",
    secret_name="headroom/dev/database/main",
    key=KeyLink(arn="data-key", alias="alias/headroom-dev-data"),
    security_group_id="sg-database",
    port=5432,
    instances=["headroom-dev-main", "headroom-dev-main-1"],
    hosts=["writer", "reader"],
    identity="db-ABC",
    extensions=["pg_stat_statements", "pg_trgm"],
)
POOL = PoolLink(host="pool", port=6432, security_group_id="sg-pool")
USERS: dict[str, Any] = {
    "scope": SCOPE,
    "key": KEY,
    "database": DATABASE,
    "pool": None,
    "cluster": ClusterLink(arn="cluster-arn", name="cluster-1"),
    "runner": FunctionLink(name="headroom-dev-run-task", arn="arn", made_arn="arn"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a"],
    "image": "public.ecr.aws/docker/library/postgres:17-alpine",
    "log_retention_days": 30,
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(*, preview: bool = False, **changed: Any) -> Any:
        def program() -> tuple[DatabaseLogins, DatabaseUsers]:
            args = DatabaseLoginsArgs(scope=SCOPE, key=KEY, logins={"main": [ORDERS, ACME, API]}, recovery_days=7)
            logins = DatabaseLogins("logins", args)
            return logins, DatabaseUsers("main", DatabaseUsersArgs(logins=logins.made["main"], **(USERS | changed)))

        return run(program, preview=preview)

    return make


def container(stack: Any) -> dict[str, Any]:
    (only,) = json.loads(stack.one("TaskDefinition")["inputs"]["containerDefinitions"])
    found: dict[str, Any] = only
    return found


def test_each_user_has_a_secret_of_its_own_under_its_services_name(made: Run) -> None:
    names = {secret["inputs"]["name"] for secret in made().all("secret:Secret")}
    assert names == {
        f"headroom/dev/service/{name}" for name in ("api/database", "api/database/acme", "orders/database")
    }
    assert {secret["inputs"]["kmsKeyId"] for secret in made().all("secret:Secret")} == {"services-key"}


def test_the_first_password_is_kept_and_the_connection_follows_the_database(made: Run) -> None:
    stack = made()
    first, value = (stack.one("secretVersion:SecretVersion", name) for name in ("api", "api-connection"))
    assert first["options"]["ignore_changes"] == ["secretString", "versionStages"]
    assert "headroom-first" in first["inputs"]["versionStages"]
    assert value["options"]["ignore_changes"] == []
    assert json.loads(value["inputs"]["secretString"])["read_url"].endswith("@reader:5432/api?sslmode=require")
    assert first["urn"] in value["options"]["depends_on"]


def test_every_password_is_secret_in_the_state(made: Run) -> None:
    for version in made().all("secretVersion:SecretVersion"):
        assert "secretString" in version["secrets"]


def test_with_a_pool_the_connection_leads_there_and_migrations_to_the_writer(made: Run) -> None:
    stack = made(pool=POOL)
    value = json.loads(stack.one("SecretVersion", "api-connection")["inputs"]["secretString"])
    assert "@pool:6432/" in value["url"] and "@reader:5432/" in value["read_url"] and "@writer:" in value["direct_url"]
    doors = stack.result[1].links[API].doors
    assert [(door.name, door.port) for door in doors] == [("main-pool", 6432), ("main", 5432)]


def test_the_task_is_given_every_password_by_reference_and_none_by_value(made: Run) -> None:
    stack = made()
    definition = container(stack)
    references = {secret["name"]: secret["valueFrom"] for secret in definition["secrets"]}
    assert references["PGPASSWORD"] == "arn:master:password::"
    assert [references[f"PASSWORD_{n}"].rpartition("/")[2] for n in (1, 2, 3)] == [
        f"{name}:password::" for name in ("database", "acme", "database")
    ]
    assert "canary" not in json.dumps(stack.one("TaskDefinition"))
    assert "canary" not in json.dumps(stack.one("lambda/invocation:Invocation"))


def test_the_task_runs_the_script_that_is_tested_against_real_servers(made: Run) -> None:
    definition = container(made())
    assert (definition["entryPoint"], definition["command"]) == (["sh", "-c"], [script("postgres")])
    told = {variable["name"]: variable["value"] for variable in definition["environment"]}
    assert (told["USERS"], told["ROLE_2"], told["PGPORT"]) == ("3", "api__acme", "5432")
    assert told["EXTENSIONS"] == "pg_stat_statements,pg_trgm"


def test_only_the_task_reads_the_masters_secret(made: Run) -> None:
    stack = made()
    (statement,) = [
        s
        for s in json.loads(stack.one("iam/rolePolicy:RolePolicy")["inputs"]["policy"])["Statement"]
        if s["Sid"] == "ReadSecrets"
    ]
    assert [arn.rpartition("secret:")[2] for arn in statement["Resource"]] == [
        "headroom/dev/database/main-??????",
        "headroom/dev/service/api/database-??????",
        "headroom/dev/service/api/database/acme-??????",
        "headroom/dev/service/orders/database-??????",
    ]
    for link in stack.result[1].links.values():
        assert link.secret_name != DATABASE.secret_name


def test_the_task_runs_again_for_another_user_another_connection_and_another_database(made: Run) -> None:
    triggers = made().one("lambda/invocation:Invocation")["inputs"]["triggers"]
    assert set(triggers) == {"task_definition", "user api", "user api__acme", "user orders", "database"}
    assert triggers["database"] == "db-ABC"


def test_a_service_waits_for_its_user(made: Run) -> None:
    for link in made().result[1].links.values():
        assert [type(resource).__name__ for resource in link.ready] == ["SecretVersion", "Invocation"]


def test_the_task_reaches_the_database_and_awss_interfaces(made: Run) -> None:
    ways = {
        (rule["inputs"].get("referencedSecurityGroupId", rule["inputs"].get("cidrIpv4")), rule["inputs"]["toPort"])
        for rule in made().all("SecurityGroupEgressRule")
    }
    assert ways == {("sg-database", 5432), ("0.0.0.0/0", 443)}


def test_a_pool_is_told_of_every_user(made: Run) -> None:
    pooled = made().result[0].pooled["main"]
    assert [(user.label, user.service) for user in pooled] == [
        ("api", "api"),
        ("api--acme", "api"),
        ("orders", "orders"),
    ]


def test_a_service_that_moves_to_another_database_keeps_its_secret(run: Run) -> None:
    def urns(database: str) -> set[str]:
        args = DatabaseLoginsArgs(scope=SCOPE, key=KEY, logins={database: [API]}, recovery_days=7)
        return {resource["urn"] for resource in run(lambda: DatabaseLogins("logins", args)).resources}

    assert urns("main") == urns("restored")


def test_every_policy_is_known_in_the_first_preview(made: Run) -> None:
    for resource in made(preview=True).all("iam/rolePolicy:RolePolicy"):
        assert json.loads(resource["inputs"]["policy"])["Version"] == "2012-10-17"


def test_an_existing_database_is_used_by_its_own_secret() -> None:
    link = master_link("main", DATABASE)
    assert (link.secret_name, link.variables["DATABASE_URL"]) == ("headroom/dev/database/main", "url")
    assert link.migration_variables == link.variables
