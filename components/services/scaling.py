"""Autoscaling of an ECS service: how many tasks, by which measure, how fast (C4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_aws as aws

from components.alarms.conditions import Metric
from components.links import ClusterLink, RouteLink
from components.services.metrics import running_tasks
from components.services.sleep import Sleep

Configuration = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgsDict
Predefined = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgsDict
Customized = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgsDict
Query = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgsDict
"""What a policy measures: a metric that AWS names, or queries of our own."""


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """The work that waits for a service in a queue."""

    name: str
    """The queue's name in the settings."""
    queue_name: str
    """Its physical name, the value of CloudWatch's QueueName dimension."""
    per_task: int
    """Waiting messages a task to keep: how long a message may wait, divided by how long a task works on one."""


@dataclass(frozen=True, kw_only=True)
class ScalingArgs:
    """The range of tasks and the measures that move within it."""

    cluster: ClusterLink
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
    backlogs: Sequence[Backlog] = ()
    """Queues whose waiting messages are counted, each by itself."""
    sleep: Sleep | None = None
    """When no task runs, whatever is measured; never by default."""


class Scaling(pulumi.ComponentResource):
    """Target tracking on CPU and memory, and on requests and backlogs where asked for; the measure that wants most
    tasks wins."""

    def __init__(self, name: str, args: ScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:Scaling", name, None, opts)
        self._name, self._args = name, args
        self._target = aws.appautoscaling.Target(
            name,
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", args.cluster.name, "/", args.service_name),
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
        for backlog in args.backlogs:
            self._track_backlog(backlog)
        if args.sleep is not None:
            self._make_night(args.sleep)
        self.register_outputs({"minCount": args.min_count, "maxCount": args.max_count})

    def _track(self, suffix: str, metric: str, target: int, label: pulumi.Output[str] | None = None) -> None:
        predefined: Predefined = {"predefined_metric_type": metric}
        if label is not None:
            predefined["resource_label"] = label
        self._make_policy(suffix, {**self._at(target), "predefined_metric_specification": predefined})

    def _at(self, target: int) -> Configuration:
        """The value to keep, at the service's pace; the measure is to be added."""
        return {
            "target_value": target,
            "scale_out_cooldown": self._args.scale_out_seconds,
            "scale_in_cooldown": self._args.scale_in_seconds,
        }

    def _track_backlog(self, backlog: Backlog) -> None:
        """Messages that wait, divided by the tasks that run.

        Nothing is filled in where a metric has no value: the two come at different times, and a task count that is late
        would look like a backlog. Without a value nothing is scaled, and the other measures go on.
        Source: docs.aws.amazon.com/autoscaling/application/userguide/
        application-auto-scaling-target-tracking-metric-math.html
        """
        args = self._args
        cpu = Metric(
            namespace="AWS/ECS",
            name="CPUUtilization",
            dimensions={"ClusterName": args.cluster.name, "ServiceName": args.service_name},
            statistic="Average",
        )
        waiting = Metric(
            namespace="AWS/SQS",
            name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": backlog.queue_name},
            statistic="Average",
        )
        tasks = running_tasks(cpu, args.cluster)
        tasks = replace(tasks, statistic="Average") if args.cluster.insights else tasks
        result: Query = {
            "id": "backlog",
            "expression": "waiting / tasks",
            "label": "Waiting messages a task",
            "return_data": True,
        }
        own: Customized = {"metrics": [_query("waiting", waiting), _query("tasks", tasks), result]}
        configuration: Configuration = {**self._at(backlog.per_task), "customized_metric_specification": own}
        self._make_policy(f"backlog-{backlog.name}", configuration)

    def _make_night(self, sleep: Sleep) -> None:
        """Moves the range itself, so no measure wakes the service. The target keeps its own range in the state: an `up`
        that changes the range wakes a sleeping service until the next evening, and no other does.

        Source: docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-policy-overview.html
        """
        args = self._args
        moments = {"evening": (sleep.evening, 0, 0), "morning": (sleep.morning, args.min_count, args.max_count)}
        for suffix, (schedule, least, most) in moments.items():
            aws.appautoscaling.ScheduledAction(
                f"{self._name}-{suffix}",
                service_namespace=self._target.service_namespace,
                scalable_dimension=self._target.scalable_dimension,
                resource_id=self._target.resource_id,
                schedule=schedule,
                timezone=sleep.timezone,
                scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                    min_capacity=least, max_capacity=most
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _make_policy(self, suffix: str, configuration: Configuration) -> None:
        aws.appautoscaling.Policy(
            f"{self._name}-{suffix}",
            policy_type="TargetTrackingScaling",
            service_namespace=self._target.service_namespace,
            scalable_dimension=self._target.scalable_dimension,
            resource_id=self._target.resource_id,
            target_tracking_scaling_policy_configuration=configuration,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _query(id_: str, metric: Metric) -> Query:
    """A metric as Application Auto Scaling takes it: by the minute, without being asked."""
    return {
        "id": id_,
        "metric_stat": {
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": [{"name": name, "value": value} for name, value in metric.dimensions.items()],
            },
            "stat": metric.statistic,
        },
        "return_data": False,
    }
