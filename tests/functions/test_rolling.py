"""Services that read a secret when they start get new tasks after its rotation; until then the old one is valid. E3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.rolling import Roller
from tests.functions.rotation_world import CACHE, World, world

NOW = datetime.now(UTC)


class Ecs:
    """Services of a cluster; an update makes a deployment, which a test lets end as it likes."""

    def __init__(self, *names: str) -> None:
        self.services = {name: self.service(name) for name in names}
        self.forced: list[str] = []

    def service(self, name: str) -> dict[str, Any]:
        old = {"createdAt": NOW - timedelta(days=30), "rolloutState": "COMPLETED", "runningCount": 2}
        return {
            "serviceArn": name,
            "tags": [{"key": "Service", "value": name}],
            "desiredCount": 2,
            "runningCount": 2,
            "deployments": [old],
        }

    def get_paginator(self, _: str) -> Ecs:
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"serviceArns": [name]} for name in self.services]

    def describe_services(self, *, services: list[str], **_: Any) -> dict[str, Any]:
        return {"services": [self.services[name] for name in services]}

    def update_service(self, *, service: str, **parameters: Any) -> None:
        assert parameters["forceNewDeployment"] is True
        self.forced.append(service)
        new = {"createdAt": datetime.now(UTC), "rolloutState": "IN_PROGRESS", "runningCount": 0}
        self.services[service]["deployments"].insert(0, new)

    def finish(self, name: str) -> None:
        new = self.services[name]["deployments"][0]
        self.services[name]["deployments"] = [{**new, "rolloutState": "COMPLETED", "runningCount": 2}]

    def roll_back(self, name: str) -> None:
        del self.services[name]["deployments"][0]


@pytest.fixture
def ecs() -> Ecs:
    return Ecs("api", "worker", "web")


@pytest.fixture
def aws(ecs: Ecs) -> Iterator[World]:
    with world() as made:
        given = made.client
        made.handler._client = lambda service: ecs if service == "ecs" else given(service)
        made.handler._environment = {"CLUSTER": "cluster"}
        tags = [{"Key": "headroom:readers", "Value": "api worker"}]
        made.secrets.tag_resource(SecretId=CACHE, Tags=tags)
        made.begin(CACHE)
        yield made


def test_the_readers_and_nobody_else_get_new_tasks_once(aws: World, ecs: Ecs) -> None:
    token = aws.rotate(CACHE)
    aws.step(CACHE, "finishSecret", token)
    aws.ask("sweep", CACHE)
    assert ecs.forced == ["api", "worker"]


def test_the_old_password_ends_when_all_readers_run_with_the_new_one(aws: World, ecs: Ecs) -> None:
    old = aws.value(CACHE)
    aws.rotate(CACHE)
    ecs.finish("api")
    ecs.finish("worker")
    aws.later = timedelta(days=8)
    aws.ask("sweep", CACHE)
    assert not aws.works(CACHE, old)


@pytest.mark.parametrize("left", ["it still deploys", "it was rolled back"])
def test_a_reader_that_does_not_run_with_the_new_one_keeps_the_old_one_and_is_told(
    aws: World, ecs: Ecs, left: str
) -> None:
    old = aws.value(CACHE)
    aws.rotate(CACHE)
    ecs.finish("api")
    if left == "it was rolled back":
        ecs.roll_back("worker")
    aws.later = timedelta(days=8)
    with pytest.raises(RotationError, match=r"services may still use the old credential, so it stays valid \(worker: "):
        aws.ask("sweep", CACHE)
    assert aws.works(CACHE, old)
    aws.ask("deactivate", CACHE, Force=True)
    assert not aws.works(CACHE, old)


def test_a_deploy_that_began_before_the_rotation_does_not_count(aws: World, ecs: Ecs) -> None:
    begun = {"createdAt": NOW - timedelta(minutes=1), "rolloutState": "IN_PROGRESS", "runningCount": 0}
    ecs.services["api"]["deployments"].insert(0, begun)
    aws.rotate(CACHE)
    assert "api" in ecs.forced


def test_a_service_that_sleeps_or_has_just_been_deployed_waits_for_nothing(ecs: Ecs) -> None:
    ecs.services["api"] |= {"desiredCount": 0, "runningCount": 0}
    ecs.update_service(service="worker", forceNewDeployment=True)
    ecs.finish("worker")
    assert Roller(ecs, "cluster").waits_for(["api", "worker"], NOW - timedelta(seconds=1)) == []


def test_a_service_that_is_gone_is_named(ecs: Ecs) -> None:
    assert Roller(ecs, "cluster").waits_for(["gone"], NOW) == ["gone: not in the cluster"]


def test_on_eks_somebody_says_that_the_readers_were_rolled(aws: World, ecs: Ecs) -> None:
    aws.handler._environment = {}
    old = aws.value(CACHE)
    aws.rotate(CACHE)
    assert ecs.forced == []
    with pytest.raises(RotationError, match="on EKS the function can't see them: roll them by `headroom keys`"):
        aws.ask("deactivate", CACHE)
    aws.ask("rolled", CACHE)
    aws.ask("deactivate", CACHE)
    assert not aws.works(CACHE, old)
