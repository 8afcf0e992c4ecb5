"""Incidents: composite alarms over the alarms of one cause, so that it pages once. Pure decisions over names.

An alarm whose condition is `by_incident` tells nobody itself. An incident that has another as its suppressor waits a
little for that one, and keeps quiet while it is on: a service that fails because its database can't serve it does not
page beside the database.
Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

WAIT_SECONDS = 120
"""Ours: a service pages after 3 bad minutes, its database after 5."""
EXTENSION_SECONDS = 180
"""Ours: how long a service may take to recover once its database has."""
SERVICES_FAILING = "services-failing"
"""All failing services in one, which tells nobody: it silences the load balancer's own page."""
WORK_FAILING = "-work-failing"
"""What stands behind a queue's name in that of all that keeps its messages waiting, in one, which tells nobody."""

MOST_IN_A_RULE = 100
"""Alarms that a rule may name."""

Alarms = Mapping[str, Collection[str]]
"""A watched thing's name -> the names of its conditions."""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One composite alarm."""

    name: str
    """First part the thing's name: `api-failing`."""
    service: str
    """Value of the tag Service."""
    rule: str
    """When it is on, as CloudWatch takes it; names carry the prefix."""
    what: str
    """What is wrong, as a sentence."""
    first: str
    """The first thing to do, as a sentence."""
    runbook: str
    """Page under docs/runbooks without its ending."""
    suppressor: str | None = None
    """Name of the incident beside which it keeps quiet."""
    tells: bool = True
    """Whether anybody hears of it."""
    sleeps: bool = False
    """Whether nobody is to hear of it while services sleep."""


def on(*names: str) -> str:
    """Any of these alarms is on."""
    return _joined(" OR ", [f'ALARM("{name}")' for name in names])


def names_in(rule: str) -> list[str]:
    """The alarms that a rule names."""
    return re.findall(r'ALARM\("([^"]+)"\)', rule)


def both(*rules: str) -> str:
    """All of these rules hold."""
    return _joined(" AND ", rules)


def but_not(rule: str, name: str) -> str:
    """A rule holds, and an alarm is not on."""
    return f"({rule} AND NOT {on(name)})"


def either(*rules: str) -> str:
    """Any of these rules holds."""
    return _joined(" OR ", rules)


def _joined(word: str, rules: Sequence[str]) -> str:
    return rules[0] if len(rules) == 1 else f"({word.join(rules)})"


def service_incident(
    prefix: str, service: str, conditions: Collection[str], database: str | None, blind: str | None = None
) -> Incident | None:
    """A service that fails; it keeps quiet beside the incident `database`, that of its database.

    `blind` is the alarm that is on when nobody counts tasks: then that there seem to be none is told by it.
    """
    members = [name for name in ("errors-page", "down", "no-tasks") if name in conditions]
    if not members:
        return None
    return Incident(
        name=f"{service}-failing",
        service=service,
        rule=but_not(on(*(f"{prefix}-{service}-{member}" for member in members)), f"{prefix}-{blind}")
        if blind and members == ["no-tasks"]
        else on(*(f"{prefix}-{service}-{member}" for member in members)),
        what="it fails its users: it answers with errors, or no task runs"
        if "down" in members
        else "no task of it runs, so its work is left undone",
        first="roll back if it began with a deploy; else see which of its alarms is on, and go to that one's runbook",
        runbook="failing",
        suppressor=database,
        sleeps=True,
    )


def services_incidents(prefix: str, incidents: Sequence[Incident]) -> list[Incident]:
    """Any of several services fails: the last one says so. One by itself says so itself."""
    if len(incidents) < 2:
        return []
    return _any_of(SERVICES_FAILING, "all", "at least one service fails", prefix, incidents)


