"""Cases of EKS: clusters, access, add-ons and roles of pods."""

from __future__ import annotations

import json
from typing import Any

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World

ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
DEPLOYER = "arn:aws:iam::111111111111:role/ci/deploy"


def tags(world: World) -> Properties:
    return {"tags": {"Name": "changed", "Added": "yes"}}


def cluster(world: World, name: str) -> Properties:
    return {
        "name": name,
        "version": "1.35",
        "roleArn": world.role["arn"],
        "vpcConfig": {
            "subnetIds": [world.subnet_a.id, world.subnet_b.id],
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "encryptionConfig": {"provider": {"keyArn": world.key["arn"]}, "resources": ["secrets"]},
        "enabledClusterLogTypes": ["api", "audit"],
        "upgradePolicy": {"supportType": "STANDARD"},
        "bootstrapSelfManagedAddons": False,
        "computeConfig": {"enabled": True, "nodePools": ["system"], "nodeRoleArn": world.role["arn"]},
        "storageConfig": {"blockStorage": {"enabled": True}},
        "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
        "tags": {"Name": "first"},
    }


def changed_cluster(world: World) -> Properties:
    return {
        "version": "1.36",
        "enabledClusterLogTypes": ["api", "audit", "authenticator"],
        "upgradePolicy": {"supportType": "EXTENDED"},
        **tags(world),
    }


def own(world: World) -> str:
    """A cluster that the cases of its parts share."""
    if "eks_cluster" not in world.made:
        world.add("eks_cluster", "aws:eks/cluster:Cluster", cluster(world, "world"))
    return str(world.eks_cluster.id)


def entry(world: World, principal: str) -> Properties:
    return {"clusterName": own(world), "principalArn": principal, "tags": {"Name": "first"}}


def policy(world: World) -> Properties:
    if "eks_entry" not in world.made:
        world.add("eks_entry", "aws:eks/accessEntry:AccessEntry", entry(world, f"{DEPLOYER}-world"))
    scope = {"type": "namespace", "namespaces": ["api"]}
    principal = {"clusterName": own(world), "principalArn": f"{DEPLOYER}-world"}
    return {**principal, "policyArn": ADMIN, "accessScope": scope}


def addon(world: World) -> Properties:
    return {
        "clusterName": own(world),
        "addonName": "metrics-server",
        "configurationValues": json.dumps({"replicas": 2}),
        "resolveConflictsOnCreate": "OVERWRITE",
        "resolveConflictsOnUpdate": "OVERWRITE",
        "namespaceConfig": {"namespace": "metrics"},
        "podIdentityAssociations": [{"serviceAccount": "metrics", "roleArn": world.role["arn"]}],
        "tags": {"Name": "first"},
    }


def association(world: World) -> dict[str, Any]:
    place = {"clusterName": own(world), "namespace": "api", "serviceAccount": "api"}
    return {**place, "roleArn": world.role["arn"], "tags": {"Name": "first"}}


CASES = [
    Case("aws:eks/cluster:Cluster", lambda w: cluster(w, "test"), changed_cluster),
    Case(
        "aws:eks/accessEntry:AccessEntry",
        lambda w: {**entry(w, DEPLOYER), "kubernetesGroups": ["viewers"]},
        lambda w: {"kubernetesGroups": ["viewers", "editors"], **tags(w)},
    ),
    Case("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", policy),
    Case("aws:eks/addon:Addon", addon, lambda w: {"configurationValues": json.dumps({"replicas": 3}), **tags(w)}),
    Case(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        association,
        lambda w: {"roleArn": w.role["arn"] + "-other", **tags(w)},
    ),
]
