"""Checks of databases."""

from collections.abc import Collection, Iterator, Mapping

from components.databases.constraints import (
    blue_green_problems,
    copy_problems,
    database_name_problems,
    proxied_blue_green_problems,
    replica_problems,
    restore_problems,
)
from components.databases.parameter_constraints import extension_problems, parameter_problems
from components.databases.storage_constraints import performance_problems, storage_problems
from components.databases.version_constraints import insights_problems, instance_class_problems, version_problems
from components.databases.window_constraints import window_problems
from infra.settings.checking import Values, at, given
from infra.settings.checks_aurora import aurora_findings, is_aurora, only_aurora_findings
from infra.settings.problems import Finding, show


def databases_findings(
    databases: Mapping[str, Values],
    written: Mapping[str, Collection[str]],
    region: str | None,
    zones: Collection[str] | None,
) -> Iterator[Finding]:
    """Every contradiction in and among the databases; `written` are the keys of each that stand in the file."""
    for name, given_values in databases.items():
        if "existing" in written[name] and given_values.get("existing", {}) is not None:
            yield from _existing(name, given_values.get("existing", {}), written[name], region)
            continue
        yield from _missing(name, given_values)
        database = {key: value for key, value in given_values.items() if key not in NEEDED or value}
        if is_aurora(database):
            yield from aurora_findings(name, database, written[name], region)
        else:
            yield from _database(name, {**database, **({"region": region} if region else {})})
            yield from _replica_zones(name, database, zones)
            yield from only_aurora_findings(name, database)
    yield from _replicas_have_names(databases)


NEEDED = ("version", "class")
"""What every database has but an existing one."""


def _missing(name: str, database: Values) -> Iterator[Finding]:
    for key in NEEDED:
        if database.get(key) == "":
            yield Finding(("databases", name, key), "is missing")


def _existing(name: str, existing: Values, written: Collection[str], region: str | None) -> Iterator[Finding]:
    """Nothing is made of it, so nothing else can be said of it."""
    for key in written:
        if key not in ("existing", "engine"):
            says = "says nothing beside existing, which this stack changes nothing in; take one of them out"
            yield Finding(("databases", name, key), says)
    secret = existing.get("secret", "")
    of = secret.split(":")[3] if secret else region
    if region and of != region:
        path = ("databases", name, "existing", "secret")
        yield Finding(path, f"{show(path, secret)}: it is of region {of}, the services of {region}; copy it there")


def _database(name: str, database: Values) -> Iterator[Finding]:
    path = ("databases", name)
    yield from at(path, given(database, version_problems, "engine", "version"))
    yield from at(path, given(database, instance_class_problems, "engine", "class"))
    yield from at(path, given(database, insights_problems, "engine", "class", "insights"))
    if database.get("replica_class") is not None:
        yield from at(path, instance_class_problems(database["engine"], database["replica_class"], "replica_class"))
        yield from at(path, given(database, insights_problems, "engine", "replica_class", "insights"))
    yield from at(path, given(database, storage_problems, "storage_gib", "max_storage_gib"))
    yield from at(path, given(database, performance_problems, "engine", "storage_gib", "iops", "throughput_mib"))
    yield from at(path, given(database, replica_problems, "replicas", "backup_days"))
    yield from at(path, given(database, window_problems, "backup_window", "maintenance_window"))
    yield from at(path, given(database, copy_problems, "backup_copy_region", "backup_days", "region"))
    yield from at(path, given(database, database_name_problems, "engine", "database_name"))
    yield from at(path, given(database, extension_problems, "engine", "extensions"))
    yield from at(path, given(database, parameter_problems, "engine", "parameters"))
    rest = ("replicas", "backup_days", "allow_major_upgrade", "parameters")
    yield from at(path, given(database, blue_green_problems, "engine", "blue_green", *rest))
    yield from at(path, given(database, proxied_blue_green_problems, "blue_green", "pooling"))
    if database.get("restore") is not None:
        yield from at(path, given(database, restore_problems, "restore"))


def _replica_zones(name: str, database: Values, zones: Collection[str] | None) -> Iterator[Finding]:
    for place, letter in enumerate(database.get("replica_zones", ())):
        if zones is not None and letter not in zones:
            path = ("databases", name, "replica_zones", place)
            allowed = ", ".join(zones)
            yield Finding(path, f"{show(path, letter)}: the network has no such zone; choose among {allowed}")


def _replicas_have_names(databases: Mapping[str, Values]) -> Iterator[Finding]:
    for name, database in databases.items():
        # Aurora's instances all have a number, since any of them may come to write.
        what, more = ("instance", 1) if is_aurora(database) else ("replica", 0)
        if database.get("existing") is not None:
            continue
        for number in range(1, database.get("replicas", 0) + more + 1):
            if (taken := f"{name}-{number}") in databases:
                yield Finding(("databases", taken), f"has the name of {name}'s {what} {number}; rename it")
