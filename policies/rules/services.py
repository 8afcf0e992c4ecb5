"""Rules on what runs: services and their tasks."""

from __future__ import annotations

from policies.rule import ResourceRule, Rule
from policies.verdict import PASS, UNKNOWN, Properties, Verdict, fail, lookup, undetermined

EXECUTE = "enableExecuteCommand"


def ecs_exec_off(service: Properties) -> Verdict:
    """A shell in a task has the task's role, secrets and network, and a file system that can be written."""
    value = lookup(service, EXECUTE)
    if value is UNKNOWN:
        return undetermined(EXECUTE)
    if value is True:
        return fail(EXECUTE, "lets operators open a shell in tasks", "set headroom:cluster.execute_command to false")
    return PASS


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=ecs_exec_off,
        title="Nobody can open a shell in a task",
        types=frozenset({"aws:ecs/service:Service"}),
        severity="medium",
        references=("requirement E6",),
    ),
)
