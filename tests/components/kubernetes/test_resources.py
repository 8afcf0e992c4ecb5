"""Manifests as resources of the SDK, and who does without it."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pulumi

from components.kubernetes.objects import manifest
from components.kubernetes.resources import make_all

Run = Callable[..., Any]


def test_each_object_becomes_the_resource_of_its_kind(run: Run) -> None:
    made = [
        manifest("v1", "ConfigMap", "limits", "api", data={"a": "b"}),
        manifest("eks.amazonaws.com/v1", "TargetGroupBinding", "api", "api", spec={"targetType": "ip"}),
    ]
    stack = run(lambda: make_all("x", made, pulumi.ResourceOptions()))
    config = stack.one("kubernetes:core/v1:ConfigMap")
    assert config["name"] == "x-limits" and config["inputs"] == made[0]
    assert stack.one("kubernetes:eks.amazonaws.com/v1:TargetGroupBinding")["inputs"] == made[1]


def test_decisions_load_neither_of_the_sdks() -> None:
    names = ("constraints", "jobs", "network", "nodes", "objects", "pod", "secrets", "workload")
    modules = ", ".join([*(f"components.kubernetes.{name}" for name in names), "components.eks.constraints"])
    code = f"import sys, {modules}; print([name for name in sys.modules if name.startswith('pulumi')])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
