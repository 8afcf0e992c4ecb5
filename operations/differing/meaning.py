"""A resource's inputs as what they mean: comparable between environments, and fit to be shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from operations.differing.names import SECRET, SIGNATURE, Names, is_secret
from operations.properties import decoded
from operations.report.redaction import Redaction

ORDERED: Final = frozenset(
    {"command", "entryPoint", "args", "actions", "defaultActions", "metrics", "orderedCacheBehaviors"}
)
"""Lists whose order says something; all others are sets, however a provider numbers them."""
POLICY_LISTS: Final = frozenset({"Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"})
"""Elements of a policy in which one value and a list of it are the same."""
NEVER: Final = frozenset({"tagsAll", "urn", "triggers", "keepers", "description", "alarmDescription"})
"""Properties that say nothing of their own: what makes something run again, and words about the rest."""
PLACES: Final = frozenset({"x", "y", "width", "height"})
"""Of a dashboard's widget: where it is, and how wide, follows from what stands beside it."""
ACCOUNT: Final = re.compile(r"^(?:<account>|\d{12})$")
"""An account's number, alone."""
LABELS: Final = frozenset({"Sid"})
"""Keys of documents that only name."""

Value = Any
"""Plain data: text, numbers, booleans, None, lists and dicts."""


def meaning(names: Names, inputs: Mapping[str, Any]) -> dict[str, Value]:
    """The inputs without secrets, and without what makes the environment itself."""
    hide = Redaction(())
    found = {
        key: _value(names, key, value) for key, value in inputs.items() if not _silent(key, value) and key not in NEVER
    }
    return {key: hide.value(key, value) for key, value in found.items()}


def _silent(key: str, value: Any) -> bool:
    return key.startswith("__") or value is None


def _value(names: Names, key: str, value: Any) -> Value:
    if is_secret(value):
        return SECRET
    if isinstance(value, Mapping):
        if SIGNATURE in value:
            return _asset(value)
        silent = PLACES if {"type", "width", "height"} <= value.keys() else frozenset()
        return {
            _key(names, str(name)): _value(names, str(name), one)
            for name, one in value.items()
            if not _silent(str(name), one) and name not in silent
        }
    if isinstance(value, list):
        return _list(key, [_value(names, key, one) for one in value])
    if isinstance(value, str):
        document = decoded(value)
        if document is not value:
            return _document(names, key, document)
        return names.text(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _key(names: Names, key: str) -> str:
    """A key that is a name, `headroom/dev/keys/web`; a plain word is the property's own, such as `staging`."""
    return key if key.isidentifier() else names.text(key)


def _document(names: Names, key: str, document: Any) -> Value:
    """A policy, or other JSON in a text, as the data that it is."""
    found = _value(names, key, document)
    return _policy(found) if isinstance(found, dict) and "Statement" in found else found


def _policy(document: dict[str, Any]) -> Value:
    """With one value and a list of it alike, actions whatever their case, and without the statements' names."""
    statements = document["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    return {**document, "Statement": _list("Statement", [_statement(one) for one in listed])}


def _statement(value: Any) -> Value:
    if isinstance(value, Mapping):
        return {key: _element(key, one) for key, one in value.items() if key not in LABELS}
    return value


def _element(key: str, value: Any) -> Value:
    if key == "Condition" and isinstance(value, Mapping):
        return {
            operator: {name: _list(name, _listed(one)) for name, one in keys.items()}
            if isinstance(keys, dict)
            else keys
            for operator, keys in value.items()
        }
    if key in ("Principal", "NotPrincipal"):
        return _principals(value)
    return _list(key, _listed(value)) if key in POLICY_LISTS else value


def _principals(value: Any) -> Value:
    """Each kind with a list, also of one; an account by its ARN, also where its number alone stands there."""
    if not isinstance(value, dict):
        return {"AWS": ["*"]} if value == "*" else value
    return {
        kind: _list(kind, [ACCOUNT.sub(r"arn:aws:iam::\g<0>:root", one) if isinstance(one, str) else one
                           for one in _listed(whom)])
        for kind, whom in value.items()
    }  # fmt: skip


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _list(key: str, values: list[Any]) -> list[Any]:
    return values if key in ORDERED else sorted(values, key=canonical)


def canonical(value: Any) -> str:
    """A text that is equal for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _asset(value: Mapping[str, Any]) -> Value:
    """Files that are a part of the program, by the digest of what is in them."""
    digest = value.get("hash")
    return f"files {str(digest)[:12]}" if digest else "files"
