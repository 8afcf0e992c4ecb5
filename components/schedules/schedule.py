"""A command that runs at set times, as a one-off task of a service: its image, variables, secrets and roles."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope
from components.constraints import require
from components.links import ClusterLink, KeyLink, ScheduleGroupLink
from components.schedules.constraints import (
    command_problems,
    expression,
    retry_problems,
    size_problems,
    time_problems,
    time_zone_problems,
)
from components.schedules.group import rule_name
from components.schedules.statements import report_failures, run_task, schedule_trust


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """What runs, when, and how hard it is tried."""

    scope: Scope
    """Account, region and name space of names and policies."""
    group: ScheduleGroupLink
    """Group of the environment's schedules."""
    key: KeyLink
    """Key of the group's queue of failed runs."""
    cluster: ClusterLink
    """Cluster that runs the task."""
    cluster_name: str
    """The cluster's name in the program, from which Pulumi makes its own."""
    service: str
    """Service whose task it is."""
    task_definition_arn: pulumi.Input[str]
    """The service's revision."""
    security_group_id: pulumi.Input[str]
    """Security group of the service's tasks."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets of the task."""
    command: Sequence[str]
    """Replaces the image's command."""
    every: str
    """`hourly`, `daily`, `weekly`, `monthly`, or an expression: `rate(...)`, or `cron(...)` of six fields."""
    timezone: str = "UTC"
    """Time zone of the times. A time that the change to summer time leaves out is left out, too."""
    retries: int = 2
    """Further tries to start the task; one that ran and failed is not started again."""
    max_age_minutes: int = 60
    """Time after which a run that could not be started is given up, in minutes."""
    enabled: bool = True
    """Whether it runs at all."""
    cpu_units: int | None = None
    """CPU of the task, in units of 1/1024 vCPU; the service's by default."""
    memory_mib: int | None = None
    """Memory of the task in MiB; the service's by default."""

    def __post_init__(self) -> None:
        require(
            [
                *time_problems(self.every),
                *time_zone_problems(self.timezone),
                *retry_problems(self.retries, self.max_age_minutes),
                *command_problems(self.command),
                *size_problems(self.cpu_units, self.memory_mib),
            ]
        )


class Schedule(pulumi.ComponentResource):
    """EventBridge Scheduler runs the task with a role of its own; what does not start, or fails, lies in one queue.

    A run may come twice, so a job must not mind that: it is told its SCHEDULE_NAME and SCHEDULED_TIME. It runs on
    Fargate, never on Spot, for nobody would start it again.
    """

    rule_name: str
    """Name of the rule that matches failed runs, known early."""

    def __init__(self, name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:jobs:Schedule", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._tasks = f"schedule:{args.scope.prefix}-{name}"
        self.rule_name = rule_name(args.scope, name)
        self._watch_failures()
        role, policy = self._make_role()
        schedule = aws.scheduler.Schedule(
            name,
            name=name,
            group_name=args.group.name,
            description=f"{args.service}: {' '.join(args.command)}"[:512],
            schedule_expression=expression(args.every),
            schedule_expression_timezone=args.timezone,
            state="ENABLED" if args.enabled else "DISABLED",
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=self._target(role),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, *args.group.ready, *args.cluster.ready]),
        )
        self.register_outputs({"arn": schedule.arn})

    def _target(self, role: aws.iam.Role) -> aws.scheduler.ScheduleTargetArgs:
        args = self._args
        return aws.scheduler.ScheduleTargetArgs(
            arn=args.cluster.arn,
            role_arn=role.arn,
            input=json.dumps(overrides(self._name, args)),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_retry_attempts=args.retries, maximum_event_age_in_seconds=args.max_age_minutes * 60
            ),
            dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=args.group.failures_arn),
            ecs_parameters=aws.scheduler.ScheduleTargetEcsParametersArgs(
                task_definition_arn=args.task_definition_arn,
                task_count=1,
                capacity_provider_strategies=[
                    aws.scheduler.ScheduleTargetEcsParametersCapacityProviderStrategyArgs(
                        capacity_provider="FARGATE", weight=1
                    )
                ],
                network_configuration=aws.scheduler.ScheduleTargetEcsParametersNetworkConfigurationArgs(
                    subnets=args.subnet_ids, security_groups=[args.security_group_id], assign_public_ip=False
                ),
                group=self._tasks,
                propagate_tags="TASK_DEFINITION",
                enable_ecs_managed_tags=True,
            ),
        )

    def _make_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args = self._args
        role = aws.iam.Role(
            f"{self._name}-schedule",
            description=f"Schedule {self._name}: runs tasks of {args.service}",
            assume_role_policy=json.dumps(schedule_trust(args.scope, args.group.name)),
            tags={"Service": args.service},
            opts=self._child,
        )
        statements = [
            *run_task(args.scope, args.service, args.cluster_name),
            *report_failures(args.scope, args.key.alias),
        ]
        policy = aws.iam.RolePolicy(
            f"{self._name}-schedule",
            role=role.name,
            policy=json.dumps(access.document(statements)),
            opts=self._child,
        )
        return role, policy

    def _watch_failures(self) -> None:
        """A rule on the task's end, told by the task's group. Its target keeps why; SNS could not tell which rule
        publishes (docs.aws.amazon.com/sns/latest/dg/sns-key-management.html), so an alarm on the rule does."""
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-failed",
            name=self.rule_name,
            description=f"Runs of schedule {self._name} that failed",
            event_pattern=json.dumps(failed_run(self._tasks, self._args.service)),
            tags={"Service": self._args.service},
            opts=self._child,
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-failed",
            rule=rule.name,
            arn=self._args.group.failures_arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._args.group.ready),
        )


def overrides(name: str, args: ScheduleArgs) -> dict[str, Any]:
    """What differs from the service's own tasks, as RunTask takes it. Scheduler puts the time where its word stands.

    Source: docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    told = {"SCHEDULE_NAME": name, "SCHEDULED_TIME": "<aws.scheduler.scheduled-time>"}
    container = {
        "name": args.service,
        "command": list(args.command),
        "environment": [{"name": variable, "value": value} for variable, value in told.items()],
    }
    size = {"cpu": args.cpu_units, "memory": args.memory_mib}
    return {
        "containerOverrides": [container],
        **{key: str(value) for key, value in size.items() if value is not None},
    }


def failed_run(task_group: str, container: str) -> dict[str, Any]:
    """The end of a task of this group that was no success: by its own container, whatever became of one beside it.

    Both fields of `containers` must be of one of them: EventBridge's matching is array-consistent.
    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html, github.com/aws/event-ruler
    """
    return {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "group": [task_group],
            "lastStatus": ["STOPPED"],
            "$or": [
                {"containers": {"name": [container], "exitCode": [{"anything-but": [0]}]}},
                {"stopCode": [{"anything-but": ["EssentialContainerExited"]}]},
            ],
        },
    }
