"""Check: are the inputs what the type takes, and what does the provider add to them: names, defaults, tags."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Mapping
from typing import Any

from offline.aws import mapping
from offline.aws.model import Autoname, ResourceType
from offline.aws.shapes import kind_of
from offline.aws.values import Properties, Secret, Unknown, as_secret, plain, redacted

Failures = list[tuple[str, str]]
HEX_DIGITS = 7


def check(
    kind: ResourceType, name: str, olds: Properties, news: Properties, context: Mapping[str, Any], seed: bytes = b""
) -> tuple[Properties, Failures]:
    """The completed inputs, and everything that is wrong with them."""
    given = {key: value for key, value in news.items() if value is not None and not key.startswith("__")}
    inputs = completed(kind, name, olds, given, context.get("defaultTags") or {}, seed)
    bare = {key: plain(value) for key, value in given.items()}
    failures = _unknown_names(kind, bare) + _missing(kind, bare) + _wrong_kinds(kind, bare) + _combinations(kind, bare)
    if not failures:
        complete = {key: plain(value) for key, value in inputs.items() if not key.startswith("__")}
        rule = kind.autoname
        if rule and rule.prefix_property in complete:
            complete[rule.property] = f"{complete[rule.prefix_property]}0"  # the name itself is made with the resource
        failures = mapping.problems(kind, complete, context)
    return inputs, [(prop, redacted(reason, news)) for prop, reason in failures]


def completed(
    kind: ResourceType, name: str, olds: Properties, given: Properties, default_tags: Mapping[str, str], seed: bytes
) -> Properties:
    """The inputs with names, defaults and default tags; what was added is remembered under `__defaults`."""
    inputs = {key: as_secret(value) if key in _secret_inputs(kind) else value for key, value in given.items()}
    added = []
    if kind.autoname and _is_unnamed(kind.autoname, inputs):
        rule = kind.autoname
        kept = olds.get(rule.property) if rule.property in plain(olds.get("__defaults") or []) else None
        inputs[rule.property] = kept or autoname(rule, name, seed)
        added.append(rule.property)
    for key, value in kind.default.items():
        if key not in inputs and not any(
            key in group and any(other in inputs for other in group) for group in kind.conflicts
        ):
            inputs[key] = value
            added.append(key)
    if mapping.sdk(kind).tagged and default_tags:
        inputs["tags"] = _merged(default_tags, inputs.get("tags"))
    if added:
        inputs["__defaults"] = sorted(added)
    return inputs


def _secret_inputs(kind: ResourceType) -> set[str]:
    return (set(mapping.sdk(kind).secrets) | set(kind.secret)) & set(mapping.sdk(kind).inputs)


def _merged(default_tags: Mapping[str, str], tags: Any) -> Any:
    if isinstance(tags, Unknown):
        return tags
    if isinstance(tags, Secret):
        return Secret({**default_tags, **tags.value})
    return {**default_tags, **(tags or {})}


def _is_unnamed(rule: Autoname, inputs: Properties) -> bool:
    return rule.property not in inputs and (not rule.prefix_property or rule.prefix_property not in inputs)


def autoname(rule: Autoname, name: str, seed: bytes) -> str:
    """As pulumi-aws names: the logical name, a dash and seven hexadecimal digits, cut to what the type takes."""
    digits = hashlib.sha256(seed).hexdigest() if seed else os.urandom(HEX_DIGITS).hex()
    room = rule.longest - len(rule.prefix) - len(rule.suffix) - HEX_DIGITS - 1
    base = name[:room].rstrip("-")
    made = f"{rule.prefix}{base}-{digits[:HEX_DIGITS]}{rule.suffix}"
    return made.lower() if rule.lower else made


def prefixed_name(rule: Autoname, prefix: str) -> str:
    """A random name that starts as asked for."""
    room = rule.longest - len(prefix) - len(rule.suffix)
    made = prefix + os.urandom(13).hex()[: max(room, 0)] + rule.suffix
    return made.lower() if rule.lower else made


def _unknown_names(kind: ResourceType, inputs: Properties) -> Failures:
    known = mapping.sdk(kind).inputs
    failures = []
    for name in inputs:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            failures.append(
                (name, f"{kind.token} has no property {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
            )
    return failures


def _missing(kind: ResourceType, inputs: Properties) -> Failures:
    absent = sorted(mapping.sdk(kind).required - set(inputs))
    failures = [(name, f"{kind.token} needs the property {name!r}") for name in absent]
    for group in (*kind.one_of, *kind.at_least_one_of):
        if not any(name in inputs for name in group):
            failures.append((group[0], f"{kind.token} needs one of {_listed(group)}"))
    return failures


def _combinations(kind: ResourceType, inputs: Properties) -> Failures:
    failures = []
    for group in (*kind.conflicts, *kind.one_of):
        present = [name for name in group if name in inputs]
        if len(present) > 1:
            failures.append((present[1], f"{kind.token} takes only one of {_listed(present)}"))
    for name, *needed in kind.together:
        if name in inputs:
            failures += [
                (other, f"{kind.token} needs {other!r} where {name!r} is set")
                for other in needed
                if other not in inputs
            ]
    return failures


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names)


def _wrong_kinds(kind: ResourceType, inputs: Properties) -> Failures:
    schema = mapping.sdk(kind)
    failures = []
    for name, value in inputs.items():
        wanted = schema.inputs.get(name, "any")
        if not fits(value, wanted):
            failures.append((name, f"{kind.token} takes {_WORDS[wanted]} for {name!r}, not {kind_of(value)}"))
    return failures


_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "list": "a list",
    "map": "a map",
    "block": "a block",
}


def fits(value: Any, wanted: str) -> bool:
    """Whether the SDK takes the value for a property of the kind."""
    if isinstance(value, Unknown) or wanted == "any":
        return True
    if wanted == "bool":
        return isinstance(value, bool) or value in ("true", "false")
    if wanted in ("int", "float"):
        return _is_number(value, wanted)
    if wanted == "str":
        return isinstance(value, str | int | float | bool | Mapping)
    if wanted == "list":
        return isinstance(value, list)
    return isinstance(value, Mapping)


def _is_number(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, str):
        digits = value.removeprefix("-")
        return digits.isdigit() or (wanted == "float" and digits.replace(".", "", 1).isdigit())
    return isinstance(value, int) or (isinstance(value, float) and (wanted == "float" or value.is_integer()))
