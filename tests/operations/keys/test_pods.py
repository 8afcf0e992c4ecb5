"""Pods are replaced by kubectl: in the environment's own cluster, until they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.errors import Failure
from operations.keys.pods import NotRunning, restart

OUTPUTS = {
    "region": "eu-central-1",
    "account": "111111111111",
    "cluster": "headroom-dev",
    "services": {"api": {"name": "api", "namespace": "api"}, "web": {"name": "web", "namespace": "web"}},
}
CONTEXT = "--context arn:aws:eks:eu-central-1:111111111111:cluster/headroom-dev"


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that notes what it was asked, and fails at what `fails` says."""
    program = tmp_path / "kubectl"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n'
        f'if grep -q "$6" {tmp_path}/fails; then echo "error: the words of kubectl" >&2; exit 1; fi\n'
    )
    program.chmod(0o755)
    (tmp_path / "fails").write_text("nothing\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def test_every_service_is_restarted_and_waited_for(kubectl):
    restart(OUTPUTS, ["api", "web"], offline=False)
    assert asked(kubectl) == [
        f"{CONTEXT} -n api rollout restart deployment/api",
        f"{CONTEXT} -n web rollout restart deployment/web",
        f"{CONTEXT} -n api rollout status deployment/api --timeout=20m",
        f"{CONTEXT} -n web rollout status deployment/web --timeout=20m",
    ]


def test_pods_that_do_not_come_to_be_ready_are_told_in_kubectls_words(kubectl):
    (kubectl / "fails").write_text("status\n")
    with pytest.raises(NotRunning, match="api: error: the words of kubectl"):
        restart(OUTPUTS, ["api"], offline=False)


def test_a_cluster_out_of_reach_is_no_reason_to_take_anything_back(kubectl):
    (kubectl / "fails").write_text("restart\n")
    with pytest.raises(Failure, match="the pods could not be replaced: error: the words of kubectl") as failure:
        restart(OUTPUTS, ["api"], offline=False)
    assert not isinstance(failure.value, NotRunning)
    assert failure.value.remedies[0] == "aws eks update-kubeconfig --name headroom-dev --region eu-central-1"


def test_offline_no_pod_runs(kubectl):
    restart(OUTPUTS, ["api"], offline=True)
    assert not (kubectl / "asked").exists()
