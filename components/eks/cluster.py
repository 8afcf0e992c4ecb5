"""An EKS cluster in Auto Mode: AWS runs the control plane, the nodes, their network and their updates."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope, Statement
from components.constraints import log_retention_problems, require
from components.eks import statements as access_eks
from components.eks.access import EksAccess, EksAccessArgs
from components.eks.addons import EksAddons, EksAddonsArgs
from components.eks.constraints import (
    DEFAULT_VERSION,
    endpoint_problems,
    principal_problems,
    subnet_problems,
    version_problems,
)
from components.eks.link import EksLink
from components.kubernetes import resources as kubernetes_resources
from components.kubernetes.network import enforcement
from components.kubernetes.nodes import node_pool
from components.kubernetes.secrets import sync_permissions
from components.links import KeyLink

CONTROL_PLANE_LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """What the cluster is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space; the cluster is named by it."""
    key: KeyLink
    """Key of Kubernetes' secrets and of the logs."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets of nodes and pods, in two zones at least."""
    log_retention_days: int
    """Days that the control plane's and the pods' logs are kept."""
    admins: Mapping[str, str]
    """Name to the ARN of a role or user that may do everything. Whoever deploys is one of them, for making the cluster
    gives no access."""
    viewers: Mapping[str, str] = field(default_factory=dict)
    """Name to the ARN of a role or user that may look at everything but secrets."""
    version: str = DEFAULT_VERSION
    """Kubernetes version; upgraded one at a time."""
    public_cidrs: Sequence[str] = ()
    """Addresses that reach the API server from outside; without any it is private."""
    hosted_runners: bool = False
    """Whether the pipeline runs on machines outside the VPC, such as GitHub's own."""
    architectures: tuple[Literal["arm64", "x86_64"], ...] = ("arm64",)
    """Processors that the services' images are built for."""
    spot: bool = True
    """Whether there is a pool of Spot nodes for what is not critical."""
    max_cpus: int = 64
    """vCPUs of each pool of nodes at most, so that a mistake has a price limit."""
    deletion_protection: bool = True
    """AWS refuses to delete the cluster."""
    observability: bool = True
    """Whether pods' logs and metrics go to CloudWatch."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before nodes start: their way to images and to AWS."""

    def __post_init__(self) -> None:
        require(
            [
                *version_problems(self.version),
                *endpoint_problems(self.public_cidrs, hosted_runners=self.hosted_runners),
                *subnet_problems(len(self.subnet_ids)),
                *principal_problems([*self.admins.values(), *self.viewers.values()]),
                *log_retention_problems(self.log_retention_days),
            ]
        )
        if not self.admins:
            raise ValueError("admins is empty: making a cluster gives no access to it; name the role that deploys")


def control_plane_log(cluster_name: str) -> str:
    """Log group that EKS writes the control plane's logs to; the name is AWS's."""
    return f"/aws/eks/{cluster_name}/cluster"


