"""Checks of databases."""

from collections.abc import Iterator, Mapping

from components.database_constraints import (
    instance_class_problems,
    postgres_version_problems,
    replica_problems,
    storage_problems,
)
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding


def databases_findings(databases: Mapping[str, Values]) -> Iterator[Finding]:
    """Every contradiction in and among the databases."""
    for name, database in databases.items():
        yield from _database(name, database)
    yield from _replicas_have_names(databases)


def _database(name: str, database: Values) -> Iterator[Finding]:
    path = ("databases", name)
    yield from at(path, given(database, postgres_version_problems, "version"))
    yield from at(path, given(database, instance_class_problems, "class"))
    yield from at(path, given(database, storage_problems, "storage_gib", "max_storage_gib"))
    yield from at(path, given(database, replica_problems, "replicas", "backup_days"))


def _replicas_have_names(databases: Mapping[str, Values]) -> Iterator[Finding]:
    for name, database in databases.items():
        for number in range(1, database.get("replicas", 0) + 1):
            if (taken := f"{name}-{number}") in databases:
                yield Finding(("databases", taken), f"has the name of {name}'s replica {number}; rename it")
