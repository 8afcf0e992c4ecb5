"""What IAM asks for when AWS is called, as the emulated AWS listed the calls, and what of it a role may not."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any

from botocore.session import get_session

from operations.permissions import Principal, allowed
from tests.iam import action_of, example, kinds

OTHERS = {"sts:AssumeRole", "ecs:RunTask"}
"""How the emulated AWS hands out credentials, which GitHub's token does otherwise; and what our function calls."""
Calls = list[dict[str, Any]]
Needed = list[tuple[str, tuple[str, ...]]]
"""Actions, each with ARNs of which one must be allowed."""
ANOTHER = ("healthcheck",)
"""Kinds of Route 53 that an action on tags may be about instead."""


@functools.cache
def model(signed: str) -> Any:
    """botocore's model of a service, by the name by which its requests are signed."""
    return get_session().get_service_model(
        {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch"}.get(signed, signed)
    )


def operation(call: dict[str, Any]) -> str:
    """AWS's name of the operation that was called."""
    told: str = call["operation"]
    if " " not in told:
        return told
    method, _, target = told.partition(" ")
    path, _, query = target.partition("?")
    given = {part.partition("=")[0] for part in query.split("&")}
    service = model(call["service"])
    fits = [
        (len(wanted), name) for name, wanted in _routes(call["service"], method, path.rstrip("/")) if wanted <= given
    ]
    assert fits, f"no operation of {service.service_name} is {told}"
    return max(fits)[1]


def _routes(signed: str, method: str, path: str) -> Iterable[tuple[str, set[str]]]:
    """Operations with this method and path, and what the query of each must hold."""
    for name in model(signed).operation_names:
        http = model(signed).operation_model(name).http
        pattern, _, query = http["requestUri"].partition("?")
        escaped = re.escape(pattern.rstrip("/"))
        # An ARN may hold slashes, which the server has decoded.
        regex = re.sub(r"\\\{\w+\\\}", "[^/]+", re.sub(r"\\\{(\w+\\\+|\w*[Aa]rn)\\\}", ".+", escaped))
        if http["method"] == method and re.fullmatch(regex, path):
            yield name, {part.partition("=")[0] for part in query.split("&") if part} | _required(signed, name)


def _required(signed: str, name: str) -> set[str]:
    """Parameters in the query that an operation can't be called without: else a GetObject could be a ListParts."""
    given = model(signed).operation_model(name).input_shape
    sent = [given.members[member].serialization for member in given.required_members] if given else []
    return {place["name"] for place in sent if place.get("location") == "querystring"}


def needed(calls: Calls, environment: str, account: str) -> Needed:
    """Every action that was called, on each kind of resource that IAM asks about, with the names that were called."""
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for call in calls:
        action = action_of(call["service"], operation(call))
        names = {"Region": "eu-central-1", "Account": account, "*": f"headroom-{environment}-x", **named(call)}
        arns = [example(action, kind["name"], names) for kind in kinds(action) if kind["name"] not in ANOTHER]
        must = any(kind["required"] for kind in kinds(action))
        for alternatives in [(arn,) for arn in arns] if must else [tuple(arns) or ("*",)]:
            found[action, alternatives] = None
    return [*found]


def refused(role: Principal, wanted: Needed) -> Needed:
    """What a role may not of what is needed, but for what others call."""
    return [
        (action, arns)
        for action, arns in wanted
        if action not in OTHERS and not any(allowed(role, action, arn) for arn in arns)
    ]


def named(call: dict[str, Any]) -> dict[str, str]:
    """Names of what a call is about, as IAM's ARNs call them."""
    given = call["names"]
    if call["service"] == "iam":
        told = {"RoleNameWithPath": given.get("RoleName"), "PolicyNameWithPath": given.get("PolicyName")}
        return {name: value for name, value in told.items() if value}
    if call["service"] == "secretsmanager":
        secret = str(given.get("Name") or given.get("SecretId") or "")
        return {"SecretId": secret.rpartition(":secret:")[2] or secret} if secret else {}
    if call["service"] == "s3":
        bucket, _, key = call["operation"].partition("?")[0].partition("/")[2].partition("/")
        return {"BucketName": bucket, **({"ObjectName": key} if key else {})}
    return {}
