"""What AWS answers, as Pulumi's properties: outputs, drift of inputs, and the inputs of an imported resource."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from offline.aws import mapping, paths, shapes
from offline.aws.checks import fits
from offline.aws.model import ResourceType, Scope
from offline.aws.values import Properties, Secret, as_secret, plain


def predicted(kind: ResourceType, scope: Scope) -> Properties:
    """Outputs that follow from the inputs, as far as those are known."""
    found = {
        name: rule(scope) if callable(rule) else paths.formatted(rule, scope) for name, rule in kind.predicted.items()
    }
    return {name: value for name, value in found.items() if value is not paths.MISSING}


def from_item(kind: ResourceType, item: Mapping[str, Any], scope: Scope, given: Collection[str] = ()) -> Properties:
    """Every output that AWS's answer holds; an input that was given stands as it is."""
    schema = mapping.sdk(kind)
    found: Properties = {}
    for name in sorted(schema.outputs):
        if name in mapping.NEVER_SENT or name == "tags" or (name in kind.hidden and name not in kind.outputs):
            continue
        value = _output(kind, name, item, scope, given)
        if value is not paths.MISSING and value is not None:
            found[name] = value
    return found


def _output(kind: ResourceType, name: str, item: Mapping[str, Any], scope: Scope, given: Collection[str]) -> Any:
    rule = kind.outputs.get(name)
    if callable(rule):
        return rule({**scope, "item": item})
    if rule is not None and "{" in rule:
        return paths.formatted(rule, {**scope, "item": item})
    if rule is not None:
        value = paths.get(item, rule)
        return value if value is paths.MISSING else shapes.decode(value)
    if name in given:
        return paths.MISSING
    wanted = mapping.sdk(kind).outputs[name]
    actual = _simple(_actual(kind, name, "", _sent_path(kind, name, scope), item, scope))
    if wanted == "bool" and actual in ("true", "false"):
        return actual == "true"
    if wanted == "int" and isinstance(actual, str) and actual.isdigit():
        return int(actual)
    return actual if fits(actual, wanted) else paths.MISSING


def _simple(value: Any) -> Any:
    """Text, numbers and lists of text; other shapes need an entry in the table."""
    if isinstance(value, str | int | float | bool):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return value
    return paths.MISSING


def _sent_path(kind: ResourceType, name: str, scope: Scope) -> str:
    for call in mapping.applicable(kind.create, scope):
        path = mapping.carried(kind, call).get(name, {}).get("")
        if path:
            return path
    return ""


def _actual(kind: ResourceType, name: str, nested: str, path: str, item: Mapping[str, Any], scope: Scope) -> Any:
    """What AWS says of a property, in AWS's form (a table's function answers in Pulumi's)."""
    label = f"{name}.{nested}" if nested else name
    rule = kind.reads.get(label)
    if callable(rule):
        return rule({**scope, "item": item})
    if rule is not None:
        return paths.get(item, rule)
    value = paths.get(item, path) if path else paths.MISSING
    if value is not paths.MISSING:
        return value
    by_letters = {member.lower(): member for member in item}
    for candidate in shapes.variants((nested or name).lower()):
        if candidate in by_letters:
            return item[by_letters[candidate]]
    return paths.MISSING


def drifted(
    kind: ResourceType, inputs: Properties, item: Mapping[str, Any], tags: dict[str, str] | None, scope: Scope
) -> Properties:
    """The inputs with what AWS has otherwise; what AWS or the emulator does not report stays as it is."""
    current: Properties = {}
    for name, value in inputs.items():
        if name == "tags":
            if tags is None or "tags" in kind.lost or tags == plain(value):
                current[name] = value
            elif tags:
                current[name] = Secret(tags) if isinstance(value, Secret) else tags
        elif name.startswith("__") or name in _unread(kind):
            current[name] = value
        else:
            actual = _current(kind, name, value, item, scope)
            if actual is not None:
                current[name] = actual
    if tags and "tags" not in inputs and "tags" not in kind.lost:
        current["tags"] = tags
    return current


def _unread(kind: ResourceType) -> set[str]:
    prefix = {kind.autoname.prefix_property} if kind.autoname else set()
    return {"region", *kind.lost, *kind.hidden, *kind.local, *prefix}


def _current(kind: ResourceType, name: str, value: Any, item: Mapping[str, Any], scope: Scope) -> Any:
    bare = plain(value)
    if callable(kind.reads.get(name)):
        actual = kind.reads[name]({**scope, "item": item})  # type: ignore[operator]
        if actual is not paths.MISSING and _same(bare, actual):
            return value
        return None if actual is paths.MISSING else _as_given(value, actual)
    parts = mapping.expected(kind, name, bare, scope)
    found = {nested: (wanted, _actual(kind, name, nested, path, item, scope)) for nested, path, wanted in parts}
    skipped = {nested for nested in found if f"{name}.{nested}" in kind.lost}
    differing = {
        nested: actual
        for nested, (wanted, actual) in found.items()
        if nested not in skipped and not _same(wanted, actual)
    }
    if not parts or not differing:
        return value
    if "" in differing:
        actual = differing[""]
        return None if actual is paths.MISSING else _as_given(value, shapes.decode(actual, bare))
    changed = {
        nested: shapes.decode(actual, bare.get(nested))
        for nested, actual in differing.items()
        if actual is not paths.MISSING
    }
    kept = {nested: entry for nested, entry in bare.items() if nested not in differing}
    return _as_given(value, {**kept, **changed})


def _same(wanted: Any, actual: Any) -> bool:
    if actual is paths.MISSING or actual is None:
        return wanted is None or wanted is False or wanted in ("", [], {})
    return shapes.covers(wanted, actual)


def _as_given(value: Any, actual: Any) -> Any:
    return Secret(actual) if isinstance(value, Secret) else actual


def imported(kind: ResourceType, item: Mapping[str, Any], tags: dict[str, str] | None, scope: Scope) -> Properties:
    """The inputs of a resource of which only the id was known."""
    inputs: Properties = {}
    schema = mapping.sdk(kind)
    for name in schema.inputs:
        if name == "tags" or name in _unread(kind):
            continue
        rule = kind.reads.get(name)
        if callable(rule):
            value = rule({**scope, "item": item})
        else:
            value = _actual(kind, name, "", _sent_path(kind, name, scope), item, scope)
            value = value if value is paths.MISSING else shapes.decode(value)
        if value is not paths.MISSING and value is not None and value not in ("", [], {}):
            inputs[name] = as_secret(value) if name in kind.secret else value
    if tags:
        inputs["tags"] = tags
    return inputs


def with_secrets(kind: ResourceType, properties: Properties) -> Properties:
    """Marked what the SDK or the table calls secret."""
    names = set(mapping.sdk(kind).secrets) | set(kind.secret)
    return {name: as_secret(value) if name in names else value for name, value in properties.items()}
