"""The users of a database and the task that makes them, under pretended AWS. E5, E6."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.databases.login_secrets import DatabaseLogins, DatabaseLoginsArgs
from components.databases.logins import Login, script
from components.databases.users import DatabaseUsers, DatabaseUsersArgs, master_link
from components.links import ClusterLink, DatabaseLink, KeyLink, PoolLink
from functions.run_task.request import Request
from tests.components.rotation_examples import ROTATOR, database_user

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
POOL = PoolLink(host="pool", port=6432, security_group_id="sg-pool", pooler="main-pgbouncer")
PROXY = PoolLink(host="proxy", port=5432, security_group_id="sg-proxy", monitor="rdsproxyadmin")
USERS: dict[str, Any] = {
    "scope": SCOPE,
    "key": KEY,
    "database": DATABASE,
    "pool": None,
    "cluster": ClusterLink(arn="cluster-arn", name="cluster-1"),
    "rotator": ROTATOR,
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a"],
    "image": "public.ecr.aws/docker/library/postgres:17-alpine",
    "log_retention_days": 30,
}


def rotated(*logins: Login, **changed: Any) -> dict[Login, Any]:
    return {login: database_user(login.service, user=login.name, **changed) for login in logins}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(*, preview: bool = False, kept_by: str = "", **changed: Any) -> Any:
        def program() -> tuple[DatabaseLogins, DatabaseUsers]:
            logins = {"main": rotated(ORDERS, ACME, API, pool=kept_by)}
            args = DatabaseLoginsArgs(scope=SCOPE, key=KEY, rotator=ROTATOR, logins=logins, recovery_days=7)
            made = DatabaseLogins("logins", args)
            return made, DatabaseUsers("main", DatabaseUsersArgs(logins=made.made["main"], **(USERS | changed)))

        return run(program, preview=preview)

    return make


def told(stack: Any, name: str = "main-users") -> dict[str, Any]:
    """What the function is told."""
    found: dict[str, Any] = json.loads(stack.one("lambda/invocation:Invocation", name)["inputs"]["input"])
    return found


def container(stack: Any) -> dict[str, Any]:
    (only,) = json.loads(stack.one("TaskDefinition")["inputs"]["containerDefinitions"])
    found: dict[str, Any] = only
    return found


NAMES = [f"headroom/dev/service/{name}" for name in ("api/database", "api/database/acme", "orders/database")]
DOCUMENT = "headroom/dev/database/main/logins"


def test_each_login_has_a_secret_of_its_own_and_the_database_a_document_of_all(made: Run) -> None:
    stack = made()
    assert {secret["inputs"]["name"] for secret in stack.all("secret:Secret")} == {*NAMES, DOCUMENT}
    assert {secret["inputs"]["kmsKeyId"] for secret in stack.all("secret:Secret")} == {"services-key"}


def test_a_login_is_tagged_with_what_the_rotation_needs_to_know(made: Run) -> None:
    tags = made().one("secret:Secret", "api--acme")["inputs"]["tags"]
    assert {key.removeprefix("headroom:"): value for key, value in tags.items()} == {
        "Service": "api",
        "kind": "postgres-user",
        "owner": "backend",
        "period-days": "90",
        "overlap-days": "7",
        "readers": "api",
        "user": "api__acme",
        "database": "main",
    }


def test_no_password_stands_in_the_state(made: Run) -> None:
    """Values are the rotation's; it is told of connections that name nobody."""
    stack = made()
    assert stack.all("secretVersion:SecretVersion") == []
    assert "canary" not in json.dumps([resource["inputs"] for resource in stack.resources])


def test_values_are_made_before_the_database_and_valid_in_it_afterwards(made: Run) -> None:
    stack = made()
    first, second = told(stack, "logins"), told(stack)
    assert (first["Action"], first["Secrets"], first["Logins"]) == ("prepare", NAMES, {DOCUMENT: NAMES})
    assert (second["Action"], second["Secrets"]) == ("begin", NAMES)
    before = stack.one("lambda/invocation:Invocation", "logins")
    assert before["urn"] in stack.one("lambda/invocation:Invocation", "main-users")["options"]["depends_on"]


def test_the_connection_follows_the_database(made: Run) -> None:
    known = told(made())["Connections"]["headroom/dev/service/api/database"]
    assert known["read_url"] == "postgresql://reader:5432/api?sslmode=require"
    assert (known["url"], known["dbname"]) == ("postgresql://writer:5432/api?sslmode=require", "api")


def test_each_login_is_rotated_by_its_own_schedule_once_it_is_made(made: Run) -> None:
    stack = made()
    begun = stack.one("lambda/invocation:Invocation", "main-users")["urn"]
    rotations = stack.all("secretRotation:SecretRotation")
    assert sorted(rotation["name"] for rotation in rotations) == ["api", "api--acme", "orders"]
    assert all(begun in rotation["options"]["depends_on"] for rotation in rotations)


def test_only_the_rotation_writes_who_may_sign_in(made: Run) -> None:
    policy = json.loads(made().one("secretPolicy:SecretPolicy", "main-logins")["inputs"]["policy"])
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert set(statement["Action"]) == {
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
        "secretsmanager:UpdateSecret",
    }
    assert statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] == [
        "arn:aws:iam::111111111111:role/headroom-dev-rotate-secret"
    ]


