"""A policy pack's configuration: schema defaults, the pack's own, the user's; merged and validated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import EngineError

LEVELS = ("advisory", "mandatory", "disabled", "remediate")
"""By the protocol's number."""


@dataclass(frozen=True, kw_only=True)
class PolicySetting:
    """How one policy is to be enforced."""

    level: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PolicySchema:
    """What a policy says of its configuration."""

    name: str
    level: str
    properties: dict[str, dict[str, Any]]
    required: Sequence[str] = ()


def read_user_config(path: str) -> dict[str, Any]:
    """The file of `--policy-pack-config`; raises EngineError when it is not a JSON object."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.loads(file.read() or "{}")
    except (OSError, ValueError) as error:
        raise EngineError(f"the policy configuration {path} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise EngineError(f"the policy configuration {path} is not a JSON object")
    return found


def merge(
    pack: str, schemas: Sequence[PolicySchema], initial: Mapping[str, Any], user: Mapping[str, Any]
) -> dict[str, PolicySetting]:
    """The setting of every policy of a pack; raises EngineError for a wrong level, name or property."""
    settings = {
        schema.name: PolicySetting(
            level=schema.level,
            properties={key: spec["default"] for key, spec in schema.properties.items() if "default" in spec},
        )
        for schema in schemas
    }
    unknown = sorted(set(user) - set(settings) - {"all"})
    if unknown:
        raise EngineError(
            f"the configuration of the policy pack '{pack}' names '{unknown[0]}', which it does not have; "
            f"it has {', '.join(sorted(settings))}"
        )
    for layer in (initial, user):
        settings = _apply(settings, {name: _normal(name, given) for name, given in layer.items()})
    problems = [f"{s.name}: {text}" for s in schemas for text in _problems(s, settings[s.name].properties)]
    if problems:
        raise EngineError("\n  ".join([f"the configuration of the policy pack '{pack}' is not valid:", *problems]))
    return settings


def _normal(name: str, given: Any) -> PolicySetting:
    """A level alone, or an object with `enforcementLevel` and the policy's properties."""
    found = {"enforcementLevel": given} if isinstance(given, str) else dict(given) if isinstance(given, dict) else None
    if found is None:
        raise EngineError(f"the configuration of the policy '{name}' is neither a level nor an object")
    level = found.pop("enforcementLevel", "")
    if level and level not in LEVELS:
        raise EngineError(f"{level!r} is no enforcement level of the policy '{name}': use {', '.join(sorted(LEVELS))}")
    return PolicySetting(level=level, properties=found)


def _apply(settings: dict[str, PolicySetting], layer: dict[str, PolicySetting]) -> dict[str, PolicySetting]:
    every = layer.get("all")
    found: dict[str, PolicySetting] = {}
    for name, setting in settings.items():
        own = layer.get(name)
        level = (own.level if own else "") or (every.level if every else "") or setting.level
        properties = {**setting.properties, **(own.properties if own else {})}
        found[name] = PolicySetting(level=level, properties=properties)
    return found


_TYPES: dict[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "array": list, "object": dict}


def _problems(schema: PolicySchema, properties: dict[str, Any]) -> list[str]:
    """The part of JSON schema that policy packs use."""
    found = [f"{key} is required" for key in schema.required if key not in properties]
    for key, spec in schema.properties.items():
        if key in properties:
            found += _property_problems(key, spec, properties[key])
    return found


def _property_problems(key: str, spec: dict[str, Any], value: Any) -> list[str]:
    kind = spec.get("type")
    wrong = f"{key}: Invalid type. Expected: {kind}, given: {type(value).__name__}"
    if kind in ("number", "integer"):
        if isinstance(value, bool) or not isinstance(value, int | float) or (kind == "integer" and value != int(value)):
            return [wrong]
        if "minimum" in spec and value < spec["minimum"]:
            return [f"{key}: Must be greater than or equal to {spec['minimum']}"]
        if "maximum" in spec and value > spec["maximum"]:
            return [f"{key}: Must be less than or equal to {spec['maximum']}"]
    elif kind in _TYPES and not isinstance(value, _TYPES[kind]):
        return [wrong]
    if "enum" in spec and value not in spec["enum"]:
        return [f"{key} must be one of the following: {', '.join(map(repr, spec['enum']))}"]
    return []
