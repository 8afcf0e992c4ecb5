"""Checks of databases on Aurora."""

from collections.abc import Collection, Iterator

from components.databases.aurora_constraints import (
    ServerlessRange,
    aurora_backup_problems,
    aurora_class_problems,
    aurora_insights_problems,
    aurora_restore_problems,
    backtrack_problems,
    burstable_problems,
    io_problems,
    reader_problems,
    serverless_problems,
    without_effect_problems,
)
from components.databases.aurora_versions import AURORA_ENGINES, PROTOCOLS, aurora_version_problems
from components.databases.constraints import database_name_problems
from components.databases.parameter_constraints import extension_problems, parameter_problems
from components.databases.window_constraints import window_problems
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding

AURORA_ONLY = ("serverless", "max_replicas", "io_optimized", "backtrack_hours")


def is_aurora(database: Values) -> bool:
    """Whether a database is a cluster."""
    return database.get("engine") in AURORA_ENGINES


def aurora_findings(name: str, database: Values, written: Collection[str], region: str | None) -> Iterator[Finding]:
    """Every contradiction in a database on Aurora; `written` are the keys that stand in the file."""
    path = ("databases", name)
    values = {**database, **_range(database), **({"region": region} if region else {})}
    yield from at(path, given(values, aurora_version_problems, "engine", "version"))
    yield from at(path, given(values, aurora_class_problems, "class", "serverless"))
    yield from at(path, given(values, burstable_problems, "class", "deletion_protection"))
    yield from at(path, given(values, serverless_problems, "engine", "version", "serverless"))
    yield from at(path, given(values, reader_problems, "replicas", "max_replicas", "serverless"))
    yield from at(path, given(values, aurora_insights_problems, "engine", "class", "insights"))
    yield from at(path, given(values, aurora_backup_problems, "backup_days"))
    yield from at(path, given(values, backtrack_problems, "engine", "backtrack_hours", "region"))
    yield from at(path, given(values, io_problems, "engine", "version", "io_optimized"))
    yield from at(path, given(values, window_problems, "backup_window", "maintenance_window"))
    protocol = PROTOCOLS[database["engine"]]
    yield from at(path, given({**values, "engine": protocol}, database_name_problems, "engine", "database_name"))
    yield from at(path, given({**values, "engine": protocol}, extension_problems, "engine", "extensions"))
    yield from at(path, given({**values, "engine": protocol}, parameter_problems, "engine", "parameters"))
    if database.get("restore") is not None:
        yield from at(path, given(database, aurora_restore_problems, "restore"))
    meant = [key for key in written if _is_on(database.get(key))]
    yield from at(path, without_effect_problems(database["engine"], meant))


def only_aurora_findings(name: str, database: Values) -> Iterator[Finding]:
    """What an RDS instance does not have."""
    for key in AURORA_ONLY:
        if _is_on(database.get(key)):
            says = "is for Aurora only; leave it out, or choose engine: aurora-postgresql or aurora-mysql"
            yield Finding(("databases", name, key), says)


def _is_on(value: object) -> bool:
    """What turns a setting off may stand for any engine: stack files are easier to compare with the same keys."""
    return bool(value) and value != "none"


def _range(database: Values) -> Values:
    """The range as the rules take it; nothing where it is wrong by itself."""
    chosen = database.get("serverless")
    return {} if chosen is None else {"serverless": ServerlessRange(**chosen)}
