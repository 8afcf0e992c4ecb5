"""Resources of a stack's state, as tests of prices write them."""

from __future__ import annotations

from typing import Any

from operations.cost import estimate

HOURS = 730
"""A month's, as in the price list."""
INSTANCE = "aws:rds/instance:Instance"


def resource(kind: str, logical: str = "main", **outputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:dev::headroom::{kind}::{logical}", "type": kind, "outputs": outputs}


def monthly(*resources: dict[str, Any]) -> float:
    return round(estimate(resources).monthly, 2)


def database(**outputs: Any) -> dict[str, Any]:
    given = {"engine": "postgres", "storageType": "gp3", "instanceClass": "db.m7g.large", "allocatedStorage": 100}
    return resource(INSTANCE, str(outputs.pop("logical", "main")), **{**given, **outputs})
