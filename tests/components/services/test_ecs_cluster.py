"""The cluster under pretended AWS. T1."""

from collections.abc import Callable
from typing import Any, Literal

import pytest

from components.services.ecs_cluster import EcsCluster, EcsClusterArgs

Run = Callable[..., Any]


@pytest.mark.parametrize("insights", ["enhanced", "enabled", "disabled"])
def test_insights_are_chosen_by_setting(run: Run, insights: Literal["enhanced", "enabled", "disabled"]) -> None:
    stack = run(lambda: EcsCluster("cluster", EcsClusterArgs(insights=insights)))
    settings = stack.one("ecs/cluster:Cluster")["inputs"]["settings"]
    assert settings == [{"name": "containerInsights", "value": insights}]
    assert stack.result.link.insights is (insights != "disabled")


def test_services_may_run_on_demand_or_on_spot(run: Run) -> None:
    stack = run(lambda: EcsCluster("cluster", EcsClusterArgs()))
    providers = stack.one("ecs/clusterCapacityProviders:ClusterCapacityProviders")["inputs"]
    assert providers["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert providers["defaultCapacityProviderStrategies"] == [{"capacityProvider": "FARGATE", "weight": 1}]


def test_what_is_typed_in_a_shell_is_not_logged(run: Run) -> None:
    stack = run(lambda: EcsCluster("cluster", EcsClusterArgs()))
    configuration = stack.one("ecs/cluster:Cluster")["inputs"]["configuration"]
    assert configuration == {"executeCommandConfiguration": {"logging": "NONE"}}


def test_a_service_waits_until_the_cluster_has_its_capacity(run: Run) -> None:
    (ready,) = run(lambda: EcsCluster("cluster", EcsClusterArgs())).result.link.ready
    assert type(ready).__name__ == "ClusterCapacityProviders"
