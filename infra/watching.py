"""What watches the whole: incidents over all alarms, who reads them in a chat, dashboards, and saved queries."""

from collections.abc import Iterator, Mapping, Sequence

import pulumi

from components.alarms.chat import SlackChannel, SlackChannelArgs
from components.alarms.composite_alarms import CompositeAlarms, CompositeAlarmsArgs
from components.alarms.incidents import (
    Incident,
    balancer_incident,
    database_incident,
    queue_incidents,
    service_incident,
    services_incidents,
)
from components.alarms.mutes import Mutes, MutesArgs
from components.edge.waf import GLOBAL_REGION
from components.services.logs import ServiceLogs, ServiceLogsArgs
from infra.environment import Environment, Watched, night

BALANCER = "alb"
"""First part of the load balancer's alarms' names."""

SILENT = "silent"
"""The condition of a cluster whose agents report nothing, so that nobody counts pods."""


def make_incidents(env: Environment) -> Sequence[Incident]:
    """What pages, over all alarms that were made before; in the order in which one silences another."""
    prefix = env.scope.prefix
    databases = {name: database_incident(prefix, name, alarms_of(env, name)) for name in env.settings.databases}
    blind = next((f"{one.name}-{SILENT}" for one in env.watched if SILENT in {c.name for c in one.conditions}), None)
    services: dict[str, Incident] = {}
    for name, chosen in env.settings.services.items():
        database = databases.get(chosen.database or "")
        conditions = alarms_of(env, name).get(name, ())
        found = service_incident(prefix, name, conditions, database.name if database else None, blind)
        services |= {name: found} if found else {}
    together = services_incidents(prefix, list(services.values()))
    incidents = [
        *(database for database in databases.values() if database),
        *services.values(),
        *together,
        *_queues(env, services, databases),
    ]
    if alarms_of(env, BALANCER):
        silencing = together[-1:] or list(services.values())
        incidents.append(balancer_incident(prefix, BALANCER, silencing[0].name if silencing else None))
    if incidents:
        args = CompositeAlarmsArgs(
            scope=env.scope,
            topics=env.topics,
            incidents=incidents,
            alarms=_makers(prefix, env.watched),
            runbooks=env.settings.alarms.runbooks_url,
        )
        composites = CompositeAlarms("incidents", args, env.opts)
        make_mutes(env, incidents, composites.made)
    return incidents


def _queues(
    env: Environment, services: Mapping[str, Incident], databases: Mapping[str, Incident | None]
) -> Iterator[Incident]:
    """Queues that are stuck, each with the incidents that would say why: of its consumers and of their databases."""
    for queue in env.settings.queues:
        consumers = {name: one for name, one in env.settings.services.items() if queue in one.consumes}
        stores = [databases.get(one.database or "") for one in consumers.values()]
        causes = [services.get(name) for name in consumers] + stores
        by_name = {cause.name: cause for cause in causes if cause is not None}
        yield from queue_incidents(env.scope.prefix, queue, list(by_name.values()))


def make_mutes(env: Environment, incidents: Sequence[Incident], composites: Mapping[str, pulumi.Resource]) -> None:
    """Nobody hears at night that services sleep; of their databases and schedules they do. Only what tells somebody
    itself is muted: the alarms of an incident tell nobody."""
    sleep, prefix = night(env.settings), env.scope.prefix
    if sleep is None:
        return
    telling = [f"{prefix}-{incident.name}" for incident in incidents if incident.tells and incident.sleeps]
    told = {**_told(prefix, env.watched), **{name: composites[name] for name in telling}}
    Mutes("asleep", MutesArgs(scope=env.scope, sleep=sleep, alarms=told), env.opts)
    edge = _told(prefix, env.edge_watched)
    if edge:
        region = GLOBAL_REGION if env.settings.region != GLOBAL_REGION else None
        args = MutesArgs(scope=env.scope, sleep=sleep, alarms=edge, region=region)
        Mutes("edge-asleep", args, env.opts)


def _told(prefix: str, watched: Sequence[Watched]) -> dict[str, pulumi.Resource]:
    """The alarms that tell somebody of what is off while services sleep, by their physical names."""
    return {
        f"{prefix}-{thing.name}-{condition.name}": thing.alarms
        for thing in watched
        if thing.sleeps
        for condition in thing.conditions
        if not condition.by_incident
    }


def _makers(prefix: str, watched: Sequence[Watched]) -> dict[str, pulumi.Resource]:
    """What makes each alarm, by its physical name."""
    return {
        f"{prefix}-{thing.name}-{condition.name}": thing.alarms for thing in watched for condition in thing.conditions
    }


def alarms_of(env: Environment, owner: str) -> Mapping[str, Sequence[str]]:
    """What is watched of a thing and its parts: each one's name, and the names of its conditions."""
    found: dict[str, list[str]] = {}
    for watched in env.watched:
        if watched.of == owner:
            found.setdefault(watched.name, []).extend(condition.name for condition in watched.conditions)
    return found


def make_service_logs(env: Environment, name: str, service: pulumi.Resource, log_group: str, *, routed: bool) -> None:
    """Saved queries over a service's logs; errors are counted in them where no load balancer counts answers."""
    saved = env.settings.observability.saved_queries
    if saved or not routed:
        args = ServiceLogsArgs(scope=env.scope, log_group=log_group, count_errors=not routed, save_queries=saved)
        ServiceLogs(name, args, pulumi.ResourceOptions.merge(env.opts, pulumi.ResourceOptions(depends_on=[service])))


def make_chat(env: Environment) -> None:
    """The Slack channels, which hear the topics of both regions."""
    chosen = env.settings.alarms.slack
    if chosen is None:
        return
    links = [env.topics, *env.edge_topics]
    heard: dict[str, list[pulumi.Input[str]]] = {}
    heard.setdefault(chosen.warn_channel_id, []).extend(link.warn_arn for link in links)
    heard.setdefault(chosen.page_channel_id or chosen.warn_channel_id, []).extend(link.page_arn for link in links)
    for name, (channel, topics) in zip(("warn", "page"), heard.items(), strict=False):
        args = SlackChannelArgs(scope=env.scope, team_id=chosen.team_id, channel_id=channel, topic_arns=topics)
        SlackChannel(f"slack-{name}", args, env.opts)
