"""One service can't reach another's secrets, buckets, queues or database user: each role's documents, evaluated. E6."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

ENVIRONMENTS = ("dev", "staging", "prod")


Matrix = dict[str, dict[str, str]]
"""Who reaches what: resource to role to read, write or none."""


@pytest.fixture(scope="module")
def access(standing: Any, accounts: dict[str, boto3.Session]) -> dict[str, Matrix]:
    """What the command tells of each environment."""
    told = {name: json.loads(standing.headroom("access", name, "--offline", "--json")) for name in accounts}
    assert {name: matrix["not evaluated"] for name, matrix in told.items()} == {name: [] for name in told}
    return {name: matrix["access"] for name, matrix in told.items()}


def merged(verbs: set[str]) -> str:
    return "-".join(verb for verb in ("read", "write") if verb in verbs) or "none"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_service_reaches_its_own_and_what_its_settings_grant(
    environment: str, standing: Any, access: dict[str, Matrix]
) -> None:
    settings = standing.settings(environment)
    services = settings["headroom:services"]
    found = access[environment]
    for resource, row in found.items():
        kind, name = resource.split(" ", 1)
        for service, given in services.items():
            if kind == "secret":
                area, *rest = name.split("/")
                own = area == "service" and rest[0] == service
                shared = area == "cache" and given.get("cache") == rest[0]
                expected = "read" if own or shared else "none"
            elif kind == "bucket":
                granted = {b: access for b, access in given.get("buckets", {}).items() if name.startswith(f"{b}-")}
                expected = next(iter(granted.values()), "none")
            else:
                reads = {"read"} if name in given.get("consumes", []) else set()
                expected = merged(reads | ({"write"} if name in given.get("produces", []) else set()))
            assert row[service] == expected, (resource, service, row)
    assert {"secret", "bucket"} <= {resource.split(" ")[0] for resource in found}


def of(matrix: Matrix, who: str, kind: str = "") -> dict[str, str]:
    """What somebody has of the resources of a kind."""
    return {resource: row.get(who, "none") for resource, row in matrix.items() if resource.startswith(kind)}


def own_key(name: str) -> str:
    return f"secret keys/{name}"


@pytest.mark.parametrize("person", ["ada", "grace"])
def test_a_developer_has_all_of_dev_but_others_keys_data_of_staging_and_nothing_of_prod(
    person: str, access: dict[str, Matrix]
) -> None:
    who = f"{person} (Consumer)"
    dev, staging, prod = (of(access[environment], who) for environment in ENVIRONMENTS)
    keys = {resource: verbs for resource, verbs in dev.items() if resource.startswith("secret keys/")}
    assert keys == {resource: "read" if resource == own_key(person) else "none" for resource in keys}
    by_rotation = {"secret service/api/key-digests", "secret database/main/logins"}
    secrets = {resource for resource in dev if resource.startswith("secret ")} - {*keys}
    assert {resource: dev[resource] for resource in secrets} == {
        resource: "read" if resource in by_rotation else "read-write" for resource in secrets
    }
    assert {verbs for resource, verbs in dev.items() if resource.startswith("bucket ") and "logs" not in resource} == {
        "read-write"
    }
    assert (dev["queue jobs"], staging["queue jobs"]) == ("read-write", "write")
    assert {resource for resource, verbs in staging.items() if resource.startswith("secret") and verbs != "none"} == {
        own_key(person)
    }
    assert next(verbs for resource, verbs in staging.items() if resource.startswith("bucket uploads")) == "read-write"
    assert set(prod.values()) == {"none"}


@pytest.mark.parametrize(("name", "data", "queue"), [("frontend", "read", "none"), ("backend", "read-write", "write")])
def test_in_prod_the_frontend_reads_and_the_backend_writes_and_each_has_its_own_key_only(
    name: str, data: str, queue: str, access: dict[str, Matrix]
) -> None:
    found = of(access["prod"], f"{name} (Consumer)")
    buckets = {resource: verbs for resource, verbs in found.items() if resource.startswith("bucket ")}
    expected = {"logs": "none", "site": "read"}
    assert buckets == {b: expected.get(b.removeprefix("bucket ").split("-")[0], data) for b in buckets}
    assert found["queue jobs"] == queue
    assert {resource for resource, verbs in found.items() if resource.startswith("secret ") and verbs != "none"} == {
        own_key(name)
    }
    assert found[own_key(name)] == "read"
    assert (found["queue jobs-dlq"], found["queue failed-scheduled-runs"]) == ("none", "none")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_of_a_repositorys_jobs_only_those_that_deploy_reach_anything(
    environment: str, access: dict[str, Matrix]
) -> None:
    found = access[environment]
    assert {who for row in found.values() for who in row if "(CiRole)" in who} == {"deploy (CiRole)"}
    deploy = of(found, "deploy (CiRole)")
    assert {verbs for resource, verbs in deploy.items() if resource.startswith("secret keys/")} == {"write"}
    reads = {resource for resource, verbs in deploy.items() if "read" in verbs and not resource.startswith("secret ")}
    assert {resource.split("-")[0] for resource in reads} == {"bucket site"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_matrix_names_every_secret_bucket_and_queue_of_the_account(
    environment: str, access: dict[str, Matrix], accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    counts = {
        "secret": len(session.client("secretsmanager").list_secrets()["SecretList"]),
        "bucket": len(session.client("s3").list_buckets()["Buckets"]),
        "queue": len(session.client("sqs").list_queues().get("QueueUrls", [])),
    }
    named = [resource.split(" ")[0] for resource in access[environment]]
    assert {kind: named.count(kind) for kind in counts} == counts


def test_a_person_reads_the_matrix_as_a_table(standing: Any, accounts: dict[str, boto3.Session]) -> None:
    printed = standing.headroom("access", "prod", "--offline")
    assert "secret service/api/SESSION_KEY" in printed
    head = next(line for line in printed.splitlines() if "api" in line.split())
    assert head.split()[:3] == ["api", "web", "worker"]
