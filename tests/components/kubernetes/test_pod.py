"""Pods as plain data."""

import re

import pytest

from components.kubernetes.pod import Pod, exec_command, probes, server_template


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ([], []),
        (["CMD", "/app/healthy", "-q"], ["/app/healthy", "-q"]),
        (["CMD-SHELL", "test -f /tmp/alive"], ["/bin/sh", "-c", "test -f /tmp/alive"]),
    ],
)
def test_a_health_check_of_ecs_becomes_a_probes_command(given: list[str], made: list[str]) -> None:
    assert exec_command(given) == made


def test_a_health_check_without_its_first_word_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("health_command starts with /app/healthy; write CMD or CMD-SHELL")):
        exec_command(["/app/healthy"])


def test_a_worker_is_probed_by_its_command_or_not_at_all() -> None:
    worker = Pod(service="worker", image="example.org/worker:1", port=None)
    assert probes(worker) == {}
    probed = probes(Pod(service="worker", image="example.org/worker:1", port=None, health_command=["/app/healthy"]))
    assert probed["livenessProbe"]["exec"] == probed["startupProbe"]["exec"] == {"command": ["/app/healthy"]}
    assert "readinessProbe" not in probed


def test_a_worker_is_told_to_stop_at_once() -> None:
    spec = server_template(Pod(service="worker", image="example.org/worker:1", port=None))["spec"]
    assert spec["terminationGracePeriodSeconds"] == 20
    assert "lifecycle" not in spec["containers"][0]


def test_an_x86_image_runs_on_nodes_of_that_kind() -> None:
    spec = server_template(Pod(service="api", image="example.org/api:1", architecture="x86_64"))["spec"]
    assert spec["nodeSelector"]["kubernetes.io/arch"] == "amd64"
