"""Whether two values mean the same to AWS though they are written otherwise. A doubt is a no."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from operations.properties import MISSING, SECRET, decoded

_ROOT = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):root")
_LISTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")

EMPTY: tuple[Any, ...] = (None, "", [], {})
"""What AWS and its provider write for nothing, by turns."""


def is_nothing(value: Any) -> bool:
    """Whether a value is absent or empty; `false` and 0 are values."""
    return value is MISSING or any(type(value) is type(one) and value == one for one in EMPTY)


def same_members(one: Any, other: Any) -> bool:
    """Whether two lists hold the same, as often, in whatever order."""
    if not (isinstance(one, list) and isinstance(other, list)) or len(one) != len(other) or _hides(one, other):
        return False
    return sorted(map(_key, one)) == sorted(map(_key, other))


def same_json(one: Any, other: Any) -> bool:
    """Whether two texts hold the same JSON document, however it is laid out."""
    before, after = decoded(one), decoded(other)
    if before is one or after is other or _hides(before, after):  # the former is text that is no document
        return False
    return _key(before) == _key(after)


def same_policy(one: Any, other: Any) -> bool:
    """Whether two IAM documents allow and deny the same, whatever the order and the form of single values.

    Ids of statements say nothing; versions do: the older one knows no variables.
    """
    before, after = decoded(one), decoded(other)
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)) or _hides(before, after):
        return False
    return bool(_policy(before) == _policy(after))


def same_containers(one: Any, other: Any) -> bool:
    """Whether two container definitions run the same: AWS orders variables its own way and fills in defaults."""
    before, after = decoded(one), decoded(other)
    if not (isinstance(before, list) and isinstance(after, list)):
        return False
    if not all(isinstance(container, Mapping) for container in (*before, *after)):
        return False
    return same_members(list(map(_container, before)), list(map(_container, after)))


def is_newer_minor(asked: Any, found: Any, major: int) -> bool:
    """Whether a version is the asked one or a later one of the same major version, of so many numbers.

    A version of fewer numbers stands for all that begin with it: `17` for `17.4`.
    """
    before, after = _version(asked), _version(found)
    if not before or not after:
        return False
    return before[:major] == after[:major] and after >= before[: len(after)]


def numbers_of_major(engine: Any) -> int:
    """How many numbers of a version name its major one: 8.0 and 8.4 are two of MySQL's."""
    return 2 if "mysql" in str(engine) or "mariadb" in str(engine) else 1


def has_grown(asked: Any, found: Any, most: Any) -> bool:
    """Whether storage is larger than asked for, and within what it may grow to by itself."""
    first, now, limit = map(number, (asked, found, most))
    return first is not None and now is not None and limit is not None and first < now <= limit


def number(value: Any) -> float | None:
    """A number, or nothing."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _version(value: Any) -> list[int]:
    if not isinstance(value, str) or not re.match(r"\d", value):
        return []
    return [int(number) for number in re.findall(r"\d+", value)]


def _hides(*values: Any) -> bool:
    """Whether a secret is masked in them: two masks may hide different values."""
    return any(SECRET in _key(value) for value in values)


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _policy(document: Mapping[str, Any]) -> Any:
    statements = document.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    rest = {key: value for key, value in document.items() if key not in ("Statement", "Id")}
    return rest, sorted(_key(_statement(one)) for one in statements)


def _statement(statement: Any) -> Any:
    if not isinstance(statement, Mapping):
        return statement
    found: dict[str, Any] = {}
    for key, value in statement.items():
        if key in _LISTS:
            found[key] = sorted({one.lower() if "Action" in key else one for one in map(str, _listed(value))})
        elif key in _PRINCIPALS:
            found[key] = _principals(value)
        elif key == "Condition" and isinstance(value, Mapping):
            found[key] = {
                operator: {name.lower(): sorted(map(_plain, _listed(given))) for name, given in keys.items()}
                for operator, keys in value.items()
                if isinstance(keys, Mapping)
            }
        elif key != "Sid":
            found[key] = value
    return found


def _principals(value: Any) -> Any:
    if value == "*":
        return {"AWS": ["*"]}
    if not isinstance(value, Mapping):
        return value
    return {kind: sorted(map(_account, _listed(given))) for kind, given in value.items()}


def _account(principal: Any) -> str:
    """AWS writes an account's number as the ARN of its root."""
    found = _ROOT.fullmatch(str(principal))
    return found[1] if found else str(principal)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    filled = {"cpu": 0, "essential": True, **container}
    found = {key: value for key, value in filled.items() if not is_nothing(value)}
    for key in ("environment", "secrets"):
        if isinstance(found.get(key), list):
            found[key] = sorted(found[key], key=_key)
    if isinstance(found.get("portMappings"), list):
        found["portMappings"] = sorted(map(_port, found["portMappings"]), key=_key)
    return found


def _port(mapping: Any) -> Any:
    if not isinstance(mapping, Mapping):
        return mapping
    return {"protocol": "tcp", "hostPort": mapping.get("containerPort"), **mapping}
