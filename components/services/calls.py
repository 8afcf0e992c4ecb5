"""Calls among the services of an environment: how one finds another, and in which order they start. Free of Pulumi."""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

SOURCE = "docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html"
LONGEST_CALL_SECONDS = 3600
"""Longest time that a call may have, if it has a limit."""

Calls = Mapping[str, Collection[str]]
"""Each service of the environment, with those that it calls."""


def call_variable(name: str) -> str:
    """Environment variable that tells a service the URL of another: `SERVICE_URL_API`."""
    return f"SERVICE_URL_{name.upper().replace('-', '_')}"


def ecs_url(name: str, port: int) -> str:
    """The name that Service Connect gives, in tasks of services that call somebody."""
    return f"http://{name}:{port}"


def eks_url(name: str, port: int) -> str:
    """The name of the Kubernetes Service, in every pod."""
    return f"http://{name}.{name}.svc.cluster.local:{port}"


def called(calls: Calls) -> set[str]:
    """Services that others call."""
    return {name for wanted in calls.values() for name in wanted}


def circle(calls: Calls) -> list[str]:
    """Services that call each other around, each the next one: `[api, web, api]`; empty if none do."""
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as error:
        return [str(name) for name in reversed(error.args[1])]
    return []


def call_order(calls: Calls) -> list[str]:
    """Called services before those that call them.

    Tasks of ECS know the names that existed when their service was deployed, and learn no later ones ("Existing tasks
    can't resolve and connect to the new endpoint", see SOURCE). Raises ValueError for a circle, which has no order.
    """
    around = circle(calls)
    if around:
        raise ValueError(f"{' calls '.join(around)}: none of them can be deployed after those that it calls")
    return list(TopologicalSorter(calls).static_order())
