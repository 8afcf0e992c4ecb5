"""What RDS refuses of a database: names, replicas, backups, monitoring, restores, blue/green.

Versions and classes, storage, windows and parameters have files of their own, `database_*_constraints`.
"""

import re
from collections.abc import Mapping

from components.constraints import Problem, one_of, within
from components.databases.engines import RELEASES, RdsEngine

RDS_GUIDE = f"{RELEASES}/UserGuide"

IDENTIFIER = re.compile(r"^[a-z](-?[a-z0-9])*$")
"""Letters, digits and single hyphens, a letter first and no hyphen last."""
DATABASE_NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
LONGEST_DATABASE_NAME = {"postgres": 63, "mysql": 64}
RESERVED = frozenset(
    {
        *("all", "and", "any", "array", "as", "asc", "both", "case", "cast", "check", "collate", "column", "create"),
        *("current_user", "db", "default", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for"),
        *("foreign", "from", "grant", "group", "having", "in", "information_schema", "into", "lateral", "leading"),
        *("limit", "mysql", "not", "null", "offset", "on", "only", "or", "order", "performance_schema", "primary"),
        *("rdsadmin", "references", "select", "some", "sys", "table", "template0", "template1", "then", "to", "true"),
        *("union", "unique", "user", "using", "when", "where", "window", "with"),
    }
)
"""Words that an engine, or RDS itself, keeps for itself. Sources: docs.aws.amazon.com/AmazonRDS/latest/APIReference/
API_CreateDBInstance.html (DBName), postgresql.org/docs/current/sql-keywords-appendix.html
"""
CERTIFICATES = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")
"""Authorities that sign the instances' certificates. Source: UsingWithRDS.SSL.html in the guide."""
TIME = re.compile(r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$")
LATEST = "latest"
BLUE_GREEN = f"{RDS_GUIDE}/blue-green-deployments-considerations.html"


def name_problems(name: str) -> list[Problem]:
    """A database's name ends its identifier, and RDS refuses some that other services take."""
    if IDENTIFIER.match(name) and len(name) <= 40:
        return []
    return [
        Problem(
            key="name",
            value=name,
            reason="an RDS identifier has small letters, digits and single hyphens, a letter first, no hyphen last",
            remedy="rename the database, to 40 characters at most",
            source=f"{RDS_GUIDE}/CHAP_Limits.html#RDS_Limits.Constraints",
        )
    ]


def database_name_problems(engine: RdsEngine, database_name: str) -> list[Problem]:
    """The database inside of the instance: a letter, then letters, digits and underscores, and no word of SQL's."""
    longest = LONGEST_DATABASE_NAME[engine]
    if not DATABASE_NAME.match(database_name) or len(database_name) > longest:
        reason = f"it has letters, digits and underscores, a letter first, {longest} characters at most"
    elif database_name.lower() in RESERVED:
        reason = "the word is reserved"
    else:
        return []
    return [
        Problem(
            key="database_name",
            value=database_name,
            reason=reason,
            remedy="choose another, such as app",
            source=f"{RELEASES}/APIReference/API_CreateDBInstance.html",
        )
    ]


def replica_problems(replicas: int, backup_days: int) -> list[Problem]:
    """Replicas are made from a backup, and an instance takes 15 of them, whichever the engine."""
    source = f"{RDS_GUIDE}/USER_ReadRepl.html"
    problems = within("replicas", replicas, 0, 15, "read replicas of one instance", source)
    if replicas and backup_days == 0:
        problems.append(
            Problem(
                key="backup_days",
                value=backup_days,
                reason=f"read replicas ({replicas}) need automated backups on their source",
                remedy="choose 1 or more, or replicas: 0",
                source=source,
            )
        )
    return problems


def copy_problems(backup_copy_region: str, backup_days: int, region: str) -> list[Problem]:
    """Automated backups are copied to another region of the same partition, and only where there are any."""
    if backup_copy_region == "none":
        return []
    source = f"{RDS_GUIDE}/USER_ReplicateBackups.html"

    def problem(reason: str, remedy: str) -> Problem:
        return Problem(key="backup_copy_region", value=backup_copy_region, reason=reason, remedy=remedy, source=source)

    problems = []
    if backup_copy_region == region:
        problems.append(problem("the database itself is in this region", "choose another region, or none"))
    if _partition(backup_copy_region) != _partition(region):
        problems.append(problem(f"nothing is copied between it and {region}", "choose a region of the same partition"))
    if backup_days == 0:
        problems.append(problem("there are no automated backups to copy", "choose backup_days 1 or more, or none"))
    return problems


def _partition(region: str) -> str:
    return next((name for name in ("cn-", "us-gov-", "eusc-", "us-iso") if region.startswith(name)), "aws")


def monitoring_problems(monitoring_seconds: int) -> list[Problem]:
    """Enhanced monitoring has fixed intervals."""
    return one_of(
        "monitoring_seconds",
        monitoring_seconds,
        (0, 1, 5, 10, 15, 30, 60),
        "enhanced monitoring runs every 1, 5, 10, 15, 30 or 60 seconds, or not at all (0)",
        f"{RDS_GUIDE}/USER_Monitoring.OS.Enabling.html",
    )


def certificate_problems(ca: str) -> list[Problem]:
    """RDS has three authorities to choose from."""
    if ca in CERTIFICATES:
        return []
    return [
        Problem(
            key="ca",
            value=ca,
            reason="RDS has no such certificate authority",
            remedy=f"choose one of {', '.join(CERTIFICATES)}",
            source=f"{RDS_GUIDE}/UsingWithRDS.SSL.html",
        )
    ]


def restore_problems(restore: Mapping[str, str | None]) -> list[Problem]:
    """A new instance begins with one snapshot, or with the backups of one instance, at one time."""
    sources = [key for key in ("snapshot", "database", "backups") if restore.get(key)]
    time = restore.get("time")
    pit, snapshots = f"{RDS_GUIDE}/USER_PIT.html", f"{RDS_GUIDE}/USER_RestoreFromSnapshot.html"
    if len(sources) != 1:
        reason = f"it names {' and '.join(sources) if sources else 'nothing'} to restore from"
        remedy = "name one of snapshot, database and backups"
        return [Problem(key="restore", value=restore, reason=reason, remedy=remedy, source=pit)]
    if time and sources == ["snapshot"]:
        reason, remedy = "a snapshot is of one moment", "take time out, or name the database in place of the snapshot"
        return [Problem(key="restore.time", value=time, reason=reason, remedy=remedy, source=snapshots)]
    if time and time != LATEST and not TIME.match(time):
        reason, remedy = "it is no time in UTC", f"write it as 2026-11-21T13:00:00Z, or {LATEST}"
        return [Problem(key="restore.time", value=time, reason=reason, remedy=remedy, source=pit)]
    return []


def restored_onto_itself_problems(identifier: str, source: str | None) -> list[Problem]:
    """A restore makes a new instance; the one that stands keeps its identifier, and its data."""
    if source != identifier:
        return []
    return [
        Problem(
            key="restore.database",
            value=source,
            reason="a restore makes another instance, beside the one that it comes from",
            remedy="restore into a database of another name, and point the services at it",
            source=f"{RDS_GUIDE}/USER_PIT.html",
        )
    ]


def blue_green_problems(
    engine: RdsEngine,
    blue_green: bool,
    replicas: int,
    backup_days: int,
    allow_major_upgrade: bool,
    parameters: Mapping[str, str],
) -> list[Problem]:
    """A second instance takes the changes, then the names are swapped. AWS and Pulumi's provider both have limits."""

    def problem(key: str, value: object, reason: str, remedy: str, source: str = BLUE_GREEN) -> Problem:
        return Problem(key=key, value=value, reason=reason, remedy=remedy, source=source)

    if not blue_green:
        return []
    problems = []
    if replicas:
        reason = f"the provider swaps no instance that has replicas ({replicas})"
        remedy = "choose false, or make the deployment in the console and refresh the stack afterwards"
        provider = "registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance"
        problems.append(problem("blue_green", blue_green, reason, remedy, provider))
    if backup_days == 0:
        problems.append(
            problem("blue_green", blue_green, "the copy is made from backups", "choose backup_days 1 or more, or false")
        )
    if engine == "postgres" and allow_major_upgrade and parameters.get("rds.logical_replication") != "1":
        reason = "another major version is fed by logical replication, which is off"
        remedy = 'set parameters rds.logical_replication: "1" and restart the instance before'
        problems.append(problem("blue_green", blue_green, reason, remedy))
    if engine == "mysql" and parameters.get("event_scheduler", "OFF").upper() not in ("OFF", "0", "DISABLED"):
        reason, remedy = "events would run on both instances", "take event_scheduler out of parameters, or choose false"
        problems.append(problem("blue_green", blue_green, reason, remedy))
    return problems


def proxied_blue_green_problems(blue_green: bool, pooling: str) -> list[Problem]:
    """RDS Proxy does not follow the names that blue/green swaps."""
    if not blue_green or pooling != "proxy":
        return []
    return [
        Problem(
            key="blue_green",
            value=blue_green,
            reason="RDS makes no blue/green deployment of an instance behind RDS Proxy",
            remedy="choose false, or pooling: pgbouncer",
            source=BLUE_GREEN,
        )
    ]
