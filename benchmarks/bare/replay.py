"""Registers recorded resources by the SDK's classes alone."""

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pulumi

from benchmarks.bare.recording import SECRET, UNKNOWN

ASSETS, TEXT = "assets", "text"
OWN_TEXT = ("kubeconfig", "region", "version")
"""Settings of providers that are text; the others may be JSON within text."""

Made = dict[str, pulumi.CustomResource]


@cache
def class_of(kind: str) -> type[pulumi.CustomResource] | None:
    """The SDK's class of a type; None for a kind that Kubernetes has from elsewhere."""
    package, path, name = kind.split(":")
    if package == "pulumi":
        return importlib.import_module(f"pulumi_{name}").Provider  # type: ignore[no-any-return]
    if package == "aws":
        module = path.partition("/")[0]
        return getattr(importlib.import_module(f"pulumi_aws.{module}{'_' * (module == 'lambda')}"), name)  # type: ignore[no-any-return]
    group, _, version = path.partition("/")
    try:
        module = f"pulumi_kubernetes.{group.removesuffix('.k8s.io').split('.')[0]}.{version}"
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except ModuleNotFoundError:
        return None


@cache
def arguments_of(kind: str) -> Mapping[str, str]:
    """The SDK's name of each argument of a type, by its name in the schema without capitals."""
    parameters = inspect.signature(class_of(kind)._internal_init).parameters  # type: ignore[union-attr]
    return {name.replace("_", "").lower(): name for name in parameters}


def value_of(recorded: Any, sources: Sequence[pulumi.CustomResource]) -> Any:
    """A recorded value; where it is not known or secret, an output of one of the resources that it came from."""
    if recorded == UNKNOWN:
        return sources[0].id
    if recorded == SECRET:
        return pulumi.Output.secret(sources[0].id)
    if isinstance(recorded, list):
        return [value_of(item, sources) for item in recorded]
    if not isinstance(recorded, dict):
        return recorded
    if "hash" in recorded and ASSETS in recorded:
        return pulumi.AssetArchive({path: pulumi.StringAsset(asset[TEXT]) for path, asset in recorded[ASSETS].items()})
    return {key: value_of(item, sources) for key, item in recorded.items()}


def setting(key: str, recorded: Any) -> Any:
    """A provider's setting as its class takes it."""
    return json.loads(recorded) if isinstance(recorded, str) and key not in OWN_TEXT else recorded


def register(state: Mapping[str, Any], number: int, made: Made) -> pulumi.CustomResource:
    """One resource, under a name of its own: its name was its parent's to keep apart from others."""
    kind, inputs = state["type"], dict(state.get("inputs", {}))
    depends = {
        key: [made[urn] for urn in urns if urn in made] for key, urns in state.get("propertyDependencies", {}).items()
    }
    implied = {urn for urns in state.get("propertyDependencies", {}).values() for urn in urns}
    opts = pulumi.ResourceOptions(
        provider=made.get(state.get("provider", "").rpartition("::")[0]),  # type: ignore[arg-type]
        depends_on=[made[urn] for urn in state.get("dependencies", ()) if urn in made and urn not in implied],
    )
    name, anything = f"{state['urn'].rpartition('::')[2]}-{number}", [*made.values()][:1]
    found = class_of(kind)
    if kind.startswith("pulumi:providers:"):
        inputs = {key: setting(key, value) for key, value in inputs.items()}
    values = {key: value_of(value, depends.get(key) or anything) for key, value in inputs.items()}
    if found is None:
        kubernetes = importlib.import_module("pulumi_kubernetes.apiextensions")
        others = {key: value for key, value in values.items() if key not in ("apiVersion", "kind")}
        return kubernetes.CustomResource(  # type: ignore[no-any-return]
            name, api_version=inputs["apiVersion"], kind=inputs["kind"], opts=opts, **others
        )
    names = arguments_of(kind)
    return found(
        name, opts=opts, **{names[key.lower()]: value for key, value in values.items() if key.lower() in names}
    )
