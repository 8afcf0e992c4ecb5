"""What a rule says of a resource: pass, fail or undetermined, and where. Plain data, free of Pulumi."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

Properties = Mapping[str, Any]
"""A resource's properties as plain data: camelCase keys; dicts, lists, strings, numbers, booleans, None and UNKNOWN."""


class Unknown:
    """The type of UNKNOWN."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> Unknown:
        return self  # there is one: rules ask whether a value is it


UNKNOWN: Final = Unknown()
"""Stands for a value that is not known before the resource that gives it is created."""

MISSING: Final = object()
"""What `lookup` answers for a property that is not set; JSON's null counts as not set."""


class Outcome(Enum):
    """The three values of a verdict."""

    PASS = "pass"
    FAIL = "fail"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Place:
    """One spot that breaks a rule, or that hides whether it does."""

    where: str
    """Property path, such as `spec.metrics[0].resource.target`."""
    what: str
    """What is wrong there, as a clause. Never holds a value of the resource: secrets arrive in plain text."""
    remedy: str
    """How to mend it, in terms of this project."""


@dataclass(frozen=True)
class Verdict:
    """A rule's answer for one resource."""

    outcome: Outcome
    """Pass, fail or undetermined."""
    places: tuple[Place, ...] = ()
    """Where it fails, or what is unknown; empty for a pass."""


PASS: Final = Verdict(Outcome.PASS)


def fail(where: str, what: str, remedy: str) -> Verdict:
    """The resource breaks the rule at `where`."""
    return Verdict(Outcome.FAIL, (Place(where, what, remedy),))


def undetermined(where: str, what: str = "is not known yet", remedy: str = "compute it from settings") -> Verdict:
    """The rule cannot tell, because of what stands at `where`."""
    return Verdict(Outcome.UNDETERMINED, (Place(where, what, remedy),))


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """One verdict of several: the worst outcome, with all places that share it, each once."""
    found = list(verdicts)
    for outcome in (Outcome.FAIL, Outcome.UNDETERMINED):
        places = dict.fromkeys(place for verdict in found if verdict.outcome is outcome for place in verdict.places)
        if places:
            return Verdict(outcome, tuple(places))
    return PASS


def require(properties: Properties, path: str, expected: object, remedy: str) -> Verdict:
    """Pass if the property at `path` equals `expected`; undetermined if it is unknown."""
    value = lookup(properties, path)
    if value is UNKNOWN:
        return undetermined(path)
    if value == expected and isinstance(value, bool) == isinstance(expected, bool):
        return PASS
    what = "is not set" if value is MISSING else "has another value"
    return fail(path, f"{what}; it must be {_spelled(expected)}", remedy)


def lookup(properties: Properties, path: str) -> Any:
    """The value at a path such as `a.b[0].c`; UNKNOWN if it or a parent is unknown, MISSING if it is not set."""
    value: Any = properties
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if value is UNKNOWN:
            return UNKNOWN
        if key and isinstance(value, Mapping):
            value = value.get(key, MISSING)
        elif index and isinstance(value, list):
            value = value[int(index)] if int(index) < len(value) else MISSING
        else:
            return MISSING
    return MISSING if value is None else value


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
