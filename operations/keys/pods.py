"""Services on EKS that read a secret when they start: their pods are replaced by kubectl, which waits until they run.

kubectl is told the cluster by its ARN, the name that `aws eks update-kubeconfig` gives a context, so that it can't work
on another cluster than the environment's.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from operations.errors import Failure

WAIT = "--timeout=20m"


class NotRunning(Failure):
    """A service does not come to run with the current value."""


def restart(outputs: Mapping[str, Any], services: Sequence[str], *, offline: bool) -> None:
    """Returns when each service's pods are new ones. Raises NotRunning where they do not come to be ready, and Failure
    where kubectl can't reach the cluster."""
    if offline:
        return
    context = f"arn:aws:eks:{outputs['region']}:{outputs['account']}:cluster/{outputs['cluster']}"
    known: Mapping[str, Any] = outputs.get("services") or {}
    for name in services:
        given = known.get(name)
        if given is None:
            raise Failure(f"{name} is not among what the stack exports; bring the environment up")
        place = ["-n", str(given["namespace"])]
        what = f"deployment/{given['name']}"
        done = _kubectl(context, [*place, "rollout", "restart", what], outputs)
        if done.returncode != 0:
            raise _unreachable(outputs, done.stderr)
    for name in services:
        given = known[name]
        what = f"deployment/{given['name']}"
        done = _kubectl(context, ["-n", str(given["namespace"]), "rollout", "status", what, WAIT], outputs)
        if done.returncode != 0:
            raise NotRunning(f"{name}: {done.stderr.strip() or done.stdout.strip()}")


def _kubectl(context: str, words: Sequence[str], outputs: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    if shutil.which("kubectl") is None:
        raise _unreachable(outputs, "there is no kubectl on PATH")
    return subprocess.run(["kubectl", "--context", context, *words], capture_output=True, text=True, check=False)


def _unreachable(outputs: Mapping[str, Any], why: str) -> Failure:
    return Failure(
        f"the pods could not be replaced: {why.strip()}",
        (
            f"aws eks update-kubeconfig --name {outputs['cluster']} --region {outputs['region']}",
            "then give the same command: it goes on where it stopped",
        ),
    )
