"""Checks of what AWS grants: an environment of many services meets quotas that one of few never sees."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields

from components.quotas import (
    BALANCER,
    Routed,
    balancer_problems,
    query_problems,
    routed,
    security_group_problems,
    user_problems,
)
from components.services.deploys import Deploy
from infra.settings.checking import Values, at
from infra.settings.problems import Finding

KEYS = frozenset(field.name for field in fields(Deploy))


def quotas_findings(
    services: Mapping[str, Values],
    databases: Mapping[str, Values],
    caches: Mapping[str, Values],
    top: Values,
    sections: Mapping[str, Values],
) -> Iterator[Finding]:
    """Every quota that the environment would meet; `sections` are cluster, observability and quotas."""
    quotas, eks = sections["quotas"], top.get("compute") == "eks"
    public = [service for service in services.values() if service.get("public") and service.get("paths")]
    if "listener_rules" in quotas:
        waits = bool(sections["cluster"].get("wait_for_tasks"))
        taken = [_routed(service, eks=eks, waits=waits) for service in public]
        yield from at((), balancer_problems(taken, quotas["listener_rules"]))
    if "security_group_rules" in quotas and not eks:  # on EKS all pods have one security group
        needed = {BALANCER: len(public), **_doors(services, databases, caches)}
        yield from at((), security_group_problems(needed, quotas["security_group_rules"]))
    for name, users in _users(services).items():
        if name in databases and databases[name].get("existing") is None:
            yield from at((), user_problems(name, users))
    if sections["observability"].get("saved_queries"):
        yield from at((), query_problems(len(services)))


def _routed(service: Values, *, eks: bool, waits: bool) -> Routed:
    """What a public service takes of the load balancer."""
    chosen = service.get("deploy")
    known = {key: value for key, value in chosen.items() if key in KEYS} if isinstance(chosen, Mapping) else {}
    return routed(eks=eks, waits=waits, paired=Deploy(**known).paired)


def _doors(
    services: Mapping[str, Values], databases: Mapping[str, Values], caches: Mapping[str, Values]
) -> dict[str, int]:
    """Ways into each database and cache on ECS, one from each service that uses it."""
    doors = Counter[str]()
    for service in services.values():
        for database in {service.get("database"), *service.get("tenants", {}).values()} & set(databases):
            doors[f"database {database}"] += 1
        cache = service.get("cache")
        if cache is not None and cache in caches:
            # A serverless one answers reads on a port of their own.
            doors[f"cache {cache}"] += 2 if caches[cache].get("serverless") else 1
    for name, database in databases.items():
        # The task that makes users, and what pools connections.
        doors[f"database {name}"] += 1 + (database.get("pooling") not in (None, "none"))
    return dict(doors)


def _users(services: Mapping[str, Values]) -> Mapping[str, int]:
    """How many sign in to each database: its services, and their tenants."""
    return Counter(
        database
        for service in services.values()
        for database in (service.get("database"), *service.get("tenants", {}).values())
        if database is not None
    )
