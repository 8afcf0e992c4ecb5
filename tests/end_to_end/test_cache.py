"""Caches of three environments on the emulated AWS, seen through boto3; one changed, and taken away. D5."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

SIZES = {"dev": ("cache.t4g.micro", 1), "staging": ("cache.t4g.small", 2), "prod": ("cache.r7g.large", 3)}


def cache(session: boto3.Session) -> dict[str, Any]:
    (group,) = session.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    return dict(group)


def connection(session: boto3.Session, environment: str, name: str = "main") -> dict[str, Any]:
    stored = session.client("secretsmanager").get_secret_value(SecretId=f"headroom/{environment}/cache/{name}")
    return dict(json.loads(stored["SecretString"]))


@pytest.mark.parametrize("environment", SIZES)
def test_each_environment_has_a_cache_of_its_size(environment: str, accounts: dict[str, boto3.Session]) -> None:
    found = cache(accounts[environment])
    assert (found["CacheNodeType"], len(found["MemberClusters"])) == SIZES[environment]
    fails_over = "enabled" if SIZES[environment][1] > 1 else "disabled"
    assert (found["AutomaticFailover"], found["MultiAZ"]) == (fails_over, fails_over)


@pytest.mark.parametrize("environment", SIZES)
def test_caches_are_encrypted_at_rest_with_our_key_and_on_the_wire(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    found = cache(accounts[environment])
    aliases = accounts[environment].client("kms").list_aliases(KeyId=found["KmsKeyId"])["Aliases"]
    assert [alias["AliasName"] for alias in aliases] == [f"alias/headroom-{environment}-data"]
    assert found["AtRestEncryptionEnabled"] is True
    assert (found["TransitEncryptionEnabled"], found["TransitEncryptionMode"]) == (True, "required")


def test_prods_nodes_stand_in_three_zones(accounts: dict[str, boto3.Session]) -> None:
    nodes = cache(accounts["prod"])["NodeGroups"][0]["NodeGroupMembers"]
    assert len({node["PreferredAvailabilityZone"] for node in nodes}) == 3


@pytest.mark.parametrize("environment", SIZES)
def test_nobody_signs_in_without_a_password(environment: str, accounts: dict[str, boto3.Session]) -> None:
    client = accounts[environment].client("elasticache")
    (group,) = client.describe_user_groups(UserGroupId=cache(accounts[environment])["UserGroupIds"][0])["UserGroups"]
    users = {i: client.describe_users(UserId=i)["Users"][0] for i in group["UserIds"]}
    open_to_all = [user for user in users.values() if user["Authentication"]["Type"] != "password"]
    assert [(user["UserName"], user["AccessString"]) for user in open_to_all] == [("default", "off -@all")]
    assert {user["UserName"] for user in users.values()} == {"default", "headroom"}


@pytest.mark.parametrize("environment", SIZES)
def test_the_secret_leads_to_the_cache_with_tls(environment: str, accounts: dict[str, boto3.Session]) -> None:
    node_group = cache(accounts[environment])["NodeGroups"][0]
    found = connection(accounts[environment], environment)
    assert found["host"] == node_group["PrimaryEndpoint"]["Address"]
    assert found["url"] == f"rediss://headroom:{found['password']}@{found['host']}:6379"
    reader = node_group["ReaderEndpoint"]["Address"] if SIZES[environment][1] > 1 else found["host"]
    assert found["read_url"].endswith(f"@{reader}:6379")


@pytest.mark.parametrize("environment", SIZES)
def test_only_the_api_gets_the_cache_and_by_reference(environment: str, accounts: dict[str, boto3.Session]) -> None:
    ecs = accounts[environment].client("ecs")
    given: dict[str, list[str]] = {}
    for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
        (container,) = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
        secrets = {entry["name"]: entry["valueFrom"] for entry in container.get("secrets", [])}
        given[container["name"]] = [secrets[name] for name in ("REDIS_URL", "REDIS_READ_URL") if name in secrets]
    assert {name for name, urls in given.items() if urls} == {"api"}
    assert [url.rpartition(":secret:")[2].split(":")[1] for url in given["api"]] == ["url", "read_url"]


@pytest.mark.parametrize("environment", SIZES)
def test_port_6379_is_open_to_the_services_that_use_it_only(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    groups = accounts[environment].client("ec2").describe_security_groups()["SecurityGroups"]
    names = {group["GroupId"]: group["GroupName"] for group in groups}
    callers = [
        names[pair["GroupId"]].rsplit("-", 1)[0]
        for group in groups
        for permission in group["IpPermissions"]
        if permission.get("FromPort") == 6379
        for pair in permission["UserIdGroupPairs"]
    ]
    assert callers == ["api"]


@pytest.mark.parametrize("environment", SIZES)
def test_the_password_stands_nowhere_but_in_the_secret(
    environment: str, standing: Any, accounts: dict[str, boto3.Session], outputs_of_up: dict[str, str]
) -> None:
    password = connection(accounts[environment], environment)["password"]
    assert len(password) == 32
    assert password not in outputs_of_up[environment]
    kept = [path for path in standing.home.rglob("*") if path.is_file() and path.suffix not in (".sock", ".lock")]
    assert [path for path in kept if password.encode() in path.read_bytes()] == []
    assert password not in standing.pulumi("stack", "export", "--stack", environment)
    assert password not in standing.pulumi("stack", "output", "--stack", environment, "--json")


def test_a_serverless_cache_has_limits_our_key_and_an_address_with_two_ports(options_account: boto3.Session) -> None:
    (found,) = options_account.client("elasticache").describe_serverless_caches()["ServerlessCaches"]
    assert found["CacheUsageLimits"] == {
        "DataStorage": {"Maximum": 5, "Unit": "GB"},
        "ECPUPerSecond": {"Maximum": 10000},
    }
    assert (found["Engine"], found["MajorEngineVersion"], found["UserGroupId"]) == ("valkey", "8", "dev-carts")
    aliases = options_account.client("kms").list_aliases(KeyId=found["KmsKeyId"])["Aliases"]
    assert [alias["AliasName"] for alias in aliases] == ["alias/headroom-dev-data"]
    secret = connection(options_account, "dev", "carts")
    assert secret["url"].endswith(f"@{found['Endpoint']['Address']}:6379")
    assert secret["read_url"].endswith(f"@{found['ReaderEndpoint']['Address']}:6380")


def test_both_ports_of_a_serverless_cache_are_open_to_its_service_only(options_account: boto3.Session) -> None:
    (found,) = options_account.client("elasticache").describe_serverless_caches()["ServerlessCaches"]
    ec2 = options_account.client("ec2")
    (group,) = ec2.describe_security_groups(GroupIds=found["SecurityGroupIds"])["SecurityGroups"]
    callers = {
        (rule["FromPort"], pair["GroupId"]) for rule in group["IpPermissions"] for pair in rule["UserIdGroupPairs"]
    }
    names = {g["GroupId"]: g["GroupName"].rsplit("-", 1)[0] for g in ec2.describe_security_groups()["SecurityGroups"]}
    assert {(port, names[caller]) for port, caller in callers} == {(6379, "shop"), (6380, "shop")}


def test_a_larger_cache_is_changed_in_place_and_keeps_its_password(
    options: Any, options_account: boto3.Session
) -> None:
    before, password = cache(options_account), connection(options_account, "dev", "sessions")["password"]

    def grow(content: dict[str, Any]) -> None:
        content["headroom:caches"]["sessions"] |= {"nodes": 2, "class": "cache.t4g.small"}

    options.change("dev", grow)
    said = options.headroom("up", "dev", "--offline")
    steps = [line.split()[:3] for line in said.splitlines() if " elasticache." in line]
    assert ["updated", "elasticache.ReplicationGroup", "sessions"] in steps
    assert "replaced" not in {step for step, *_ in steps}
    after = cache(options_account)
    assert after["ReplicationGroupId"] == before["ReplicationGroupId"]
    assert (after["CacheNodeType"], len(after["MemberClusters"])) == ("cache.t4g.small", 2)
    found = connection(options_account, "dev", "sessions")
    assert found["password"] == password
    assert found["read_url"] != found["url"]


def test_a_cache_that_is_taken_out_leaves_nothing_behind(options: Any, options_account: boto3.Session) -> None:
    client = options_account.client("elasticache")
    users = {user["UserId"] for user in client.describe_users()["Users"]}

    def drop(content: dict[str, Any]) -> None:
        del content["headroom:caches"]["sessions"]

    options.change("dev", drop)
    options.headroom("up", "dev", "--offline")
    assert client.describe_replication_groups()["ReplicationGroups"] == []
    assert {user["UserId"] for user in client.describe_users()["Users"]} < users


def test_a_protected_cache_is_not_taken_away(standing: Any, outputs_of_up: dict[str, str]) -> None:
    def drop(content: dict[str, Any]) -> None:
        del content["headroom:caches"], content["headroom:services"]["api"]["cache"]

    with standing.changed("prod", drop):
        assert "protect" in standing.headroom("preview", "prod", "--offline", ok=False)
