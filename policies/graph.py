"""A stack's resources as plain data, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from policies.verdict import UNKNOWN, Properties, lookup


@dataclass(frozen=True)
class Resource:
    """One resource, as a rule sees it."""

    type: str
    """Type token in its one spelling (`tokens.canonical`), such as `aws:rds/instance:Instance`."""
    name: str
    """Logical name."""
    urn: str
    """Pulumi's identity of it."""
    properties: Properties
    """Inputs where it is checked alone, outputs where the whole stack is checked."""
    depends_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """URNs that each property was computed from; known even where the value is not. Empty where checked alone."""
    parent: str = ""
    """URN of the component that it is part of; empty for none, and where checked alone."""
    protect: bool = False
    """Whether Pulumi refuses to delete it."""


@dataclass(frozen=True)
class Graph:
    """All resources of a stack."""

    resources: Sequence[Resource]
    """In the engine's order."""

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        index: dict[str, list[Resource]] = {}
        for resource in self.resources:
            index.setdefault(resource.type, []).append(resource)
        return index

    def of_type(self, *types: str) -> list[Resource]:
        """The resources whose type token is one of `types`."""
        return [resource for token in types for resource in self._by_type.get(token, ())]

    def behind(self, resource: Resource, path: str, target_type: str) -> list[Resource]:
        """The resources of a type that a property refers to.

        Known ids decide where there are any. Before creation ids are unknown; then it is what the property was
        computed from, which may be more than it refers to.
        """
        value = lookup(resource.properties, path)
        values = value if isinstance(value, list) else [value]
        targets = self.of_type(target_type)
        named = [target for target in targets if _identity(target) in values]
        if named and UNKNOWN not in values:
            return named
        sources = resource.depends_on.get(root_of(path), ())
        return [target for target in targets if target in named or target.urn in sources]

    def refers_to(self, resource: Resource, path: str, target: Resource) -> bool:
        """Whether a property refers to `target`, by id or by what it was computed from."""
        return target in self.behind(resource, path, target.type)


def root_of(path: str) -> str:
    """The top-level property of a path, which is what dependencies are recorded for."""
    return path.split(".")[0].split("[")[0]


def _identity(resource: Resource) -> str | None:
    """The id by which other resources name this one; None until it is known."""
    value = lookup(resource.properties, "id")
    return value if isinstance(value, str) else None
