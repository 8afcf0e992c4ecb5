"""Rotation of a secret: the old credential outlives the new one's start, whatever is killed on the way. E3."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.main import Handler
from functions.rotate_secret.steps import STEPS
from tests.functions.rotation_world import CACHE, DIGESTS, KEY, World, client_of, killed_everywhere, world

BOTH = pytest.mark.parametrize("name", [KEY, CACHE])


@pytest.fixture
def aws() -> Any:
    with world() as made:
        yield made


def begun(aws: World, name: str) -> dict[str, Any]:
    aws.begin(name)
    return aws.value(name)


@BOTH
def test_a_first_value_is_made_that_stands_nowhere_else(aws: World, name: str) -> None:
    first = begun(aws, name)
    assert aws.works(name, first)
    assert aws.tag(name, "phase") == "done"
    aws.begin(name)
    assert aws.value(name) == first


@BOTH
def test_both_credentials_work_during_the_overlap_and_the_old_one_ends_after_it(aws: World, name: str) -> None:
    old = begun(aws, name)
    aws.rotate(name)
    new = aws.value(name)
    assert new != old
    assert aws.works(name, old)
    assert aws.works(name, new)
    aws.later = timedelta(days=6, hours=23)
    aws.ask("sweep", name)
    assert aws.works(name, old)
    aws.later = timedelta(days=7, hours=1)
    aws.ask("sweep", name)
    assert not aws.works(name, old)
    assert aws.works(name, new)
    assert (aws.tag(name, "phase"), aws.value(name, "AWSPREVIOUS")) == ("deactivated", old)
    aws.later = timedelta(days=15)
    aws.ask("sweep", name)
    assert aws.tag(name, "phase") == "done"
    assert "AWSPREVIOUS" not in aws.labels(name)
    assert aws.works(name, new)


def test_every_field_of_a_connection_gets_the_new_password(aws: World) -> None:
    old = begun(aws, CACHE)
    aws.rotate(CACHE)
    new = aws.value(CACHE)
    for field, host in (("url", "h"), ("read_url", "r")):
        assert new[field] == f"rediss://headroom:{new['password']}@{host}:6379"
    assert old["password"] not in str(new)
    assert (new["host"], new["port"]) == ("h", 6379)


def test_a_key_says_its_environment_and_proves_that_it_is_whole(aws: World) -> None:
    key = begun(aws, KEY)
    assert key["key"].startswith(f"hr_dev_{key['id']}_")
    assert (key["access"], key["consumer"]) == ("read", "frontend")


def test_services_know_digests_and_no_key(aws: World) -> None:
    old = begun(aws, KEY)
    aws.rotate(KEY)
    text = aws.secrets.get_secret_value(SecretId=DIGESTS)["SecretString"]
    assert old["key"] not in text
    assert aws.value(KEY)["key"] not in text
    assert ends_a_day_after_it_is_due(aws)


def ends_a_day_after_it_is_due(aws: World) -> bool:
    """The sweep comes first, and looks whether the key is in use."""
    due, ends = aws.tag(KEY, "deactivate-after"), aws.digests()["previous"]["until"]
    return datetime.fromisoformat(ends) - datetime.fromisoformat(str(due)) == timedelta(days=1)


def test_a_new_key_is_held_back_until_services_go_by_its_digest(aws: World) -> None:
    begun(aws, KEY)
    assert aws.slept == 0
    aws.rotate(KEY)
    assert 80 < aws.slept <= 90


@BOTH
@pytest.mark.parametrize("place", range(4))
def test_a_step_may_be_repeated(aws: World, name: str, place: int) -> None:
    old = begun(aws, name)
    token = aws.start(name)
    for step in STEPS:
        aws.step(name, step, token)
        if step == list(STEPS)[place]:
            new = None if place == 3 else aws.value(name, "AWSPENDING")
            for again in list(STEPS)[: place + 1]:
                aws.step(name, again, token)
            assert new is None or aws.value(name, "AWSPENDING") == new
    assert aws.labels(name)["AWSCURRENT"] == token
    assert aws.works(name, old)
    assert aws.works(name, aws.value(name))


@BOTH
def test_whatever_is_killed_between_two_calls_everybody_gets_in_and_the_rotation_ends(name: str) -> None:
    values: dict[int, dict[str, Any]] = {}
    tokens: dict[int, str] = {}

    def prepare(aws: World) -> None:
        values[id(aws)] = begun(aws, name)
        tokens[id(aws)] = aws.start(name)

    def act(aws: World) -> None:
        for step in STEPS:
            aws.step(name, step, tokens[id(aws)])

    def check(aws: World) -> None:
        assert aws.works(name, values[id(aws)]), "whoever has the old one gets in"
        assert aws.works(name, aws.value(name)), "whoever reads the secret now gets in"
        if aws.dies_at is None:
            assert aws.labels(name)["AWSCURRENT"] == tokens[id(aws)]
            assert aws.tag(name, "phase") == "overlap"

    assert killed_everywhere(prepare, act, check) > 20


@BOTH
def test_the_end_of_an_old_credential_bears_a_kill_between_any_two_calls(name: str) -> None:
    def prepare(aws: World) -> None:
        begun(aws, name)
        aws.rotate(name)
        aws.later = timedelta(days=8)

    def act(aws: World) -> None:
        aws.ask("sweep", name)

    def check(aws: World) -> None:
        assert aws.works(name, aws.value(name))
        if aws.dies_at is None:
            assert aws.tag(name, "phase") == "deactivated"
            assert not aws.works(name, aws.value(name, "AWSPREVIOUS"))

    assert killed_everywhere(prepare, act, check) > 5


@BOTH
@pytest.mark.parametrize("action", ["begin", "reactivate", "revert"])
def test_other_actions_bear_a_kill_between_any_two_calls(name: str, action: str) -> None:
    def prepare(aws: World) -> None:
        if action != "begin":
            begun(aws, name)
            aws.rotate(name)
            aws.ask("deactivate", name, Force=True)

    def act(aws: World) -> None:
        if action == "begin":
            aws.begin(name)
        elif action == "reactivate" or aws.tag(name, "phase") == "deactivated":
            aws.ask(action, name)

    def check(aws: World) -> None:
        if "AWSCURRENT" in aws.labels(name) and (action != "begin" or aws.dies_at is None):
            assert aws.works(name, aws.value(name))
        if aws.dies_at is None and action != "begin":
            assert aws.works(name, aws.value(name, "AWSPREVIOUS"))

    assert killed_everywhere(prepare, act, check) > 5


@BOTH
def test_a_third_credential_is_refused_and_leaves_nothing_in_the_way(aws: World, name: str) -> None:
    begun(aws, name)
    aws.rotate(name)
    second, token = aws.value(name), aws.start(name)
    with pytest.raises(RotationError, match=f"{name} has two valid credentials until 20"):
        aws.step(name, "createSecret", token)
    assert "AWSPENDING" not in aws.labels(name) or aws.labels(name)["AWSPENDING"] == aws.labels(name)["AWSCURRENT"]
    assert aws.value(name) == second
    aws.ask("deactivate", name)
    aws.rotate(name)
    assert aws.value(name) != second


@BOTH
def test_a_deactivated_credential_comes_back_in_one_call(aws: World, name: str) -> None:
    old = begun(aws, name)
    aws.rotate(name)
    aws.ask("deactivate", name)
    assert not aws.works(name, old)
    aws.ask("reactivate", name)
    assert aws.works(name, old)
    assert aws.works(name, aws.value(name))
    assert aws.tag(name, "phase") == "overlap"


@BOTH
def test_one_that_is_deleted_does_not_come_back(aws: World, name: str) -> None:
    begun(aws, name)
    aws.rotate(name)
    with pytest.raises(RotationError, match="the old credential is valid; deactivate it first"):
        aws.ask("delete", name)
    aws.ask("deactivate", name)
    aws.ask("delete", name)
    with pytest.raises(RotationError, match="no old credential that could come back"):
        aws.ask("reactivate", name)


@BOTH
def test_going_back_makes_the_old_one_current_and_keeps_the_new_one_valid(aws: World, name: str) -> None:
    old = begun(aws, name)
    aws.rotate(name)
    new = aws.value(name)
    aws.ask("revert", name)
    assert (aws.value(name), aws.value(name, "AWSPREVIOUS")) == (old, new)
    assert aws.works(name, old)
    assert aws.works(name, new)


@BOTH
def test_a_rotation_that_is_stuck_can_be_abandoned(aws: World, name: str) -> None:
    old = begun(aws, name)
    token = aws.start(name)
    for step in ("createSecret", "setSecret"):
        aws.step(name, step, token)
    pending = aws.value(name, "AWSPENDING")
    aws.ask("abandon", name)
    assert aws.works(name, old)
    assert not aws.works(name, pending)
    aws.rotate(name)
    assert aws.works(name, old)


@BOTH
def test_a_rotation_that_gets_nowhere_for_a_day_and_one_that_is_late_are_told(aws: World, name: str) -> None:
    begun(aws, name)
    token = aws.start(name)
    aws.step(name, "createSecret", token)
    aws.ask("sweep", name)
    aws.later = timedelta(days=2)
    with pytest.raises(RotationError, match="its rotation is stuck for 48 hours"):
        aws.ask("sweep", name)
    aws.ask("abandon", name)
    aws.secrets.tag_resource(SecretId=name, Tags=[{"Key": "headroom:period-days", "Value": "90"}])
    aws.later = timedelta(days=93)
    with pytest.raises(RotationError, match="is to be rotated every 90 days, and was on 20"):
        aws.ask("sweep", name)


@BOTH
def test_a_version_that_is_not_in_the_making_is_refused(aws: World, name: str) -> None:
    begun(aws, name)
    for step in STEPS:
        with pytest.raises(RotationError, match="is not in the making; rotate it anew"):
            aws.step(name, step, "0" * 36)
    with pytest.raises(RotationError, match="There is no step 'moveSecret'"):
        aws.step(name, "moveSecret", "0" * 36)
    with pytest.raises(RotationError, match="There is no action 'steal'"):
        aws.ask("steal", name)


@BOTH
def test_awss_trial_of_a_schedule_changes_nothing(aws: World, name: str) -> None:
    first = begun(aws, name)
    aws.step(name, "testSecret", aws.start(name))
    assert aws.value(name) == first


@BOTH
def test_secrets_that_are_gone_or_empty_or_no_json_are_told_without_their_value(aws: World, name: str) -> None:
    with pytest.raises(RotationError, match="has never been begun; run `up`"):
        aws.ask("sweep", name)
    begun(aws, name)
    aws.secrets.put_secret_value(SecretId=name, SecretString="canary-Not-Json")
    with pytest.raises(RotationError, match="holds no JSON; put its value right") as told:
        aws.ask("begin", name)
    assert "canary" not in str(told.value)
    aws.secrets.delete_secret(SecretId=name)
    with pytest.raises(RotationError, match="is being deleted; restore it"):
        aws.ask("sweep", name)
    with pytest.raises(RotationError, match="Secret headroom/dev/none is not there"):
        aws.ask("sweep", "headroom/dev/none")


def test_one_secret_that_fails_does_not_keep_the_others_from_their_turn(aws: World) -> None:
    old = begun(aws, KEY)
    aws.rotate(KEY)
    aws.later = timedelta(days=8)
    with pytest.raises(RotationError, match="headroom/dev/none is not there"):
        aws.ask("sweep", "headroom/dev/none", KEY)
    assert not aws.works(KEY, old)


def test_an_old_key_that_is_in_use_lives_on_once_for_another_overlap(aws: World) -> None:
    aws.later = timedelta(days=-7, hours=-1)  # CloudWatch takes no line of tomorrow
    old = begun(aws, KEY)
    aws.rotate(KEY)
    aws.later = timedelta()
    logs, where = client_of("logs"), {"logGroupName": "/headroom/dev/service/api", "logStreamName": "task"}
    logs.create_log_group(logGroupName=where["logGroupName"])
    logs.create_log_stream(**where)
    used = {"timestamp": int(aws.now.timestamp() * 1000), "message": f'{{"api_key_id": "{old["id"]}"}}'}
    logs.put_log_events(**where, logEvents=[used])
    aws.ask("sweep", KEY)
    assert aws.works(KEY, old)
    assert aws.tag(KEY, "phase") == "overlap"
    assert ends_a_day_after_it_is_due(aws)
    aws.later = timedelta(days=7, hours=1)
    aws.ask("sweep", KEY)
    assert not aws.works(KEY, old)


def test_a_consumer_that_is_taken_out_gets_in_no_more(aws: World) -> None:
    key = begun(aws, KEY)
    aws.ask("begin", Digests={DIGESTS: []})
    assert not aws.works(KEY, key)


def test_another_access_reaches_the_verifiers_with_the_same_key(aws: World) -> None:
    key = begun(aws, KEY)
    aws.secrets.tag_resource(SecretId=KEY, Tags=[{"Key": "headroom:access", "Value": "read-write"}])
    aws.begin(KEY)
    assert (aws.value(KEY), aws.digests()["access"]) == (key, "read-write")


def test_another_address_keeps_the_password_and_the_rotation(aws: World) -> None:
    old = begun(aws, CACHE)
    aws.rotate(CACHE)
    new = aws.value(CACHE)
    aws.ask("connect", CACHE, Fields={"host": "other", "port": 6379, "url": "rediss://other:6379"})
    moved = aws.value(CACHE)
    assert (moved["host"], moved["password"]) == ("other", new["password"])
    assert moved["url"] == f"rediss://headroom:{new['password']}@other:6379"
    assert (aws.value(CACHE, "AWSPREVIOUS"), aws.tag(CACHE, "phase")) == (old, "overlap")
    aws.later = timedelta(days=8)
    aws.ask("sweep", CACHE)
    assert not aws.works(CACHE, old)


def test_a_password_that_the_stack_made_is_worth_nothing_once_it_has_begun(aws: World) -> None:
    first = {"username": "headroom", "password": "y" * 32, "host": "h", "url": f"rediss://headroom:{'y' * 32}@h:6379"}
    put(aws, first)
    aws.begin(CACHE)
    assert aws.value(CACHE)["password"] != first["password"]
    assert not aws.works(CACHE, first)
    assert aws.tag(CACHE, "phase") == "done"


def test_a_password_that_services_know_for_long_lives_on_for_the_overlap(aws: World) -> None:
    first = {"username": "headroom", "password": "y" * 32, "host": "h", "url": f"rediss://headroom:{'y' * 32}@h:6379"}
    put(aws, first)
    aws.later = timedelta(days=30)
    aws.begin(CACHE)
    assert aws.works(CACHE, first)
    assert aws.works(CACHE, aws.value(CACHE))
    assert aws.tag(CACHE, "phase") == "overlap"


def put(aws: World, value: dict[str, Any]) -> None:
    import json

    aws.secrets.put_secret_value(SecretId=CACHE, SecretString=json.dumps(value))


def test_no_log_and_no_answer_holds_a_credential(aws: World, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (KEY, CACHE):
        begun(aws, name)
        aws.rotate(name)
    values = [aws.value(name, stage) for name in (KEY, CACHE) for stage in ("AWSCURRENT", "AWSPREVIOUS")]
    canaries = {value.get("key") or value.get("password") for value in values}
    said = capsys.readouterr().out + str(aws.ask("status", KEY, CACHE))
    assert len(canaries) == 4
    assert [canary for canary in canaries if str(canary) in said] == []


class Meddled(World):
    """Somebody ends the old key from elsewhere, before one of the function's calls."""

    def __init__(self) -> None:
        super().__init__()
        self.meddles_at, self.ended = 0, False
        self.elsewhere = Handler(client_of, {"SETTLE_SECONDS": "90"}, self.sleep, lambda: self.now)

    def count(self) -> None:
        super().count()
        if self.moments == self.meddles_at:
            with contextlib.suppress(RotationError):
                told = self.elsewhere.handle({"Action": "deactivate", "Secrets": [KEY], "Force": True})
                self.ended = told["secrets"][KEY]["phase"] == "deactivated"


def finish(aws: Meddled, meddles_at: int) -> None:
    """A rotation that is finished while somebody meddles."""
    begun(aws, KEY)
    token = aws.start(KEY)
    *before, last = STEPS
    for step in before:
        aws.step(KEY, step, token)
    aws.moments, aws.meddles_at = 0, meddles_at
    aws.step(KEY, last, token)


def test_an_old_key_that_ends_while_the_last_step_goes_on_stays_ended() -> None:
    with world(Meddled) as whole:
        finish(whole, 0)
    ended = 0
    for moment in range(1, whole.moments + 1):
        with world(Meddled) as aws:
            finish(aws, moment)
            ended += aws.ended
            assert ("previous" in aws.digests()) is not aws.ended, f"before call {moment} of {whole.moments}"
    assert ended > 3
