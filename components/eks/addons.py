"""Add-ons of a cluster that AWS maintains: measures for autoscaling, secrets for pods, metrics and logs for people."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import log_retention_problems, require
from components.eks import fluent_bit
from components.eks import statements as access_eks
from components.kubernetes.secrets import ADDON, ADDON_NAMESPACE
from components.links import KeyLink
from components.services.logs import service_log_groups

OBSERVABILITY_NAMESPACE = "amazon-cloudwatch"
AGENT = "cloudwatch-agent"
INSIGHTS_LOGS = ("application", "dataplane", "host", "performance")
"""Log groups that the agents write: `/aws/containerinsights/<cluster>/<group>`."""


def insights_logs(cluster_name: str, kind: str) -> str:
    """Name of a log group that the agents write."""
    return f"/aws/containerinsights/{cluster_name}/{kind}"


def observability(scope: Scope) -> dict[str, object]:
    """Container Insights with enhanced observability, and the lines of services in log groups of their own.

    Named, though it is the default, since what is named replaces the rest of the default: Application Signals, which
    changes the pods of every service by a webhook. The newer way of Container Insights, over OpenTelemetry, has its
    metrics where no alarm of this kind finds them; it stays off by default.
    Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/install-CloudWatch-Observability-EKS-addon.html,
    docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/container-insights-eks-compare.html
    """
    insights = {"enhanced_container_insights": True, "accelerated_compute_metrics": False}
    files = {fluent_bit.FILE: fluent_bit.application_log(service_log_groups(scope))}
    return {
        "agent": {"config": {"logs": {"metrics_collected": {"kubernetes": insights}}}},
        "containerLogs": {"fluentBit": {"config": {"extraFiles": files}}},
    }


@dataclass(frozen=True, kw_only=True)
class EksAddonsArgs:
    """What the cluster gets beside what Auto Mode brings."""

    scope: Scope
    """Account, region and name space of the role."""
    cluster_name: str
    """Name of the cluster, for policies and log groups."""
    cluster: pulumi.Input[str]
    """The same as an output, so that add-ons wait for the cluster."""
    key: KeyLink
    """Key of the log groups."""
    log_retention_days: int
    """Days that pods' logs are kept."""
    observability: bool = True
    """Whether pods' logs and Container Insights' metrics go to CloudWatch; alarms on pods need it."""

    def __post_init__(self) -> None:
        require(log_retention_problems(self.log_retention_days))


class EksAddons(pulumi.ComponentResource):
    """metrics-server, the Secrets Store CSI driver with AWS's provider, and the CloudWatch agents.

    Auto Mode has the network, DNS, storage, load balancing and Pod Identity built in; as add-ons they would be there
    twice. Versions are left to AWS: the default of the cluster's version.
    """

    ready: list[pulumi.Resource]
    """What must stand before a service: without metrics it does not scale, without the driver it does not start."""

    def __init__(self, name: str, args: EksAddonsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:EksAddons", name, None, opts)
        self._name, self._args = name, args
        self.ready = [
            # On the built-in pool for what the cluster itself needs, so that it never waits for a service's node.
            self._add(
                "metrics-server", configuration={"tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}]}
            ),
            self._add(ADDON, namespace=ADDON_NAMESPACE),
        ]
        if args.observability:
            self.ready.append(self._add_observability())
        self.register_outputs({})

    def _add(
        self,
        addon: str,
        *,
        configuration: dict[str, object] | None = None,
        namespace: str | None = None,
        roles: dict[str, pulumi.Output[str]] | None = None,
        after: list[pulumi.Resource] | None = None,
    ) -> aws.eks.Addon:
        return aws.eks.Addon(
            f"{self._name}-{addon}",
            cluster_name=self._args.cluster,
            addon_name=addon,
            configuration_values=json.dumps(configuration) if configuration else None,
            namespace_config=aws.eks.AddonNamespaceConfigArgs(namespace=namespace) if namespace else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            pod_identity_associations=[
                aws.eks.AddonPodIdentityAssociationArgs(service_account=account, role_arn=arn)
                for account, arn in (roles or {}).items()
            ]
            or None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after or []),
        )

    def _add_observability(self) -> aws.eks.Addon:
        """The agents may send what CloudWatch takes; their log groups are ours, so that none is kept for ever."""
        args, child = self._args, pulumi.ResourceOptions(parent=self)
        trust = access_eks.pod_trust(args.scope, args.cluster_name, OBSERVABILITY_NAMESPACE, AGENT)
        role = aws.iam.Role(
            f"{self._name}-agent",
            description=f"Cluster {args.cluster_name}: sends metrics and logs",
            assume_role_policy=json.dumps(trust),
            opts=child,
        )
        after: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-agent-{policy}",
                role=role.name,
                policy_arn=access_eks.managed_policy(args.scope, policy),
                opts=child,
            )
            for policy in access_eks.AGENT_POLICIES
        ]
        for group in INSIGHTS_LOGS:
            after.append(
                aws.cloudwatch.LogGroup(
                    f"{self._name}-{group}-logs",
                    name=insights_logs(args.cluster_name, group),
                    retention_in_days=args.log_retention_days,
                    kms_key_id=args.key.arn,
                    opts=child,
                )
            )
        return self._add(
            "amazon-cloudwatch-observability",
            configuration=observability(args.scope),
            roles={AGENT: role.arn},
            after=after,
        )
