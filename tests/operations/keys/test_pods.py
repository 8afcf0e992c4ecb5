"""Pods are replaced by kubectl, until they run."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from operations.keys.pods import NotRunning, restart
from tests.operations.programs import Programs

OUTPUTS = {
    "region": "eu-central-1",
    "account": "111111111111",
    "cluster": "headroom-dev",
    "services": {"api": {"name": "api", "namespace": "api"}, "web": {"name": "web", "namespace": "web"}},
}
ASK = "kubectl --kubeconfig KUBECONFIG"


def test_every_service_is_restarted_and_waited_for(programs: Programs) -> None:
    restart(OUTPUTS, "dev", ["api", "web"], offline=False)
    assert programs.asked[1:] == [
        f"{ASK} -n api rollout restart deployment/api",
        f"{ASK} -n web rollout restart deployment/web",
        f"{ASK} -n api rollout status deployment/api --timeout=20m",
        f"{ASK} -n web rollout status deployment/web --timeout=20m",
    ]


def test_pods_that_do_not_come_to_be_ready_are_told_in_kubectls_words(programs: Programs) -> None:
    programs.fail("status", "error: the words of kubectl")
    with pytest.raises(NotRunning, match="api: error: the words of kubectl"):
        restart(OUTPUTS, "dev", ["api"], offline=False)


@pytest.mark.parametrize("at", ["update-kubeconfig", "restart"])
def test_a_cluster_out_of_reach_is_no_reason_to_take_anything_back(programs: Programs, at: str) -> None:
    programs.fail(at, "error: the words of kubectl")
    with pytest.raises(Failure, match="the pods could not be replaced: error: the words of kubectl") as failure:
        restart(OUTPUTS, "dev", ["api"], offline=False)
    assert not isinstance(failure.value, NotRunning)
    assert failure.value.remedies[0].startswith("aws eks describe-cluster --name headroom-dev")
    assert "goes on where it stopped" in failure.value.remedies[-1]


def test_a_service_that_the_stack_does_not_export_stops_it_before_any_pod_is_replaced(programs: Programs) -> None:
    with pytest.raises(Failure, match="new is not among what the stack exports"):
        restart(OUTPUTS, "dev", ["api", "new"], offline=False)
    assert programs.asked == []


def test_offline_no_pod_runs(programs: Programs) -> None:
    restart(OUTPUTS, "dev", ["api"], offline=True)
    assert programs.asked == []
