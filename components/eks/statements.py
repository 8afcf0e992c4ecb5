"""IAM documents of an EKS cluster, as pure functions; see `components.access`."""

from collections.abc import Sequence
from typing import Any

from components.access import Scope, Statement, allow, decrypt_secrets, document, secret_arn

GUIDE = "docs.aws.amazon.com/eks/latest/userguide"

ADMINISTERS, LOOKS = "AmazonEKSClusterAdminPolicy", "AmazonEKSViewPolicy"
ACCESS_POLICIES = (ADMINISTERS, LOOKS)
"""What is granted in clusters. Source: docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html"""
CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
"""What AWS requires of an Auto Mode cluster's role. Source: auto-cluster-iam-role.html of the EKS user guide."""
NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
"""What AWS requires of Auto Mode's nodes: signing pods in, and pulling images. Source: auto-create-node-role.html."""
AGENT_POLICIES = ("CloudWatchAgentServerPolicy",)
"""What AWS requires of the add-on that sends metrics and logs."""


def access_policy(scope: Scope, name: str) -> str:
    """ARN of one of AWS's policies for what is inside a cluster."""
    return f"arn:{scope.partition}:eks::aws:cluster-access-policy/{name}"


def managed_policy(scope: Scope, name: str) -> str:
    """ARN of a policy that AWS maintains."""
    return f"arn:{scope.partition}:iam::aws:policy/{name}"


def cluster_arn(scope: Scope, cluster: str) -> str:
    """ARN of a cluster, known before it exists."""
    return scope.arn("eks", f"cluster/{cluster}")


def _trust(service: str, actions: Sequence[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    return document([{**trusted, **({"Condition": condition} if condition else {})}])


def cluster_trust(scope: Scope, cluster: str) -> dict[str, Any]:
    """EKS may take the role, for this cluster alone.

    Source: docs.aws.amazon.com/eks/latest/userguide/cross-service-confused-deputy-prevention.html
    """
    condition = {
        "StringEquals": {"aws:SourceAccount": scope.account},
        "ArnLike": {"aws:SourceArn": cluster_arn(scope, cluster)},
    }
    return _trust("eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"], condition)


def node_trust() -> dict[str, Any]:
    """EC2 may take the role for the nodes. No condition: EC2 offers none for instance profiles.

    Source: docs.aws.amazon.com/eks/latest/userguide/auto-create-node-role.html
    """
    return _trust("ec2.amazonaws.com", ["sts:AssumeRole"])


def pod_trust(scope: Scope, cluster: str, namespace: str, service_account: str) -> dict[str, Any]:
    """Pod Identity may take the role for one service account of one cluster.

    Source: docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html, pod-id-abac.html
    """
    condition = {
        "StringEquals": {
            "aws:SourceAccount": scope.account,
            "aws:RequestTag/eks-cluster-name": cluster,
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": service_account,
        }
    }
    return _trust("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"], condition)


def encrypt_cluster(scope: Scope, key_alias: str) -> list[Statement]:
    """The control plane encrypts Kubernetes' secrets with a key of ours.

    Source: docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
    """
    condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [key_alias]}}
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"]
    return [allow("EncryptSecrets", actions, [scope.arn("kms", "key/*")], condition)]


def read_pod_secrets(scope: Scope, names: Sequence[str], key_aliases: Sequence[str]) -> list[Statement]:
    """Reads exactly these secrets, as the driver does in the pod's name; it asks for their versions, too.

    Source: docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-pod-identity-integration.html
    """
    if not names:
        return []
    actions = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
    arns = [secret_arn(scope, name) for name in dict.fromkeys(names)]
    return [allow("ReadSecrets", actions, arns), *decrypt_secrets(scope, key_aliases)]
