"""Turns what is wrong with settings into lines for people: key, value, what is allowed.

Values under `secrets` and `environment`, and values of keys that are no setting, are never repeated: somebody may
have put a secret there by mistake.
"""

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

PROJECT = "headroom"
REGION_KEY = "aws:region"
PRIVATE = ("secrets", "environment")
"""Maps of a service whose values are never shown."""
LONGEST_VALUE = 80
PLAIN_KEY = re.compile(r"^[A-Za-z0-9_:-]+$")

Path = tuple[str | int, ...]
"""Where a value stands: `("services", "api", "port")`; a whole key outside the project is one element."""


@dataclass(frozen=True)
class Finding:
    """One mistake."""

    path: Path
    """Where it is."""
    says: str
    """What is wrong, as the rest of a sentence that starts with the key."""


def key_of(path: Path) -> str:
    """`headroom:services.api.paths[0]`, as `pulumi config set --path` takes it."""
    text = ""
    for part in path:
        if isinstance(part, str) and PLAIN_KEY.match(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text if ":" in str(path[0]) else f"{PROJECT}:{text}"


def render(findings: Iterable[Finding], file: str) -> str:
    """A line for each mistake, in the order of the keys, once each."""
    return "\n".join(sorted({f"{file}: {key_of(finding.path)} {finding.says}" for finding in findings}))


def show(path: Path, value: object) -> str:
    """A value as it may be shown: like in YAML, not too long, and nothing that may be a secret."""
    if path[0] == "services" and any(part in PRIVATE for part in path[2:]):
        return "is set to something else"
    if isinstance(value, Mapping):
        return "is a group of keys"
    if isinstance(value, tuple) and any(isinstance(item, tuple | Mapping) for item in value):
        return "is a list of lists or groups"
    text = json.dumps(value, default=str)
    return f"is {text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + '...'}"


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean x?)`, or nothing if no known word is near."""
    near = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.7)
    return f" (did you mean {near[0]}?)" if near else ""


def to_config(content: object) -> tuple[dict[str, str], set[str]]:
    """The `config` of a stack file as the engine passes it: full keys with text, and the keys that hold a secret.

    Raises ValueError or RecursionError if something contains itself.
    """
    config: dict[str, str] = {}
    secret: set[str] = set()
    for key, value in content.items() if isinstance(content, Mapping) else ():
        full = str(key) if ":" in str(key) else f"{PROJECT}:{key}"
        if holds_secret(value):
            secret.add(full)
        config[full] = value if isinstance(value, str) else json.dumps(with_text_keys(value), default=str)
    return config, secret


def with_text_keys(value: Any) -> Any:
    """YAML takes anything as a key, config takes text."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


def holds_secret(value: object) -> bool:
    """Whether a value, or something in it, is `secure: <ciphertext>`."""
    if isinstance(value, Mapping):
        return list(value) == ["secure"] or any(map(holds_secret, value.values()))
    return isinstance(value, list) and any(map(holds_secret, value))


def decode(
    config: Mapping[str, str], secret_keys: Collection[str], model: type[BaseModel]
) -> tuple[dict[str, Any], list[Finding]]:
    """The values to validate, and the keys that never get that far: secrets, and strangers in AWS's name space."""
    values: dict[str, Any] = {}
    findings: list[Finding] = []
    fields = fields_of(model)
    for key in sorted(config):
        namespace, _, name = key.partition(":")
        if namespace == "aws" and key != REGION_KEY:
            findings.append(Finding((key,), STRANGER))
        if not (namespace == PROJECT or key == REGION_KEY):
            continue
        name = REGION_KEY if key == REGION_KEY else name
        if key in secret_keys:
            findings.append(Finding((name,), SECRET))
        elif name in fields and fields[name].annotation is str:
            values[name] = config[key]
        else:
            values[name] = parse(config[key])
    return values, findings


STRANGER = (
    "is no setting; the program passes region and account to AWS by itself. Take it out, and choose credentials "
    "by the environment, such as AWS_PROFILE"
)
SECRET = (
    "holds a secret value, and no secret stands in Pulumi config. Take it out, name the variable `external` under "
    "headroom:services.<name>.secrets, and put its value into Secrets Manager"
)


def parse(text: str) -> Any:
    """JSON text as plain data with tuples for lists; text that is no JSON stays text."""
    try:
        return tuples(json.loads(text))
    except (ValueError, RecursionError):
        return text


def tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: tuples(item) for key, item in value.items()}
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def describe(
    error: ValidationError, model: type[BaseModel], words: Mapping[str, str], unread: Collection[Path]
) -> list[Finding]:
    """What pydantic found, in words. `words` explains patterns; keys in `unread` are known to be wrong already."""
    details = [detail for detail in error.errors(include_url=False) if detail["loc"] not in unread]
    inside = {detail["loc"][:-1] for detail in details if isinstance(detail["loc"][-1], int)}
    return [
        Finding(tuple(part for part in detail["loc"] if part != "[key]"), _says(detail, model, words))
        for detail in details
        # A list with a wrong entry counts as too short without it; the entry is the mistake.
        if not (detail["type"] == "too_short" and detail["loc"] in inside)
    ]


def _says(detail: ErrorDetails, model: type[BaseModel], words: Mapping[str, str]) -> str:
    path, kind = detail["loc"], detail["type"]
    if kind == "extra_forbidden":
        known = sorted(_keys_at(model, path[:-1]))
        near = nearest(str(path[-1]), known)
        return f"is no setting{near}" if near else f"is no setting; known here: {', '.join(known)}"
    field = field_at(model, path)
    about = f". {field.description}" if field is not None and field.description else ""
    if kind == "missing":
        return f"is missing{about}"
    if path[-1] == "[key]":
        return f"is no name that can stand here; allowed: {_allowed(detail, field, words)}"
    given = f"is {KINDS[type(detail['input'])]}" if kind in CONTAINERS else show(path, detail["input"])
    return f"{given}; allowed: {_allowed(detail, field, words)}{about}"


KINDS = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    tuple: "a list",
    dict: "a group of keys",
    type(None): "empty",
}
"""What stands where something else should: its value may be anything, so it is not repeated."""
CONTAINERS = {
    "tuple_type": "a list, such as [a, b]",
    "model_type": "keys with values",
    "dict_type": "names with values",
    "mapping_type": "names with values",
}


def _allowed(detail: ErrorDetails, field: FieldInfo | None, words: Mapping[str, str]) -> str:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "literal_error":
        listed = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        if given in listed.split(", "):
            return f"{listed}, without quotes"
        return listed + (nearest(given, listed.split(", ")) if isinstance(given, str) else "")
    if kind == "string_pattern_mismatch":
        return words[str(context["pattern"])]
    if kind in ("int_type", "float_type", "greater_than_equal", "less_than_equal"):
        whole = "" if field is not None and field.annotation in (float, float | None) else "whole "
        return f"a {whole}number{_bounds(field)}"
    if kind == "too_short":
        return f"{context['min_length']} entries at least"
    if kind == "too_long":
        return f"{context['max_length']} entries at most"
    if kind == "string_too_long":
        return f"{context['max_length']} characters at most"
    return {**CONTAINERS, "string_type": "text, in quotes", "bool_type": "true or false"}.get(kind, detail["msg"])


def _bounds(field: FieldInfo | None) -> str:
    metadata: Sequence[Any] = field.metadata if field is not None else ()
    low = next((m.ge for m in metadata if isinstance(m, Ge)), None)
    high = next((m.le for m in metadata if isinstance(m, Le)), None)
    if low is None:
        return ""
    return f", {low} or more" if high is None else f" from {low} to {high}"


def field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """The field that declares the value at `path`. An entry of a map or list is declared by the map's or list's."""
    field, left = None, list(path)
    while left:
        declared = fields_of(model).get(str(left.pop(0)))
        if declared is None:
            break
        field, model = declared, model_in(declared)
        if is_map(field) and left:
            left.pop(0)
    return field


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A model's fields by the key that stands in the stack file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def model_in(field: FieldInfo) -> type[BaseModel]:
    """The model of a section, or of each entry of a map of sections; an empty model for a plain value."""
    for candidate in (field.annotation, *get_args(field.annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return BaseModel


def is_map(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is Mapping


def _keys_at(model: type[BaseModel], path: Path) -> Iterable[str]:
    field = field_at(model, path)
    return fields_of(model if field is None else model_in(field))
