"""Services that move from ECS to EKS, or back: what becomes of requests meanwhile, told from a run's steps.

How each way goes is decided by the program's order: `components/edge/route.py`, and docs/eks.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.text import Text

from operations.changes import Change, Run

ON_ECS = "aws:ecs/service:Service"
ON_EKS, PODS = "kubernetes:apps/v1:Deployment", "-pods"
"""Type of what runs a service, and the end of its name in the program."""
TASKS = "-tasks"
"""End of the name of a rule that ties tasks to the load balancer until the service's own rule turns to them."""
RULE = "aws:lb/listenerRule:ListenerRule"
GROUP = "aws:lb/targetGroup:TargetGroup"
CLUSTER = "aws:eks/cluster:Cluster"


@dataclass(frozen=True, kw_only=True)
class Move:
    """Services that change their platform in one run."""

    to: Literal["ecs", "eks"]
    """Where they go."""
    services: Sequence[str]
    """All of them, by name."""
    routed: Sequence[str]
    """Those that the load balancer sends requests to."""
    steady: bool
    """Whether rules turn only to what is healthy; always so on the way to EKS."""
    stuck: Sequence[str]
    """Those of them whose rule stays as it is, although their target group is another."""
    protected: bool
    """Whether the cluster that is to go may not be deleted."""


def move(run: Run) -> Move | None:
    """What moves in a run, be it planned, done, or the rest of one that stopped; None in most."""
    tasks = {change.name: change for change in run.resources if change.type == ON_ECS}
    pods = {change.name.removesuffix(PODS): change for change in run.resources if change.type == ON_EKS}
    to: Literal["ecs", "eks"]
    for to, leaving, coming in (("eks", tasks, pods), ("ecs", pods, tasks)):
        moved = [name for name, change in leaving.items() if _goes(change) and name in coming]
        services = sorted(name for name in moved if not _goes(coming[name]))
        if services:
            rules = {change.name: change for change in run.resources if change.type == RULE and not _goes(change)}
            new = {change.name for change in run.resources if change.type == GROUP and change.op == "create"}
            routed = [name for name in services if name in rules]
            return Move(
                to=to,
                services=services,
                routed=routed,
                steady=to == "eks" or all(f"{name}{TASKS}" in rules for name in routed),
                stuck=[name for name in routed if to == "ecs" and rules[name].quiet and name in new],
                protected=any(_is_protected(change) for change in run.resources),
            )
    return None


def _goes(change: Change) -> bool:
    return change.op == "delete"


def _is_protected(change: Change) -> bool:
    return (
        change.type == CLUSTER
        and _goes(change)
        and change.old is not None
        and bool(change.old.inputs.get("deletionProtection"))
    )


def told(run: Run, *, done: bool = False) -> Iterator[Text]:
    """One paragraph for people; nothing where nothing moves."""
    found = move(run)
    if found is None:
        return
    say = (_did_to_eks if done else _to_eks) if found.to == "eks" else (_did_to_ecs if done else _to_ecs)
    yield Text(" ".join(say(found)), style="bold" if found.steady and not found.stuck else "bold yellow")


def _to_eks(found: Move) -> Iterator[str]:
    yield f"{_all(found.services)} {_verb(found.services, 'moves', 'move')} from ECS to EKS."
    if found.routed:
        yield (
            f"No request to {_all(found.routed)} is lost: the tasks on ECS answer until pods are healthy in target "
            "groups of their own; then the load balancer's rules turn to the pods, and the tasks finish what they have "
            "begun and end last. If pods do not become healthy, `up` stops before that, and the tasks go on."
        )
    yield (
        "For as long as both run, the databases have the connections of both, workers of both take messages, and a "
        "schedule that is due may run twice. Secrets keep their values."
    )


def _to_ecs(found: Move) -> Iterator[str]:
    yield f"{_all(found.services)} {_verb(found.services, 'moves', 'move')} from EKS to ECS."
    if found.stuck:
        yield (
            f"`up` will FAIL, with requests still answered by pods: the rules of {_all(found.stuck)} are ECS's to turn "
            "while headroom:services.<name>.deploy has two target groups, and it does not find its own there. Choose "
            "deploy.strategy: rolling, without second_target_group, for the way back."
        )
    elif found.routed and found.steady:
        yield (
            f"No request to {_all(found.routed)} is lost: pods answer until the tasks on ECS are healthy in target "
            "groups of their own; then the load balancer's rules turn to the tasks. If tasks do not become healthy, "
            "`up` stops before that, and the pods go on."
        )
    elif found.routed:
        yield (
            f"Requests to {_all(found.routed)} FAIL for some minutes, with 503: ECS takes a target group only when a "
            "rule of the load balancer leads to it, so the rules turn before the first task runs. To lose none, set "
            "headroom:cluster.wait_for_tasks to true for this run; or choose a time at which few would notice."
        )
    yield "Pods and their cluster end last. Secrets keep their values."
    if found.protected:
        yield (
            "The cluster is protected: AWS will refuse to delete it, and `up` will end with that error. To avoid it, "
            "set headroom:eks.deletion_protection to false and run `up` once before."
        )


def _did_to_eks(found: Move) -> Iterator[str]:
    routed = ", whose rules turned to pods that were healthy before the tasks ended" if found.routed else ""
    yield f"Moved {_all(found.services)} from ECS to EKS{routed}."


def _did_to_ecs(found: Move) -> Iterator[str]:
    yield f"Moved {_all(found.services)} from EKS to ECS."
    if not found.steady:
        yield f"Requests to {_all(found.routed)} failed from when the rules turned until the first tasks were healthy."


def _all(names: Sequence[str]) -> str:
    """`api, web and worker`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _verb(names: Sequence[str], one: str, many: str) -> str:
    return one if len(names) == 1 else many
