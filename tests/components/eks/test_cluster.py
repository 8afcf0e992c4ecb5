"""A cluster in Auto Mode under pretended AWS. E2, T2."""

import json
import re
from typing import Any

import pytest

from components.eks.cluster import kubeconfig
from offline.kubernetes import checks, kinds
from tests.components.eks_examples import Run, cluster


def inputs(stack: Any) -> dict[str, Any]:
    found: dict[str, Any] = stack.one("aws:eks/cluster:Cluster")["inputs"]
    return found


def test_aws_runs_nodes_storage_and_load_balancing_and_no_add_on_is_there_twice(run: Run) -> None:
    made = inputs(cluster(run))
    assert made["computeConfig"]["enabled"] and made["computeConfig"]["nodePools"] == ["system"]
    assert made["storageConfig"] == {"blockStorage": {"enabled": True}}
    assert made["kubernetesNetworkConfig"] == {"elasticLoadBalancing": {"enabled": True}}
    assert made["bootstrapSelfManagedAddons"] is False


def test_the_api_is_private_unless_addresses_are_named(run: Run) -> None:
    private = inputs(cluster(run))["vpcConfig"]
    assert private["endpointPrivateAccess"] and not private["endpointPublicAccess"]
    named = inputs(cluster(run, public_cidrs=["203.0.113.0/24"]))["vpcConfig"]
    assert named["endpointPublicAccess"] and named["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_access_is_by_entries_and_making_the_cluster_gives_none(run: Run) -> None:
    stack = cluster(run, viewers={"support": "arn:aws:iam::111111111111:role/support"})
    assert inputs(stack)["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    policies = {
        r["name"]: r["inputs"]["policyArn"]
        for r in stack.all("aws:eks/accessPolicyAssociation:AccessPolicyAssociation")
    }
    assert policies["main-deploy"].endswith("/AmazonEKSClusterAdminPolicy")
    assert policies["main-support"].endswith("/AmazonEKSViewPolicy")
    provider = stack.one("pulumi:providers:kubernetes")
    assert any("AccessPolicyAssociation::main-deploy" in urn for urn in provider["options"]["depends_on"])


def test_secrets_are_encrypted_with_our_key_and_all_logs_are_kept_as_long_as_asked(run: Run) -> None:
    stack = cluster(run)
    made = inputs(stack)
    assert made["encryptionConfig"] == {"provider": {"keyArn": "services-key"}, "resources": ["secrets"]}
    assert sorted(made["enabledClusterLogTypes"]) == ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    groups = {r["inputs"]["name"]: r["inputs"] for r in stack.all("aws:cloudwatch/logGroup:LogGroup")}
    assert groups["/aws/eks/headroom-dev/cluster"]["retentionInDays"] == 30
    assert "/aws/containerinsights/headroom-dev/application" in groups
    assert {group["kmsKeyId"] for group in groups.values()} == {"services-key"}
    assert any("control-plane-logs" in urn for urn in stack.one("aws:eks/cluster:Cluster")["options"]["depends_on"])


def test_the_cluster_is_protected_and_stays_in_standard_support(run: Run) -> None:
    made = inputs(cluster(run))
    assert made["deletionProtection"] is True
    assert made["upgradePolicy"] == {"supportType": "STANDARD"}
    assert made["version"] == "1.36"


def test_every_policy_is_known_in_the_first_preview(run: Run) -> None:
    stack = cluster(run, preview=True)
    for role in stack.all("aws:iam/role:Role"):
        assert json.loads(role["inputs"]["assumeRolePolicy"])
    (policy,) = stack.all("aws:iam/rolePolicy:RolePolicy")
    (statement,) = json.loads(policy["inputs"]["policy"])["Statement"]
    assert statement["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/headroom-dev-services"]}
    }


def test_roles_have_what_aws_requires_and_no_more(run: Run) -> None:
    attached = sorted(
        r["inputs"]["policyArn"].rpartition("/")[2]
        for r in cluster(run).all("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    )
    assert attached == [
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSBlockStoragePolicy",
        "AmazonEKSClusterPolicy",
        "AmazonEKSComputePolicy",
        "AmazonEKSLoadBalancingPolicy",
        "AmazonEKSNetworkingPolicy",
        "AmazonEKSWorkerNodeMinimalPolicy",
        "CloudWatchAgentServerPolicy",
    ]


def test_measures_secrets_and_logs_come_by_add_ons_of_aws(run: Run) -> None:
    add_ons = {r["inputs"]["addonName"]: r["inputs"] for r in cluster(run).all("aws:eks/addon:Addon")}
    assert set(add_ons) == {
        "metrics-server",
        "aws-secrets-store-csi-driver-provider",
        "amazon-cloudwatch-observability",
    }
    agent = add_ons["amazon-cloudwatch-observability"]["podIdentityAssociations"]
    assert [one["serviceAccount"] for one in agent] == ["cloudwatch-agent"]
    without = cluster(run, observability=False).all("aws:eks/addon:Addon")
    assert len(without) == 2


def test_policies_are_enforced_and_pools_are_bounded(run: Run) -> None:
    stack = cluster(run)
    assert stack.one("kubernetes:core/v1:ConfigMap")["inputs"]["data"] == {"enable-network-policy-controller": "true"}
    made = [r["inputs"] for r in stack.all("kubernetes:karpenter.sh/v1:NodePool")]
    pools = {pool["metadata"]["name"]: pool["spec"] for pool in made}
    assert set(pools) == {"headroom-on-demand", "headroom-spot"}
    for name, spec in pools.items():
        assert spec["limits"] == {"cpu": "64"}
        requirements = {one["key"]: one["values"] for one in spec["template"]["spec"]["requirements"]}
        assert requirements["karpenter.sh/capacity-type"] == [name.removeprefix("headroom-")]
        assert requirements["kubernetes.io/arch"] == ["arm64"]
    assert len(cluster(run, spot=False).all("kubernetes:karpenter.sh/v1:NodePool")) == 1


def test_every_object_looks_as_kubernetes_publishes_it(run: Run) -> None:
    found = [r for r in cluster(run).resources if r["type"].startswith("kubernetes:")]
    assert len(found) == 5
    for made in found:
        _, failures = checks.check(kinds.of_token(made["type"]), made["name"], {}, made["inputs"], "default")
        assert failures == [], made["name"]


def test_a_kubeconfig_holds_no_credential() -> None:
    told = json.loads(kubeconfig("headroom-dev", "https://x", "Q0E=", "eu-central-1"))
    assert told["users"][0]["user"]["exec"]["args"][:4] == ["eks", "get-token", "--cluster-name", "headroom-dev"]
    assert set(told["users"][0]["user"]) == {"exec"}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"version": "1.29"}, "version is 1.29: EKS has it in no standard support"),
        ({"public_cidrs": ["0.0.0.0/0"]}, "nearly everybody could reach"),
        ({"public_cidrs": ["10.0.0.0/8"]}, "private addresses reach the endpoint from inside"),
        ({"public_cidrs": ["office"]}, "it is no range of addresses"),
        ({"hosted_runners": True}, "runners that GitHub hosts can't reach it"),
        ({"subnet_ids": ["subnet-a"]}, "subnet_ids is 1"),
        ({"admins": {"deploy": "deploy"}}, "it is no ARN of an IAM role or user"),
        ({"admins": {}}, "admins is empty"),
        ({"log_retention_days": 31}, "retention_days is 31"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(run: Run, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        cluster(run, **changed)
