"""A cluster and a service as a small project of their own, which the embedded engine runs with both plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from offline import cloud
from offline.engine.cli.main import main
from tests.in_process import called

PROGRAM = """
import pathlib

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.access import Scope
from components.eks.cluster import EksCluster, EksClusterArgs
from components.eks.service import EksService
from components.eks.service_args import EksServiceArgs
from components.kubernetes.jobs import Work
from components.keys.kms import Key, KeyArgs

config = pulumi.Config()
scope = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
vpc = aws.ec2.Vpc("main", cidr_block="10.10.0.0/16")
subnets = [
    aws.ec2.Subnet(zone, vpc_id=vpc.id, cidr_block=f"10.10.{number}.0/24", availability_zone=f"eu-central-1{zone}")
    for number, zone in enumerate("ab")
]
key = Key("services", KeyArgs(scope=scope, description="services"))
cluster = EksCluster(
    "main",
    EksClusterArgs(
        scope=scope,
        key=key.link,
        subnet_ids=[subnet.id for subnet in subnets],
        log_retention_days=7,
        admins={"deploy": "arn:aws:iam::111111111111:role/deploy"},
        deletion_protection=False,
    ),
)
EksService(
    "api",
    EksServiceArgs(
        scope=scope,
        key=key.link,
        cluster=cluster.link,
        image=config.require("image"),
        log_retention_days=7,
        secret_recovery_days=0,
        secrets={"SESSION_KEY": "generated"},
        health_path=config.get("health") or "/health",
        environment={"LEVEL": config.get("level") or "info"},
        schedules={"cleanup": Work(schedule="0 2 * * *", command=["/app/cleanup"])},
        migration=["/app/migrate"],
    ),
)
kubernetes.core.v1.Secret(
    "token",
    metadata={"name": "token", "namespace": "default"},
    string_data={"KEY": pathlib.Path("token").read_text()},
    opts=pulumi.ResourceOptions(provider=cluster.link.provider),
)
if config.get("broken"):
    spec = {"provider": "aws", "paramters": {}}
    opts = pulumi.ResourceOptions(provider=cluster.link.provider)
    kubernetes.apiextensions.CustomResource(
        "broken", api_version="secrets-store.csi.x-k8s.io/v1", kind="SecretProviderClass", spec=spec, opts=opts
    )
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("security_group", cluster.link.security_group_id)
"""


class Project:
    """A project of its own in a temporary folder, with an emulated AWS of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        self.folder = folder
        (folder / "Pulumi.yaml").write_text("name: headroom\nruntime: python\n", encoding="utf-8")
        (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        (folder / "token").write_text("first", encoding="utf-8")
        self.set("ghcr.io/example/api:1.0.0")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_", "HEADROOM_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        self.environment = kept | {
            "HEADROOM_OFFLINE_HOME": str(folder / "home"),
            "HEADROOM_PYTHON": sys.executable,
            "PYTHONPATH": str(cloud.ROOT),
            **environment,
        }
        self.ok("stack", "init", "dev")

    def set(self, image: str, **more: str) -> None:
        """The stack's configuration."""
        values = {"aws:region": "eu-central-1", "headroom:account": '"111111111111"', "headroom:image": image}
        values |= {f"headroom:{name}": value for name, value in more.items()}
        text = "config:\n" + "".join(f"  {name}: {value}\n" for name, value in values.items())
        (self.folder / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")

    def set_token(self, token: str) -> None:
        """The value of a Secret; no part of the configuration, whose values a stack's history tells."""
        (self.folder / "token").write_text(token, encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command, whatever it comes to."""
        return called(main, ["pulumi", *words], folder=self.folder, environment=self.environment)

    def ok(self, *words: str) -> str:
        """What a command prints that must succeed."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def state(self) -> dict[str, dict[str, Any]]:
        """Every object of Kubernetes by its type and name."""
        exported = json.loads(self.ok("stack", "export"))["deployment"].get("resources", [])
        return {f"{r['type']} {r['urn'].split('::')[3]}": r for r in exported if r["type"].startswith("kubernetes:")}


UNCHANGED = ("same", "refresh")


def changes(preview: str) -> dict[str, str]:
    """Name to what would happen, of everything that would not stay as it is: nothing else may move."""
    steps = json.loads(preview)["steps"]
    return {s["urn"].split("::")[3]: s["op"] for s in steps if s["op"] not in UNCHANGED and "::pulumi:" not in s["urn"]}
