"""What an EKS cluster hands to the services that run on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class EksLink:
    """Where a service runs on Kubernetes."""

    name: str
    """Name of the cluster, known before it exists: policies, tags and CloudWatch's ClusterName dimension have it."""
    provider: pulumi.ProviderResource
    """pulumi-kubernetes' provider for this cluster; every object is made by it."""
    security_group_id: pulumi.Output[str]
    """Security group of the nodes and so of all pods, which EKS makes."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a service: nodes for it, network policies that are enforced, the driver of its secrets."""
