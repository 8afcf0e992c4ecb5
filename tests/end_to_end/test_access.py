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


def test_developers_reach_everything_in_dev_its_data_in_staging_and_nothing_in_prod(access: dict[str, Matrix]) -> None:
    dev, staging, prod = (access[environment] for environment in ENVIRONMENTS)
    name = "developers (Consumer)"
    assert {row[name] for resource, row in dev.items() if resource.startswith("secret ")} == {"read-write"}
    assert (dev["queue jobs"][name], staging["queue jobs"][name]) == ("read-write", "write")
    assert {row[name] for resource, row in staging.items() if resource.startswith("secret ")} == {"none"}
    assert [row for row in prod.values() if name in row] == []


def test_in_prod_the_frontend_reads_and_the_backend_writes(access: dict[str, Matrix]) -> None:
    prod = access["prod"]
    uploads = next(row for resource, row in prod.items() if resource.startswith("bucket uploads"))
    assert (uploads["frontend (Consumer)"], uploads["backend (Consumer)"]) == ("read", "read-write")
    assert {row["frontend (Consumer)"] for row in prod.values()} == {"none", "read"}
    assert {row["backend (Consumer)"] for r, row in prod.items() if r.startswith("secret ")} == {"none"}


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
