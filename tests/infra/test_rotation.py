"""The table of everything that is turned over, and each environment's keys and consumers. E2, E3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.access import Scope
from infra.keys import shared_secrets
from infra.rotation import DONE_BY, api_keys, rotated_secrets, rotation_table
from infra.settings import Settings, read_file
from tests.infra.stack_files import ENVIRONMENTS, ROOT

WRITES = ("Put", "Delete", "Send", "Update", "Create", "ExecuteCommand", "AbortMultipart", "Receive", "GenerateDataKey")


def settings(environment: str) -> Settings:
    return read_file(ROOT / f"Pulumi.{environment}.yaml")


def scope(environment: str) -> Scope:
    return Scope(account=settings(environment).account, region="eu-central-1", namespace=f"headroom/{environment}")


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stack(environment: str, up: Any) -> Any:
    return up(environment)


def test_every_secret_of_the_stack_is_a_row(environment: str, stack: Any) -> None:
    rows = rotation_table(settings(environment), scope(environment))
    made = {resource["inputs"]["name"] for resource in stack.all("secretsmanager/secret:Secret")}
    shared = set(shared_secrets(settings(environment), scope(environment)))
    assert made - shared == {row.secret for row in rows if row.secret}
    assert shared < made
    assert len({row.name for row in rows}) == len(rows)


def test_every_kms_key_is_a_row(environment: str, stack: Any) -> None:
    rows = rotation_table(settings(environment), scope(environment))
    keys = {key["name"] for key in stack.all("kms/key:Key")}
    assert {f"kms/{key}" for key in keys} == {row.name for row in rows if row.kind == "kms-key"}


def test_every_row_has_an_owner_and_somebody_who_turns_it_over(environment: str) -> None:
    for row in rotation_table(settings(environment), scope(environment)):
        assert row.owner, row.name
        assert row.done_by == DONE_BY[row.kind], row.name
        if row.done_by == "headroom":
            assert 0 < row.overlap_days <= 14, row.name
            assert 0 < row.period_days <= 90, row.name


def test_what_our_function_rotates_is_tagged_so_and_has_a_schedule(environment: str, stack: Any) -> None:
    rotated = rotated_secrets(rotation_table(settings(environment), scope(environment)))
    tags = {s["inputs"]["name"]: s["inputs"].get("tags", {}) for s in stack.all("secretsmanager/secret:Secret")}
    for name, how in rotated.items():
        assert how.tags.items() <= tags[name].items(), name
    assert len(stack.all("secretsmanager/secretRotation:SecretRotation")) == len(rotated)


def test_what_a_team_rotates_is_tagged_with_whose_it_is_and_how_often(environment: str, stack: Any) -> None:
    tags = {s["inputs"]["name"]: s["inputs"].get("tags", {}) for s in stack.all("secretsmanager/secret:Secret")}
    rows = [row for row in rotation_table(settings(environment), scope(environment)) if row.done_by == "team"]
    assert {row.kind for row in rows} == {"database-master", "generated", "external"}
    for row in rows:
        told = {
            "headroom:owner": row.owner,
            "headroom:rotated-by": "team",
            "headroom:period-days": str(row.period_days),
            "headroom:overlap-days": str(row.overlap_days),
        }
        assert told.items() <= tags[row.secret].items(), row.name
        assert "headroom:kind" not in tags[row.secret], "the function would take charge of it"


def test_what_is_made_of_keys_and_users_says_that_it_follows_them(environment: str, stack: Any) -> None:
    tags = {s["inputs"]["name"]: s["inputs"].get("tags", {}) for s in stack.all("secretsmanager/secret:Secret")}
    for name in shared_secrets(settings(environment), scope(environment)):
        assert (tags[name]["headroom:rotated-by"], tags[name]["headroom:owner"]) == ("keys", "backend"), name


@pytest.mark.parametrize(
    ("name", "access"),
    [
        ("dev", {"frontend": "read", "backend": "read-write", "ada": "full", "grace": "full"}),
        ("staging", dict.fromkeys(("frontend", "backend", "ada", "grace"), "read-write")),
        ("prod", {"frontend": "read", "backend": "read-write"}),
    ],
)
def test_keys_have_the_access_of_their_environment(name: str, access: dict[str, str]) -> None:
    assert {consumer: key.access for consumer, key in api_keys(settings(name)).items()} == access


def actions(stack: Any, consumer: str) -> dict[str, list[str]]:
    """Actions of a consumer's role, each with its resources."""
    [policy] = [p for p in stack.all("iam/rolePolicy:RolePolicy") if p["name"] == f"{consumer}-consumer"]
    found: dict[str, list[str]] = {}
    for statement in json.loads(policy["inputs"]["policy"])["Statement"]:
        for action in statement["Action"]:
            found.setdefault(action, []).extend(statement["Resource"])
    return found


def test_in_prod_the_frontend_reads_and_writes_nothing_and_developers_have_nothing(
    environment: str, stack: Any
) -> None:
    consumers = {role["name"] for role in stack.all("iam/role:Role") if role["name"].endswith("-consumer")}
    if environment != "prod":
        assert {"ada-consumer", "grace-consumer"} <= consumers
        return
    assert consumers == {"frontend-consumer", "backend-consumer"}
    frontend = actions(stack, "frontend")
    assert [action for action in frontend if action.split(":")[1].startswith(WRITES)] == []
    assert any(action.split(":")[1].startswith(WRITES) for action in actions(stack, "backend"))


def test_a_consumer_reads_its_own_key_and_no_others(environment: str, stack: Any) -> None:
    for consumer, key in api_keys(settings(environment)).items():
        read = actions(stack, consumer)["secretsmanager:GetSecretValue"]
        own = f"secret:headroom/{environment}/keys/{consumer}-??????"
        assert [arn for arn in read if arn.endswith(own)], consumer
        if key.access != "full":
            assert len(read) == 1, consumer


def test_services_that_verify_keys_are_told_where_their_digests_are(environment: str, stack: Any) -> None:
    told = {}
    for definition in stack.all("ecs/taskDefinition:TaskDefinition"):
        for container in json.loads(definition["inputs"]["containerDefinitions"]):
            variables = {entry["name"]: entry["value"] for entry in container.get("environment", [])}
            told[container["name"]] = variables.get("API_KEY_DIGESTS")
    assert told["api"] == f"headroom/{environment}/service/api/key-digests"
    assert (told["web"], told["worker"]) == (None, None)
