"""Streams of engine events, as a test writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from operations import events
from operations.changes import Run
from operations.report.build import Previewed

DATABASE = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"
TOPIC = "aws:sns/topic:Topic"
SECRET = "[secret]"


def urn(token: str, name: str, stack: str = "prod") -> str:
    return f"urn:pulumi:{stack}::headroom::{token}::{name}"


def step(
    op: str,
    token: str,
    name: str,
    *,
    stack: str = "prod",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    detail: Mapping[str, str] | None = None,
    forced: list[str] | None = None,
    protect: tuple[bool, bool] = (False, False),
) -> dict[str, Any]:
    """One planned step; `old` and `new` are inputs, `detail` maps a path to its kind of difference."""

    def state(inputs: Mapping[str, Any] | None, protected: bool) -> dict[str, Any] | None:
        if inputs is None:
            return None
        return {"custom": True, "inputs": inputs, "outputs": inputs, "protect": protected, "id": name}

    metadata = {
        "op": op,
        "urn": urn(token, name, stack),
        "type": token,
        "old": state(old, protect[0]),
        "new": state(new, protect[1]),
        "keys": forced or [],
        "detailedDiff": {path: {"diffKind": kind, "inputDiff": True} for path, kind in (detail or {}).items()},
    }
    return {"resourcePreEvent": {"metadata": metadata, "planning": True}}


SUMMARY: dict[str, Any] = {"summaryEvent": {"resourceChanges": {}, "PolicyPacks": {}}}


def violation(rule: str, target: str, message: str = "it is wrong", level: str = "mandatory") -> dict[str, Any]:
    body = {"policyPackName": "headroom", "policyName": rule, "enforcementLevel": level, "message": message}
    return {"policyEvent": {**body, "resourceUrn": target}}


def run(*documents: Mapping[str, Any]) -> Run:
    made = Run()
    for document in (*documents, SUMMARY):
        made.add(events.read(document))
    return made


def previewed(*documents: Mapping[str, Any], stack: str = "prod", error: str = "") -> Previewed:
    return Previewed(environment=stack, run=run(*documents), error=error)
