"""Verdicts on single values: a number within bounds, a word of a list. They name neither the value nor its length."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from policies.graph import Resource, root_of
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, fail, lookup, require, undetermined


def within(
    properties: Properties,
    path: str,
    least: float,
    most: float,
    remedy: str,
    *,
    default: float | None = None,
) -> Verdict:
    """Pass if the number at `path`, or its text, is from `least` to `most`; where it is not set, `default` counts."""
    value = lookup(properties, path)
    if value is UNKNOWN:
        return undetermined(path)
    wanted = f"it must be {least:g} to {most:g}" if least != most else f"it must be {least:g}"
    if value is MISSING:
        if default is not None and least <= default <= most:
            return PASS
        return fail(path, f"is not set; {wanted}", remedy)
    number = number_of(value)
    if number is None:
        return fail(path, f"is no number; {wanted}", remedy)
    return PASS if least <= number <= most else fail(path, f"is outside of what is allowed; {wanted}", remedy)


def one_of(
    properties: Properties, path: str, allowed: Collection[Any], what: str, remedy: str, *, default: Any = MISSING
) -> Verdict:
    """Pass if the value at `path` is among `allowed`; where it is not set, `default` counts."""
    value = lookup(properties, path)
    if value is UNKNOWN:
        return undetermined(path)
    value = default if value is MISSING else value
    return PASS if value in allowed else fail(path, what, remedy)


def declared(resource: Resource, path: str) -> Any:
    """The value that the program gives; MISSING where the provider will choose one.

    In a preview of a whole stack, what the provider chooses is unknown, too: but made from nothing.
    """
    value = lookup(resource.properties, path)
    return MISSING if value is UNKNOWN and not resource.depends_on.get(root_of(path)) else value


def demanded(resource: Resource, path: str, expected: object, remedy: str) -> Verdict:
    """As `verdict.require`, for what the program gives: what the provider will choose counts as not set."""
    if declared(resource, path) is MISSING:
        return fail(path, f"is not set; it must be {str(expected).lower()}", remedy)
    return require(resource.properties, path, expected, remedy)


def number_of(value: Any) -> float | None:
    """The number that a value is or spells; None if it is none. A boolean is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def filled(value: Any) -> bool:
    """Whether a property holds something: neither unset, nor empty, nor false. UNKNOWN counts as something."""
    return value is UNKNOWN or (value is not MISSING and bool(value))
