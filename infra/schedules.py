"""What runs at set times."""

from collections.abc import Mapping

from components.links import ClusterLink
from components.schedules.alarms import dropped_metric, not_started, rule_metric, run_failed
from components.schedules.group import ScheduleGroup, ScheduleGroupArgs
from components.schedules.schedule import Schedule, ScheduleArgs
from components.services.ecs_service import EcsService
from infra.environment import Environment, watch

CLUSTER = "cluster"
"""Name of the cluster in the program."""


def make_schedules(env: Environment, cluster: ClusterLink | None, services: Mapping[str, EcsService]) -> None:
    """Each schedule with its alarm, and what all share; nothing if there is no schedule."""
    if not env.settings.schedules or cluster is None:
        return
    shared = ScheduleGroupArgs(scope=env.scope, schedules=[*env.settings.schedules], key=env.keys["operations"])
    group = ScheduleGroup("schedules", shared, env.opts)
    watch(env, "schedules", group, [not_started(dropped_metric(group.link.name))])
    for name, chosen in env.settings.schedules.items():
        service = services[chosen.service]
        args = ScheduleArgs(
            scope=env.scope,
            group=group.link,
            key=shared.key,
            cluster=cluster,
            cluster_name=CLUSTER,
            service=chosen.service,
            task_definition_arn=service.task_definition_arn,
            security_group_id=service.security_group_id,
            subnet_ids=env.network.private_subnet_ids,
            command=chosen.command,
            every=chosen.every,
            timezone=chosen.timezone,
            retries=chosen.retries,
            max_age_minutes=chosen.max_age_minutes,
            enabled=chosen.enabled,
            cpu_units=chosen.cpu_units,
            memory_mib=chosen.memory_mib,
        )
        schedule = Schedule(name, args, env.opts)
        failed = run_failed(rule_metric(schedule.rule_name), service.log_group)
        watch(env, name, schedule, [failed], service=chosen.service)
