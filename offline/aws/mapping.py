"""Which call of a resource type carries which property, and the requests that come of it."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import connection, paths, schema, shapes
from offline.aws.model import Call, ResourceType, Scope
from offline.aws.values import Properties, Unknown, has_unknown

NEVER_SENT = frozenset({"region", "tagsAll"})


@functools.cache
def sdk(kind: ResourceType) -> schema.Schema:
    """The SDK's view of the type."""
    found = schema.of(kind.token)
    if found is None:
        raise RuntimeError(f"the installed pulumi_aws has no {kind.token}, which the offline provider describes")
    return found


@functools.cache
def carried(kind: ResourceType, call: Call) -> Mapping[str, Mapping[str, str]]:
    """Property to {"" or the nested name: AWS's path}, for everything that the call carries."""
    shape = connection.input_shape(kind.service, call.operation)
    found: dict[str, dict[str, str]] = {}
    for name, path in call.names.items():
        outer, _, nested = name.partition(".")
        found.setdefault(outer, {})[nested] = path
    for name in sdk(kind).inputs:
        if name in found or name in NEVER_SENT or name in kind.local or name in call.skip:
            continue
        if call.only is not None and name not in call.only:
            continue
        member = shapes.member_of(shape, name, kind.members) if shape is not None else None
        if member is not None and member not in call.params:
            found[name] = {"": member}
        elif call.only is not None:
            raise KeyError(f"{kind.token}: {call.operation} has no member for {name}")
    return found


def applicable(calls: tuple[Call, ...], scope: Scope) -> Iterator[Call]:
    """The calls that these properties ask for."""
    return (call for call in calls if call.when is None or call.when(scope))


def unmapped(kind: ResourceType, inputs: Properties, scope: Scope) -> list[str]:
    """Inputs that no call of the create carries."""
    taken = set(kind.local) | NEVER_SENT
    if kind.tagging or _sends_tags(kind):
        taken.add("tags")
    if kind.autoname:
        taken.add(kind.autoname.prefix_property)
    for call in applicable(kind.create, scope):
        taken |= set(carried(kind, call))
    return sorted(name for name, value in inputs.items() if value is not None and name not in taken)


def _sends_tags(kind: ResourceType) -> bool:
    return any("$tags" in str(call.params) for call in kind.create)


def updatable(kind: ResourceType, scope: Scope) -> set[str]:
    """Inputs that some call of the update carries."""
    names: set[str] = {"tags"} if kind.tagging else set()
    for call in applicable(kind.update, scope):
        names |= set(carried(kind, call))
    return names


def requests(
    kind: ResourceType, call: Call, scope: Scope, inputs: Properties, preview: bool = False
) -> Iterator[dict[str, Any]]:
    """The parameters of each request of the call, for these inputs. Raises MappingError."""
    base = paths.fill(call.params, scope)
    shape = connection.input_shape(kind.service, call.operation)
    for name, targets in carried(kind, call).items():
        value = inputs.get(name)
        if value is None:
            continue
        for path, leaf, label in _leaves(name, targets, value):
            if path:
                paths.put(base, path, shapes.encode(leaf, shapes.shape_at(shape, path), label, kind.members))
    if preview:
        base = _without_unknowns(base)
    if call.each is None:
        yield base
        return
    for extra in call.each(scope):
        yield {**base, **(_without_unknowns(extra) if preview else extra)}


def _leaves(name: str, targets: Mapping[str, str], value: Any) -> Iterator[tuple[str, Any, str]]:
    """(AWS's path, value, the property's own path) of a property, taken apart where its table does so."""
    if "" in targets:
        yield targets[""], value, name
    nested = {inner: path for inner, path in targets.items() if inner}
    if not nested or isinstance(value, Unknown):
        return
    block = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(block, Mapping):
        raise shapes.MappingError(name, f"takes a block, not {shapes.kind_of(value)}")
    for inner, leaf in block.items():
        if leaf is None or inner.startswith("__"):
            continue
        if inner not in nested:
            if "" in targets:
                continue
            raise shapes.MappingError(f"{name}.{inner}", "is not mapped by the offline provider")
        yield nested[inner], leaf, f"{name}.{inner}"


def _without_unknowns(value: Any) -> Any:
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, Mapping):
        return {name: _without_unknowns(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_unknowns(item) for item in value]
    return value


def expected(kind: ResourceType, name: str, value: Any, scope: Scope) -> list[tuple[str, str, Any]]:
    """How AWS was told a property: (nested name, path, AWS's value) of each part."""
    for call in applicable(kind.create, scope):
        targets = carried(kind, call).get(name)
        if targets and any(targets.values()):
            shape = connection.input_shape(kind.service, call.operation)
            return [
                (label.partition(".")[2], path, shapes.encode(leaf, shapes.shape_at(shape, path), label, kind.members))
                for path, leaf, label in _leaves(name, targets, value)
                if path
            ]
    return []


def scope_of(kind: ResourceType, properties: Properties, context: Mapping[str, Any]) -> dict[str, Any]:
    """What templates see: the properties, the context, and tags as AWS's list."""
    scope = {name: value for name, value in properties.items() if value is not None}
    scope.update(context)
    if "|" in str(scope.get("id", "")):
        scope["version"] = str(scope["id"]).rpartition("|")[2]
    tags = scope.get("tags")
    if isinstance(tags, Mapping) and tags:
        scope["tags_list"] = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    return scope


def problems(kind: ResourceType, inputs: Properties, context: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(property, what is wrong) of a create with these inputs, as far as botocore's model tells without sending."""
    scope = scope_of(kind, inputs, {**context, "id": "unknown"})
    found = [
        (
            name,
            f"{kind.token} does not map {name!r}: leave it out offline, "
            "or add it to the type's table in offline/aws/types",
        )
        for name in unmapped(kind, inputs, scope)
    ]
    if found:
        return found
    for index, call in enumerate(applicable(kind.create, scope)):
        try:
            for params in requests(kind, call, scope, inputs, preview=True):
                if index == 0 and not has_unknown(params):
                    report = connection.validate(kind.service, call.operation, params)
                    if report:
                        found.append(("", f"{call.operation}: {report}"))
        except shapes.MappingError as error:
            found.append((error.path, f"{error.path} {error.reason}"))
    return found
