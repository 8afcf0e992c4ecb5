"""Property values as they travel: unknowns, secrets, and what they look like in a protobuf Struct."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Properties = dict[str, Any]


class Unknown:
    """A value that only the deployment will give."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must not be shown; never nested in another."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(...)"


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """Plain Python with UNKNOWN and Secret in it; whole numbers are integers again."""
    return {name: _from_value(value) for name, value in sorted(struct.fields.items())}


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_STRING else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _from_signed(from_struct(value.struct_value))
    return None


def _from_signed(fields: Properties) -> Any:
    signature = fields.get(SIGNATURE)
    if signature == SECRET_SIGNATURE:
        return Secret(plain(fields.get("value")))
    if signature == OUTPUT_SIGNATURE:
        value = fields.get("value", UNKNOWN)
        return Secret(plain(value)) if fields.get("secret") else value
    if signature == RESOURCE_SIGNATURE:
        return fields.get("id", UNKNOWN)
    return fields


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """The message for the engine; what is None is left out, as Pulumi leaves it out."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        if value is not None:
            _fill(struct.fields[name], value)
    return struct


def _fill(target: struct_pb2.Value, value: Any) -> None:
    if isinstance(value, Secret):
        _fill(target, {SIGNATURE: SECRET_SIGNATURE, "value": value.value})
    elif isinstance(value, Unknown):
        target.string_value = UNKNOWN_STRING
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        for name, item in value.items():
            _fill(target.struct_value.fields[str(name)], item)
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:
            _fill(target.list_value.values.add(), item)
    else:
        target.string_value = str(value)


def plain(value: Any) -> Any:
    """The same without secrets' marks."""
    if isinstance(value, Secret):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def has_unknown(value: Any) -> bool:
    """Whether anything in it is unknown."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    return isinstance(value, list | tuple) and any(has_unknown(item) for item in value)


def has_secret(value: Any) -> bool:
    """Whether anything in it is secret."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, Mapping):
        return any(has_secret(item) for item in value.values())
    return isinstance(value, list | tuple) and any(has_secret(item) for item in value)


def as_secret(value: Any) -> Any:
    """Marked as secret as a whole; unknowns stay as they are, for they carry nothing."""
    if value is None or isinstance(value, Unknown):
        return value
    return Secret(plain(value))


def secret_strings(value: Any, inside: bool = False) -> Iterator[str]:
    """Every string in it that must not be shown."""
    if isinstance(value, Secret):
        yield from secret_strings(value.value, inside=True)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secret_strings(item, inside)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secret_strings(item, inside)
    elif inside and isinstance(value, str) and value:
        yield value


def redacted(text: str, *sources: Any) -> str:
    """The text without any secret of the sources, longest first, in plain and in JSON form."""
    found = {secret for source in sources for secret in secret_strings(source) if len(secret) > 2}
    for secret in sorted(found, key=len, reverse=True):
        for form in (secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]):
            text = text.replace(form, "[secret]")
    return text
