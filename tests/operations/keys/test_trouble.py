"""What gets in the way of a rotation: kills, other commands, deployments, missing things. No call is ever refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.clients import Clients
from operations.commands import Session
from operations.errors import Invocation
from operations.keys.attempts import by_call
from operations.keys.caller import Caller, Counts, key_reader
from operations.keys.drill import local_service
from operations.keys.drill_service import HEADER
from operations.keys.inventory import time_of
from operations.keys.services import Running
from operations.screen import Screen


@pytest.fixture
def frontend(town: Any) -> Any:
    town.api_key()
    return town


def versions(town: Any, name: str = "keys/frontend") -> list[str]:
    """Versions that have a value."""
    client, secret = town("secretsmanager"), f"headroom/dev/{name}"
    found = client.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)["Versions"]
    return [version["VersionId"] for version in found]


def test_no_call_is_refused_whenever_the_command_is_killed(town):
    town.api_key(settle_seconds=6)
    aws = Clients(town.session, "eu-central-1", town.endpoint)
    read = key_reader(town("secretsmanager"), "headroom/dev/keys/frontend")
    first, counts = read(), Counts()
    invocation = Invocation(environment="dev", offline=True)
    session = Session(project=town.project, invocation=invocation, screen=Screen())
    with local_service(session, aws, "api", 1) as url:
        prompt, slow = (Caller(by_call(url, HEADER), read, counts, pause=0.02) for _ in range(2))
        slow.slow = True
        with prompt.calling(), slow.calling():
            town.kill_at("a rotation begins", "rotate", "dev", "frontend")
            town.kill_at("under way already", "rotate", "dev", "frontend")
            printed = town.keys("rotate", "dev", "frontend")
    assert "keys/frontend is rotated: the old one stays valid until" in printed
    assert len(versions(town)) == 2
    assert read() != first
    assert counts.calls > 50
    assert not counts.refused


def test_a_leaked_key_is_replaced_once_however_often_the_command_is_killed(frontend):
    leaked = frontend.value("keys/frontend")
    for says in ("a rotation begins", "the old one is not valid any more"):
        frontend.kill_at(says, "rotate", "dev", "frontend", "--now")
    printed = frontend.keys("rotate", "dev", "frontend", "--now")
    assert "keys/frontend is rotated: the old one is not valid any more." in printed
    assert len(versions(frontend)) in (2, 3)
    assert "rotation:leaked" not in frontend.tags_of("keys/frontend")
    assert frontend.value("keys/frontend") != leaked
    assert "previous" not in frontend.digests()


def test_of_two_commands_at_once_one_new_key_comes(frontend):
    both = [frontend.start("rotate", "dev", "frontend") for _ in range(2)]
    ended = [process.communicate(timeout=120) for process in both]
    assert all("is rotated" in out or "there are two, and no third" in error for out, error in ended), ended
    assert 0 in [process.returncode for process in both]
    assert len(versions(frontend)) == 2
    assert "previous" in frontend.digests()


def test_a_service_that_is_being_deployed_is_waited_for_by_whoever_asks(town, monkeypatch):
    town.cache()
    busy = {"deployments": [{"rolloutState": "IN_PROGRESS", "runningCount": 1}]}
    monkeypatch.setattr(Running, "read", lambda *_: Running({"api": busy, "web": {}}))
    printed = town.keys("rotate", "dev", "main", code=1)
    assert "Error: api is being deployed, and reads cache/main when it starts; nothing was changed" in printed
    assert len(versions(town, "cache/main")) == 1


def test_a_secret_that_is_being_deleted_is_not_rotated(frontend):
    frontend("secretsmanager").delete_secret(SecretId="headroom/dev/keys/frontend")
    printed = frontend.keys("rotate", "dev", "frontend", code=1)
    assert "keys/frontend is being deleted since" in printed
    assert "aws secretsmanager restore-secret --secret-id headroom/dev/keys/frontend  brings it back" in printed
    assert "being deleted" in frontend.keys("list", "dev")


def test_what_the_function_says_of_trouble_is_told_and_the_same_command_goes_on_afterwards(frontend):
    name = "headroom/dev/service/api/key-digests"
    known = frontend.digests()
    frontend("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    printed = frontend.keys("rotate", "dev", "frontend", code=1)
    assert f"keys/frontend was not rotated: Secret {name} is not there" in printed
    assert "What was current stays so." in printed
    frontend("secretsmanager").create_secret(Name=name, SecretString=json.dumps({"frontend": known}))
    assert "keys/frontend is rotated" in frontend.keys("rotate", "dev", "frontend")


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("secretsmanager:RotateSecret", "secretsmanager:RotateSecret"),
        ("DescribeSecret", "secretsmanager:DescribeSecret"),
    ],
)
def test_a_missing_permission_stops_before_anything_is_changed(frontend, operation, permission):
    says = f"User: arn:aws:iam::1:user/ada is not authorized to perform: {permission} on resource: x"
    frontend.faults(
        {"match": operation.replace("secretsmanager:", ""), "code": "AccessDeniedException", "message": says}
    )
    printed = frontend.keys("rotate", "dev", "frontend", code=1)
    assert says in printed
    assert f"let your role have {permission}" in printed
    assert len(versions(frontend)) == 1


def test_an_answer_that_is_lost_is_asked_for_again(frontend):
    frontend.faults(
        {"match": "RotateSecret", "reset": True, "executed": True},
        {"match": "DescribeSecret", "reset": True, "times": 2},
    )
    assert "keys/frontend is rotated" in frontend.keys("rotate", "dev", "frontend")
    assert len(versions(frontend)) == 2


@pytest.mark.parametrize("name", ["data", "SESSION_KEY"])
def test_what_nothing_of_ours_rotates_is_refused(town, name):
    town.secret("service/api/SESSION_KEY", {"a": "b"})
    town.secret("service/api/data", {"a": "b"})
    assert "nothing of ours rotates it" in town.keys("rotate", "dev", name, code=1)


def test_a_key_that_the_function_never_took_charge_of_is_refused(town):
    town.secret("keys/frontend", {"a": "b"}, kind="api-key", consumer="frontend", access="read")
    assert "bring the environment up" in town.keys("rotate", "dev", "frontend", code=1)


def test_an_unknown_name_is_refused_with_the_nearest(frontend):
    assert "Did you mean keys/frontend?" in frontend.keys("rotate", "dev", "frontnd", code=1)


def test_the_time_is_awss_own_whatever_this_machines_clock_says():
    answer = {"ResponseMetadata": {"HTTPHeaders": {"date": "Sat, 01 Jan 2050 10:00:00 GMT"}}}
    assert time_of(answer).year == 2050
