"""Whose API key a request brings, by digests alone. E3."""

from __future__ import annotations

import hmac
import http.client
import inspect
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from functions.rotate_secret.api_key import digest, make
from functions.rotate_secret.steps import STEPS
from functions.verify_key import verifier as module
from functions.verify_key.verifier import Document, Verifier, digest_of, from_file, from_secrets_manager
from tests.functions.rotation_world import DIGESTS, KEY, World, client_of, world

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
(OLD_ID, OLD), (NEW_ID, NEW), (_, STRANGE) = (make("dev") for _ in range(3))


def entry(key_id: str, key: str, until: datetime | None = None) -> dict[str, str]:
    more = {"until": until.strftime("%Y-%m-%dT%H:%M:%SZ")} if until else {}
    return {"id": key_id, "digest": digest(key), **more}


class Source:
    """Digests that change, fail, and know what time it is; and a clock that moves when it is told."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.reads = 0
        self.fails = False
        self.keys: dict[str, Any] = {"frontend": {"access": "read", "current": entry(OLD_ID, OLD)}}

    def rotate(self, until: datetime | None = None) -> None:
        self.keys["frontend"] |= {"current": entry(NEW_ID, NEW), "previous": entry(OLD_ID, OLD, until)}

    def read(self) -> Document:
        self.reads += 1
        if self.fails:
            raise ConnectionError("canary-address")
        return Document(json.dumps(self.keys), NOW + timedelta(seconds=self.seconds))

    def clock(self) -> float:
        return self.seconds


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def keys(source: Source) -> Verifier:
    return Verifier(source.read, clock=source.clock)


def test_a_key_tells_consumer_and_access(keys: Verifier) -> None:
    caller = keys.verify(OLD)
    assert caller is not None
    assert (caller.consumer, caller.access, caller.key_id, caller.may_write) == ("frontend", "read", OLD_ID, False)


@pytest.mark.parametrize("access", ["read-write", "full"])
def test_more_access_may_write(source: Source, keys: Verifier, access: str) -> None:
    source.keys["frontend"]["access"] = access
    caller = keys.verify(OLD)
    assert caller is not None
    assert caller.may_write


@pytest.mark.parametrize(
    "key",
    ["", "hr_", OLD[:-1], OLD + "0", OLD.upper(), STRANGE, "x" * 10_000, "hr_dev_é_0", f" {OLD}", digest(OLD)],
    # Keys are made anew in each process, so they are no names of tests.
    ids=["nothing", "start", "shorter", "longer", "upper", "strange", "huge", "accent", "space", "digest"],
)
def test_everything_else_is_nobodys(keys: Verifier, key: str) -> None:
    assert keys.verify(key) is None


def test_both_keys_are_good_during_the_overlap_and_the_old_one_ends_by_itself(source: Source, keys: Verifier) -> None:
    assert keys.verify(OLD)
    source.rotate(NOW + timedelta(seconds=100))
    source.seconds = 61
    assert keys.verify(OLD)
    assert keys.verify(NEW)
    source.fails, source.seconds = True, 99
    assert keys.verify(OLD)
    source.seconds = 101
    assert keys.verify(OLD) is None
    assert keys.verify(NEW)


def test_a_new_key_is_good_at_once_where_the_last_look_is_not_too_near(source: Source, keys: Verifier) -> None:
    assert keys.verify(OLD)
    source.rotate()
    source.seconds = 6
    assert keys.verify(NEW)


def test_strangers_do_not_make_it_read_again_and_again(source: Source, keys: Verifier) -> None:
    for source.seconds in range(60):
        keys.verify(STRANGE)
    assert source.reads <= 12


def test_many_requests_read_once_a_minute(source: Source, keys: Verifier) -> None:
    for source.seconds in range(180):
        assert keys.verify(OLD)
    assert source.reads == 3


def test_without_secrets_manager_what_is_known_counts_for_a_day(source: Source, keys: Verifier) -> None:
    assert keys.verify(OLD)
    source.fails, source.seconds = True, 86000
    assert keys.verify(OLD)
    source.seconds = 86500
    assert keys.verify(OLD) is None
    source.fails = False
    source.seconds += 6
    assert keys.verify(OLD)


def test_one_that_never_read_any_refuses_every_key(source: Source, keys: Verifier) -> None:
    source.fails = True
    assert keys.verify(OLD) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"frontend": {}}', '{"frontend": {"access": "read", "current": 1}}']
)
def test_digests_that_are_none_do_not_replace_good_ones(
    source: Source, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [json.dumps(source.keys), text]
    keys = Verifier(lambda: Document(texts[0], NOW), clock=source.clock)
    assert keys.verify(OLD)
    texts.pop(0)
    source.seconds = 61
    assert keys.verify(OLD) or text == '{"frontend": {}}'
    assert digest(OLD) not in caplog.text


def test_a_clock_that_jumps_ends_no_key(source: Source, keys: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    source.rotate(NOW + timedelta(days=7))

    class Jumped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return NOW + timedelta(days=400)

    monkeypatch.setattr(module, "datetime", Jumped)
    assert keys.verify(OLD)
    source.seconds = 61
    assert keys.verify(OLD)


def test_each_digest_is_compared_in_constant_time_whichever_is_right(
    source: Source, keys: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.rotate()
    source.keys["backend"] = {"access": "full", "current": entry("b", STRANGE)}
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for key in (NEW, OLD, STRANGE):
        compared.clear()
        assert keys.verify(key)
        assert len(compared) == 3


def test_no_log_holds_a_key_or_a_digest_and_a_use_is_told_once_an_hour(
    source: Source, keys: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source.rotate()
    for source.seconds in (0, 10, 70, 3700):
        keys.verify(OLD)
        keys.verify(STRANGE)
    source.fails, source.seconds = True, 4000
    keys.verify(NEW)
    told = [json.loads(text) for text in caplog.messages if text.startswith("{")]
    assert told.count({"api_key_id": OLD_ID, "consumer": "frontend", "previous": True}) == 2
    for secret in (OLD, NEW, STRANGE, digest(OLD), digest(NEW), "canary-address"):
        assert secret not in caplog.text


def test_its_digests_are_those_of_the_rotation() -> None:
    assert digest_of(OLD) == digest(OLD)
    assert module.is_whole(OLD)


def test_it_can_be_copied_into_a_service() -> None:
    lines = [line.strip() for line in inspect.getsource(module).splitlines()]
    imported = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
    standard = {"__future__", "email", "hashlib", "hmac", "json", "logging", "threading", "time", "zlib"}
    assert imported <= standard | {"collections", "dataclasses", "datetime", "typing", "boto3", "botocore", "verifier"}


def test_a_file_does_as_well(source: Source, tmp_path: Any) -> None:
    path = tmp_path / "digests"
    path.write_text(json.dumps(source.keys))
    assert Verifier(from_file(str(path))).verify(OLD)


class Api(BaseHTTPRequestHandler):
    """A small service: whoever has a key gets in."""

    keys: Verifier

    def do_GET(self) -> None:
        caller = self.keys.verify(self.headers.get("x-api-key", ""))
        self.send_response(200 if caller else 401)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def aws() -> Iterator[World]:
    with world() as made:
        made.begin(KEY)
        yield made


def test_no_request_is_refused_while_keys_rotate_and_the_old_one_is_refused_after_the_overlap(aws: World) -> None:
    """Three rotations with a client that always sends what it read last, at each step and at the worst moments."""
    fast = Verifier(from_secrets_manager(DIGESTS, client_of("secretsmanager")), fresh_seconds=0.05, retry_seconds=0.01)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Service", (Api,), {"keys": fast}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)

    def status(key: str) -> int:
        connection.request("GET", "/", headers={"x-api-key": key})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    aws.handler._sleep = lambda seconds: threading.Event().wait(0.1)
    statuses = []
    try:
        for _ in range(3):
            read, token = aws.value(KEY)["key"], aws.start(KEY)
            for step in STEPS:
                aws.step(KEY, step, token)
                statuses += [status(read) for _ in range(3)] + [status(aws.value(KEY)["key"])]
            aws.ask("deactivate", KEY, Force=True)
            threading.Event().wait(0.1)
            statuses.append(status(aws.value(KEY)["key"]))
            assert status(read) == 401
    finally:
        server.shutdown()
        server.server_close()
    assert len(statuses) == 51
    assert set(statuses) == {200}
