"""Check: the inputs completed as pulumi-kubernetes completes them, and everything that the schemas refuse of them."""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from offline.aws.values import Properties, Unknown, as_secret, has_unknown, plain, redacted
from offline.kubernetes import rules
from offline.kubernetes.kinds import Kind
from offline.kubernetes.schemas import Schema, find, version

Failures = list[tuple[str, str]]
AUTONAMED = "pulumi.com/autonamed"
SECRET_FIELDS = ("data", "stringData")
HEX_DIGITS = 8
LONGEST_NAME = 253
SHOWN = 60
"""Characters of a value that a message repeats."""


def check(
    kind: Kind, name: str, olds: Properties, news: Properties, namespace: str, seed: bytes = b""
) -> tuple[Properties, Failures]:
    """The completed inputs, and everything that is wrong with them. Raises UnknownKindError."""
    schema = find(kind)
    given = {key: value for key, value in news.items() if value is not None and not key.startswith("__")}
    inputs = completed(schema, name, olds, given, namespace, seed)
    bare = plain(inputs)
    failures = [*violations(schema, bare), *rules.problems(kind, bare)]
    return inputs, [(path, redacted(reason, inputs)) for path, reason in failures]


def completed(
    schema: Schema, name: str, olds: Properties, given: Properties, namespace: str, seed: bytes
) -> Properties:
    """Inputs with apiVersion and kind, a name, a namespace; a Secret's data marked as such; no status."""
    kind = schema.kind
    inputs = {"apiVersion": kind.api_version, "kind": kind.name, **given}
    inputs.pop("status", None)  # a subresource: who declares an object never sets it
    metadata = plain(inputs.get("metadata") or {})
    if isinstance(metadata, Mapping):
        inputs["metadata"] = _metadata(schema, name, plain(olds), dict(metadata), namespace, seed)
    if kind == Kind("v1", "Secret"):
        inputs |= {field: as_secret(inputs[field]) for field in SECRET_FIELDS if field in inputs}
    return inputs


def _metadata(
    schema: Schema, name: str, olds: Mapping[str, Any], metadata: Properties, namespace: str, seed: bytes
) -> Properties:
    if schema.namespaced and metadata.get("namespace") in (None, ""):
        metadata["namespace"] = namespace
    if metadata.get("name") is None and not metadata.get("generateName"):
        before = olds.get("metadata") or {}
        kept = before.get("name") if (before.get("annotations") or {}).get(AUTONAMED) == "true" else None
        metadata["name"] = kept or autoname(name, seed)
        metadata["annotations"] = {**(metadata.get("annotations") or {}), AUTONAMED: "true"}
    return metadata


def autoname(name: str, seed: bytes) -> str:
    """As pulumi-kubernetes names: the logical name, a dash and eight hexadecimal digits."""
    digits = hashlib.sha256(seed).hexdigest() if seed else os.urandom(HEX_DIGITS).hex()
    return f"{name[: LONGEST_NAME - HEX_DIGITS - 1]}-{digits[:HEX_DIGITS]}"


@functools.cache
def _validator(kind: Kind) -> Draft202012Validator:
    schema = find(kind)
    return Draft202012Validator({**schema.contents, "$defs": schema.definitions})


def violations(schema: Schema, bare: Any) -> Iterator[tuple[str, str]]:
    """Each place where an object does not look as its schema says; unknown values are taken as right."""
    subject = f"{schema.kind.name} of Kubernetes {version()}"
    for error in sorted(_validator(schema.kind).iter_errors(bare), key=lambda found: [str(p) for p in found.path]):
        if isinstance(error.instance, Unknown):
            continue
        if error.validator in ("oneOf", "anyOf", "not", "allOf") and has_unknown(error.instance):
            continue
        for path, reason in _explained(error, subject):
            yield path, f"{path or 'the object'} {reason}"


def _explained(error: ValidationError, subject: str) -> Iterator[tuple[str, str]]:
    path = dotted(error.path)
    limit: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = list(schema.get("properties") or ())
        for name in sorted(set(instance) - set(known)):
            near = difflib.get_close_matches(name, known, 1)
            remedy = f"did you mean {near[0]!r}?" if near else f"leave it out; {_place(path)} has {_listed(known)}"
            yield (
                _joined(path, name),
                f"is {_shown(error.instance[name])}: {subject} has no field {name!r} there; {remedy}",
            )
    elif error.validator == "required":
        for name in sorted(set(limit) - set(instance)):
            yield _joined(path, name), f"is missing: {subject} needs it; set it"
    elif error.validator == "type":
        yield path, f"is {_shown(error.instance)}, {_kind_of(error.instance)}: {_takes(schema, subject)}"
    elif error.validator == "oneOf":
        options = {"type": [kind for option in limit for kind in _types(option)]}
        yield path, f"is {_shown(error.instance)}, {_kind_of(error.instance)}: {_takes(options, subject)}"
    elif error.validator == "enum":
        allowed = ", ".join(repr(value) for value in limit)
        yield path, f"is {_shown(error.instance)}: {subject} takes {allowed}; choose one"
    else:
        yield path, f"is {_shown(error.instance)}: {subject} takes {error.validator} {limit} only"


def dotted(parts: Any) -> str:
    """A path as Pulumi writes it: `spec.template.spec.containers[0].image`."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _place(path: str) -> str:
    return path or "the object"


def _listed(names: list[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:8]) + (" and others" if len(shown) > 8 else "") if shown else "no fields"


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map",
    "array": "a list",
}


def _types(schema: Mapping[str, Any]) -> list[str]:
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _takes(schema: Mapping[str, Any], subject: str) -> str:
    words = [_WORDS[kind] for kind in dict.fromkeys(_types(schema)) if kind in _WORDS]
    return f"{subject} takes {' or '.join(words)} there; write {' or '.join(words)}"


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    for kinds, word in ((int, "a whole number"), (float, "a number"), (str, "text"), (Mapping, "a map")):
        if isinstance(value, kinds):
            return word
    return "a list" if isinstance(value, list) else "nothing"
