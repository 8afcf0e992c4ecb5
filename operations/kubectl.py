"""kubectl in an environment's own cluster: by a kubeconfig that is made for the occasion, as the environment's profile.

The kubeconfig of whoever gives the command is neither needed nor touched, so that a CI job has what it takes, and no
other cluster can answer.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError

from operations import sign_in

ACCESS_SECONDS = 60
"""How long the AWS CLI may take to describe the cluster."""


class KubectlError(Exception):
    """kubectl could not be asked, or failed; in its words."""

    def __init__(self, said: str, remedies: tuple[str, ...] = ()) -> None:
        super().__init__(said.strip())
        self.remedies = remedies


@dataclass(frozen=True)
class Kubectl:
    """kubectl that knows one cluster."""

    kubeconfig: Path
    variables: Mapping[str, str]
    remedies: tuple[str, ...]

    def __call__(self, *words: str, seconds: float | None = None) -> str:
        """What it prints. Raises KubectlError."""
        return _run(["kubectl", "--kubeconfig", str(self.kubeconfig), *words], self.variables, self.remedies, seconds)


@contextmanager
def kubectl(outputs: Mapping[str, Any], environment: str) -> Iterator[Kubectl]:
    """For the cluster that the stack exports. Raises KubectlError where there is no way to it."""
    cluster, region = str(outputs.get("cluster")), str(outputs.get("region"))
    try:
        own = sign_in.profile(environment)
    except BotoCoreError as error:
        raise KubectlError(str(error)) from error
    described = ["aws", "eks", "describe-cluster", "--name", cluster, "--region", region]
    remedies = (
        " ".join([*described, *(("--profile", own) if own else ())]) + "  tells whether you reach it",
        "be among headroom:eks.admins or viewers; where its endpoint is private, be inside of its network",
    )
    variables = sign_in.as_profile(own)
    with tempfile.TemporaryDirectory(prefix="headroom-kubectl-") as folder:
        kubeconfig = Path(folder, "config")
        made = ["aws", "eks", "update-kubeconfig", *described[3:], "--kubeconfig", str(kubeconfig)]
        _run(made, variables, remedies, ACCESS_SECONDS)
        yield Kubectl(kubeconfig, variables, remedies)


def _run(words: Sequence[str], variables: Mapping[str, str], remedies: tuple[str, ...], seconds: float | None) -> str:
    if shutil.which(words[0]) is None:
        raise KubectlError(f"there is no {words[0]} on PATH", (f"install {words[0]}", *remedies))
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", check=False, timeout=seconds, env=variables
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise KubectlError(str(error), remedies) from error
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip() or f"{words[0]} ended with exit code {done.returncode}"
        raise KubectlError(said, remedies)
    return done.stdout
