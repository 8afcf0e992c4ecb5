"""Pools of nodes for EKS Auto Mode (Karpenter), as plain data."""

from typing import Literal

from components.kubernetes.objects import Manifest, manifest

Capacity = Literal["on-demand", "spot"]
EXPIRES = "336h"
"""Auto Mode's nodes live 21 days at most; these are replaced after 14."""


def node_pool(capacity: Capacity, architectures: tuple[Literal["arm64", "x86_64"], ...], *, max_cpus: int) -> Manifest:
    """Nodes that come and go with the pods. Which pods may use Spot nodes, the pods say themselves.

    The built-in general-purpose pool has x86 nodes only, hence pools of our own; they share its node class, which AWS
    makes as soon as one built-in pool is on.
    Source: docs.aws.amazon.com/eks/latest/userguide/set-builtin-node-pools.html, create-node-pool.html
    """
    arches = ["amd64" if architecture == "x86_64" else architecture for architecture in sorted(architectures)]
    requirements = [
        _in("karpenter.sh/capacity-type", [capacity]),
        _in("kubernetes.io/arch", arches),
        _in("eks.amazonaws.com/instance-category", ["c", "m", "r"]),
        {"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": ["5"]},
    ]
    template = {
        "spec": {
            "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"},
            "requirements": requirements,
            "expireAfter": EXPIRES,
            "terminationGracePeriod": "1h",
        }
    }
    spec = {
        "template": template,
        "limits": {"cpu": str(max_cpus)},
        "disruption": {
            "consolidationPolicy": "WhenEmptyOrUnderutilized",
            "consolidateAfter": "5m",
            "budgets": [{"nodes": "10%"}],
        },
    }
    return manifest("karpenter.sh/v1", "NodePool", f"headroom-{capacity}", None, spec=spec)


def _in(key: str, values: list[str]) -> dict[str, object]:
    return {"key": key, "operator": "In", "values": values}
