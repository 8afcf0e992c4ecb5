"""The same stack files on EKS: one word is another, and everything that depends on it. T2, T9, E5."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from infra.outputs import OUTPUTS

ENVIRONMENTS = ("dev", "staging", "prod")


def on_eks(content):
    content["headroom:compute"] = "eks"


@pytest.fixture(scope="module")
def eks(up):
    """An environment's own stack file with the one word changed; each is run once."""
    found = {}

    def made(environment="dev", preview=False):
        if (environment, preview) not in found:
            found[environment, preview] = up(environment, on_eks, preview)
        return found[environment, preview]

    return made


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_exports_the_same_as_on_ecs(up, eks, environment):
    here, there = eks(environment).exports, up(environment).exports
    assert set(here) == set(there) == set(OUTPUTS)
    assert (here["compute"], there["compute"]) == ("eks", "ecs")
    assert here["cluster"] == f"headroom-{environment}"
    assert set(here["services"]) == set(there["services"])
    for name, service in here["services"].items():
        assert set(service) == {"name", "namespace", "log_group"}
        assert service["namespace"] == name
