"""What RDS refuses of a PostgreSQL database."""

import re
from types import MappingProxyType

from components.constraints import Problem, one_of, within
from components.sizing import RDS_CLASSES

RDS_GUIDE = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide"

IDENTIFIER = re.compile(r"^[a-z](-?[a-z0-9])*$")
"""Letters, digits and single hyphens, a letter first and no hyphen last."""

POSTGRES_OLDEST_MINOR = MappingProxyType({14: 18, 15: 13, 16: 9, 17: 5, 18: 1})
"""Major versions in standard support, and the oldest minor release of each that still can be created."""

POSTGRES_SOURCE = "docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html"


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


def postgres_version_problems(version: str) -> list[Problem]:
    """RDS creates supported releases of PostgreSQL only."""
    major, _, minor = version.partition(".")
    majors = ", ".join(str(known) for known in POSTGRES_OLDEST_MINOR)
    if not major.isdecimal() or (minor and not minor.isdecimal()) or version.endswith("."):
        reason, remedy = "a version is a number such as 17 or 17.6", f"choose one of {majors}"
    elif int(major) not in POSTGRES_OLDEST_MINOR:
        reason, remedy = f"PostgreSQL {major} is not in RDS' standard support", f"choose one of {majors}"
    elif minor and int(minor) < POSTGRES_OLDEST_MINOR[int(major)]:
        oldest = f"{major}.{POSTGRES_OLDEST_MINOR[int(major)]}"
        reason, remedy = "RDS no longer creates this minor release", f"choose {oldest} or newer, or {major} alone"
    else:
        return []
    return [Problem(key="version", value=version, reason=reason, remedy=remedy, source=POSTGRES_SOURCE)]


def instance_class_problems(instance_class: str) -> list[Problem]:
    """RDS for PostgreSQL offers a fixed set of classes."""
    if instance_class in RDS_CLASSES:
        return []
    family = instance_class.rpartition(".")[0]
    sizes = [name for name in RDS_CLASSES if name.startswith(f"{family}.")]
    families = sorted({name.rpartition(".")[0] for name in RDS_CLASSES})
    remedy = f"choose one of {', '.join(sizes)}" if sizes else f"choose a class of {', '.join(families)}"
    return [
        Problem(
            key="class",
            value=instance_class,
            reason="RDS for PostgreSQL has no such class that components/sizing.py knows",
            remedy=remedy,
            source=f"{RDS_GUIDE}/Concepts.DBInstanceClass.Summary.html",
        )
    ]


def storage_problems(storage_gib: int, max_storage_gib: int) -> list[Problem]:
    """gp3 has a floor and a ceiling, and growing needs room."""
    source = f"{RDS_GUIDE}/CHAP_Storage.html"
    problems = within("storage_gib", storage_gib, 20, 65_536, "GiB of gp3", source)
    if max_storage_gib == 0:
        return problems
    needed = -(-storage_gib * 11 // 10)
    if max_storage_gib < needed:
        problems.append(
            Problem(
                key="max_storage_gib",
                value=max_storage_gib,
                reason=f"it must be at least 10 % above storage_gib, {storage_gib}",
                remedy=f"choose {needed} or more (26 % more, {-(-storage_gib * 126 // 100)}, avoids a notice), "
                "or 0 to turn growing off",
                source=f"{RDS_GUIDE}/USER_PIOPS.Autoscaling.html",
            )
        )
    return problems + within("max_storage_gib", max_storage_gib, 0, 65_536, "GiB of gp3", source)


def replica_problems(replicas: int, backup_days: int) -> list[Problem]:
    """Replicas are made from a backup, and an instance takes 15 of them."""
    source = f"{RDS_GUIDE}/USER_PostgreSQL.Replication.ReadReplicas.html"
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


def monitoring_problems(monitoring_seconds: int) -> list[Problem]:
    """Enhanced monitoring has fixed intervals."""
    return one_of(
        "monitoring_seconds",
        monitoring_seconds,
        (0, 1, 5, 10, 15, 30, 60),
        "enhanced monitoring runs every 1, 5, 10, 15, 30 or 60 seconds, or not at all (0)",
        f"{RDS_GUIDE}/USER_Monitoring.OS.Enabling.html",
    )


def database_problems(
    *,
    version: str,
    instance_class: str,
    storage_gib: int,
    max_storage_gib: int,
    replicas: int,
    backup_days: int,
    monitoring_seconds: int,
) -> list[Problem]:
    """All that AWS would refuse of a database."""
    return [
        *postgres_version_problems(version),
        *instance_class_problems(instance_class),
        *storage_problems(storage_gib, max_storage_gib),
        *within("backup_days", backup_days, 0, 35, "days", f"{RDS_GUIDE}/USER_WorkingWithAutomatedBackups.html"),
        *replica_problems(replicas, backup_days),
        *monitoring_problems(monitoring_seconds),
    ]
