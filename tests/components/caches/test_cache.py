"""The cache component under pretended AWS. D5."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.caches.cache import Cache, CacheArgs
from components.links import KeyLink
from tests.components.rotation_examples import REDIS, ROTATOR

Run = Callable[..., Any]

CANARY = "canary-Generated-Password-0001"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
ENDPOINTS = {
    "primaryEndpointAddress": "master.main.cache.amazonaws.com",
    "readerEndpointAddress": "replica.main.cache.amazonaws.com",
    "replicationGroupId": "main-1a2b3c4",
}
DEV: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "rotator": ROTATOR,
    "rotated": REDIS,
    "key": KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/k", alias="alias/headroom-dev-data"),
    "engine": "valkey",
    "version": "8.1",
    "node_class": "cache.t4g.micro",
    "nodes": 1,
    "use": "cache",
    "snapshot_days": 0,
    "final_snapshot": False,
    "log_retention_days": 7,
    "secret_recovery_days": 0,
    "protect": False,
}
PROD: dict[str, Any] = DEV | {
    "scope": Scope(account="333333333333", region="eu-central-1", namespace="headroom/prod"),
    "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
    "node_class": "cache.r7g.large",
    "nodes": 3,
    "snapshot_days": 7,
    "final_snapshot": True,
    "secret_recovery_days": 30,
    "protect": True,
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(base: dict[str, Any], *, preview: bool = False, **changed: Any) -> Any:
        return run(lambda: Cache("main", CacheArgs(**(base | changed))), preview=preview, outputs={GROUP: ENDPOINTS})

    return make


def group(stack: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one(GROUP)["inputs"]
    return inputs


def fields(stack: Any) -> dict[str, Any]:
    """What the rotation is told of the connection."""
    found: dict[str, Any] = json.loads(stack.one("lambda/invocation:Invocation")["inputs"]["input"])["Fields"]
    return found


def test_prod_fails_over_to_two_replicas_in_other_zones(made: Run) -> None:
    inputs = group(made(PROD))
    assert (inputs["numCacheClusters"], inputs["nodeType"]) == (3, "cache.r7g.large")
    assert (inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (True, True)


def test_a_single_node_does_not_fail_over(made: Run) -> None:
    inputs = group(made(DEV))
    assert (inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (False, False)


def test_failover_can_be_left_out_with_replicas(made: Run) -> None:
    inputs = group(made(PROD, failover=False))
    assert (inputs["numCacheClusters"], inputs["automaticFailoverEnabled"]) == (3, False)


def test_failover_without_a_replica_is_refused_before_anything_is_made(made: Run) -> None:
    with pytest.raises(ValueError, match="failover is true: a cache of one node has no replica"):
        made(DEV, failover=True)


def test_everything_is_encrypted_at_rest_with_our_key_and_on_the_wire(made: Run) -> None:
    inputs = group(made(PROD))
    assert (inputs["atRestEncryptionEnabled"], inputs["kmsKeyId"]) == (True, DEV["key"].arn)
    assert (inputs["transitEncryptionEnabled"], inputs["transitEncryptionMode"]) == (True, "required")


@pytest.mark.parametrize(
    ("use", "policy"), [("cache", "allkeys-lru"), ("sessions", "volatile-lru"), ("queue", "noeviction")]
)
def test_what_a_full_cache_drops_follows_from_its_use(made: Run, use: str, policy: str) -> None:
    inputs = made(DEV, use=use).one("ParameterGroup")["inputs"]
    assert inputs["parameters"] == [{"name": "maxmemory-policy", "value": policy}]


@pytest.mark.parametrize(
    ("engine", "version", "family"),
    [("redis", "6.2", "redis6.x"), ("redis", "7.1", "redis7"), ("valkey", "8.2", "valkey8")],
)
def test_the_family_of_parameters_is_the_versions(made: Run, engine: str, version: str, family: str) -> None:
    stack = made(DEV, engine=engine, version=version)
    assert stack.one("ParameterGroup")["inputs"]["family"] == family
    assert (group(stack)["engine"], group(stack)["engineVersion"]) == (engine, version)


def test_services_sign_in_as_a_user_who_can_not_stop_empty_or_spy_on_the_cache(made: Run) -> None:
    user = made(PROD).one("elasticache/user:User", "main")
    assert user["inputs"]["userName"] == "headroom"
    assert user["inputs"]["accessString"] == "on ~* &* +@all -@dangerous +info"
    assert user["secrets"] == ["passwords"]


def test_whoever_signs_in_without_a_name_may_do_nothing(made: Run) -> None:
    stack = made(PROD)
    nobody = stack.one("elasticache/user:User", "main-default")["inputs"]
    assert (nobody["userName"], nobody["accessString"]) == ("default", "off -@all")
    users = stack.one("UserGroup")["inputs"]
    assert users["userIds"] == ["no-prod-main", "prod-main"]
    assert group(stack)["userGroupIds"] == [users["userGroupId"]]


@pytest.mark.parametrize("engine", [{"engine": "redis", "version": "7.1"}, {"engine": "valkey", "version": "8.1"}])
def test_users_stay_when_redis_becomes_valkey(made: Run, engine: dict[str, str]) -> None:
    stack = made(PROD, **engine)
    assert {user["inputs"]["engine"] for user in stack.all("elasticache/user:User")} == {"redis"}
    assert stack.one("UserGroup")["inputs"]["engine"] == "redis"


def test_the_longest_names_fit_into_aws_ids(run: Run) -> None:
    scope = Scope(account="1" * 12, region="eu-central-1", namespace=f"headroom/{'e' * 16}")
    stack = run(lambda: Cache("n" * 20, CacheArgs(**(DEV | {"scope": scope}))), outputs={GROUP: ENDPOINTS})
    ids = [user["inputs"]["userId"] for user in stack.all("elasticache/user:User")]
    assert max(len(identifier) for identifier in ids) == 40


def test_the_password_is_made_once_and_stands_in_secret_inputs_only(made: Run) -> None:
    stack = made(PROD)
    assert stack.one("elasticache/user:User", "main")["options"]["ignore_changes"] == ["passwords"]
    holders = {
        (r["type"], key) for r in stack.resources for key, value in r["inputs"].items() if CANARY in json.dumps(value)
    }
    secrets = {(r["type"], key) for r in stack.resources for key in r["secrets"]}
    assert holders
    assert holders <= secrets


def test_the_secret_is_to_hold_urls_with_tls_for_writing_and_for_reading(made: Run) -> None:
    found = fields(made(PROD))
    assert found["url"] == "rediss://master.main.cache.amazonaws.com:6379"
    assert found["read_url"] == "rediss://replica.main.cache.amazonaws.com:6379"
    assert (found["host"], found["port"]) == ("master.main.cache.amazonaws.com", 6379)


def test_the_rotation_makes_the_secrets_values_once_the_cache_has_its_users(made: Run) -> None:
    stack = made(PROD)
    assert stack.all("SecretVersion") == []
    begun = stack.one("lambda/invocation:Invocation")
    assert json.loads(begun["inputs"]["input"])["Action"] == "begin"
    assert stack.one("elasticache/userGroup:UserGroup")["urn"] in begun["options"]["depends_on"]
    assert stack.result.link.ready[0].urn is not None
    tags = stack.one("secretsmanager/secret:Secret")["inputs"]["tags"]
    assert (tags["headroom:kind"], tags["headroom:user"], tags["headroom:readers"]) == (
        "redis-user",
        "dev-main",
        "api worker",
    )
    rotation = stack.one("secretsmanager/secretRotation:SecretRotation")["inputs"]
    assert (rotation["rotateImmediately"], rotation["rotationRules"]) == (False, {"automaticallyAfterDays": 90})


def test_without_a_replica_reads_go_to_the_primary(made: Run) -> None:
    found = fields(made(DEV))
    assert found["read_url"] == found["url"]


def test_the_secret_has_a_fixed_name_and_our_key(made: Run) -> None:
    inputs = made(PROD).one("secretsmanager/secret:Secret")["inputs"]
    assert inputs["name"] == "headroom/prod/cache/main"
    assert inputs["kmsKeyId"] == DEV["key"].arn


def test_slow_commands_and_the_engines_log_go_to_encrypted_groups_with_an_end(made: Run) -> None:
    stack = made(PROD)
    groups = {g["inputs"]["name"]: g["inputs"] for g in stack.all("LogGroup")}
    assert set(groups) == {"/headroom/prod/cache/main/slow-log", "/headroom/prod/cache/main/engine-log"}
    assert all(g["kmsKeyId"] == DEV["key"].arn and g["retentionInDays"] == 7 for g in groups.values())
    deliveries = {d["logType"]: d["destination"] for d in group(stack)["logDeliveryConfigurations"]}
    assert deliveries == {log: f"/headroom/prod/cache/main/{log}" for log in ("slow-log", "engine-log")}


def test_snapshots_come_before_the_maintenance_window(made: Run) -> None:
    inputs = group(made(PROD))
    assert (inputs["snapshotRetentionLimit"], inputs["snapshotWindow"]) == (7, "07:00-09:00")
    assert inputs["maintenanceWindow"] == "sun:09:30-sun:10:30"


def test_what_must_stay_is_protected_and_leaves_a_snapshot(made: Run) -> None:
    stack = made(PROD)
    assert stack.one(GROUP)["options"]["protect"] is True
    assert stack.one("secretsmanager/secret:Secret")["options"]["protect"] is True
    assert group(stack)["finalSnapshotIdentifier"] == "headroom-prod-main-final"
    assert "finalSnapshotIdentifier" not in group(made(DEV))


def test_nodes_lie_in_isolated_subnets_behind_a_group_that_lets_nothing_out(made: Run) -> None:
    stack = made(PROD)
    assert stack.one("elasticache/subnetGroup:SubnetGroup")["inputs"]["subnetIds"] == PROD["subnet_ids"]
    firewall = stack.one("SecurityGroup")
    assert "egress" not in firewall["inputs"]
    assert "ingress" not in firewall["inputs"]
    assert group(stack)["securityGroupIds"] == [firewall["id"]]


def test_every_node_can_be_watched(made: Run) -> None:
    assert [node.name for node in made(PROD).result.nodes] == ["main-1", "main-2", "main-3"]


def test_a_preview_knows_every_name_that_policies_need(made: Run) -> None:
    stack = made(PROD, preview=True)
    assert stack.result.link.secret_name == "headroom/prod/cache/main"


def test_a_name_that_aws_refuses_is_told(run: Run) -> None:
    with pytest.raises(ValueError, match="name is Main: an ElastiCache id has small letters"):
        run(lambda: Cache("Main", CacheArgs(**DEV)))
