"""Schedules on EKS: who hears of a run that failed, or could not start. The CronJobs are their services' own.

Both components have the type of those on ECS, so that an alarm stays the same when its service changes the platform:
its name is fixed, and AWS takes it once.
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.eks import audit


@dataclass(frozen=True, kw_only=True)
class EksScheduleGroupArgs:
    """Where runs are counted."""

    scope: Scope
    """Name space of names."""
    log_group: str
    """Log group of the cluster's control plane, with its audit log."""


class EksScheduleGroup(pulumi.ComponentResource):
    """What all schedules share: runs that failed, and those that could not start, are counted in the audit log."""

    def __init__(self, name: str, args: EksScheduleGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:jobs:ScheduleGroup", name, None, opts)
        prefix, namespace = args.scope.prefix, audit.JOBS_NAMESPACE
        transformation = aws.cloudwatch.LogMetricFilterMetricTransformationArgs
        aws.cloudwatch.LogMetricFilter(
            f"{name}-failed-runs",
            name=f"{prefix}-failed-runs",
            log_group_name=args.log_group,
            pattern=audit.failed_pattern(),
            metric_transformation=transformation(
                namespace=namespace,
                name=audit.failed_runs_name(args.scope),
                value="1",
                dimensions=audit.DIMENSIONS,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.cloudwatch.LogMetricFilter(
            f"{name}-refused-runs",
            name=f"{prefix}-refused-runs",
            log_group_name=args.log_group,
            pattern=audit.refused_pattern(),
            metric_transformation=transformation(
                namespace=namespace, name=audit.refused_runs_name(args.scope), value="1"
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


class EksSchedule(pulumi.ComponentResource):
    """A schedule, as the parent of its alarms."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:jobs:Schedule", name, None, opts)
        self.register_outputs({})
