"""Between Pulumi's property values and AWS's, guided by botocore's shapes.

Regular differences need no table: camelCase, a block where AWS has a structure, one element where AWS has a list, a
map where AWS has a list of keys and values, `Items` with their `Quantity`, numbers as text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from offline.aws import paths
from offline.aws.values import Unknown

PAIR_KEYS = ("Key", "key", "Name", "name", "TagKey", "ParameterName")
PAIR_VALUES = ("Value", "value", "TagValue", "ParameterValue")
PLAIN_BLOBS = frozenset({"FunctionBlob", "SearchString"})
"""Shapes that AWS calls binary and the provider takes as they are read; all others it takes in base64."""


class MappingError(Exception):
    """A property that cannot be expressed to AWS."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


def member_of(shape: Any, name: str, members: Mapping[str, str]) -> str | None:
    """AWS's member for a Pulumi name: same letters whatever their case, singular or plural."""
    renamed = members.get(f"{shape.name}.{name}")
    if renamed:
        return renamed
    by_letters: dict[str, str] = {member.lower(): member for member in shape.members}
    for candidate in variants(name.lower()):
        if candidate in by_letters:
            return by_letters[candidate]
    return None


def variants(name: str) -> list[str]:
    """A name in lower case, in singular and plural."""
    variants = [name, f"{name}s"]
    if name.endswith("ies"):
        variants.append(f"{name[:-3]}y")
    if name.endswith("es"):
        variants.append(name[:-2])
    if name.endswith("s"):
        variants.append(name[:-1])
    if name.endswith("y"):
        variants.append(f"{name[:-1]}ies")
    return variants


def encode(value: Any, shape: Any, path: str, members: Mapping[str, str]) -> Any:
    """The value as AWS takes it. An unknown becomes a stand-in that passes validation: previews check the rest."""
    if isinstance(value, Unknown):
        return placeholder(shape)
    kind = shape.type_name
    if kind == "structure":
        return _structure(value, shape, path, members)
    if kind == "list":
        return _list(value, shape, path, members)
    if kind == "map":
        return _map(value, shape, path, members)
    if kind == "blob" and shape.name in PLAIN_BLOBS and isinstance(value, str):
        return value.encode()
    if kind == "string" and isinstance(value, bool) and {"ENABLED", "DISABLED"} <= set(shape.enum):
        return "ENABLED" if value else "DISABLED"
    return _scalar(value, kind, path)


def _structure(value: Any, shape: Any, path: str, members: Mapping[str, str]) -> Any:
    if isinstance(value, list) and {"Quantity", "Items"} <= set(shape.members):
        return {"Quantity": len(value), "Items": encode(value, shape.members["Items"], path, members)}
    if isinstance(value, list):
        if len(value) != 1:
            raise MappingError(path, f"takes one block, not {len(value)}")
        value = value[0]
    if isinstance(value, str):
        value = _decoded(value, path)
    if not isinstance(value, Mapping):
        raise MappingError(path, f"takes a block, not {kind_of(value)}")
    encoded: dict[str, Any] = {}
    for name, item in value.items():
        if item is None or name.startswith("__"):
            continue
        member = member_of(shape, name, members)
        if member is None:
            raise MappingError(f"{path}.{name}", f"has no place in AWS's {shape.name}")
        paths.put(encoded, member, encode(item, shape_at(shape, member), f"{path}.{name}", members))
    if "Items" in encoded and "Quantity" in shape.members:
        encoded.setdefault("Quantity", len(encoded["Items"]))
    return encoded


def shape_at(shape: Any, path: str) -> Any:
    """The shape of a member, or of one inside it."""
    for step in paths.steps(path):
        if shape.type_name == "map":
            shape = shape.value
        else:
            shape = shape.member if isinstance(step, int) else shape.members[step]
    return shape


def _list(value: Any, shape: Any, path: str, members: Mapping[str, str]) -> list[Any]:
    if isinstance(value, Mapping):
        pair = pair_members(shape.member)
        if pair and not value:
            return []
        if pair and not set(value) <= {name.lower() for name in shape.member.members}:
            return [
                {pair[0]: name, pair[1]: encode(item, shape.member.members[pair[1]], f"{path}.{name}", members)}
                for name, item in sorted(value.items())
            ]
        value = [value]
    elif isinstance(value, str) and shape.member.type_name == "structure":
        value = _decoded(value, path)
    if not isinstance(value, list):
        if shape.member.type_name != "string" or not isinstance(value, str):
            raise MappingError(path, f"takes a list, not {kind_of(value)}")
        value = [value]
    return [encode(item, shape.member, f"{path}[{index}]", members) for index, item in enumerate(value)]


