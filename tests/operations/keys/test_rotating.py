"""`headroom keys rotate` and `reactivate`, over the function itself in the emulated AWS."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.errors import Failure
from operations.keys import rolling
from operations.rollout import Gate


@pytest.fixture
def frontend(town: Any) -> Any:
    town.api_key()
    return town


@pytest.fixture
def cache(town: Any) -> Any:
    town.cache()
    return town


def digest(value: dict[str, Any]) -> str:
    return hashlib.sha256(value["key"].encode()).hexdigest()


def settled(town: Any) -> dict[str, Any]:
    """What the verifying service goes by once the function's last step is over, which writes down the old one's end."""
    deadline = time.monotonic() + 60
    while "until" not in (known := town.digests())["previous"]:
        assert time.monotonic() < deadline, "the last step takes too long"
        time.sleep(0.05)
    return dict(known)


def test_a_rotated_key_is_current_and_the_old_one_is_valid_beside_it(frontend):
    old = frontend.value("keys/frontend")
    printed = frontend.keys("rotate", "dev", "frontend")
    new = frontend.value("keys/frontend")
    known = settled(frontend)
    assert known["current"]["digest"] == digest(new) != digest(old)
    assert known["previous"]["digest"] == digest(old)
    ends = (datetime.now(UTC) + timedelta(days=7)).strftime("%Y-%m-%d")
    assert f"keys/frontend is rotated: the old one stays valid until {ends}" in printed
    assert old["key"] not in printed
    assert new["key"] not in printed
    # A third one is refused, and nothing changes.
    refused = frontend.keys("rotate", "dev", "frontend", code=1)
    assert "there are two, and no third" in refused
    assert "headroom keys rotate dev frontend --offline --now" in refused
    assert frontend.digests() == known


def test_now_ends_whatever_was_valid(frontend):
    leaked = frontend.value("keys/frontend")
    used = {"api_key_id": leaked["id"], "consumer": "frontend", "previous": False}
    frontend.write_log("api", json.dumps(used), minutes=10)
    printed = frontend.keys("rotate", "dev", "frontend", "--now")
    ago = frontend.ago(minutes=10)
    assert f"keys/frontend: the old one was last used {ago[:10]} {ago[11:16]} UTC, in api" in printed
    assert "keys/frontend is rotated: the old one is not valid any more." in printed
    assert "previous" not in frontend.digests()
    assert frontend.digests()["current"]["digest"] == digest(frontend.value("keys/frontend")) != digest(leaked)
    assert "rotation:leaked" not in frontend.tags_of("keys/frontend")
    # What has leaked of two nobody knows: so both end.
    frontend.tag("keys/frontend", rotation_phase="overlap")
    second = frontend.value("keys/frontend")
    frontend.keys("rotate", "dev", "frontend", "--now")
    assert frontend.digests()["current"]["digest"] == digest(frontend.value("keys/frontend")) != digest(second)


def test_a_deactivated_key_comes_back_with_one_command(frontend):
    old = frontend.value("keys/frontend")
    frontend.keys("rotate", "dev", "frontend")
    frontend.act("deactivate", "keys/frontend", Force=True)
    # A kill in its midst makes the next one go on, not go back.
    frontend.kill_at("the old one is the current one again", "reactivate", "dev", "frontend")
    assert "the previous one is current again" in frontend.keys("reactivate", "dev", "frontend")
    assert frontend.value("keys/frontend") == old
    assert frontend.digests()["current"]["digest"] == digest(old)
    assert "previous" in frontend.digests()


def test_without_an_old_one_nothing_comes_back(frontend):
    assert "has no old one that could come back" in frontend.keys("reactivate", "dev", "frontend", code=1)


def test_an_overlap_that_is_over_is_in_nobodys_way(frontend):
    frontend.keys("rotate", "dev", "frontend")
    second = frontend.value("keys/frontend")
    frontend.tag("keys/frontend", rotation_deactivate_after=frontend.ago(minutes=5))
    assert "keys/frontend is rotated" in frontend.keys("rotate", "dev", "frontend")
    assert frontend.digests()["previous"]["digest"] == digest(second)


def test_services_that_read_a_password_run_with_the_new_one_before_the_command_ends(cache):
    old = cache.value("cache/main")
    printed = cache.keys("rotate", "dev", "main")
    assert "cache/main: new tasks with the new value for api, web" in printed
    assert "api: 2 of 2 tasks run revision 1" in printed
    assert cache.value("cache/main")["password"] != old["password"]
    assert cache.passwords() == 2
    assert cache.tags_of("cache/main")["rotation:rolled"]


def test_services_that_do_not_come_to_run_get_the_old_password_back(cache, monkeypatch):
    class Unhealthy(Gate):
        """The first rollout fails."""

        waits = 0

        def wait(self, services: Any, tell: Any) -> None:
            type(self).waits += 1
            if type(self).waits == 1:
                raise Failure("what was changed stands, but not all of it runs:\napi: the rollout failed.", ("",))
            super().wait(services, tell)

    monkeypatch.setattr(rolling, "Gate", Unhealthy)
    old = cache.value("cache/main")
    printed = cache.keys("rotate", "dev", "main", code=1)
    assert "cache/main was taken back: not every service came to run with the new one." in printed
    assert "api: the rollout failed." in printed
    assert "The old one is the current one again, and services run with it." in printed
    assert cache.value("cache/main") == old
    assert "rotation:reverting" not in cache.tags_of("cache/main")
    assert Unhealthy.waits == 2
