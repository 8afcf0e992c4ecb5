"""Policies of a continuous integration's roles, which are parted as AWS limits their length: how many statements fit
depends on how long the names of region and environment are. The parts are compared as the one policy that they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from operations.properties import decoded
from operations.state import Resource

POLICY: Final = "aws:iam/policy:Policy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PARTED: Final[Mapping[str, str]] = {POLICY: "policy", ATTACHMENT: "policyArn"}
"""Types of which several, numbered from 1, are one; with the property that holds each one's part."""
AROUND: Final = "headroom:ci:"
"""Types of the components in which they are."""
NUMBERED: Final = re.compile(r"(.+)-\d+")
FIRST: Final = "headroom:first"
"""Key by which another part names the first one's URN."""


def gathered(resources: Sequence[Resource]) -> list[Resource]:
    """The same resources, where the first of parts holds what all hold, and the others, which name it, nothing."""
    groups = _groups(resources)
    arns = {str(_inputs(one).get("name")) for group in groups.values() for one in group if one["type"] == POLICY}
    found = {str(one["urn"]): one for one in resources}
    for first, group in groups.items():
        key = PARTED[str(group[0]["type"])]
        parts = [_inputs(one).get(key) for one in group]
        whole = _policy(parts) if key == "policy" else _attached(parts, arns)
        if whole is None:
            continue
        for one in group:
            rest = {name: value for name, value in _inputs(one).items() if name != key}
            own = {key: whole} if one["urn"] == first else {}
            found[str(one["urn"])] = {**one, "inputs": {**rest, **own}, FIRST: first}
    return list(found.values())


def _groups(resources: Sequence[Resource]) -> dict[str, list[Resource]]:
    """The parts of each policy, by the URN of the first."""
    known = {str(one["urn"]) for one in resources}
    found: dict[str, list[Resource]] = {}
    for one in resources:
        if one.get("type") in PARTED and AROUND in str(one.get("parent")):
            numbered = NUMBERED.fullmatch(str(one["urn"]))
            first = f"{numbered[1]}-1" if numbered else ""
            if first in known:
                found.setdefault(first, []).append(one)
    return found


def _inputs(resource: Resource) -> Mapping[str, Any]:
    return dict(resource.get("inputs") or {})


def _policy(parts: Sequence[Any]) -> str | None:
    """A policy of all statements; None where a part is none that can be read."""
    documents = [decoded(part) if isinstance(part, str) else part for part in parts]
    if not all(isinstance(document, dict) and "Statement" in document for document in documents):
        return None
    statements = [one for document in documents for one in _listed(document["Statement"])]
    return json.dumps({**documents[0], "Statement": statements})


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _attached(parts: Sequence[Any], names: set[str]) -> list[str] | None:
    """Policies that are attached, a parted one once; None where one is not known."""
    if not all(isinstance(part, str) for part in parts):
        return None
    return sorted(set(_without_numbers(parts, names)))


def _without_numbers(arns: Sequence[str], names: set[str]) -> Iterator[str]:
    for arn in arns:
        numbered = NUMBERED.fullmatch(arn)
        yield numbered[1] if numbered and arn.rpartition("/")[2] in names else arn
