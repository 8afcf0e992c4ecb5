"""A stack's resources as plain data, and what they depend on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from policies.verdict import UNKNOWN, Properties, lookup

Index = TypeVar("Index")


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
    secret_paths: frozenset[str] = frozenset()
    """Paths of properties that are secrets, such as `password`: never their values. A path stands for all below it."""


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

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], list[Resource]]:
        """By type and each name that other resources may know one by."""
        index: dict[tuple[str, str], list[Resource]] = {}
        for resource in self.resources:
            for name in _names(resource):
                index.setdefault((resource.type, name), []).append(resource)
        return index

    @cached_property
    def _referrers(self) -> dict[tuple[str, str, str], Mapping[str, list[Resource]]]:
        """Answers of `referrers` by type, property and target's type; filled as they are asked for."""
        return {}

    def behind(self, resource: Resource, path: str, target_type: str) -> list[Resource]:
        """The resources of a type that a property refers to.

        Known ids and names decide where there are any. Before creation ids are unknown; then it is what the property
        was computed from, which may be more than it refers to.
        """
        value = lookup(resource.properties, path)
        values = value if isinstance(value, list) else [value]
        keys = [(target_type, name) for name in values if isinstance(name, str)]
        named = {target.urn for key in keys for target in self._by_name.get(key, ())}
        sources = set(resource.depends_on.get(root_of(path), ()))
        wanted = named if named and UNKNOWN not in values else named | sources
        return [target for target in self.of_type(target_type) if target.urn in wanted] if wanted else []

    def referrers(self, target: Resource, path: str, *types: str) -> list[Resource]:
        """The resources of some types whose property refers to `target`: the other way round than `behind`."""
        return [resource for token in types for resource in self._referring(token, path, target)]

    def _referring(self, token: str, path: str, target: Resource) -> list[Resource]:
        key = (token, path, target.type)
        if key not in self._referrers:
            index: dict[str, list[Resource]] = {}
            for resource in self.of_type(token):
                for found in self.behind(resource, path, target.type):
                    index.setdefault(found.urn, []).append(resource)
            self._referrers[key] = index
        return list(self._referrers[key].get(target.urn, ()))

    @cached_property
    def _indexes(self) -> dict[Callable[[Graph], Any], Any]:
        """Answers of `index`, filled as they are asked for."""
        return {}

    def index(self, build: Callable[[Graph], Index]) -> Index:
        """What a rule's own function makes of the whole stack, such as its alarms by metric; made once a stack."""
        if build not in self._indexes:
            self._indexes[build] = build(self)
        found: Index = self._indexes[build]
        return found

    def refers_to(self, resource: Resource, path: str, target: Resource) -> bool:
        """Whether a property refers to `target`, by id or by what it was computed from."""
        return target in self.behind(resource, path, target.type)


def root_of(path: str) -> str:
    """The top-level property of a path, which is what dependencies are recorded for."""
    return path.split(".")[0].split("[")[0]


_NAMED_BY = {
    "aws:ecs/cluster:Cluster": "name",
    "aws:eks/cluster:Cluster": "name",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:iam/role:Role": "name",
    "aws:rds/cluster:Cluster": "clusterIdentifier",
    "aws:rds/instance:Instance": "identifier",
    "aws:rds/proxy:Proxy": "name",
    "aws:s3/bucket:Bucket": "bucket",
}
"""The property by whose value, chosen by the program and so known early, others may refer to a resource."""


def _names(resource: Resource) -> set[str]:
    """The id, ARN and name by which other resources name this one, as far as they are known."""
    paths = ("id", "arn", *([_NAMED_BY[resource.type]] if resource.type in _NAMED_BY else []))
    values = (resource.properties.get(path) for path in paths)
    return {value for value in values if isinstance(value, str)}
