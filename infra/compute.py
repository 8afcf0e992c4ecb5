"""What runs the services: ECS, or EKS from the same description."""

from collections.abc import Mapping

import pulumi

from components.edge.route import Route
from components.links import ClusterLink, FunctionLink
from components.services.registry import Registry
from infra.caches import AnyCache
from infra.differences import differences
from infra.ecs import make_ecs_services
from infra.environment import Environment
from infra.services import Running
from infra.users import Users


def make_services(
    env: Environment,
    cluster: ClusterLink | None,
    runner: FunctionLink | None,
    users: Users,
    caches: Mapping[str, AnyCache],
    routes: Mapping[str, Route],
    registry: Registry | None,
) -> Mapping[str, Running]:
    """Each service with its schedules, and the alarms of all; and what is otherwise than the settings ask, said."""
    for difference in differences(env.settings):
        pulumi.log.warn(difference)
    if env.settings.compute == "eks":
        # Here, since nobody on ECS is to wait for Kubernetes' SDK.
        from infra.eks import make_eks_services

        return make_eks_services(env, users, caches, routes, registry)
    return make_ecs_services(env, cluster, runner, users, caches, routes, registry)


def cluster_of(env: Environment, tasks: ClusterLink | None) -> pulumi.Input[str]:
    """Name of the cluster that runs the services; empty without services."""
    if env.settings.compute == "eks":
        return env.scope.prefix if env.settings.services else ""
    return tasks.name if tasks else ""