def _decoded(text: str, path: str) -> Any:
    """AWS wants a structure where Pulumi has its JSON text, such as containerDefinitions."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise MappingError(path, "is not JSON") from error


def pair_members(shape: Any) -> tuple[str, str] | None:
    """The members that hold key and value, if the structure is such a pair."""
    if shape.type_name != "structure":
        return None
    key = next((name for name in PAIR_KEYS if name in shape.members), None)
    value = next((name for name in PAIR_VALUES if name in shape.members), None)
    return (key, value) if key and value else None


def _map(value: Any, shape: Any, path: str, members: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise MappingError(path, f"takes a map, not {kind_of(value)}")
    return {name: encode(item, shape.value, f"{path}.{name}", members) for name, item in value.items()}


def _scalar(value: Any, kind: str, path: str) -> Any:
    if kind == "boolean":
        return _boolean(value, path)
    if kind in ("integer", "long"):
        return _integer(value, path)
    if kind in ("float", "double"):
        return _number(value, path)
    if kind == "blob":
        return base64.b64decode(value) if isinstance(value, str) else value
    if isinstance(value, Mapping | list) and kind == "string":
        return json.dumps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise MappingError(path, f"takes text, not {kind_of(value)}")


def _boolean(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise MappingError(path, f"takes true or false, not {kind_of(value)}")


def _integer(value: Any, path: str) -> int:
    if isinstance(value, bool):
        raise MappingError(path, "takes a whole number, not true or false")
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    if isinstance(value, str) and value.removeprefix("-").isdigit():
        return int(value)
    raise MappingError(path, f"takes a whole number, not {kind_of(value)}")


def _number(value: Any, path: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise MappingError(path, f"takes a number, not {kind_of(value)}") from error


def kind_of(value: Any) -> str:
    """A value's kind in the words of a message; never the value itself, which may be secret."""
    if isinstance(value, bool):
        return "true or false"
    for kinds, word in (((int, float), "a number"), ((str,), "text"), ((list,), "a list"), ((Mapping,), "a map")):
        if isinstance(value, kinds):
            return word
    return "nothing"


def placeholder(shape: Any) -> Any:
    """Something that botocore accepts in place of a value that is not known yet."""
    kind = shape.type_name
    least = int(shape.metadata.get("min", 1) or 1)
    if kind == "structure":
        return {name: placeholder(shape.members[name]) for name in shape.required_members}
    if kind == "list":
        return [placeholder(shape.member)] * least
    if kind == "map":
        return {}
    if kind == "string":
        return shape.enum[0] if shape.enum else "unknown".ljust(least, "-")[: shape.metadata.get("max", 10_000)]
    simple = {"boolean": True, "blob": b"unknown", "timestamp": "2020-01-01T00:00:00Z"}
    return simple.get(kind, least)


def decode(value: Any, template: Any = None) -> Any:
    """AWS's value in Pulumi's form, shaped like the template where there is one."""
    if isinstance(value, Mapping):
        known = {name.lower(): name for name in template} if isinstance(template, Mapping) else {}
        names = {name: known.get(name.lower(), lower_first(name)) for name in value}
        return {
            names[name]: decode(item, template.get(names[name]) if isinstance(template, Mapping) else None)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        if isinstance(template, Mapping) and value and all(_is_pair(item) for item in value):
            return pairs(value)
        if isinstance(template, Mapping):
            return decode(value[0], template) if value else None
        if template is not None and not isinstance(template, list):
            return decode(value[0], template) if value else None
        inner = template[0] if isinstance(template, list) and template else None
        return [decode(item, inner) for item in value]
    if isinstance(value, bytes) and isinstance(template, str) and value == template.encode():
        return template
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(template, str) and isinstance(value, int | float):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _is_pair(item: Any) -> bool:
    return isinstance(item, Mapping) and len(item) == 2 and any(key in item for key in PAIR_KEYS)


def pairs(items: Any) -> dict[str, str]:
    """A list of keys and values, or a map, as a map."""
    if isinstance(items, Mapping):
        return dict(items)
    found = {}
    for item in items or []:
        key = next(item[name] for name in PAIR_KEYS if name in item)
        found[key] = next((item[name] for name in PAIR_VALUES if name in item), "")
    return found


def lower_first(name: str) -> str:
    """AWS's name in camelCase: `VpcId` to vpcId, `ARN` to arn, `DBName` to dbName."""
    run = len(name) - len(name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
    if run == len(name):
        return name.lower()
    return name[: max(1, run - 1)].lower() + name[max(1, run - 1) :]


def covers(expected: Any, actual: Any) -> bool:
    """Whether AWS's answer says what was sent; it may say more. Lists are compared as sets."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return all(name in actual and covers(item, actual[name]) for name, item in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and _covers_lists(expected, list(actual))
    if isinstance(expected, bool) or isinstance(actual, bool):
        return str(expected).lower() == str(actual).lower()
    if isinstance(expected, int | float) or isinstance(actual, int | float):
        return _same_number(expected, actual)
    return same_text(expected, actual)


def _covers_lists(expected: list[Any], actual: list[Any]) -> bool:
    for item in expected:
        index = next((i for i, other in enumerate(actual) if covers(item, other)), None)
        if index is None:
            return False
        del actual[index]
    return True


def _same_number(one: Any, other: Any) -> bool:
    try:
        return float(one) == float(other)
    except (TypeError, ValueError):
        return False


def same_text(one: Any, other: Any) -> bool:
    """Equal, or JSON documents that mean the same."""
    if one == other:
        return True
    return isinstance(one, str | Mapping) and same_document(one, other)


def same_document(one: Any, other: Any) -> bool:
    """Whether two JSON documents mean the same: order of keys, and one element for a list of one, do not matter."""
    try:
        return bool(_canonical(_parsed(one)) == _canonical(_parsed(other)))
    except (TypeError, ValueError):
        return False


def _parsed(text: Any) -> Any:
    if isinstance(text, Mapping):
        return text
    if not isinstance(text, str) or text.lstrip()[:1] not in ("{", "["):
        raise ValueError("not a document")
    return json.loads(text)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        if len(value) == 1:
            return _canonical(value[0])
        return sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
