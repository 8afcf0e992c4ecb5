"""Names of users and databases, and what their secrets hold. E5, E6."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.access import Scope
from components.databases.logins import (
    SCRIPTS,
    Addresses,
    Login,
    document_secret,
    login_fields,
    login_problems,
    proxy_secret,
    script,
    task_environment,
)
from functions.rotate_secret.connection import with_credential
from functions.rotate_secret.logins import logins_secret, users_of
from functions.rotate_secret.logins import proxy_secret as functions_proxy_secret

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,3}(-[a-z0-9]{1,3}){0,2}", fullmatch=True)
DIRECT: dict[str, Any] = {"host": "writer", "port": 5432, "direct_host": "writer", "direct_port": 5432}


def test_names_follow_from_service_and_tenant() -> None:
    own, tenant = Login(service="order-service"), Login(service="api", tenant="big-corp")
    assert (own.name, tenant.name) == ("order_service", "api__big_corp")
    assert own.secret_name(SCOPE) == "headroom/dev/service/order-service/database"
    assert tenant.secret_name(SCOPE) == "headroom/dev/service/api/database/big-corp"
    assert dict(own.variables) == {"DATABASE_URL": "url", "DATABASE_READ_URL": "read_url"}
    assert dict(tenant.variables) == {"DATABASE_URL_BIG_CORP": "url", "DATABASE_READ_URL_BIG_CORP": "read_url"}


@given(st.lists(st.tuples(NAMES, st.one_of(st.just(""), NAMES)), min_size=2, max_size=6, unique=True))
def test_no_two_users_have_one_name_label_or_secret(pairs: list[tuple[str, str]]) -> None:
    logins = [Login(service=service, tenant=tenant) for service, tenant in pairs]
    for names in ([x.name for x in logins], [x.label for x in logins], [x.secret_name(SCOPE) for x in logins]):
        assert len(set(names)) == len(pairs)
    assert len({user for login in logins for user in login.users}) == 2 * len(pairs)


@pytest.mark.parametrize(
    ("login", "protocol", "said"),
    [
        (Login(service="a" * 20, tenant="b" * 20), "mysql", "45 characters, and mysql takes 32; shorten the names"),
        (Login(service="headroom"), "postgres", "the user would be called headroom, and the server has one"),
        (Login(service="pg-things"), "postgres", "called pg_things"),
        (Login(service="rdsadmin"), "mysql", "called rdsadmin"),
        (Login(service="information-schema"), "mysql", "called information_schema"),
    ],
)
def test_a_name_that_the_server_would_refuse_is_refused(login: Login, protocol: Any, said: str) -> None:
    (problem,) = login_problems(login, protocol, "headroom")
    assert said in str(problem)


def test_the_longest_names_of_the_settings_fit_postgres() -> None:
    assert login_problems(Login(service="a" * 20, tenant="b" * 20), "postgres", "headroom") == []
    assert login_problems(Login(service="a" * 20), "mysql", "headroom") == []


def secret(**changed: Any) -> dict[str, Any]:
    addresses = Addresses(**({**DIRECT, "read_hosts": ["one", "two"], "read_port": 5432} | changed))
    return with_credential(login_fields(Login(service="api"), "postgres", addresses), "api__2", "p4ss")


def test_a_secret_leads_to_the_writer_and_to_the_replicas() -> None:
    found = secret()
    assert found["url"] == "postgresql://api__2:p4ss@writer:5432/api?sslmode=require"
    assert found["read_url"] == "postgresql://api__2:p4ss@one:5432,two:5432/api?sslmode=require"
    assert {key: found[key] for key in ("host", "port", "dbname", "username", "password")} == {
        "host": "writer",
        "port": 5432,
        "dbname": "api",
        "username": "api__2",
        "password": "p4ss",
    }


def test_fields_of_a_connection_name_nobody() -> None:
    fields = login_fields(Login(service="api"), "mysql", Addresses(**DIRECT, read_hosts=[], read_port=3306))
    assert fields["url"] == "mysql://writer:5432/api"
    assert not {"username", "password"} & set(fields)


def test_the_function_and_the_stack_name_the_same_things() -> None:
    assert Login(service="api", tenant="acme").users == users_of("api__acme")
    assert document_secret(SCOPE, "main") == logins_secret(SCOPE.namespace, "main")
    assert proxy_secret(SCOPE, "main", "api__2") == functions_proxy_secret(SCOPE.namespace, "main", "api__2")


def test_with_a_pool_writes_go_through_it_reads_past_it_where_it_has_no_readers_and_migrations_always() -> None:
    found = secret(host="pool", port=6432)
    assert "@pool:6432/" in found["url"]
    assert "@one:5432,two:5432/" in found["read_url"]
    assert "@writer:5432/" in found["direct_url"]


def test_a_pool_before_a_database_without_replicas_takes_the_reads_too() -> None:
    found = secret(host="pool", port=6432, read_hosts=[])
    assert "@pool:6432/" in found["read_url"]


@pytest.mark.parametrize("protocol", SCRIPTS)
def test_a_script_fits_into_a_task_definition(protocol: Any) -> None:
    assert len(script(protocol)) < 8000
    assert "#" not in script(protocol).splitlines()[0]


def test_an_extension_of_the_whole_server_is_made_in_the_masters_database_only() -> None:
    told = task_environment("postgres", ["pg_cron", "pg_trgm"])
    assert (told["EXTENSIONS"], told["MASTER_EXTENSIONS"]) == ("pg_trgm", "pg_cron")
