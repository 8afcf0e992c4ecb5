"""What all schedules of an environment share: their group, and the queue of runs that failed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.links import KeyLink, ScheduleGroupLink
from components.queues.constraints import LONG_POLL_SECONDS, LONGEST_RETENTION_DAYS
from components.queues.statements import queue_policy, rules_may_send
from components.schedules.statements import FAILURES


@dataclass(frozen=True, kw_only=True)
class ScheduleGroupArgs:
    """Whose schedules they are."""

    scope: Scope
    """Account, region and name space of the names."""
    schedules: Sequence[str]
    """Names of all schedules, each of which may report failed runs."""
    key: KeyLink
    """Key that encrypts what they report; its policy admits EventBridge (`rules_may_send_encrypted`)."""


def rule_name(scope: Scope, schedule: str) -> str:
    """Name of the rule that matches a schedule's failed runs: `headroom-dev-cleanup-failed`."""
    return f"{scope.prefix}-{schedule}-failed"


class ScheduleGroup(pulumi.ComponentResource):
    """A group, by which roles and metrics know our schedules, and a queue that tells of each failed run why."""

    link: ScheduleGroupLink
    """What a schedule needs."""

    def __init__(self, name: str, args: ScheduleGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:jobs:ScheduleGroup", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.scheduler.ScheduleGroup(name, name=args.scope.prefix, opts=child)
        failures = aws.sqs.Queue(
            FAILURES.name,
            name=FAILURES.physical(args.scope),
            message_retention_seconds=LONGEST_RETENTION_DAYS * 86_400,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            kms_master_key_id=args.key.arn,
            opts=child,
        )
        rules = [rule_name(args.scope, schedule) for schedule in sorted(args.schedules)]
        policy = queue_policy(args.scope, FAILURES, [rules_may_send(args.scope, FAILURES, rules)])
        sender = aws.sqs.QueuePolicy(FAILURES.name, queue_url=failures.url, policy=json.dumps(policy), opts=child)
        self.link = ScheduleGroupLink(name=args.scope.prefix, failures_arn=failures.arn, ready=[group, sender])
        self.register_outputs({"name": group.name, "failures": failures.url})
