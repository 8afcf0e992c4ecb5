"""What an environment's own stack file makes the program register, on ECS as it stands or on EKS."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from infra import program
from infra.settings.problems import to_config

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


def registered(run: Callable[..., Any], environment: str, change: Change, preview: bool = False) -> Any:
    """The program run under a pretended engine, in the environment's own account."""
    content = yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())["config"]
    change(content)
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
