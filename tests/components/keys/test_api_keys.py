"""API keys under pretended AWS: no key in the state, and nobody reads another's. E2, E3, E6."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.keys.api_keys import ApiKeys, ApiKeysArgs
from components.links import KeyLink
from tests.components.rotation_examples import ROTATOR, api_key

Run = Callable[..., Any]

SCOPE = Scope(account="333333333333", region="eu-central-1", namespace="headroom/prod")
ROLE = "arn:aws:iam::333333333333:role"
KEYS = {
    "frontend": api_key("frontend", "read", "api"),
    "backend": api_key("backend", "read-write", "api", "order"),
    "partner": api_key("partner", "read", "order", period_days=0),
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(preview: bool = False) -> Any:
        args = ApiKeysArgs(
            scope=SCOPE,
            key=KeyLink(arn="arn:key", alias="alias/headroom-prod-services"),
            rotator=ROTATOR,
            keys=KEYS,
            recovery_days=30,
        )
        return run(lambda: ApiKeys("api-keys", args), preview=preview)

    return make


def test_each_consumer_has_a_secret_of_its_own_under_our_key(made: Run) -> None:
    secrets = {s["inputs"]["name"]: s["inputs"] for s in made().all("secretsmanager/secret:Secret")}
    assert {name for name in secrets if "/keys/" in name} == {f"headroom/prod/keys/{name}" for name in KEYS}
    assert {inputs["kmsKeyId"] for inputs in secrets.values()} == {"arn:key"}
    tags = secrets["headroom/prod/keys/backend"]["tags"]
    assert tags == {
        "headroom:kind": "api-key",
        "headroom:owner": "backend",
        "headroom:period-days": "90",
        "headroom:overlap-days": "7",
        "headroom:verifiers": "api order",
        "headroom:consumer": "backend",
        "headroom:access": "read-write",
    }


def test_no_key_is_made_by_the_stack_not_even_a_secret_one(made: Run) -> None:
    stack = made()
    assert stack.all("SecretVersion") == []
    assert stack.invokes == []
    assert [resource["name"] for resource in stack.resources if resource["secrets"]] == []


def test_only_the_consumer_and_the_rotation_read_a_key_and_only_the_rotation_writes_it(made: Run) -> None:
    policy = json.loads(made(preview=True).one("SecretPolicy", "key-frontend")["inputs"]["policy"])
    reads, writes = policy["Statement"]
    rotates = f"{ROLE}/headroom-prod-rotate-secret"
    assert (reads["Effect"], reads["Principal"], reads["Action"]) == ("Deny", "*", ["secretsmanager:GetSecretValue"])
    assert reads["Condition"] == {
        "ArnNotEquals": {"aws:PrincipalArn": [f"{ROLE}/headroom-prod-consumer-frontend", rotates]}
    }
    assert writes["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": [rotates]}}
    # UpdateSecret sets a value, too.
    assert {"secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret"} < set(writes["Action"])
    assert reads["Resource"].endswith(":secret:headroom/prod/keys/frontend-??????")


def test_each_service_knows_the_digests_of_those_whose_keys_it_verifies(made: Run) -> None:
    told = json.loads(made().one("lambda/invocation:Invocation")["inputs"]["input"])
    assert told["Digests"] == {
        "headroom/prod/service/api/key-digests": ["backend", "frontend"],
        "headroom/prod/service/order/key-digests": ["backend", "partner"],
    }
    assert told["Secrets"] == [f"headroom/prod/keys/{name}" for name in sorted(KEYS)]


def test_only_the_rotation_writes_digests(made: Run) -> None:
    policy = json.loads(made(preview=True).one("SecretPolicy", "api-key-digests")["inputs"]["policy"])
    [writes] = policy["Statement"]
    assert writes["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] == [f"{ROLE}/headroom-prod-rotate-secret"]


def test_keys_rotate_by_their_period_and_one_without_a_period_only_when_asked(made: Run) -> None:
    stack = made()
    rotations = {r["name"]: r["inputs"] for r in stack.all("secretsmanager/secretRotation:SecretRotation")}
    assert set(rotations) == {"key-frontend", "key-backend"}
    assert {r["rotationRules"]["automaticallyAfterDays"] for r in rotations.values()} == {90}
    assert {r["rotateImmediately"] for r in rotations.values()} == {False}
    begun = stack.one("lambda/invocation:Invocation")["urn"]
    for rotation in stack.all("secretsmanager/secretRotation:SecretRotation"):
        assert begun in rotation["options"]["depends_on"]


def test_keys_begin_when_their_policies_and_the_places_of_their_digests_stand(made: Run) -> None:
    stack = made()
    waits = stack.one("lambda/invocation:Invocation")["options"]["depends_on"]
    for resource in stack.all("SecretPolicy"):
        assert resource["urn"] in waits
    assert stack.one("secretsmanager/secret:Secret", "api-key-digests")["urn"] in waits


def test_another_access_is_told_again(made: Run) -> None:
    triggers = json.loads(made().one("lambda/invocation:Invocation")["inputs"]["triggers"]["rotated"])
    assert triggers["headroom/prod/keys/frontend"]["headroom:access"] == "read"
