"""Checks of the connections that services open to databases, and of the pools between them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components.constraints import Problem
from components.databases.aurora_constraints import AURORA_CLASSES, SERVERLESS_CLASS
from components.databases.connection_budget import Capacity, Consumer, budget_problems
from components.databases.pool_constraints import pause_problems, pool_problems, user_problems
from components.databases.version_constraints import instance_class_problems
from infra.settings.checking import Values, at
from infra.settings.databases import Pool
from infra.settings.images import image_findings
from infra.settings.problems import Finding, fields_of

OF_A_SERVICE = ("max_count", "workers", "database_pool", "database_read_pool")
OF_A_DATABASE = ("engine", "class", "replicas", "max_replicas", "pooling", "pool")


def connections_findings(
    services: Mapping[str, Values],
    databases: Mapping[str, Values],
    schedules: Mapping[str, Values],
    network: Values,
    top: Values,
) -> Iterator[Finding]:
    """Pools that can't be, and databases that would have to refuse connections."""
    for name, database in databases.items():
        if database.get("existing") is not None or not all(key in database for key in OF_A_DATABASE):
            continue
        path, users = ("databases", name), users_of(name, services)
        yield from at(path, _pool(database, sum(user["databases"] for user in users.values())))
        if database["pooling"] == "pgbouncer":
            yield from image_findings((*path, "pool", "image"), group(database["pool"])["image"], network, top)
        known = capacity_of(database)
        if known is not None and all(key in users[user] for user in users for key in OF_A_SERVICE):
            yield from at(path, budget_problems(consumers_of(users, schedules), known))


def users_of(database: str, services: Mapping[str, Values]) -> dict[str, Values]:
    """The services that use a database, each with the number of its `databases` in it: its own and its tenants'."""
    counts = {
        name: [service.get("database"), *service.get("tenants", {}).values()].count(database)
        for name, service in services.items()
    }
    return {name: {**services[name], "databases": count} for name, count in counts.items() if count}


def consumers_of(users: Mapping[str, Values], schedules: Mapping[str, Values]) -> list[Consumer]:
    """What these services open at worst: their tasks, their migrations, and their commands at set times."""
    found = []
    for name, service in users.items():
        tasks = Consumer(
            name=name,
            tasks=service["max_count"],
            workers=service["workers"],
            pool=service["database_pool"],
            read_pool=service["database_read_pool"],
            databases=service["databases"],
        )
        found.append(tasks)
        once = replace(tasks, tasks=1, workers=1, rolls=False)
        if service.get("migrate"):
            found.append(replace(once, name=f"migration of {name}", read_pool=0, direct=True))
        found += [
            replace(once, name=f"schedule {schedule}")
            for schedule, chosen in schedules.items()
            if chosen.get("service") == name and chosen.get("enabled", True)
        ]
    return found


def capacity_of(database: Values) -> Capacity | None:
    """What a database accepts; None where its size is wrong by itself."""
    serverless, chosen, engine = database.get("serverless"), database["class"], database["engine"]
    replica_class = database.get("replica_class")
    if engine.startswith("aurora"):
        if chosen not in AURORA_CLASSES and (chosen != SERVERLESS_CLASS or not serverless):
            return None
    elif any(instance_class_problems(engine, name) for name in (chosen, replica_class) if name is not None):
        return None
    return Capacity(
        engine=engine,
        instance_class=chosen,
        replicas=max(database["replicas"], database["max_replicas"]),
        replica_class=replica_class,
        pooling=database["pooling"],
        pool_percent=group(database["pool"])["max_connections_percent"],
        min_acu=serverless["min_acu"] if serverless else 0,
        max_acu=serverless["max_acu"] if serverless else 0,
    )


def group(pool: object) -> Values:
    """The values of a pool, with the defaults of those that are not given."""
    given = pool if isinstance(pool, Mapping) else {}
    return {key: given.get(key, field.default) for key, field in fields_of(Pool).items()}


def _pool(database: Values, users: int) -> Iterator[Problem]:
    """All that makes no sense of a pool."""
    pooling, pool, serverless = database["pooling"], group(database["pool"]), database.get("serverless")
    if pooling == "none":
        return
    yield from pool_problems(
        pooling=pooling,
        engine=database["engine"],
        max_connections_percent=pool["max_connections_percent"],
        borrow_timeout_seconds=pool["borrow_timeout_seconds"],
        idle_seconds=pool["idle_seconds"],
        mode=pool["mode"],
        session_pinning_filters=pool["session_pinning_filters"],
    )
    yield from user_problems(pooling, users)
    if serverless and database["class"] == SERVERLESS_CLASS:
        yield from pause_problems(pooling, serverless["min_acu"])