def kubeconfig(name: str, endpoint: str, authority: str, region: str) -> str:
    """How clients sign in: the AWS CLI makes a token of whoever runs it, so that no credential stands here."""
    command = ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"]
    sign_in = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": command,
        "interactiveMode": "Never",
    }
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}},
            ],
            "users": [{"name": name, "user": {"exec": sign_in}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )


class EksCluster(pulumi.ComponentResource):
    """A cluster whose nodes AWS makes, updates and replaces; services bring their own namespaces.

    The built-in pool `system` serves what the cluster itself needs; services run on pools of ours, on demand and Spot.
    """

    link: EksLink
    """What services and their alarms need."""
    kubeconfig: pulumi.Output[str]
    """For kubectl and other tools; holds no credential."""

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:EksCluster", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.cluster_name = args.scope.prefix
        cluster = self._make_cluster()
        admitted = EksAccess(
            name,
            EksAccessArgs(scope=args.scope, cluster=cluster.name, admins=args.admins, viewers=args.viewers),
            self._child,
        )
        addons = EksAddons(
            name,
            EksAddonsArgs(
                scope=args.scope,
                cluster_name=self.cluster_name,
                cluster=cluster.name,
                key=args.key,
                log_retention_days=args.log_retention_days,
                observability=args.observability,
            ),
            self._child,
        )
        authority = cluster.certificate_authority.apply(lambda found: found.data or "")
        self.kubeconfig = pulumi.Output.all(cluster.endpoint, authority).apply(
            lambda known: kubeconfig(self.cluster_name, known[0], known[1], args.scope.region)
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=admitted.ready)
        provider = kubernetes_resources.provider(name, self.kubeconfig, after)
        security_group = cluster.vpc_config.apply(lambda found: found.cluster_security_group_id or "")
        self.link = EksLink(
            name=self.cluster_name,
            provider=provider,
            security_group_id=security_group,
            ready=[*addons.ready, *self._make_objects(provider)],
        )
        self.register_outputs({"name": cluster.name, "endpoint": cluster.endpoint})

    def _make_cluster(self) -> aws.eks.Cluster:
        args = self._args
        logs = aws.cloudwatch.LogGroup(
            f"{self._name}-control-plane-logs",
            name=control_plane_log(self.cluster_name),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn,
            opts=self._child,
        )
        role, allowed = self._make_role(
            "cluster",
            access_eks.cluster_trust(args.scope, self.cluster_name),
            access_eks.CLUSTER_POLICIES,
            access_eks.encrypt_cluster(args.scope, args.key.alias),
        )
        node_role, node_allowed = self._make_role("node", access_eks.node_trust(), access_eks.NODE_POLICIES, [])
        after = [logs, *allowed, *node_allowed, *args.ready]
        return aws.eks.Cluster(
            self._name,
            name=self.cluster_name,
            version=args.version,
            role_arn=role.arn,
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=list(args.subnet_ids),
                endpoint_private_access=True,
                endpoint_public_access=bool(args.public_cidrs),
                public_access_cidrs=list(args.public_cidrs) or None,
            ),
            access_config=aws.eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=args.key.arn), resources=["secrets"]
            ),
            enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            deletion_protection=args.deletion_protection,
            # Auto Mode: the next four go together, and the add-ons that it replaces stay away.
            bootstrap_self_managed_addons=False,
            compute_config=aws.eks.ClusterComputeConfigArgs(
                enabled=True, node_pools=["system"], node_role_arn=node_role.arn
            ),
            storage_config=aws.eks.ClusterStorageConfigArgs(
                block_storage=aws.eks.ClusterStorageConfigBlockStorageArgs(enabled=True)
            ),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(
                elastic_load_balancing=aws.eks.ClusterKubernetesNetworkConfigElasticLoadBalancingArgs(enabled=True)
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _make_role(
        self, suffix: str, trust: Mapping[str, object], policies: Sequence[str], statements: Sequence[Statement]
    ) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        name = f"{self._name}-{suffix}"
        role = aws.iam.Role(
            name,
            description=f"Cluster {self.cluster_name}: {suffix}",
            assume_role_policy=json.dumps(trust),
            opts=self._child,
        )
        allowed: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}",
                role=role.name,
                policy_arn=access_eks.managed_policy(self._args.scope, policy),
                opts=self._child,
            )
            for policy in policies
        ]
        if statements:
            document = json.dumps(access.document(statements))
            allowed.append(aws.iam.RolePolicy(name, role=role.name, policy=document, opts=self._child))
        return role, allowed

    def _make_objects(self, provider: pulumi.ProviderResource) -> list[pulumi.Resource]:
        """What the cluster holds once, for all services."""
        args = self._args
        pools = [node_pool("on-demand", args.architectures, max_cpus=args.max_cpus)]
        if args.spot:
            pools.append(node_pool("spot", args.architectures, max_cpus=args.max_cpus))
        opts = pulumi.ResourceOptions(parent=self, provider=provider)
        objects = [enforcement(), *sync_permissions(), *pools]
        prefixes = {"ClusterRole": "role", "ClusterRoleBinding": "binding", "NodePool": "pool", "ConfigMap": "config"}
        return [
            made
            for manifest in objects
            for made in kubernetes_resources.make_all(f"{self._name}-{prefixes[manifest['kind']]}", [manifest], opts)
        ]
