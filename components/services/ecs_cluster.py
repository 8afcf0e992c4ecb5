"""An ECS cluster on Fargate."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.links import ClusterLink


@dataclass(frozen=True, kw_only=True)
class EcsClusterArgs:
    """What the cluster is; environments differ by these values only."""

    insights: Literal["enhanced", "enabled", "disabled"] = "enhanced"
    """CloudWatch Container Insights: per task (enhanced), per service (enabled) or none."""


class EcsCluster(pulumi.ComponentResource):
    """A cluster whose services run on Fargate or Fargate Spot, by their own choice.

    Shells in tasks (ECS Exec) are off unless a service asks for them; then `logging` NONE keeps what is typed there
    out of logs, and CloudTrail keeps who opened one.
    """

    link: ClusterLink
    """What services and their alarms need."""

    def __init__(self, name: str, args: EcsClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:EcsCluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster = aws.ecs.Cluster(
            name,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value=args.insights)],
            configuration=aws.ecs.ClusterConfigurationArgs(
                execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                    logging="NONE"
                )
            ),
            opts=child,
        )
        providers = aws.ecs.ClusterCapacityProviders(
            name,
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider="FARGATE", weight=1
                )
            ],
            opts=child,
        )
        self.link = ClusterLink(
            arn=cluster.arn, name=cluster.name, insights=args.insights != "disabled", ready=[providers]
        )
        self.register_outputs({"arn": cluster.arn, "name": cluster.name})
