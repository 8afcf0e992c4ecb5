"""Who may use a cluster's API: people and pipelines by access entries, never by having made the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require
from components.eks.constraints import principal_problems
from components.eks.statements import ADMINISTERS, LOOKS, access_policy


@dataclass(frozen=True, kw_only=True)
class EksAccessArgs:
    """Principals by name."""

    scope: Scope
    """Partition of AWS's access policies."""
    cluster: pulumi.Input[str]
    """Name of the cluster; an output of it, so that entries wait for it."""
    admins: Mapping[str, str] = field(default_factory=dict)
    """Name to the ARN of a role or user that may do everything: the pipeline that deploys, and few others."""
    viewers: Mapping[str, str] = field(default_factory=dict)
    """Name to the ARN of a role or user that may look at everything but secrets."""

    def __post_init__(self) -> None:
        require(principal_problems([*self.admins.values(), *self.viewers.values()]))


class EksAccess(pulumi.ComponentResource):
    """An access entry for each principal, with one of AWS's access policies for the whole cluster.

    Source: docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
    """

    ready: list[pulumi.Resource]
    """What must stand before somebody named here reaches the API."""

    def __init__(self, name: str, args: EksAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:EksAccess", name, None, opts)
        self._name, self._args, self.ready = name, args, []
        for principal, arn in sorted(args.admins.items()):
            self._admit(principal, arn, ADMINISTERS)
        for principal, arn in sorted(args.viewers.items()):
            self._admit(principal, arn, LOOKS)
        self.register_outputs({})

    def _admit(self, principal: str, arn: str, policy: str) -> None:
        child = pulumi.ResourceOptions(parent=self)
        entry = aws.eks.AccessEntry(
            f"{self._name}-{principal}", cluster_name=self._args.cluster, principal_arn=arn, type="STANDARD", opts=child
        )
        association = aws.eks.AccessPolicyAssociation(
            f"{self._name}-{principal}",
            cluster_name=self._args.cluster,
            principal_arn=entry.principal_arn,
            policy_arn=access_policy(self._args.scope, policy),
            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=child,
        )
        self.ready.append(association)
