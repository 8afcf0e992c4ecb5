"""Reading a stack's state, as `pulumi stack export` gives it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Resource = Mapping[str, Any]


def standing(resources: Iterable[Resource]) -> list[Resource]:
    """What stands; without what was replaced and only waits for its deletion."""
    return [resource for resource in resources if not resource.get("delete")]


def of_type(resources: Iterable[Resource], *types: str) -> Iterator[Resource]:
    """Those of these types."""
    return (resource for resource in resources if resource.get("type") in types)


def outputs(resource: Resource) -> Mapping[str, Any]:
    """What the provider last said of it; empty where it said nothing."""
    return dict(resource.get("outputs") or {})
