"""A cluster in the emulated AWS: what EKS adds to it, what it refuses, and what changes in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.offline.aws import provider_cases_eks
from tests.offline.aws.provider_harness import Aws, FailedError, Made, Maker, Plugin
from tests.offline.aws.provider_world import World, trust

CLUSTER = "aws:eks/cluster:Cluster"


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    """Only what a cluster needs."""
    maker = Maker(plugin)
    made = World(maker)
    made.add("vpc", "aws:ec2/vpc:Vpc", {"cidrBlock": "10.60.0.0/16"})
    for number, zone in enumerate("ab"):
        inputs = {"vpcId": made.vpc.id, "cidrBlock": f"10.60.{number}.0/24", "availabilityZone": f"eu-central-1{zone}"}
        made.add(f"subnet_{zone}", "aws:ec2/subnet:Subnet", inputs)
    made.add("key", "aws:kms/key:Key", {"description": "eks", "deletionWindowInDays": 7})
    made.add("role", "aws:iam/role:Role", {"assumeRolePolicy": trust("eks.amazonaws.com")})
    yield made
    maker.clean()


@pytest.fixture
def cluster(plugin: Plugin, world: World) -> Iterator[Made]:
    made = Made(plugin, CLUSTER, provider_cases_eks.cluster(world, "main"), "main")
    yield made
    made.delete()


def test_eks_adds_its_vpc_its_security_group_and_an_endpoint_where_nothing_answers(
    cluster: Made, world: World, aws: Aws
) -> None:
    network = cluster["vpcConfig"]
    assert network["vpcId"] == world.vpc.id
    (group,) = aws("ec2").describe_security_groups(GroupIds=[network["clusterSecurityGroupId"]])["SecurityGroups"]
    assert group["VpcId"] == world.vpc.id
    assert cluster["endpoint"] == "https://main.eks.eu-central-1.offline.invalid"
    assert cluster["certificateAuthority"]["data"]
    assert cluster.read()[2]["vpcConfig"] == cluster.state["vpcConfig"]


def test_what_a_kubeconfig_needs_is_known_in_a_preview_and_the_security_group_is_not(
    plugin: Plugin, cluster: Made
) -> None:
    _, state = plugin.create(CLUSTER, cluster.inputs, preview=True)
    assert state["endpoint"] == cluster["endpoint"]
    assert state["certificateAuthority"] == cluster["certificateAuthority"]
    assert "vpcConfig" not in state
    changed = {**cluster.inputs, "version": "1.36"}
    later = plugin.update(CLUSTER, cluster.id, cluster.state, cluster.inputs, changed, preview=True)
    assert later["vpcConfig"] == cluster["vpcConfig"]


def test_who_reaches_the_endpoint_changes_in_place_and_the_rest_stays(cluster: Made, aws: Aws) -> None:
    reachable = {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
    before = cluster["vpcConfig"]
    after = cluster.update(vpcConfig={**cluster.inputs["vpcConfig"], **reachable})["vpcConfig"]
    assert after == {**before, **reachable}
    found = aws("eks").describe_cluster(name="main")["cluster"]
    assert found["resourcesVpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert found["accessConfig"]["authenticationMode"] == "API"


def test_a_protected_cluster_is_not_deleted(cluster: Made) -> None:
    cluster.update(deletionProtection=True)
    with pytest.raises(FailedError, match="deletion protection is enabled"):
        cluster.delete()
    cluster.update(deletionProtection=False)


def test_a_version_goes_up_by_one(cluster: Made) -> None:
    with pytest.raises(FailedError, match=r"Unsupported Kubernetes minor version update from 1\.35 to 1\.37"):
        cluster.update(version="1.37")
    cluster.inputs["version"] = "1.35"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "other"),
        ("roleArn", "arn:aws:iam::111111111111:role/other"),
        ("bootstrapSelfManagedAddons", True),
        ("encryptionConfig", {"provider": {"keyArn": "other"}, "resources": ["secrets"]}),
        ("accessConfig", {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}),
    ],
)
def test_what_makes_another_cluster_is_told(plugin: Plugin, cluster: Made, name: str, value: Any) -> None:
    answer = plugin.diff(CLUSTER, cluster.inputs, {**cluster.inputs, name: value}, cluster.state)
    assert [path.split(".")[0] for path in answer.replaces] == [name]


def test_a_second_entry_for_one_principal_is_refused(plugin: Plugin, cluster: Made) -> None:
    inputs = {"clusterName": cluster.id, "principalArn": "arn:aws:iam::111111111111:role/deploy"}
    made = Made(plugin, "aws:eks/accessEntry:AccessEntry", inputs, "one")
    assert made["userName"] == inputs["principalArn"]
    with pytest.raises(FailedError, match="already in use on this cluster"):
        Made(plugin, "aws:eks/accessEntry:AccessEntry", inputs, "two")
    made.delete()
