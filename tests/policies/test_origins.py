"""Findings on the real stacks lead to a line of their settings."""

from pathlib import Path

import pytest

from operations.findings.origin import PROGRAM, Origins

pytestmark = pytest.mark.xdist_group("stacks")
ROOT = Path(__file__).parents[2]
WITHOUT_SETTINGS = {"pulumi:providers:aws", "pulumi:providers:kubernetes"}
"""What the program makes of no section."""


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
@pytest.mark.parametrize("compute", ["ecs", "eks"])
def test_every_resource_comes_from_a_line_of_the_settings(stack, environment, compute):
    graph = stack(environment, compute=compute)
    origins = Origins(ROOT, environment, {resource.urn: resource.parent for resource in graph.resources})
    found = {(resource.type, resource.urn): origins.of(resource.urn) for resource in graph.resources}
    astray = [urn for (token, urn), origin in found.items() if not origin.setting and token not in WITHOUT_SETTINGS]
    assert astray == []
    lines = (ROOT / f"Pulumi.{environment}.yaml").read_text().splitlines()
    for origin in found.values():
        if origin.setting:
            assert lines[origin.line - 1].strip().startswith(f"{origin.setting.split('.')[-1]}:")
        else:
            assert origin.file == PROGRAM
