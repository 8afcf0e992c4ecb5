"""What EKS refuses of a cluster, and what cannot work."""

import ipaddress
import re
from collections.abc import Sequence

from components.constraints import Problem
from components.support import in_standard_support

GUIDE = "docs.aws.amazon.com/eks/latest/userguide"
VERSIONS = in_standard_support("kubernetes")
"""Kubernetes versions in standard support, 14 months each; components/support.json has the days when they leave it."""
DEFAULT_VERSION = "1.36"
NODE_ENDPOINTS = ("ec2", "eks", "eks-auth")
"""AWS services that nodes and pods need beside those of ECS's tasks, in a network without a way out: joining the
cluster, addresses, and the pods' credentials. Source: docs.aws.amazon.com/eks/latest/userguide/private-clusters.html"""
PRIVATE = tuple(ipaddress.ip_network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
PRINCIPAL = re.compile(r"^arn:aws[\w-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+$")


def version_problems(version: str, before: str | None = None) -> list[Problem]:
    """Versions out of standard support cost six times as much an hour; upgrades go one at a time and never back."""
    source = f"{GUIDE}/kubernetes-versions.html"
    if version not in VERSIONS:
        return [
            Problem(
                key="version",
                value=version,
                reason="EKS has it in no standard support, and the cluster would be upgraded by AWS or cost extra",
                remedy=f"choose {', '.join(VERSIONS[:-1])} or {VERSIONS[-1]}",
                source=source,
            )
        ]
    if before is None or before not in VERSIONS:
        return []
    step = VERSIONS.index(version) - VERSIONS.index(before)
    if step in (0, 1):
        return []
    remedy = f"choose {VERSIONS[VERSIONS.index(before) + 1]} first" if step > 1 else f"keep {before}"
    reason = f"EKS upgrades by one version at a time and never back, and the cluster has {before}"
    return [Problem(key="version", value=version, reason=reason, remedy=remedy, source=source)]


def endpoint_problems(public_cidrs: Sequence[str], *, hosted_runners: bool) -> list[Problem]:
    """Who may reach the API server: nobody from outside, or named addresses."""
    source = f"{GUIDE}/cluster-endpoint.html"
    problems = []
    for cidr in public_cidrs:
        try:
            network = ipaddress.ip_network(cidr)
        except ValueError:
            reason, remedy = "it is no range of addresses", "write one such as 203.0.113.7/32"
        else:
            if network.prefixlen < 8:
                reason, remedy = "nearly everybody could reach the API server", "name the addresses of your offices"
            elif any(network.version == 4 and network.overlaps(private) for private in PRIVATE):
                reason, remedy = "private addresses reach the endpoint from inside anyway", "leave it out"
            else:
                continue
        problems.append(Problem(key="public_cidrs", value=cidr, reason=reason, remedy=remedy, source=source))
    if hosted_runners and not public_cidrs:
        problems.append(
            Problem(
                key="public_cidrs",
                value="[]",
                reason="the endpoint is private, and runners that GitHub hosts can't reach it",
                remedy="run the deployment on runners in the VPC, or name their fixed addresses",
                source=source,
            )
        )
    return problems


def subnet_problems(count: int) -> list[Problem]:
    """The control plane stands in two zones at least."""
    if count >= 2:
        return []
    return [
        Problem(
            key="subnet_ids",
            value=count,
            reason="EKS wants subnets in two zones at least",
            remedy="name the private subnets of two zones",
            source=f"{GUIDE}/network-reqs.html",
        )
    ]


def principal_problems(principals: Sequence[str]) -> list[Problem]:
    """Access entries name roles and users of IAM."""
    return [
        Problem(
            key="admins",
            value=principal,
            reason="it is no ARN of an IAM role or user",
            remedy="write one such as arn:aws:iam::111111111111:role/deploy",
            source=f"{GUIDE}/access-entries.html",
        )
        for principal in principals
        if not PRINCIPAL.match(principal)
    ]
