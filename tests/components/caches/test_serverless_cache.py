"""The serverless cache under pretended AWS. D5."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.caches.serverless_cache import ServerlessCache, ServerlessCacheArgs
from components.links import KeyLink
from tests.components.rotation_examples import REDIS, ROTATOR

Run = Callable[..., Any]

CANARY = "canary-Generated-Password-0001"
CACHE = "aws:elasticache/serverlessCache:ServerlessCache"
ENDPOINTS = {"endpoints": [{"address": "main-1a2b3c4.serverless.eu-central-1.cache.amazonaws.com", "port": 6379}]}
ARGS: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/prod"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "rotator": ROTATOR,
    "rotated": REDIS,
    "key": KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/k", alias="alias/headroom-prod-data"),
    "engine": "valkey",
    "version": "8",
    "max_gb": 10,
    "max_ecpu_per_second": 5000,
    "use": "sessions",
    "snapshot_days": 7,
    "secret_recovery_days": 30,
    "protect": True,
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(**changed: Any) -> Any:
        args = ServerlessCacheArgs(**(ARGS | changed))
        return run(lambda: ServerlessCache("main", args), outputs={CACHE: ENDPOINTS})

    return make


def test_it_has_a_limit_of_data_and_one_of_work(made: Run) -> None:
    limits = made().one(CACHE)["inputs"]["cacheUsageLimits"]
    assert limits == {"dataStorage": {"maximum": 10, "unit": "GB"}, "ecpuPerSeconds": [{"maximum": 5000}]}


def test_it_is_encrypted_with_our_key_and_asks_who_is_there(made: Run) -> None:
    stack = made()
    inputs = stack.one(CACHE)["inputs"]
    assert inputs["kmsKeyId"] == ARGS["key"].arn
    assert inputs["userGroupId"] == stack.one("UserGroup")["inputs"]["userGroupId"] == "prod-main"
    assert inputs["majorEngineVersion"] == "8"


def test_reads_go_to_a_port_of_their_own(made: Run) -> None:
    found = json.loads(made().one("lambda/invocation:Invocation")["inputs"]["input"])["Fields"]
    host = ENDPOINTS["endpoints"][0]["address"]
    assert found["url"] == f"rediss://{host}:6379"
    assert found["read_url"] == f"rediss://{host}:6380"


def test_its_link_names_both_ports(run: Run) -> None:
    link = run(lambda: ServerlessCache("main", ServerlessCacheArgs(**ARGS)).link, outputs={CACHE: ENDPOINTS}).result
    assert (link.port, link.read_port, link.secret_name) == (6379, 6380, "headroom/prod/cache/main")


def test_snapshots_are_taken_with_the_databases_backups_or_not_at_all(made: Run) -> None:
    inputs = made().one(CACHE)["inputs"]
    assert (inputs["snapshotRetentionLimit"], inputs["dailySnapshotTime"]) == (7, "07:00")
    without = made(snapshot_days=0).one(CACHE)["inputs"]
    assert (without["snapshotRetentionLimit"], "dailySnapshotTime" in without) == (0, False)


def test_what_must_stay_is_protected(made: Run) -> None:
    stack = made()
    assert stack.one(CACHE)["options"]["protect"] is True
    assert stack.one("secretsmanager/secret:Secret")["options"]["protect"] is True


def test_a_queue_is_refused_before_anything_is_made(made: Run) -> None:
    with pytest.raises(ValueError, match="use is queue: a queue needs noeviction"):
        made(use="queue")
