"""Property values as Pulumi writes them, in protocols and state files alike, turned into plain data once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from policies.verdict import UNKNOWN

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key of a map that stands for something else than a map."""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"

UNKNOWNS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # text
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # true or false
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # map
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    }
)
"""Texts that stand for what is not known yet: pulumi/sdk/go/common/resource/plugin/rpc.go."""


@dataclass(frozen=True)
class Plain:
    """A resource's properties as rules read them."""

    properties: dict[str, Any]
    """Values without their marks; UNKNOWN for what is not known."""
    secrets: frozenset[str] = frozenset()
    """Paths of what the program or the provider marks as secret."""
    sealed: frozenset[str] = frozenset()
    """Paths of secrets whose value is encrypted, and so UNKNOWN here."""


@dataclass
class _Paths:
    secrets: set[str] = field(default_factory=set)
    sealed: set[str] = field(default_factory=set)


def plain(raw: Mapping[str, Any]) -> Plain:
    """Properties as a state file holds them, less what the provider keeps there for itself (`__defaults` and such)."""
    paths = _Paths()
    properties = _members(raw, "", paths)
    return Plain(properties, frozenset(paths.secrets), frozenset(paths.sealed))


def _members(raw: Mapping[str, Any], path: str, paths: _Paths) -> dict[str, Any]:
    start = f"{path}." if path else ""
    return {key: _value(value, f"{start}{key}", paths) for key, value in raw.items() if not key.startswith("__")}


def _value(raw: Any, path: str, paths: _Paths) -> Any:
    if isinstance(raw, str):
        return UNKNOWN if raw in UNKNOWNS else raw
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() else raw  # protobuf knows no integers
    if isinstance(raw, Mapping):
        return _marked(raw, path, paths) if SIGNATURE in raw else _members(raw, path, paths)
    if isinstance(raw, Sequence):
        return [_value(item, f"{path}[{index}]", paths) for index, item in enumerate(raw)]
    return raw


def _marked(raw: Mapping[str, Any], path: str, paths: _Paths) -> Any:
    """What a signature marks: a secret, an output, a resource; and assets, which stay maps."""
    signature = raw[SIGNATURE]
    if signature == SECRET:
        paths.secrets.add(path)
        if "value" in raw:
            return _value(raw["value"], path, paths)
        if "plaintext" in raw:
            return _value(json.loads(raw["plaintext"]), path, paths)
        paths.sealed.add(path)
        return UNKNOWN
    if signature == OUTPUT:
        if raw.get("secret"):
            paths.secrets.add(path)
        return _value(raw["value"], path, paths) if "value" in raw else UNKNOWN
    if signature == REFERENCE:
        return _value(raw.get("id") or raw.get("urn", UNKNOWN), path, paths)
    return _members({key: value for key, value in raw.items() if key != SIGNATURE}, path, paths)
