"""Autoscaling of an ECS service: how many tasks, by which measure, how fast (C4)."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.links import RouteLink


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    """The range of tasks and the measures that move within it."""

    cluster_name: pulumi.Input[str]
    """Cluster of the service."""
    service_name: pulumi.Input[str]
    """Name of the service in ECS."""
    min_count: int
    """Tasks that always run."""
    max_count: int
    """Tasks that may run at most."""
    cpu_target_percent: int
    """Average CPU of the tasks to keep."""
    memory_target_percent: int
    """Average memory of the tasks to keep."""
    requests_per_target: int | None
    """Requests a minute and task to keep, where there is a route; none turns it off."""
    scale_out_seconds: int
    """Pause after tasks were added."""
    scale_in_seconds: int
    """Pause after tasks were taken away."""
    route: RouteLink | None
    """Route whose requests are counted."""


class Scaling(pulumi.ComponentResource):
    """Target tracking on CPU and memory, and on requests where asked for; the measure that wants most tasks wins."""

    def __init__(self, name: str, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:Scaling", name, None, opts)
        self._name, self._args = name, args
        self._target = aws.appautoscaling.Target(
            name,
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", args.cluster_name, "/", args.service_name),
            min_capacity=args.min_count,
            max_capacity=args.max_count,
            tags={"Service": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._track("cpu", "ECSServiceAverageCPUUtilization", args.cpu_target_percent)
        self._track("memory", "ECSServiceAverageMemoryUtilization", args.memory_target_percent)
        if args.requests_per_target is not None and args.route is not None:
            label = pulumi.Output.concat(args.route.load_balancer.arn_suffix, "/", args.route.target_group_arn_suffix)
            self._track("requests", "ALBRequestCountPerTarget", args.requests_per_target, label)
        self.register_outputs({"minCount": args.min_count, "maxCount": args.max_count})

    def _track(self, suffix: str, metric: str, target: int, label: pulumi.Output[str] | None = None) -> None:
        configuration = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
            target_value=target,
            scale_out_cooldown=self._args.scale_out_seconds,
            scale_in_cooldown=self._args.scale_in_seconds,
            predefined_metric_specification=(
                aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type=metric, resource_label=label
                )
            ),
        )
        aws.appautoscaling.Policy(
            f"{self._name}-{suffix}",
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            target_tracking_scaling_policy_configuration=configuration,
            opts=pulumi.ResourceOptions(parent=self),
        )
