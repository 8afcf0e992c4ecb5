"""The schemas that objects are checked against: those that Kubernetes publishes, and those of custom resources."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from offline.kubernetes.kinds import CLUSTER_SCOPED, Kind, UnknownKindError

DEFAULT_VERSION = "1.36"
"""Version whose schemas are used; clusters of older or newer ones by the variable below."""
VERSION_VARIABLE = "HEADROOM_KUBERNETES_VERSION"
CUSTOM = Path(__file__).parent / "crds"


@dataclass(frozen=True)
class Schema:
    """How objects of one kind look."""

    kind: Kind
    contents: Mapping[str, Any]
    """JSON schema; references lead into `definitions`."""
    definitions: Mapping[str, Any]
    namespaced: bool
    has_status: bool


@functools.cache
def version() -> str:
    """The pinned version, or the one that the variable names."""
    return os.environ.get(VERSION_VARIABLE) or DEFAULT_VERSION


@functools.cache
def find(kind: Kind) -> Schema:
    """The schema of a kind. Raises UnknownKindError."""
    found = _published(version()).get(kind) or _custom().get(kind)
    if found is None:
        raise UnknownKindError(_unknown(kind))
    return found


def _unknown(kind: Kind) -> str:
    known = [*_published(version()), *_custom()]
    elsewhere = sorted(other.api_version for other in known if other.name == kind.name)
    if elsewhere:
        return f"Kubernetes {version()} has no {kind}; its {kind.name} is of {' or '.join(elsewhere)}"
    if "." in kind.group and not kind.group.endswith("k8s.io"):
        return (
            f"the offline Kubernetes provider does not know the custom resource {kind}: "
            "put its CustomResourceDefinition into offline/kubernetes/crds"
        )
    return f"Kubernetes {version()} has no {kind}; look up the kind and its version in the API reference"


@functools.cache
def _published(wanted: str) -> dict[Kind, Schema]:
    """Every kind of a version of Kubernetes."""
    package = find_spec("kubernetes_validate")
    assert package is not None
    assert package.origin is not None
    folder = Path(package.origin).parent / "kubernetes-json-schema" / f"v{wanted}.0-local-strict"
    if not folder.is_dir():
        raise UnknownKindError(
            f"{VERSION_VARIABLE} is {wanted}, and kubernetes-validate has no schemas of it; name one that it has: "
            + ", ".join(sorted({path.name[1:].split(".0-")[0] for path in folder.parent.iterdir()}))
        )
    definitions = json.loads((folder / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    return {schema.kind: schema for schema in _objects(definitions)}


def _objects(definitions: Mapping[str, Any]) -> Iterator[Schema]:
    """Definitions that are objects of their own: they name their kind in an enumeration."""
    for contents in definitions.values():
        properties = contents.get("properties") or {}
        for named in contents.get("x-kubernetes-group-version-kind") or ():
            if "metadata" not in properties or named["kind"].endswith("List"):
                continue
            group = named.get("group", "")
            kind = Kind(f"{group}/{named['version']}" if group else named["version"], named["kind"])
            yield Schema(kind, contents, definitions, named["kind"] not in CLUSTER_SCOPED, "status" in properties)


@functools.cache
def _custom() -> dict[Kind, Schema]:
    """Every custom resource that lies in `crds`."""
    found = {}
    for definition in custom_definitions():
        spec = definition["spec"]
        for served in spec["versions"]:
            kind = Kind(f"{spec['group']}/{served['name']}", spec["names"]["kind"])
            contents = _closed(served["schema"]["openAPIV3Schema"], _published(version()))
            properties = contents["properties"]
            found[kind] = Schema(kind, contents, _definitions(), spec["scope"] == "Namespaced", "status" in properties)
    return found


def custom_definitions() -> list[dict[str, Any]]:
    """The CustomResourceDefinitions themselves, for an API server."""
    import yaml

    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(CUSTOM.glob("*.yaml"))]


def _definitions() -> Mapping[str, Any]:
    return next(iter(_published(version()).values())).definitions


def _closed(schema: Mapping[str, Any], published: Mapping[Kind, Schema]) -> dict[str, Any]:
    """The schema as an API server takes it with strict validation: no unknown field, and metadata as everywhere."""
    closed: dict[str, Any] = _without_unknown(dict(schema))
    metadata = published[Kind("v1", "ConfigMap")].contents["properties"]["metadata"]
    identity = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": metadata}
    closed["properties"] = {**closed.get("properties", {}), **identity}
    return closed


def _without_unknown(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_without_unknown(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {
        name: {key: _without_unknown(item) for key, item in value.items()}
        if name == "properties"
        else _without_unknown(value)
        for name, value in schema.items()
    }
    keeps = schema.get("x-kubernetes-preserve-unknown-fields")
    if "properties" in schema and "additionalProperties" not in schema and not keeps:
        closed["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        closed["type"] = ["integer", "string"]
    return closed
