"""A cluster and a service by both plugins through the embedded engine: previewed, made, changed, taken away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offline import cloud

PROGRAM = """
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
        secret_recovery_days=0,
        secrets={"SESSION_KEY": "generated"},
        health_path=config.get("health") or "/health",
        environment={"LEVEL": config.get("level") or "info"},
        schedules={"cleanup": Work(schedule="0 2 * * *", command=["/app/cleanup"])},
        migration=["/app/migrate"],
    ),
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

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "Pulumi.yaml").write_text("name: headroom\nruntime: python\n", encoding="utf-8")
        (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        self.set("ghcr.io/example/api:1.0.0")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PULUMI_", "AWS_", "HEADROOM_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        self.environment = kept | {
            "HEADROOM_OFFLINE_HOME": str(folder / "home"),
            "HEADROOM_PYTHON": sys.executable,
            "PYTHONPATH": str(cloud.ROOT),
        }
        self.ok("stack", "init", "dev")

    def set(self, image: str, **more: str) -> None:
        """The stack's configuration."""
        values = {"aws:region": "eu-central-1", "headroom:account": '"111111111111"', "headroom:image": image}
        values |= {f"headroom:{name}": value for name, value in more.items()}
        text = "config:\n" + "".join(f"  {name}: {value}\n" for name, value in values.items())
        (self.folder / "Pulumi.dev.yaml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command, whatever it comes to."""
        return subprocess.run(
            [str(cloud.ROOT / "offline" / "bin" / "pulumi"), *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
        )

    def ok(self, *words: str) -> str:
        """What a command prints that must succeed."""
        done = self.run(*words)
        assert done.returncode == 0, f"{words} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def state(self) -> dict[str, dict[str, Any]]:
        """Every object of Kubernetes by its type and name."""
        exported = json.loads(self.ok("stack", "export"))["deployment"].get("resources", [])
        return {f"{r['type']} {r['urn'].split('::')[3]}": r for r in exported if r["type"].startswith("kubernetes:")}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = Project(tmp_path_factory.mktemp("eks"))
    yield made
    cloud.stop(made.folder / "home")


def changes(preview: str) -> dict[str, str]:
    """Name to what would happen, of everything that would not stay as it is: nothing else may move."""
    steps = json.loads(preview)["steps"]
    return {s["urn"].split("::")[3]: s["op"] for s in steps if s["op"] != "same" and "::pulumi:" not in s["urn"]}


def test_a_service_on_eks_is_refused_made_changed_and_taken_away(project: Project) -> None:
    project.set("ghcr.io/example/api:1.0.0", broken='"yes"')
    refused = project.run("preview")
    assert refused.returncode
    assert "has no field 'paramters' there; did you mean 'parameters'?" in refused.stdout + refused.stderr
    project.set("ghcr.io/example/api:1.0.0")
    project.ok("up", "--yes", "--skip-preview")
    outputs = json.loads(project.ok("stack", "output", "--json"))
    config = json.loads(outputs["kubeconfig"])
    assert config["clusters"][0]["cluster"]["server"] == "https://headroom-dev.eks.eu-central-1.offline.invalid"
    assert outputs["security_group"].startswith("sg-")
    state = project.state()
    pods = state["kubernetes:apps/v1:Deployment api-pods"]
    assert pods["id"] == "api/api" and "replicas" not in pods["inputs"]["spec"]
    assert pods["outputs"]["status"] == {}
    assert len(state) == 16

    project.set("ghcr.io/example/api:1.0.1", level="debug")
    changed = changes(project.ok("preview", "--json"))
    assert set(changed) == {"api-pods", "api-schedule-cleanup", "api-migration"}
    assert changed["api-pods"] == changed["api-schedule-cleanup"] == "update"
    assert "replace" in changed["api-migration"]

    project.ok("destroy", "--yes", "--skip-preview")
    assert project.state() == {}