def test_with_a_pool_the_connection_leads_there_and_migrations_to_the_writer(made: Run) -> None:
    stack = made(pool=POOL)
    value = told(stack)["Connections"]["headroom/dev/service/api/database"]
    assert (
        "//pool:6432/" in value["url"] and "//reader:5432/" in value["read_url"] and "//writer:" in value["direct_url"]
    )
    doors = stack.result[1].links[API].doors
    assert [(door.name, door.port) for door in doors] == [("main-pool", 6432), ("main", 5432)]
    assert told(stack)["Tasks"][DOCUMENT]["pooler"] == "main-pgbouncer"


def test_a_proxy_has_a_secret_for_each_user_of_a_login_and_is_tried_by_the_task(made: Run) -> None:
    stack = made(pool=PROXY, kept_by="proxy")
    users = [f"{name}{second}" for name in ("api", "api__acme", "orders") for second in ("", "__2")]
    proxied = {f"headroom/dev/database/main/proxy/{user}" for user in users}
    assert proxied < {secret["inputs"]["name"] for secret in stack.all("secret:Secret")}
    assert told(stack)["Tasks"][DOCUMENT]["pool"] == {"POOL_HOST": "proxy", "POOL_PORT": "5432"}
    (acme, *_) = [user for user in stack.result[0].pooled["main"] if user.label == "api--acme"]
    assert [name.rpartition("/")[2] for name in acme.secret_names] == ["api__acme", "api__acme__2"]
    assert ("sg-proxy", 5432) in ways(stack)


def test_the_task_is_given_who_may_sign_in_by_reference_and_nothing_by_value(made: Run) -> None:
    references = {secret["name"]: secret["valueFrom"] for secret in container(made())["secrets"]}
    assert references["PGPASSWORD"] == "arn:master:password::"
    assert references["LOGINS"].endswith(":lines::")
    assert set(references) == {"PGHOST", "PGUSER", "PGPASSWORD", "PGDATABASE", "LOGINS"}


def test_the_task_runs_the_script_that_is_tested_against_real_servers(made: Run) -> None:
    definition = container(made())
    assert (definition["entryPoint"], definition["command"]) == (["sh", "-c"], [script("postgres")])
    given = {variable["name"]: variable["value"] for variable in definition["environment"]}
    assert (given["PGPORT"], given["EXTENSIONS"]) == ("5432", "pg_stat_statements,pg_trgm")


def test_only_the_task_reads_the_masters_secret(made: Run) -> None:
    stack = made()
    (statement,) = [
        s
        for s in json.loads(stack.one("iam/rolePolicy:RolePolicy")["inputs"]["policy"])["Statement"]
        if s["Sid"] == "ReadSecrets"
    ]
    assert [arn.rpartition("secret:")[2] for arn in statement["Resource"]] == [
        "headroom/dev/database/main-??????",
        "headroom/dev/database/main/logins-??????",
    ]
    for link in stack.result[1].links.values():
        assert link.secret_name != DATABASE.secret_name


def test_the_rotation_is_told_how_the_task_is_run_and_of_which_database(made: Run) -> None:
    task = told(made())["Tasks"][DOCUMENT]
    assert task["identity"] == "db-ABC"
    assert set(task) - {"identity"} <= {field.name for field in dataclasses.fields(Request)}


def test_a_service_waits_for_its_user(made: Run) -> None:
    for link in made().result[1].links.values():
        assert [type(resource).__name__ for resource in link.ready] == ["Invocation"]


def ways(stack: Any) -> set[tuple[str, int]]:
    """Where the task may connect to."""
    return {
        (rule["inputs"].get("referencedSecurityGroupId", rule["inputs"].get("cidrIpv4")), rule["inputs"]["toPort"])
        for rule in stack.all("SecurityGroupEgressRule")
    }


def test_the_task_reaches_the_database_and_awss_interfaces(made: Run) -> None:
    assert ways(made()) == {("sg-database", 5432), ("0.0.0.0/0", 443)}


def test_a_pool_is_told_of_every_user(made: Run) -> None:
    pooled = made().result[0].pooled["main"]
    assert [(user.label, user.service) for user in pooled] == [
        ("api", "api"),
        ("api--acme", "api"),
        ("orders", "orders"),
    ]


def test_a_service_that_moves_to_another_database_keeps_its_secret(run: Run) -> None:
    def urns(database: str) -> set[str]:
        logins = {database: rotated(API)}
        args = DatabaseLoginsArgs(scope=SCOPE, key=KEY, rotator=ROTATOR, logins=logins, recovery_days=7)
        made = run(lambda: DatabaseLogins("logins", args)).resources
        return {resource["urn"] for resource in made if not resource["name"].endswith("-logins")}

    assert urns("main") == urns("restored")


def test_every_policy_is_known_in_the_first_preview(made: Run) -> None:
    for resource in made(preview=True).all("iam/rolePolicy:RolePolicy"):
        assert json.loads(resource["inputs"]["policy"])["Version"] == "2012-10-17"


def test_an_existing_database_is_used_by_its_own_secret() -> None:
    link = master_link("main", DATABASE)
    assert (link.secret_name, link.variables["DATABASE_URL"]) == ("headroom/dev/database/main", "url")
    assert link.migration_variables == link.variables
