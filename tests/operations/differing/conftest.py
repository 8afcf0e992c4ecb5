"""Stack files as settings, and states as `pulumi stack export` gives them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings import Settings
from infra.settings.reading import load, read_file
from operations.differing.names import SECRET_SIGNATURE, SIGNATURE, Names
from operations.differing.resources import Compared, compare

ROOT = Path(__file__).resolve().parents[3]
ACCOUNTS = {"staging": "222222222222", "prod": "333333333333"}
DOMAINS = {"staging": "staging.example.com", "prod": "example.com"}
NETWORKS = {"staging": "10.20.0.0/16", "prod": "10.30.0.0/16"}


def settings(name: str) -> Settings:
    """The settings of a stack file, or of the profile or the stack of options."""
    files = {"minimal": "profiles/minimal.yaml", "options": "tests/end_to_end/options.yaml"}
    return read_file(ROOT / files.get(name, f"Pulumi.{name}.yaml"))


def edited(name: str, edit: Callable[[dict[str, Any]], None]) -> Settings:
    """The same with something changed in the file."""
    config = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    edit(config)
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    return load(texts, (), f"Pulumi.{name}.yaml")


def names(environment: str) -> Names:
    """What an environment's own names are."""
    return Names(
        environment, ACCOUNTS[environment], "eu-central-1", DOMAINS[environment], cidr=NETWORKS[environment]
    )  # fmt: skip


def resource(
    environment: str,
    kind: str = "aws:sqs/queue:Queue",
    logical: str = "jobs",
    inputs: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A resource of a state."""
    made = {
        "urn": f"urn:pulumi:{environment}::headroom::{kind}::{logical}",
        "type": kind,
        "custom": True,
        "id": f"headroom-{environment}-{logical}",
        "inputs": dict(inputs or {}),
        "outputs": {},
    }
    return {**made, **more}


def secret(ciphertext: str) -> dict[str, Any]:
    """A secret as it stands in an exported state."""
    return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": ciphertext}


def both(ours: Mapping[str, Any], theirs: Mapping[str, Any], kind: str = "aws:sqs/queue:Queue") -> Compared:
    """What comes of one resource with other inputs in staging and prod."""
    return compared([resource("staging", kind, inputs=ours)], [resource("prod", kind, inputs=theirs)])


def compared(staging: list[dict[str, Any]], prod: list[dict[str, Any]]) -> Compared:
    """What comes of two states."""
    return compare(names("staging"), names("prod"), staging, prod)


def told(found: Compared) -> dict[str, tuple[Any, Any]]:
    """Path -> both values, of all that differs."""
    return {line.path: (line.a, line.b) for line in itertools.chain(*(one.properties for one in found.changed))}


@pytest.fixture(scope="session")
def stacks() -> dict[str, Settings]:
    """Settings by name."""
    return {name: settings(name) for name in ("dev", "staging", "prod", "minimal", "options")}