def _any_of(name: str, service: str, what: str, prefix: str, incidents: Sequence[Incident]) -> list[Incident]:
    """Any of these is on, which tells nobody: the last one says so. A rule takes 100 alarms, so more are counted in
    parts first."""

    def part(named: str, members: Sequence[Incident]) -> Incident:
        return Incident(
            name=named,
            service=service,
            rule=on(*(f"{prefix}-{member.name}" for member in members)),
            what=what,
            first="see which incident of these is on",
            runbook="failing",
            tells=False,
        )

    if len(incidents) <= MOST_IN_A_RULE:
        return [part(name, incidents)]
    parts = [incidents[start : start + MOST_IN_A_RULE] for start in range(0, len(incidents), MOST_IN_A_RULE)]
    counted = [part(f"{name}-{number}", members) for number, members in enumerate(parts, start=1)]
    return [*counted, part(name, counted)]


def balancer_incident(prefix: str, balancer: str, suppressor: str | None) -> Incident:
    """The load balancer refuses requests, and no service says why."""
    return Incident(
        name=f"{balancer}-failing",
        service=balancer,
        rule=on(f"{prefix}-{balancer}-refused-page"),
        what="the load balancer answers 5xx itself, and no service's own alarms tell why",
        first="look which target group has no healthy target, then at security groups and at the last deploy",
        runbook="failing",
        suppressor=suppressor,
        sleeps=True,
    )


PGBOUNCER = "-pgbouncer"
"""What stands behind a database's name in that of the PgBouncer before it."""
STRAINED = ("database-cpu-high", "database-memory-low", "database-capacity-high")
"""What says that an instance has no room left, beside its connections."""


def database_incident(prefix: str, database: str, alarms: Alarms) -> Incident | None:
    """A database that can't serve: connections run out and the instance is strained, or it reports nothing at all, or
    what pools its connections does not reach it or has none left. `alarms` are those of its instances and its pool."""
    rules: list[str] = []
    for thing, conditions in alarms.items():
        named = {condition: f"{prefix}-{thing}-{condition}" for condition in conditions}
        strained = [named[condition] for condition in STRAINED if condition in named]
        if "database-connections-high" in named and strained:
            rules.append(both(on(named["database-connections-high"]), on(*strained)))
        if "database-silent" in named:
            rules.append(on(named["database-silent"]))
        if "proxy-borrow-slow" in named and "proxy-pool-high" in named:
            rules.append(both(on(named["proxy-borrow-slow"]), on(named["proxy-pool-high"])))
        if "proxy-unavailable" in named:
            rules.append(on(named["proxy-unavailable"]))
        # A service may have the database's name: only PgBouncer's tasks count.
        if "no-tasks" in named and thing == f"{database}{PGBOUNCER}":
            rules.append(on(named["no-tasks"]))
    if not rules:
        return None
    return Incident(
        name=f"{database}-database-saturated",
        service=database,
        rule=either(*rules),
        what="it can't serve any more: its connections run out and it is short of CPU or memory, or it or its pool is "
        "gone",
        first="see which alarm of it is on; of a load find the statements and the service behind it in Database "
        "Insights, and stop or roll back that",
        runbook="database-saturated",
    )


def queue_incidents(prefix: str, queue: str, causes: Sequence[Incident] = ()) -> list[Incident]:
    """Messages wait for too long, and nobody takes any: the last one says so. It keeps quiet beside incidents that say
    why: its consumers have no task, or their database can't serve them."""
    what = "a consumer has no task, or its database can't serve it"
    silencing = _any_of(f"{queue}{WORK_FAILING}", queue, what, prefix, causes) if len(causes) > 1 else []
    suppressor = (silencing or causes)[-1].name if causes else None
    stuck = Incident(
        name=f"{queue}-queue-stuck",
        service=queue,
        rule=both(on(f"{prefix}-{queue}-queue-age"), on(f"{prefix}-{queue}-queue-idle")),
        what="messages wait for too long, and none is done",
        first="see whether the consumer runs; if it does, what it logs of the first message",
        runbook="queue-stuck",
        suppressor=suppressor,
        sleeps=True,
    )
    return [*silencing, stuck]
