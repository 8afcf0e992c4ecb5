"""Pulumi's version 4 of checkpoints and exported deployments: version 3 with a list of what it makes use of.

A reader that does not know one of the features would lose it, so it refuses the whole. See `ApplyFeatures` and
`validateSupportedFeatures` in pkg/resource/stack/deployment.go of pulumi/pulumi.
"""

from __future__ import annotations

from typing import Any

from .errors import EngineError

VERSIONS = (3, 4)
"""What is read; written is 3 unless a resource makes use of a feature."""
_FEATURES = {"hooks": "resourceHooks", "replaceWith": "replaceWith", "taint": "taint"}
"""What this engine knows of version 4, and the resource's key that makes use of it."""


def head(deployment: dict[str, Any] | None) -> dict[str, Any]:
    """The version that a deployment is written as, and the features that it makes use of, if any."""
    resources = (deployment or {}).get("resources") or []
    used = [name for name, key in _FEATURES.items() if any(resource.get(key) for resource in resources)]
    return {"version": 4, "features": used} if used else {"version": 3}


def unknown(found: Any) -> list[str]:
    """The features of a list that this engine would read wrongly."""
    return sorted({str(name) for name in found or ()} - set(_FEATURES))


def document(deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment as it is exported."""
    return {**head(deployment), "deployment": deployment}


def deployment_of(exported: Any) -> dict[str, Any]:
    """The deployment of an exported document; raises EngineError for one that this engine would read wrongly."""
    if not isinstance(exported, dict) or not isinstance(exported.get("deployment"), dict):
        raise EngineError("the deployment to import cannot be read: it is no object with a 'deployment'")
    version = exported.get("version")
    if version not in VERSIONS:
        raise EngineError(
            f"the deployment to import is of version {version}; the offline engine reads versions 3 and 4"
        )
    used = unknown(exported.get("features")) if version == 4 else []
    if used:
        raise EngineError(f"the deployment to import makes use of {', '.join(used)}: the offline engine does not")
    found: dict[str, Any] = exported["deployment"]
    return found
