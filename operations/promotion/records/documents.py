"""What is kept of releases, as JSON: written one way, and read so that nothing but what was written passes."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from operations.promotion.model import Holder, Outcome, Position, Release

VERSION = 1
"""Form of the objects. A program reads its own and refuses later ones."""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Who works on an environment now, and where its release stands: the one object that changes."""

    write: str
    """Random, another one with every write: else two equal contents would have one ETag."""
    holder: Holder | None = None
    """None while nobody does."""
    life: str = ""
    """Of the holder's process: machine and start."""
    since: datetime.datetime | None = None
    """When the holder began, by S3's clock."""
    position: Position | None = None
    """What is under way, or was interrupted; None after a release's end."""


T = TypeVar("T")
"""Release, Outcome or Slot."""


class WrongDocumentError(ValueError):
    """A text is not what was written; says what is wrong with it, and none of its values."""


def written(value: object) -> str:
    """A release, an outcome or a slot as it is kept; equal values give equal texts."""
    content = _adapter(type(value)).dump_python(value, mode="json")
    return json.dumps({"version": VERSION, _name(type(value)): content}, indent=1, sort_keys=True) + "\n"


def read(kind: type[T], text: bytes) -> T:
    """What `written` wrote. Raises WrongDocumentError."""
    content = _content(_name(kind), text)
    try:
        # From JSON, not from objects: there a time is a text, and a strict reader takes it.
        value = _adapter(kind).validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, (_name(kind), *first["loc"])))
        raise WrongDocumentError(f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}") from error
    beside = _beside(content, _adapter(kind).dump_python(value, mode="json"), _name(kind))
    if beside:
        raise WrongDocumentError(f"{beside} is nothing that this version knows")
    return kind(**_fields(value, _name(kind)))


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return _adapters()[kind]


@functools.cache
def _adapters() -> Mapping[type[Any], TypeAdapter[Any]]:
    return {kind: TypeAdapter(kind) for kind in (Release, Outcome, Slot)}


def _name(kind: type[Any]) -> str:
    return kind.__name__.lower()


def _content(name: str, text: bytes) -> Any:
    """What the envelope holds."""
    if not text.strip():
        raise WrongDocumentError("it is empty")
    try:
        envelope = json.loads(text)
    except ValueError as error:
        raise WrongDocumentError(f"it is cut short, or no JSON: {error}") from error
    version = envelope.get("version") if isinstance(envelope, dict) else None
    if type(version) is not int or version < 1:
        raise WrongDocumentError("it tells no version")
    if version > VERSION:
        raise WrongDocumentError(
            f"a later version of Headroom wrote it (form {version}; this one reads {VERSION}): upgrade"
        )
    if set(envelope) != {"version", name}:
        raise WrongDocumentError(f"it holds something other than a version and one {name}")
    return envelope[name]


def _beside(content: Any, known: Any, place: str) -> str:
    """The place of a key that was given and is not known; empty where there is none."""
    if isinstance(content, Mapping) and isinstance(known, Mapping):
        for key, value in content.items():
            found = f"{place}.{key}" if key not in known else _beside(value, known[key], f"{place}.{key}")
            if found:
                return found
    return ""


def _settled(value: Any, place: str) -> Any:
    """With tuples for lists, so that what is read equals what was written; times without a zone are refused."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **_fields(value, place))
    if isinstance(value, datetime.datetime) and value.tzinfo is None:
        raise WrongDocumentError(f"{place}: the time has no zone")
    return tuple(value) if isinstance(value, list) else value


def _fields(value: Any, place: str) -> dict[str, Any]:
    return {
        field.name: _settled(getattr(value, field.name), f"{place}.{field.name}") for field in dataclasses.fields(value)
    }
