"""The function that runs one-off tasks while `up` waits."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.access import Scope
from components.links import FunctionLink, KeyLink
from components.tasks.function import MAX_SECONDS, Function, FunctionArgs
from components.tasks.statements import run_tasks


@dataclass(frozen=True, kw_only=True)
class TaskRunnerArgs:
    """Which tasks it may run."""

    scope: Scope
    """Account, region and name space of names and policies."""
    key: KeyLink
    """Key for its log."""
    log_retention_days: int
    """Days that its log is kept."""
    tasks: Mapping[str, str]
    """Name of each one-off task, to the log group that it writes to; it can run no other."""


class TaskRunner(pulumi.ComponentResource):
    """A function that starts a task, waits until it stopped, and fails when it failed.

    Lambda ends every call after 15 minutes, so a task is waited for 14 at most; it may run longer, and the next `up`
    waits for the same task again. In place of a provisioner on the machine of whoever deploys: it needs no more there
    than `up` itself.
    """

    link: FunctionLink
    """What a one-off task is run by."""

    def __init__(self, name: str, args: TaskRunnerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:TaskRunner", name, None, opts)
        function = Function(
            name,
            FunctionArgs(
                scope=args.scope,
                key=args.key,
                folder="run_task",
                description="Runs one-off tasks, and tells how they ended",
                log_retention_days=args.log_retention_days,
                statements=run_tasks(args.scope, list(args.tasks), list(args.tasks.values())),
                timeout_seconds=MAX_SECONDS,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.link = function.link
        self.register_outputs({"arn": function.link.made_arn})
