"""A Redis user's rotation against a real server: two passwords in the overlap, one after it. D5, E3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.rotate_secret.steps import STEPS
from tests.functions.redis_server import PROGRAM, ElastiCache, Redis, redis_server
from tests.functions.rotation_world import CACHE, World, world

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="redis-server is not installed; .ci/run installs it")


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with redis_server() as server:
        yield server


@pytest.fixture
def aws(redis: Redis) -> Iterator[World]:
    with world() as made:
        real, given = ElastiCache(redis, "headroom"), made.client
        made.handler._client = lambda service: real if service == "elasticache" else given(service)
        made.begin(CACHE)
        yield made


def signs_in(redis: Redis, value: dict[str, Any]) -> bool:
    return redis.ask("SET", "k", "v", user=(value["username"], value["password"])) == "+OK"


def test_services_with_the_old_password_and_with_the_new_one_get_in_at_every_step(aws: World, redis: Redis) -> None:
    old, token = aws.value(CACHE), aws.start(CACHE)
    for step in STEPS:
        aws.step(CACHE, step, token)
        assert signs_in(redis, old), step
        assert signs_in(redis, aws.value(CACHE)), step
    assert aws.value(CACHE)["password"] != old["password"]


def test_the_old_password_is_refused_after_the_overlap_and_comes_back_in_one_call(aws: World, redis: Redis) -> None:
    old = aws.value(CACHE)
    aws.rotate(CACHE)
    aws.later = timedelta(days=8)
    aws.ask("sweep", CACHE)
    assert not signs_in(redis, old)
    assert signs_in(redis, aws.value(CACHE))
    aws.ask("reactivate", CACHE)
    assert signs_in(redis, old)


def test_what_is_not_the_users_password_is_refused(aws: World, redis: Redis) -> None:
    assert not signs_in(redis, {"username": "headroom", "password": "x" * 32})
