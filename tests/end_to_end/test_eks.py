"""dev on EKS, by one word of its stack file; and what becomes of requests when that word changes. C4, E5, T2."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest

from operations.access import matrix
from operations.cost import estimate

CLUSTER = "headroom-dev"
SERVICES = {"api", "web", "worker"}


def to(platform: str) -> Any:
    def edit(config: dict[str, Any]) -> None:
        config["headroom:compute"] = platform

    return edit


@pytest.fixture(scope="module")
def account(eks: Any) -> boto3.Session:
    return eks.aws("dev")


@pytest.fixture(scope="module")
def state(eks: Any) -> dict[str, dict[str, Any]]:
    """Type and name -> the resource, of everything in the stack."""
    return {f"{r['type']} {r['urn'].rsplit('::', 1)[-1]}": r for r in eks.state("dev")}


def moved(preview: str) -> str:
    """The paragraph on requests."""
    [paragraph] = [line for line in preview.splitlines() if re.search(r" moves? from ", line)]
    return paragraph


def changed(preview: str, kind: str) -> list[str]:
    """Lines of the tree that make or delete something of this kind."""
    return [line for line in preview.splitlines() if re.match(rf" ?[-+]+ +{re.escape(kind)} ", line)]


def test_the_cluster_stands_as_the_stack_file_describes_it(account: boto3.Session) -> None:
    client = account.client("eks")
    cluster = client.describe_cluster(name=CLUSTER)["cluster"]
    assert (cluster["status"], cluster["version"]) == ("ACTIVE", "1.36")
    assert cluster["resourcesVpcConfig"]["endpointPublicAccess"] is False
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    assert client.list_access_entries(clusterName=CLUSTER)["accessEntries"] == ["arn:aws:iam::111111111111:role/deploy"]
    assert len(client.list_addons(clusterName=CLUSTER)["addons"]) == 3


def test_each_service_s_pods_have_a_role_of_their_own(account: boto3.Session) -> None:
    client = account.client("eks")
    found = client.list_pod_identity_associations(clusterName=CLUSTER)["associations"]
    assert {one["namespace"] for one in found} == {one["serviceAccount"] for one in found} == SERVICES
    roles = {
        client.describe_pod_identity_association(clusterName=CLUSTER, associationId=one["associationId"])[
            "association"
        ]["roleArn"]
        for one in found
    }
    assert len(roles) == 3


def test_requests_are_led_to_target_groups_that_the_cluster_may_fill(account: boto3.Session, state: Any) -> None:
    client = account.client("elbv2")
    groups = {group["TargetGroupArn"]: group for group in client.describe_target_groups()["TargetGroups"]}
    tags = client.describe_tags(ResourceArns=list(groups))["TagDescriptions"]
    for described in tags:
        assert {"Key": "eks:eks-cluster-name", "Value": CLUSTER} in described["Tags"]
    for name in ("api", "web"):
        rule = state[f"aws:lb/listenerRule:ListenerRule {name}"]["outputs"]
        binding = state[f"kubernetes:eks.amazonaws.com/v1:TargetGroupBinding {name}-binding"]["inputs"]
        assert rule["actions"][0]["targetGroupArn"] == binding["spec"]["targetGroupARN"]
        assert groups[binding["spec"]["targetGroupARN"]]["TargetType"] == "ip"


def test_ecs_runs_no_service_and_the_task_that_made_the_database_s_users(account: boto3.Session) -> None:
    ecs = account.client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    assert ecs.list_services(cluster=cluster)["serviceArns"] == []
    assert account.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")[
        "ScalableTargets"
    ] == []  # fmt: skip


def test_outputs_name_what_runs(state: Any) -> None:
    outputs = state["pulumi:pulumi:Stack headroom-dev"]["outputs"]
    assert (outputs["compute"], outputs["cluster"]) == ("eks", CLUSTER)
    assert {name: told["namespace"] for name, told in outputs["services"].items()} == {name: name for name in SERVICES}


def test_everybody_reaches_what_they_may_and_it_has_a_price(state: Any) -> None:
    found = matrix(state.values(), "dev")
    # web has no store, and so no role that reaches anything.
    assert set(found.services) == SERVICES
    assert found.cells["secret service/api/SESSION_KEY"]["api"] == "read"
    assert found.cells["secret service/api/SESSION_KEY"]["worker"] == "none"
    assert "eks.Cluster eks" in {line.what for line in estimate(state.values()).lines}


def test_a_second_run_changes_nothing(eks: Any) -> None:
    assert eks.planned("dev") == {}


def test_the_way_back_says_that_requests_fail_and_keeps_what_must_stay(eks: Any) -> None:
    with eks.changed("dev", to("ecs")):
        preview = eks.headroom("preview", "dev", "--offline")
    assert moved(preview).startswith("api, web and worker move from EKS to ECS. Requests to api and web FAIL")
    for kind in ("secretsmanager.Secret", "secretsmanager.SecretVersion"):
        assert changed(preview, kind) == []


@pytest.mark.usefixtures("outputs_of_up")
def test_on_the_way_to_eks_no_request_is_lost_and_secrets_logs_and_alarms_stay(standing: Any) -> None:
    with standing.changed("dev", to("eks")):
        preview = standing.headroom("preview", "dev", "--offline")
    assert moved(preview).startswith("api, web and worker move from ECS to EKS. No request to api and web is lost")
    for kind in ("secretsmanager.Secret", "secretsmanager.SecretVersion", "Dashboard"):
        assert changed(preview, kind) == []
    for kind in ("cloudwatch.LogGroup", "cloudwatch.MetricAlarm"):
        # Of the cluster alone.
        assert not any(f" {name}-" in line for line in changed(preview, kind) for name in SERVICES)
    # The rules stay, and lead elsewhere; what ties pods to the load balancer is new.
    assert changed(preview, "lb.ListenerRule") == [" +   lb.ListenerRule api-pods", " +   lb.ListenerRule web-pods"]
