"""Ways to break a stack's resources, and only what is to be broken."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from policies.graph import Graph, Resource
from policies.verdict import Outcome

Where = Callable[[Resource], bool]
Change = Callable[[Graph], Graph]


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One way to break a rule on the resources of the real program."""

    rule: str
    """The one rule that finds it."""
    change: Change
    """Breaks it. Raises LookupError where the stack has nothing to break."""
    compute: str = "ecs"
    """The platform whose resources are broken: ecs or eks."""
    environments: tuple[str, ...] = ("dev", "staging", "prod")
    """Where there is something to break."""
    outcome: Outcome = Outcome.FAIL
    """What the rule says of it."""


def everywhere(_: Resource) -> bool:
    """All resources of a type."""
    return True


def put(token: str, path: str, value: Any, where: Where = everywhere) -> Change:
    """Sets a property, such as `metadata.labels.app` or `rules.0.action`, of the resources of a type."""

    def edit(properties: dict[str, Any]) -> None:
        holder, key = _holder(properties, path)
        holder[key] = value

    return edit_each(token, edit, where)


def drop(token: str, path: str, where: Where = everywhere) -> Change:
    """Removes a property of the resources of a type."""

    def edit(properties: dict[str, Any]) -> None:
        holder, key = _holder(properties, path)
        del holder[key]

    return edit_each(token, edit, where)


def edit_each(token: str, edit: Callable[[dict[str, Any]], None], where: Where = everywhere) -> Change:
    """Changes the properties of the resources of a type in place, on a copy."""

    def changed(resource: Resource) -> Resource:
        properties = copy.deepcopy(dict(resource.properties))
        edit(properties)
        return replace(resource, properties=properties)

    return _some(token, where, lambda resources: [changed(resource) for resource in resources])


def edit_containers(edit: Callable[[dict[str, Any]], object]) -> Change:
    """Changes each container of the task definitions whose JSON text is known before anything exists, in place."""
    token = "aws:ecs/taskDefinition:TaskDefinition"

    def in_text(properties: dict[str, Any]) -> None:
        containers = json.loads(properties["containerDefinitions"])
        for container in containers:
            edit(container)
        properties["containerDefinitions"] = json.dumps(containers)

    return edit_each(token, in_text, lambda task: isinstance(task.properties["containerDefinitions"], str))


def without(token: str, where: Where = everywhere) -> Change:
    """Takes the resources of a type away."""
    return _some(token, where, lambda resources: [])


def with_fields(token: str, where: Where = everywhere, **fields: Any) -> Change:
    """Replaces fields of `Resource` itself, such as `protect` or `depends_on`."""
    return _some(token, where, lambda resources: [replace(resource, **fields) for resource in resources])


def added(token: str, name: str, properties: Mapping[str, Any]) -> Change:
    """One more resource beside the program's own."""

    def change(graph: Graph) -> Graph:
        urn = f"urn:pulumi:test::headroom::{token}::{name}"
        return Graph([*graph.resources, Resource(type=token, name=name, urn=urn, properties=properties)])

    return change


def _some(token: str, where: Where, change: Callable[[list[Resource]], list[Resource]]) -> Change:
    def apply(graph: Graph) -> Graph:
        chosen = [resource for resource in graph.resources if resource.type == token and where(resource)]
        if not chosen:
            raise LookupError(f"the stack has no {token} to break")
        urns = {resource.urn for resource in chosen}
        at = next(index for index, resource in enumerate(graph.resources) if resource.urn in urns)
        kept = [resource for resource in graph.resources if resource.urn not in urns]
        return Graph([*kept[:at], *change(chosen), *kept[at:]])

    return apply


def _holder(properties: dict[str, Any], path: str) -> tuple[Any, Any]:
    *between, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    holder: Any = properties
    for key in between:
        holder = holder[key] if isinstance(key, int) else holder.setdefault(key, {})
    return holder, last
