"""`headroom keys` on users of databases: two by turns, and whatever gets in the way. E3, E5."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.errors import Failure
from operations.keys import rolling
from operations.keys.services import Running
from operations.rollout import Gate

API = "service/api/database"


@pytest.fixture
def database(town: Any) -> Any:
    town.database()
    return town


def lets_in(town: Any, value: dict[str, Any]) -> bool:
    return bool(town.valid().get(value["username"]) == value["password"])


def test_a_user_stands_in_the_table_with_all_that_is_known_of_it(database):
    found = database.listed()[API]
    assert (found["kind"], found["owner"], found["readers"]) == ("postgres-user", "data", ["api"])
    assert (found["rotation"]["phase"], found["last_use_by"]) == ("done", "reads")
    assert database.listed()["database/main/logins"]["kind"] == "logins"
    assert "service/api/database" not in database.keys("audit", "dev")[-400:].partition("not-begun")[2]


def test_a_rotation_makes_the_other_user_and_rolls_the_service_that_reads_it(database):
    old, other = database.value(API), database.value("service/web/database")
    printed = database.keys("rotate", "dev", API)
    new = database.value(API)
    assert (old["username"], new["username"]) == ("api", "api__2")
    assert new["url"] == f"postgresql://api__2:{new['password']}@writer:5432/api" == new["direct_url"]
    assert lets_in(database, old) and lets_in(database, new) and lets_in(database, other)
    assert f"{API}: new tasks with the new value for api" in printed
    assert database.tags_of(API)["rotation:rolled"]
    assert "two valid: the old one stays so until" in database.keys("status", "dev", API)
    assert not [value for value in (old["password"], new["password"]) if value in printed]
    assert "there are two, and no third" in database.keys("rotate", "dev", API, code=1)


def test_a_password_that_has_leaked_ends_at_once(database):
    leaked = database.value(API)
    database.keys("rotate", "dev", API, "--now")
    assert not lets_in(database, leaked) and lets_in(database, database.value(API))
    assert sorted(database.valid()) == ["api__2", "web"]


def test_the_old_user_comes_back_with_one_command(database):
    old = database.value(API)
    database.keys("rotate", "dev", API)
    database.act("deactivate", API, Force=True)
    assert not lets_in(database, old)
    assert "the previous one is current again" in database.keys("reactivate", "dev", API)
    assert database.value(API) == old and lets_in(database, old)


def test_a_service_that_does_not_come_to_run_gets_the_old_user_back(database, monkeypatch):
    waits = []

    class Unhealthy(Gate):
        """The first rollout fails."""

        def wait(self, services: Any, tell: Any) -> None:
            waits.append(services)
            if len(waits) == 1:
                raise Failure("what was changed stands, but not all of it runs:\napi: the rollout failed.", ("",))
            super().wait(services, tell)

    monkeypatch.setattr(rolling, "Gate", Unhealthy)
    old = database.value(API)
    printed = database.keys("rotate", "dev", API, code=1)
    assert f"{API} was taken back: not every service came to run with the new one." in printed
    assert database.value(API) == old and lets_in(database, old)
    assert len(waits) == 2


def test_a_database_that_does_not_take_the_user_is_told_and_the_same_command_goes_on(database):
    old = database.value(API)
    database.users_task("exit 1")
    printed = database.keys("rotate", "dev", API, code=1)
    assert f"{API} was not rotated" in printed
    assert "Making the users of database main failed, exit code 1" in printed
    assert "What was current stays so." in printed
    assert database.value(API) == old and lets_in(database, old)
    database.users_task("true")
    assert f"{API} is rotated" in database.keys("rotate", "dev", API)
    assert database.value(API)["username"] == "api__2"


def test_a_document_that_is_gone_stops_the_rotation_and_nobody_is_shut_out(database):
    document = database.value("database/main/logins")
    client, name = database("secretsmanager"), "headroom/dev/database/main/logins"
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    printed = database.keys("rotate", "dev", API, code=1)
    assert f"Secret {name} is not there; bring it back, or run `up` to make it anew" in printed
    client.create_secret(Name=name, SecretString=json.dumps(document))
    assert f"{API} is rotated" in database.keys("rotate", "dev", API)


def test_a_secret_that_is_being_deleted_is_not_rotated(database):
    database("secretsmanager").delete_secret(SecretId=f"headroom/dev/{API}")
    assert f"{API} is being deleted since" in database.keys("rotate", "dev", API, code=1)


def test_no_rotation_while_a_service_that_reads_it_is_being_deployed(database, monkeypatch):
    busy = {"deployments": [{"rolloutState": "IN_PROGRESS", "runningCount": 1}]}
    monkeypatch.setattr(Running, "read", lambda *_: Running({"api": busy}))
    printed = database.keys("rotate", "dev", API, code=1)
    assert f"api is being deployed, and reads {API} when it starts; nothing was changed" in printed


def test_a_command_that_is_killed_is_given_again_and_one_new_user_comes(database):
    old = database.value(API)
    database.kill_at("a rotation begins", "rotate", "dev", API)
    both = [database.start("rotate", "dev", API) for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in both]
    assert all("is rotated" in out or "there are two, and no third" in error for out, error in ended), ended
    assert lets_in(database, old) and lets_in(database, database.value(API))
    assert sorted(database.valid()) == ["api", "api__2", "web"]
