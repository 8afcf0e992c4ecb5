"""What an environment's own stack file makes the program register, on ECS as it stands or on EKS."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra import program
from infra.settings.problems import to_config
from tests import yaml_files

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
WHO = "aws:index/getCallerIdentity:getCallerIdentity"
CLUSTER = {
    "aws:eks/cluster:Cluster": {
        "endpoint": "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
        "certificateAuthority": {"data": "Q0E="},
        "vpcConfig": {"clusterSecurityGroupId": "sg-nodes", "subnetIds": ["subnet-a", "subnet-b"]},
    }
}
"""What EKS adds to a cluster."""

Change = Callable[[dict[str, Any]], None]

_made: dict[tuple[str, str, bool], Any] = {}
"""What was made already of which environment's settings; a run takes a second, and what it gives a MiB."""


def registered(run: Callable[..., Any], environment: str, change: Change, preview: bool = False) -> Any:
    """The program run under a pretended engine, in the environment's own account; to be read, not written.

    Once for the same settings, whichever test changed them. A test that changes the program calls `run` itself.
    """
    content = yaml_files.read(ROOT / f"Pulumi.{environment}.yaml")["config"]
    change(content)
    key = (environment, json.dumps(content), preview)
    if key not in _made:
        _made[key] = _run(run, environment, content, preview)
    return _made[key]


def _run(run: Callable[..., Any], environment: str, content: dict[str, Any], preview: bool) -> Any:
    config, secret = to_config(content)
    account = content["headroom:account"]
    answers = {WHO: {"accountId": account, "arn": "", "id": account, "userId": ""}}
    return run(
        program.main,
        stack=environment,
        preview=preview,
        config=config,
        secret_config=list(secret),
        answers=answers,
        outputs={} if preview else CLUSTER,
    )


def on_eks(content: dict[str, Any]) -> None:
    """One word that is another."""
    content["headroom:compute"] = "eks"


@functools.cache
def objects(environment: str) -> tuple[dict[str, Any], ...]:
    """Every object of Kubernetes that an environment has on EKS, as it was registered; to be read, not written."""
    from tests.components.conftest import run_program

    resources = registered(run_program, environment, on_eks).resources
    return tuple(made for made in resources if made["type"].startswith("kubernetes:"))
