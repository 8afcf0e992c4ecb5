"""What is watched on EKS beside its services: the cluster itself, and schedules."""

from collections.abc import Mapping

import pulumi

from components.eks import audit
from components.eks.alarms import cluster_conditions
from components.eks.cluster import EksCluster, control_plane_log
from components.eks.schedules import EksSchedule, EksScheduleGroup, EksScheduleGroupArgs
from infra.environment import Environment, watch
from infra.services import Running


def watch_cluster(env: Environment, cluster: EksCluster) -> None:
    """The alarms of the cluster."""
    private = any(not service.public for service in env.settings.services.values())
    observed = env.settings.eks.observability
    conditions = cluster_conditions(cluster.link.name, observed=observed, relied_on=private)
    watch(env, "cluster", cluster, conditions)


def watch_schedules(env: Environment, cluster: EksCluster, services: Mapping[str, Running]) -> None:
    """Each schedule with its alarm, and what all share; nothing if there is no schedule. Their names in the program are
    those on ECS."""
    if not env.settings.schedules:
        return
    after = pulumi.ResourceOptions.merge(env.opts, pulumi.ResourceOptions(depends_on=list(cluster.link.ready)))
    args = EksScheduleGroupArgs(scope=env.scope, log_group=control_plane_log(cluster.link.name))
    watch(env, "schedules", EksScheduleGroup("schedules", args, after), [audit.refused_condition(env.scope)])
    for name, chosen in env.settings.schedules.items():
        failed = audit.failed_condition(env.scope, chosen.service, name, services[chosen.service].log_group)
        watch(env, name, EksSchedule(name, env.opts), [failed], service=chosen.service)
