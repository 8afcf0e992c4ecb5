"""Property values on the wire: protobuf's Struct, as Pulumi's protocols use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf import struct_pb2

from .assets import ensure_hash
from .values import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    OUTPUT_SIGNATURE,
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_TEXT,
    UNKNOWN_TEXTS,
    Asset,
    OutputValue,
    ResourceReference,
    Secret,
    without_output_values,
)

MESSAGE_BYTES = 400 * 1024 * 1024
"""Largest message, in bytes; the limit of Pulumi's own engine and SDKs."""
GRPC_OPTIONS = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]


@dataclass(frozen=True, kw_only=True)
class Accepts:
    """What the receiver understands; the rest is sent in its simpler form."""

    secrets: bool = True
    """Secrets stay marked; otherwise their plain value is sent."""
    references: bool = True
    """References stay references; otherwise their id is sent, or their URN where there is no id."""
    outputs: bool = True
    """Output values keep their dependencies."""
    contents: bool = True
    """Assets keep their source; otherwise only their hash is sent, which is all that a comparison needs."""


ALL = Accepts()
PROVIDER_DEFAULT = Accepts(outputs=False)


def from_struct(struct: struct_pb2.Struct, folder: str | None = None) -> dict[str, Any]:
    """Property values of a message, by sorted key: maps have no order.

    With a `folder`, where the program's paths start, assets get their hash; raises EngineError for one that cannot be
    read.
    """
    fields = struct.fields
    return {key: from_value(fields[key], folder) for key in sorted(fields)}


def from_value(value: struct_pb2.Value, folder: str | None = None) -> Any:
    """One property value; see `from_struct`."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in UNKNOWN_TEXTS else text
    if kind == "number_value":
        return _number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return _from_special(value.struct_value, folder)
    if kind == "list_value":
        return [from_value(item, folder) for item in value.list_value.values]
    return None


def _number(number: float) -> int | float:
    """Struct holds floats only: whole ones are integers again."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _from_special(struct: struct_pb2.Struct, folder: str | None) -> Any:
    fields = struct.fields
    if SIGNATURE not in fields:
        return from_struct(struct, folder)
    signature = fields[SIGNATURE].string_value
    if signature == SECRET_SIGNATURE:
        return Secret(from_value(fields["value"], folder))
    if signature in (ASSET_SIGNATURE, ARCHIVE_SIGNATURE):
        source = {k: from_value(fields[k], folder) for k in sorted(fields) if k not in (SIGNATURE, "hash")}
        asset = Asset(signature, source, fields["hash"].string_value if "hash" in fields else "")
        if folder is not None:
            ensure_hash(asset, folder)
        return asset
    if signature == RESOURCE_SIGNATURE:
        return _from_reference(fields)
    if signature == OUTPUT_SIGNATURE:
        dependencies = (
            [item.string_value for item in fields["dependencies"].list_value.values] if "dependencies" in fields else []
        )
        inner = from_value(fields["value"], folder) if "value" in fields else UNKNOWN
        return OutputValue(inner, "secret" in fields and fields["secret"].bool_value, dependencies)
    raise ValueError(f"a property has the unrecognized signature {signature!r}")


def _from_reference(fields: Any) -> ResourceReference:
    resource_id: Any = fields["id"].string_value if "id" in fields else None
    if resource_id is not None and (not resource_id or resource_id in UNKNOWN_TEXTS):
        resource_id = UNKNOWN
    version = fields["packageVersion"].string_value if "packageVersion" in fields else ""
    return ResourceReference(fields["urn"].string_value, resource_id, version)


def to_struct(values: dict[str, Any], accepts: Accepts = ALL, *, internal: bool = True) -> struct_pb2.Struct:
    """A message of property values; `internal=False` leaves out the keys that begin with two underscores."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if internal or not key.startswith("__"):
            set_value(struct.fields[key], value, accepts)
    return struct


def set_value(out: struct_pb2.Value, value: Any, accepts: Accepts = ALL) -> None:
    """Writes one property value into a message."""
    if value is None:
        out.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        out.bool_value = value
    elif isinstance(value, int | float):
        out.number_value = value
    elif isinstance(value, str):
        out.string_value = value
    elif value is UNKNOWN:
        out.string_value = UNKNOWN_TEXT
    elif isinstance(value, dict):
        struct = out.struct_value
        struct.SetInParent()
        for key, item in value.items():
            set_value(struct.fields[key], item, accepts)
    elif isinstance(value, list | tuple):
        items = out.list_value
        items.SetInParent()
        for item in value:
            set_value(items.values.add(), item, accepts)
    else:
        _set_special(out, value, accepts)


def _set_special(out: struct_pb2.Value, value: Any, accepts: Accepts) -> None:
    if isinstance(value, Secret):
        _set_secret(out, value, accepts)
    elif isinstance(value, Asset):
        fields = out.struct_value.fields
        fields[SIGNATURE].string_value = value.signature
        if value.hash:
            fields["hash"].string_value = value.hash
        for key, item in value.source.items() if accepts.contents else ():
            set_value(fields[key], item, accepts)
    elif isinstance(value, ResourceReference):
        _set_reference(out, value, accepts)
    elif isinstance(value, OutputValue):
        _set_output(out, value, accepts)
    else:
        raise TypeError(f"a property value cannot be a {type(value).__name__}")


def _set_secret(out: struct_pb2.Value, secret: Secret, accepts: Accepts) -> None:
    if not accepts.secrets:
        set_value(out, secret.value, accepts)
        return
    fields = out.struct_value.fields
    fields[SIGNATURE].string_value = SECRET_SIGNATURE
    set_value(fields["value"], secret.value, accepts)


def _set_reference(out: struct_pb2.Value, reference: ResourceReference, accepts: Accepts) -> None:
    if not accepts.references:
        set_value(out, reference.urn if reference.id is None else reference.id, accepts)
        return
    fields = out.struct_value.fields
    fields[SIGNATURE].string_value = RESOURCE_SIGNATURE
    fields["urn"].string_value = reference.urn
    if reference.id is not None:
        fields["id"].string_value = UNKNOWN_TEXT if reference.id is UNKNOWN else reference.id
    if reference.version:
        fields["packageVersion"].string_value = reference.version


def _set_output(out: struct_pb2.Value, output: OutputValue, accepts: Accepts) -> None:
    if not accepts.outputs:
        set_value(out, without_output_values(output), accepts)
        return
    fields = out.struct_value.fields
    fields[SIGNATURE].string_value = OUTPUT_SIGNATURE
    if output.value is not UNKNOWN:
        set_value(fields["value"], output.value, accepts)
    if output.secret:
        fields["secret"].bool_value = True
    for urn in output.dependencies:
        fields["dependencies"].list_value.values.add().string_value = urn
