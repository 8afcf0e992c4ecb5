"""Keys and passwords as they stand in AWS, and as they rotate there. E2, E3."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
import pytest

from functions.rotate_secret.api_key import digest

Client = Any
PARTNER, DIGESTS, CARTS = (
    "headroom/dev/keys/partner",
    "headroom/dev/service/shop/key-digests",
    "headroom/dev/cache/carts",
)


def value(secrets: Client, name: str, stage: str = "AWSCURRENT") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(secrets.get_secret_value(SecretId=name, VersionStage=stage)["SecretString"])
    return found


def tags(secrets: Client, name: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in secrets.describe_secret(SecretId=name)["Tags"]}


def until(settled: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not settled():
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.2)


def rotate(secrets: Client, name: str) -> None:
    """As Secrets Manager does when it is time, up to its last step."""
    secrets.rotate_secret(SecretId=name)
    until(lambda: tags(secrets, name).get("rotation:phase") == "overlap")


@pytest.mark.parametrize(
    ("environment", "access"),
    [
        ("dev", {"frontend": "read", "backend": "read-write", "ada": "full", "grace": "full"}),
        ("staging", dict.fromkeys(("frontend", "backend", "ada", "grace"), "read-write")),
        ("prod", {"frontend": "read", "backend": "read-write"}),
    ],
)
def test_each_consumer_of_an_environment_has_a_key_that_its_services_know(
    environment: str, access: dict[str, str], accounts: dict[str, boto3.Session]
) -> None:
    secrets = accounts[environment].client("secretsmanager")
    known = value(secrets, f"headroom/{environment}/service/api/key-digests")
    assert {consumer: entry["access"] for consumer, entry in known.items()} == access
    for consumer, entry in known.items():
        key = value(secrets, f"headroom/{environment}/keys/{consumer}")["key"]
        assert key.startswith(f"hr_{environment}_")
        assert entry["current"]["digest"] == digest(key)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_key_stands_in_the_state_or_in_what_up_says(
    environment: str, standing: Any, accounts: dict[str, boto3.Session], outputs_of_up: dict[str, str]
) -> None:
    secrets = accounts[environment].client("secretsmanager")
    key = value(secrets, f"headroom/{environment}/keys/frontend")["key"]
    assert key not in outputs_of_up[environment]
    assert key not in standing.pulumi("stack", "export", "--stack", environment, "--show-secrets")
    kept = [path for path in standing.home.rglob("*") if path.is_file() and path.suffix not in (".sock", ".lock")]
    assert [path for path in kept if key.encode() in path.read_bytes()] == []


def test_the_password_in_the_state_is_not_the_caches(standing: Any, accounts: dict[str, boto3.Session]) -> None:
    password = value(accounts["dev"].client("secretsmanager"), "headroom/dev/cache/main")["password"]
    assert password not in standing.pulumi("stack", "export", "--stack", "dev", "--show-secrets")


def test_a_rotation_leaves_two_good_keys_and_the_old_one_ends_in_one_call(
    options: Any, options_account: boto3.Session
) -> None:
    secrets, functions = options_account.client("secretsmanager"), options_account.client("lambda")
    old = value(secrets, PARTNER)
    rotate(secrets, PARTNER)
    new, known = value(secrets, PARTNER), value(secrets, DIGESTS)["partner"]
    assert (known["current"]["digest"], known["previous"]["digest"]) == (digest(new["key"]), digest(old["key"]))
    assert value(secrets, PARTNER, "AWSPREVIOUS") == old
    event = {"Action": "deactivate", "Secrets": [PARTNER]}
    answer = functions.invoke(FunctionName="headroom-dev-rotate-secret", Payload=json.dumps(event))
    assert json.load(answer["Payload"])["secrets"][PARTNER]["phase"] == "deactivated"
    assert "previous" not in value(secrets, DIGESTS)["partner"]


def test_a_caches_password_rotates_with_all_its_urls_and_its_service_starts_new_tasks(
    options: Any, options_account: boto3.Session
) -> None:
    secrets, ecs = options_account.client("secretsmanager"), options_account.client("ecs")
    old = value(secrets, CARTS)
    rotate(secrets, CARTS)
    new = value(secrets, CARTS)
    assert new["password"] != old["password"]
    for field in ("url", "read_url"):
        assert new[field] == old[field].replace(old["password"], new["password"])
    (user,) = options_account.client("elasticache").describe_users(UserId="dev-carts")["Users"]
    assert user["Authentication"]["PasswordCount"] == 2
    until(lambda: "rotation:rolling" in tags(secrets, CARTS))
    (cluster,) = ecs.list_clusters()["clusterArns"]
    (shop,) = [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if "/shop-" in arn]
    (service,) = ecs.describe_services(cluster=cluster, services=[shop])["services"]
    rotated = tags(secrets, CARTS)["rotation:rotated"]
    assert max(found["createdAt"] for found in service["deployments"]).isoformat() >= rotated[:-1]


@pytest.mark.parametrize(
    ("login", "database", "pool"),
    [("shop/database", "orders", "proxy"), ("collector/database", "events", "pgbouncer")],
)
def test_a_databases_user_rotates_and_its_pool_knows_both(
    login: str, database: str, pool: str, options: Any, options_account: boto3.Session
) -> None:
    secrets, ecs = options_account.client("secretsmanager"), options_account.client("ecs")
    name, user = f"headroom/dev/service/{login}", login.partition("/")[0]
    old = value(secrets, name)
    rotate(secrets, name)
    new = value(secrets, name)
    assert (old["username"], new["username"], new["dbname"]) == (user, f"{user}__2", user)
    for field in ("url", "read_url", "direct_url"):
        assert new[field] == old[field].replace(f"{user}:{old['password']}@", f"{user}__2:{new['password']}@")
    document = value(secrets, f"headroom/dev/database/{database}/logins")
    for each in (old, new):
        assert f'"{each["username"]}" "{each["password"]}"' in document["userlist"].splitlines()
        if pool == "proxy":
            known = value(secrets, f"headroom/dev/database/{database}/proxy/{each['username']}")
            assert known["password"] == each["password"]
    if pool == "pgbouncer":
        (cluster,) = ecs.list_clusters()["clusterArns"]
        (arn,) = [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if "pgbouncer" in arn]
        (service,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
        started = max(found["createdAt"] for found in service["deployments"])
        assert started >= datetime.fromisoformat(document["added"])


def test_up_has_nothing_to_do_after_rotations(options: Any, options_account: boto3.Session) -> None:
    secrets = options_account.client("secretsmanager")
    assert tags(secrets, PARTNER)["rotation:phase"] in ("overlap", "deactivated")
    assert {label: step for label, step in options.planned("dev").items() if "ecretsmanager" in label} == {}
