"""IAM documents of functions and one-off tasks, as pure functions; see `components.access`."""

from collections.abc import Sequence
from typing import Any

from components.access import Scope, Statement, allow, document, write_logs


def function_arn(scope: Scope, name: str) -> str:
    """ARN of one of our functions, known before it exists."""
    return scope.arn("lambda", f"function:{scope.prefix}-{name}")


def function_trust() -> dict[str, Any]:
    """Lambda may take the role. No condition: Lambda's page on execution roles names none, and the role's account alone
    decides which function gets it (iam:PassRole).

    Source: docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    return document([{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}])


def function_statements(
    scope: Scope, log_group: str, statements: Sequence[Statement], *, key_alias: str | None
) -> list[Statement]:
    """What a function may do: write its log, open its environment where a key of ours closes it, and `statements`."""
    return [
        *write_logs(scope, log_group),
        *([_open_environment(scope, key_alias)] if key_alias else []),
        *statements,
    ]


def _open_environment(scope: Scope, key_alias: str) -> Statement:
    """Lambda opens the environment variables as the function's role.

    Source: docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    return allow(
        "OpenEnvironment",
        ["kms:Decrypt"],
        [scope.arn("kms", "key/*")],
        {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": [key_alias]},
            "StringEquals": {"kms:ViaService": f"lambda.{scope.region}.amazonaws.com"},
        },
    )


def task_family(scope: Scope, task: str) -> str:
    """Family of a one-off task's definitions. Services' names have no underscore, so none is a service's."""
    return f"{scope.prefix}-{task}"


def task_role_name(scope: Scope, task: str, purpose: str) -> str:
    """Name of a one-off task's role, `execution` or `task`: fixed, for who runs the task passes it."""
    return f"{scope.prefix}-{task}-{purpose}"


MOST_NAMED = 15
"""One-off tasks that a function may be allowed one by one: each takes 400 characters and more, and the policies within
a role have 10,240 in all (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


def run_tasks(scope: Scope, tasks: Sequence[str], log_groups: Sequence[str]) -> list[Statement]:
    """Runs exactly these one-off tasks, sees how they end, and reads what they said last.

    Of too many to be named it runs those of their kinds: `api_migrate` is one of `*_migrate`, and nothing but a one-off
    task of this environment has an underscore in its name. Only such tasks write streams that begin with `task/`.

    A task's own ARN holds a number that nobody knows beforehand, and looking at one tells its state only.
    """
    if not tasks:
        return []
    named, groups = sorted(tasks), sorted(set(log_groups))
    if len(tasks) > MOST_NAMED:
        named = sorted({f"*_{task.rpartition('_')[2]}" for task in tasks})
        groups = [f"/{scope.namespace}/*"]
    roles = [
        f"arn:{scope.partition}:iam::{scope.account}:role/{task_role_name(scope, task, purpose)}"
        for task in named
        for purpose in ("execution", "task")
    ]
    definitions = [scope.arn("ecs", f"task-definition/{task_family(scope, task)}:*") for task in named]
    streams = [scope.arn("logs", f"log-group:{group}:log-stream:task/*") for group in groups]
    return [
        allow("RunTasks", ["ecs:RunTask"], definitions),
        allow("WatchTasks", ["ecs:DescribeTasks"], [scope.arn("ecs", "task/*")]),
        allow(
            "PassRoles", ["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        ),
        allow("ReadLastLines", ["logs:GetLogEvents"], streams),
    ]
