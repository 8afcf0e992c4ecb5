"""Rotation of a database's login: two users by turns, one document, one task. E3, E5."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.steps import STEPS
from tests.functions.database_world import LOGINS, OTHER, TASK, USER, DatabaseWorld, Pretended, database_world
from tests.functions.rotation_world import KilledError


@pytest.fixture
def aws() -> Any:
    with database_world() as made:
        made.bring_up(USER, OTHER)
        yield made


def test_a_first_value_is_there_before_the_database_is() -> None:
    """A pool starts with it."""
    with database_world() as aws:
        aws.prepare(USER, OTHER)
        first = aws.value(USER)
        assert (first["username"], first["dbname"]) == ("api", "api")
        assert aws.ecs.runs == []
        assert f'"api" "{first["password"]}"' in aws.document()["userlist"]
        aws.bring_up(USER, OTHER)
        assert aws.works(USER, first)
        assert aws.value(USER)["password"] == first["password"]
        assert aws.tag(USER, "phase") == "done"


def test_users_of_many_services_are_made_by_one_task(aws: DatabaseWorld) -> None:
    assert aws.ecs.runs == [{}]
    aws.bring_up(USER, OTHER)
    assert aws.ecs.runs == [{}]


def test_another_database_of_the_same_name_gets_its_users_again(aws: DatabaseWorld) -> None:
    """Restored from a backup, it has those of then."""
    aws.bring_up(USER, OTHER, identity="db-DEF")
    assert aws.ecs.runs == [{}, {}]


def test_every_field_of_the_connection_names_the_user_of_today(aws: DatabaseWorld) -> None:
    old = aws.value(USER)
    assert old["url"] == f"postgresql://api:{old['password']}@h:5432/api"
    aws.rotate(USER)
    new = aws.value(USER)
    assert new["username"] == "api__2"
    for field in ("url", "read_url", "direct_url"):
        assert new[field] == f"postgresql://api__2:{new['password']}@h:5432/api"
    assert old["password"] not in str(new)
    assert new["dbname"] == "api"


def test_both_users_get_in_during_the_overlap_and_the_old_one_does_not_after_it(aws: DatabaseWorld) -> None:
    old = aws.value(USER)
    aws.rotate(USER)
    new = aws.value(USER)
    assert aws.works(USER, old) and aws.works(USER, new)
    rolled(aws)
    aws.later = timedelta(days=7, hours=1)
    aws.ask("sweep", USER, OTHER)
    assert not aws.works(USER, old) and aws.works(USER, new)
    aws.later = timedelta(days=15)
    aws.ask("sweep", USER, OTHER)
    assert aws.tag(USER, "phase") == "done"
    aws.rotate(USER)
    assert aws.value(USER)["username"] == "api"
    assert aws.value(USER)["password"] != old["password"]


def rolled(aws: DatabaseWorld) -> None:
    """There is no cluster to look at here; as on EKS, somebody says so."""
    aws.ask("rolled", USER)


def test_nobody_is_shut_out_while_services_may_run_with_the_old_user(aws: DatabaseWorld) -> None:
    old = aws.value(USER)
    aws.rotate(USER)
    aws.later = timedelta(days=8)
    with pytest.raises(RotationError, match="services may still use the old credential"):
        aws.ask("sweep", USER)
    assert aws.works(USER, old)


def test_an_old_user_with_a_session_is_let_in_for_another_overlap_once(
    aws: DatabaseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = aws.value(USER)
    aws.rotate(USER)
    rolled(aws)
    run = Pretended.run
    monkeypatch.setattr(Pretended, "run", lambda self, given: 3 if given.get("LOOK_AT") == "api" else run(self, given))
    aws.later = timedelta(days=7, hours=1)
    aws.ask("sweep", USER)
    assert aws.works(USER, old)
    assert aws.tag(USER, "extended")
    assert aws.ecs.runs[-2]["WITHIN_SECONDS"] == str(24 * 3600)
    aws.later = timedelta(days=14, hours=2)
    aws.ask("sweep", USER)
    assert not aws.works(USER, old)


def test_the_old_user_comes_back_in_one_call(aws: DatabaseWorld) -> None:
    old = aws.value(USER)
    aws.rotate(USER)
    aws.ask("deactivate", USER, Force=True)
    assert not aws.works(USER, old)
    aws.ask("reactivate", USER)
    assert aws.works(USER, old) and aws.works(USER, aws.value(USER))
    aws.ask("revert", USER)
    assert aws.value(USER) == old
    assert aws.works(USER, old)


def test_a_rotation_that_is_given_up_leaves_the_user_of_before(aws: DatabaseWorld) -> None:
    old, token = aws.value(USER), aws.start(USER)
    aws.step(USER, "createSecret", token)
    aws.step(USER, "setSecret", token)
    pending = aws.value(USER, "AWSPENDING")
    assert aws.works(USER, pending)
    aws.ask("abandon", USER)
    assert aws.works(USER, old) and not aws.works(USER, pending)


def test_a_task_that_fails_leaves_what_was_and_says_why(aws: DatabaseWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    old, token = aws.value(USER), aws.start(USER)
    aws.step(USER, "createSecret", token)
    monkeypatch.setattr(Pretended, "run", lambda self, given: 1)
    with pytest.raises(RotationError, match="Making the users of database main failed, exit code 1"):
        aws.step(USER, "setSecret", token)
    monkeypatch.undo()
    assert aws.value(USER) == old and aws.works(USER, old)
    aws.later = timedelta(minutes=1)
    for step in STEPS:
        aws.step(USER, step, token)
    assert aws.works(USER, old) and aws.works(USER, aws.value(USER))


def test_a_permission_that_the_function_lacks_is_named_and_nothing_has_changed_for_anybody(aws: DatabaseWorld) -> None:
    old, token = aws.value(USER), aws.start(USER)
    says = "User: arn:aws:iam::1:role/r is not authorized to perform: ecs:RunTask"
    refused = ClientError({"Error": {"Code": "AccessDeniedException", "Message": says}}, "RunTask")
    aws.step(USER, "createSecret", token)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws.ecs, "run_task", Mock(side_effect=refused))
        patch.setattr(aws, "sleep", lambda seconds: setattr(aws, "later", aws.later + timedelta(seconds=seconds)))
        aws.handler._sleep = aws.sleep
        with pytest.raises(RotationError, match=r"was not started: AccessDeniedException: .* ecs:RunTask"):
            aws.step(USER, "setSecret", token)
    assert aws.value(USER) == old and aws.works(USER, old)


def test_a_user_who_does_not_get_in_never_becomes_the_current_one(aws: DatabaseWorld) -> None:
    old, token = aws.value(USER), aws.start(USER)
    aws.step(USER, "createSecret", token)
    aws.step(USER, "setSecret", token)
    aws.ecs.database.passwords.pop("api__2")
    with pytest.raises(RotationError, match="exit code 1"):
        aws.step(USER, "testSecret", token)
    assert aws.value(USER) == old


def test_two_logins_of_a_database_rotate_at_the_same_time(aws: DatabaseWorld) -> None:
    before = {name: aws.value(name) for name in (USER, OTHER)}
    tokens = {name: aws.start(name) for name in (USER, OTHER)}
    for step in STEPS:
        for name in (USER, OTHER):
            aws.step(name, step, tokens[name])
            for each in (USER, OTHER):
                assert aws.works(each, before[each]) and aws.works(each, aws.value(each)), (step, name)


def test_a_login_that_is_gone_is_nobodys_business_any_more(aws: DatabaseWorld) -> None:
    gone = aws.value(OTHER)
    aws.prepare(USER)
    assert OTHER not in aws.document()["logins"]
    assert "worker" not in aws.document()["lines"]
    assert aws.works(OTHER, gone)


def test_a_secret_that_the_stack_made_before_gets_another_password_and_keeps_both_for_the_overlap() -> None:
    with database_world() as aws:
        known = {**aws.fields("api"), "username": "api", "password": "p" * 32}
        import json

        aws.secrets.put_secret_value(SecretId=USER, SecretString=json.dumps(known))
        aws.later = timedelta(days=30)
        aws.bring_up(USER)
        assert aws.value(USER)["username"] == "api__2"
        assert aws.works(USER, known) and aws.works(USER, aws.value(USER))
        assert aws.tag(USER, "phase") == "overlap"


class TestPools:
    """What stands between knows both users."""

    def test_a_proxy_has_a_secret_for_each_user_and_takes_no_old_password(self) -> None:
        with database_world(pool="proxy") as aws:
            aws.bring_up(USER)
            first, nobody = proxied(aws, "api"), proxied(aws, "api__2")
            assert first == {"username": "api", "password": aws.value(USER)["password"]}
            aws.prepare(USER)
            assert proxied(aws, "api__2") == nobody
            aws.rotate(USER)
            assert proxied(aws, "api") == first
            assert proxied(aws, "api__2")["password"] == aws.value(USER)["password"]
            aws.ask("deactivate", USER, Force=True)
            assert proxied(aws, "api")["password"] != first["password"]

    def test_pgbouncer_knows_a_new_user_before_anybody_signs_in_as_it(self) -> None:
        with database_world(pool="pgbouncer") as aws:
            aws.ecs.services["main-pgbouncer"] = aws.now + timedelta(seconds=2)
            aws.bring_up(USER, pooler="main-pgbouncer")
            started = aws.ecs.services["main-pgbouncer"]
            aws.later = timedelta(hours=1)
            token = aws.start(USER)
            aws.step(USER, "createSecret", token)
            aws.ecs.slow = 3
            aws.step(USER, "setSecret", token)
            assert aws.ecs.services["main-pgbouncer"] > started
            assert aws.slept >= 5
            assert '"api__2"' in aws.document()["userlist"] and '"api" ' in aws.document()["userlist"]

    def test_a_pool_that_does_not_come_to_know_it_stops_the_rotation(self) -> None:
        with database_world(pool="pgbouncer") as aws:
            aws.ecs.services["main-pgbouncer"] = aws.now + timedelta(seconds=2)
            aws.bring_up(USER, pooler="main-pgbouncer")
            old, token = aws.value(USER), aws.start(USER)
            aws.later = timedelta(hours=1)
            aws.step(USER, "createSecret", token)
            aws.ecs.slow = 10_000
            with pytest.raises(RotationError, match="the pool does not know it yet"):
                aws.step(USER, "setSecret", token)
            assert aws.value(USER) == old and aws.works(USER, old)


def proxied(aws: DatabaseWorld, user: str) -> dict[str, str]:
    found = aws.value(f"headroom/dev/database/main/proxy/{user}")
    return {key: found[key] for key in ("username", "password")}


@pytest.mark.parametrize("ending", ["rotation", "deactivate", "reactivate", "revert"])
def test_whatever_is_killed_between_two_calls_everybody_gets_in(ending: str) -> None:
    moments, moment = 1, 0
    while moment <= moments:
        with database_world() as aws:
            aws.bring_up(USER)
            old = aws.value(USER)
            if ending != "rotation":
                aws.rotate(USER)
            if ending in ("reactivate",):
                aws.ask("deactivate", USER, Force=True)
            token = aws.start(USER) if ending == "rotation" else ""
            aws.only_writes, aws.moments, aws.dies_at = True, 0, moment or None

            def act(aws: DatabaseWorld = aws, token: str = token) -> None:
                if ending != "rotation":
                    aws.ask(ending, USER, Force=True)
                    return
                for step in STEPS:
                    aws.step(USER, step, token)

            try:
                act()
            except KilledError:
                assert aws.works(USER, aws.value(USER)), "whoever reads the secret now gets in"
                if ending == "rotation":
                    assert aws.works(USER, old), "whoever has the old one gets in"
            moments = aws.moments if moment == 0 else moments
            aws.dies_at = None
            act()
            assert aws.works(USER, aws.value(USER))
            assert aws.works(USER, old) is (ending != "deactivate")
        moment += 1
    assert moments > 3


def test_no_value_is_ever_in_a_tasks_request(aws: DatabaseWorld) -> None:
    aws.rotate(USER)
    passwords = [aws.value(USER)["password"], aws.value(USER, "AWSPREVIOUS")["password"]]
    told = str(aws.ecs.runs) + str(TASK) + str(aws.ask("status", USER))
    assert not [password for password in passwords if password in told]
    assert LOGINS.endswith("/logins")
