"""IAM documents of schedules, as pure functions; see `components.access`.

Roles and clusters are named by Pulumi: the logical name, a hyphen and seven letters. A document names them by the
pattern, so that it is known in the first preview.
"""

from typing import Any

from components.access import Scope, Statement, allow, service_trust
from components.queues.statements import QueueName, use_queue_key
from components.schedules.constraints import FAILED_RUNS

GENERATED = "???????"
"""Letters that Pulumi adds to the names that it makes."""

FAILURES = QueueName(name=FAILED_RUNS)
"""Queue of runs that did not start or failed."""


def schedule_trust(scope: Scope, group: str) -> dict[str, Any]:
    """EventBridge Scheduler may take the role for schedules of our group; AWS lets no single schedule be named here.

    Source: docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    return service_trust(scope, "scheduler", scope.arn("scheduler", f"schedule-group/{group}"))


def run_task(scope: Scope, service: str, cluster: str) -> list[Statement]:
    """Runs tasks of one service's family in one cluster, passes them that service's two roles, and tags them.

    Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html, which tags need TagResource of
    """
    roles = [
        f"arn:{scope.partition}:iam::{scope.account}:role/{service}-{kind}-{GENERATED}"
        for kind in ("execution", "task")
    ]
    return [
        allow(
            "RunTask",
            ["ecs:RunTask"],
            [scope.arn("ecs", f"task-definition/{scope.prefix}-{service}:*")],
            {"ArnLike": {"ecs:cluster": scope.arn("ecs", f"cluster/{cluster}-{GENERATED}")}},
        ),
        allow(
            "TagTask",
            ["ecs:TagResource"],
            [scope.arn("ecs", f"task/{cluster}-{GENERATED}/*")],
            {"StringEquals": {"ecs:CreateAction": "RunTask"}},
        ),
        allow(
            "PassRoles", ["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        ),
    ]


def report_failures(scope: Scope, key_alias: str) -> list[Statement]:
    """Leaves what could not be started in the queue of failures, which this key encrypts.

    Source: docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    report = allow("ReportFailures", ["sqs:SendMessage"], [FAILURES.arn(scope)])
    return [report, *use_queue_key(scope, [FAILURES], [], [key_alias])]
