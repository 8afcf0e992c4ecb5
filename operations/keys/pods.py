"""Services on EKS that read a secret when they start: kubectl replaces their pods and waits until they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from operations.errors import Failure
from operations.kubectl import KubectlError, kubectl

WAIT = "--timeout=20m"


class NotRunning(Failure):
    """A service does not come to run with the current value."""


def restart(outputs: Mapping[str, Any], environment: str, services: Sequence[str], *, offline: bool) -> None:
    """Returns when each service's pods are new ones. Raises NotRunning where they do not come to be ready, and Failure
    where kubectl can't reach the cluster."""
    if offline:
        return
    known: Mapping[str, Any] = outputs.get("services") or {}
    unknown = [name for name in services if name not in known]
    if unknown:
        raise Failure(f"{', '.join(unknown)} is not among what the stack exports; bring the environment up")
    places = {name: ("-n", str(known[name]["namespace"]), f"deployment/{known[name]['name']}") for name in services}
    try:
        with kubectl(outputs, environment) as ask:
            for namespace, name, deployment in places.values():
                ask(namespace, name, "rollout", "restart", deployment)
            for service, (namespace, name, deployment) in places.items():
                try:
                    ask(namespace, name, "rollout", "status", deployment, WAIT)
                except KubectlError as error:
                    raise NotRunning(f"{service}: {error}") from error
    except KubectlError as error:
        again = "then give the same command: it goes on where it stopped"
        raise Failure(f"the pods could not be replaced: {error}", (*error.remedies, again)) from error
