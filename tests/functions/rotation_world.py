"""An AWS in this process, the rotation's function in it, and a power that ends it between any two calls."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from moto import mock_aws

from functions.rotate_secret.api_key import digest
from functions.rotate_secret.main import Handler
from functions.rotate_secret.steps import STEPS
from offline.aws.extensions import elasticache, secretsmanager, secretsmanager_rotation

REGION = "eu-central-1"
KEY, CACHE, DIGESTS = "headroom/dev/keys/frontend", "headroom/dev/cache/main", "headroom/dev/service/api/key-digests"
FIELDS = {"host": "h", "port": 6379, "url": "rediss://h:6379", "read_url": "rediss://r:6379"}
TAGS: Mapping[str, Mapping[str, str]] = {
    KEY: {"kind": "api-key", "consumer": "frontend", "access": "read", "verifiers": "api", "overlap-days": "7"},
    CACHE: {"kind": "redis-user", "user": "dev-main", "overlap-days": "7"},
}


ACCOUNT = "123456789012"
"""moto's own."""


@functools.cache
def client_of(service: str) -> Any:
    """Clients are slow to make, and go on from one pretended AWS to the next."""
    return boto3.client(service, region_name=REGION, aws_access_key_id="none", aws_secret_access_key="none")


class KilledError(BaseException):
    """The process is gone; nothing catches it."""


class Killing:
    """A client that counts its calls, and ends the process before one of them: after the one before it."""

    def __init__(self, client: Any, world: World) -> None:
        self._client, self._world = client, world

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name == "get_paginator":
            return method

        def call(**parameters: Any) -> Any:
            self._world.count()
            self._world.calls.append(name)
            return method(**parameters)

        return call


class World:
    """One account with a key, a cache's user, and what verifies keys."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.moments = 0
        self.dies_at: int | None = None
        self.later = timedelta()
        self.slept = 0.0
        self.secrets = client_of("secretsmanager")
        self.handler = Handler(self.client, {"SETTLE_SECONDS": "90"}, self.sleep, lambda: self.now)
        for name, tags in TAGS.items():
            given = [{"Key": f"headroom:{key}", "Value": text} for key, text in tags.items()]
            self.secrets.create_secret(Name=name, Tags=given)
        self.secrets.create_secret(Name=DIGESTS)
        client_of("elasticache").create_user(
            UserId="dev-main", UserName="headroom", Engine="redis", AccessString="on ~* +@all", Passwords=["x" * 16]
        )

    @property
    def now(self) -> datetime:
        """Moves when a test says so."""
        return datetime.now(UTC) + self.later

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def client(self, service: str) -> Any:
        return Killing(client_of(service), self)

    def count(self) -> None:
        self.moments += 1
        if self.moments == self.dies_at:
            raise KilledError

    def ask(self, action: str, *names: str, **more: Any) -> dict[str, Any]:
        return self.handler.handle({"Action": action, "Secrets": list(names), **more})

    def begin(self, name: str) -> None:
        more: dict[str, Any] = {"Fields": FIELDS} if name == CACHE else {"Digests": {DIGESTS: ["frontend"]}}
        self.ask("begin", name, **more)

    def start(self, name: str) -> str:
        """What RotateSecret does before it calls the function."""
        token = str(uuid.uuid4())
        from moto.secretsmanager.models import secretsmanager_backends

        secret = secretsmanager_backends[ACCOUNT][REGION].secrets[name]
        secret.versions[token] = {"createdate": 0, "version_id": token, "version_stages": ["AWSPENDING"]}
        return token

    def step(self, name: str, step: str, token: str) -> None:
        self.handler.handle({"Step": step, "SecretId": name, "ClientRequestToken": token})

    def rotate(self, name: str) -> str:
        token = self.start(name)
        for step in STEPS:
            self.step(name, step, token)
        return token

    def value(self, name: str, stage: str = "AWSCURRENT") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            self.secrets.get_secret_value(SecretId=name, VersionStage=stage)["SecretString"]
        )
        return found

    def labels(self, name: str) -> dict[str, str]:
        found = self.secrets.describe_secret(SecretId=name).get("VersionIdsToStages", {})
        return {label: version for version, labels in found.items() for label in labels}

    def tag(self, name: str, tag: str) -> str | None:
        tags = self.secrets.describe_secret(SecretId=name)["Tags"]
        return next((found["Value"] for found in tags if found["Key"] == f"rotation:{tag}"), None)

    def digests(self) -> dict[str, Any]:
        return self.value(DIGESTS).get("frontend", {})  # type: ignore[no-any-return]

    def works(self, name: str, value: Mapping[str, Any]) -> bool:
        """Whether somebody with this value gets in."""
        if name == CACHE:
            from moto.elasticache.models import elasticache_backends

            user = elasticache_backends[ACCOUNT][REGION].users["dev-main"]
            return value["password"] in user.passwords
        known = [self.digests().get(which, {}) for which in ("current", "previous")]
        return digest(value["key"]) in {found.get("digest") for found in known}


@contextmanager
def world(make: Callable[[], Any] | None = None) -> Iterator[Any]:
    """With the emulator's own extensions, in this process."""
    for extension in (elasticache, secretsmanager, secretsmanager_rotation):
        extension.install()
    with mock_aws():
        yield (make or World)()


def killed_everywhere(
    prepare: Callable[[World], None], act: Callable[[World], None], check: Callable[[World], None]
) -> int:
    """Does `act` to its end, and then anew once for each moment at which it may be killed; `check` looks right after
    the kill, and again after `act` was repeated. How many moments there were."""
    with world() as whole:
        prepare(whole)
        whole.moments = 0
        act(whole)
        moments: int = whole.moments
        check(whole)
    for moment in range(1, moments + 1):
        with world() as dying:
            prepare(dying)
            dying.moments, dying.dies_at = 0, moment
            try:
                act(dying)
            except KilledError:
                check(dying)
            dying.dies_at = None
            act(dying)
            check(dying)
    return moments
