"""Checks of databases."""

from collections.abc import Collection, Iterator, Mapping

from components.database_constraints import replica_problems
from components.database_storage_constraints import storage_problems
from components.database_version_constraints import instance_class_problems, version_problems
from infra.settings.checking import Values, at, given
from infra.settings.checks_aurora import aurora_findings, is_aurora, only_aurora_findings
from infra.settings.problems import Finding


def databases_findings(
    databases: Mapping[str, Values], written: Mapping[str, Collection[str]], region: str | None
) -> Iterator[Finding]:
    """Every contradiction in and among the databases; `written` are the keys of each that stand in the file."""
    for name, database in databases.items():
        if is_aurora(database):
            yield from aurora_findings(name, database, written[name], region)
        else:
            yield from _database(name, database)
            yield from only_aurora_findings(name, written[name])
    yield from _replicas_have_names(databases)


def _database(name: str, database: Values) -> Iterator[Finding]:
    path = ("databases", name)
    yield from at(path, given(database, version_problems, "engine", "version"))
    yield from at(path, given(database, instance_class_problems, "engine", "class"))
    yield from at(path, given(database, storage_problems, "storage_gib", "max_storage_gib"))
    yield from at(path, given(database, replica_problems, "replicas", "backup_days"))


def _replicas_have_names(databases: Mapping[str, Values]) -> Iterator[Finding]:
    for name, database in databases.items():
        # Aurora's instances all have a number, since any of them may come to write.
        what, more = ("instance", 1) if is_aurora(database) else ("replica", 0)
        for number in range(1, database.get("replicas", 0) + more + 1):
            if (taken := f"{name}-{number}") in databases:
                yield Finding(("databases", taken), f"has the name of {name}'s {what} {number}; rename it")
