"""Versions of exported deployments: Pulumi's version 4 is version 3 with a list of what it makes use of.

See `ApplyFeatures` in pkg/resource/stack/deployment.go of pulumi/pulumi.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .errors import EngineError
from .resource_state import ResourceState

_FEATURES: dict[str, Callable[[ResourceState], bool]] = {
    "hooks": lambda state: bool(state.resource_hooks),
    "replaceWith": lambda state: bool(state.replace_with),
    "taint": lambda state: state.taint,
}
"""What this engine knows of version 4, and whether a resource makes use of it."""


def document(resources: Iterable[ResourceState], deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment as it is exported."""
    states = list(resources)
    used = [name for name, uses in _FEATURES.items() if any(uses(state) for state in states)]
    if not used:
        return {"version": 3, "deployment": deployment}
    return {"version": 4, "deployment": deployment, "features": used}


def deployment_of(exported: Any) -> dict[str, Any]:
    """The deployment of an exported document; raises EngineError for one that this engine would read wrongly."""
    if not isinstance(exported, dict) or not isinstance(exported.get("deployment"), dict):
        raise EngineError("the deployment to import cannot be read: it is no object with a 'deployment'")
    version = exported.get("version")
    if version not in (3, 4):
        raise EngineError(
            f"the deployment to import is of version {version}; the offline engine reads versions 3 and 4"
        )
    unknown = sorted(set(exported.get("features") or ()) - set(_FEATURES))
    if unknown:
        raise EngineError(f"the deployment to import makes use of {', '.join(unknown)}: the offline engine does not")
    found: dict[str, Any] = exported["deployment"]
    return found
