"""Releases of Aurora: which can be created, and what each of them can do. Facts of AWS, free of Pulumi."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from components.constraints import Problem
from components.databases.connection import Protocol

AURORA_GUIDE = "docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide"

AuroraEngine = Literal["aurora-postgresql", "aurora-mysql"]
"""Engines by AWS's names."""
AURORA_ENGINES: tuple[AuroraEngine, ...] = ("aurora-postgresql", "aurora-mysql")

PROTOCOLS: Mapping[AuroraEngine, Protocol] = MappingProxyType(
    {"aurora-postgresql": "postgres", "aurora-mysql": "mysql"}
)
"""What clients of each engine speak."""
PORTS: Mapping[AuroraEngine, int] = MappingProxyType({"aurora-postgresql": 5432, "aurora-mysql": 3306})
LOGS: Mapping[AuroraEngine, tuple[str, ...]] = MappingProxyType(
    {"aurora-postgresql": ("postgresql",), "aurora-mysql": ("error", "slowquery")}
)
"""Logs that go to CloudWatch Logs."""

Release = tuple[int, ...]
"""`(17, 6)` of Aurora PostgreSQL 17.6, `(3, 10, 3)` of 8.0.mysql_aurora.3.10.3, `(8, 4, 7)` of
8.4.mysql_aurora.8.4.7."""

FAMILIES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "aurora-postgresql": MappingProxyType(
            {major: f"aurora-postgresql{major}" for major in ("14", "15", "16", "17", "18")}
        ),
        "aurora-mysql": MappingProxyType({major: f"aurora-mysql{major}" for major in ("8.0", "8.4")}),
    }
)
"""Engine to its major versions, and the family of parameters of each. AWS takes a major version for its default
release. Sources, under docs.aws.amazon.com/AmazonRDS/latest:
AuroraPostgreSQLReleaseNotes/aurorapostgresql-release-calendar.html and
AuroraMySQLReleaseNotes/AuroraMySQL.release-calendars.html
"""

OLDEST: Mapping[str, Sequence[Release]] = MappingProxyType(
    {
        "aurora-postgresql": ((14, 17), (15, 10), (16, 8), (17, 4), (18, 3)),
        "aurora-mysql": ((3, 8, 0), (8, 4, 7)),
    }
)
"""Oldest release of each line that still can be created (AWS's list of engine versions as of August 2026)."""

LONG_TERM: Mapping[str, Sequence[Release]] = MappingProxyType(
    {"aurora-postgresql": ((14, 6),), "aurora-mysql": ((3, 4),)}
)
"""Releases with long-term support that are older; of Aurora MySQL a whole minor version, 3.04."""

WITHDRAWN: Mapping[str, Sequence[Release]] = MappingProxyType({"aurora-postgresql": (), "aurora-mysql": ((3, 11, 0),)})
"""Releases in between that AWS took back."""

PAUSES: Mapping[str, Sequence[Release]] = MappingProxyType(
    {"aurora-postgresql": ((14, 12), (15, 7), (16, 3), (17,), (18,)), "aurora-mysql": ((3, 8, 0), (8, 4))}
)
"""First release of each line whose serverless instances may scale to 0 ACU.

Source: docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
"""

REACHES_256_ACU: Mapping[str, Sequence[Release]] = MappingProxyType(
    {"aurora-postgresql": ((14, 10), (15, 5), (16, 1), (17,), (18,)), "aurora-mysql": ((3, 6, 0), (8, 4))}
)
"""First release of each line whose serverless instances take up to 256 ACU; older ones take 128.

Source: docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.how-it-works.html
"""

IO_OPTIMIZED: Mapping[str, Sequence[Release]] = MappingProxyType(
    {"aurora-postgresql": ((14, 7), (15, 2), (16,), (17,), (18,)), "aurora-mysql": ((3, 3, 1), (8, 4))}
)
"""First release of each line with I/O-Optimized storage.

Source, under docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide:
Concepts.Aurora_Fea_Regions_DB-eng.Feature.storage-type.html
"""

MYSQL_RELEASE = re.compile(r"^(8\.0)\.mysql_aurora\.(3\.\d\d\.\d+)$|^(8\.4)\.mysql_aurora\.(8\.4\.\d+)$")
POSTGRES_RELEASE = re.compile(r"^(\d\d)\.(\d+)$")


def major_version(engine: AuroraEngine, version: str) -> str:
    """`17` of `17.6`, `8.0` of `8.0.mysql_aurora.3.10.3`."""
    return version.partition(".mysql_aurora")[0] if engine == "aurora-mysql" else version.partition(".")[0]


def is_pinned(engine: AuroraEngine, version: str) -> bool:
    """Whether it names one release, rather than the major version whose releases AWS chooses."""
    return version != major_version(engine, version)


def release(engine: AuroraEngine, version: str) -> Release | None:
    """The numbers of a pinned release; None for a major version, and for what is no version."""
    if engine == "aurora-postgresql":
        matched = POSTGRES_RELEASE.match(version)
        return (int(matched[1]), int(matched[2])) if matched else None
    matched = MYSQL_RELEASE.match(version)
    return tuple(int(part) for part in (matched[2] or matched[4]).split(".")) if matched else None


def line_of(engine: AuroraEngine, numbers: Release) -> Release:
    """Releases are compared within a line: a major version of Aurora PostgreSQL, 3 or 8.4 of Aurora MySQL."""
    return numbers[:2] if engine == "aurora-mysql" and numbers[0] == 8 else numbers[:1]


def has(firsts: Mapping[str, Sequence[Release]], engine: AuroraEngine, version: str) -> bool:
    """Whether a release has what came with the `firsts`; a major version alone is a recent release, and has it."""
    numbers = release(engine, version)
    if numbers is None:
        return True
    line = line_of(engine, numbers)
    return any(numbers >= first for first in firsts[engine] if line_of(engine, first) == line)


def written(engine: AuroraEngine, numbers: Release) -> str:
    """A release as AWS writes it."""
    if engine == "aurora-postgresql":
        return ".".join(str(number) for number in numbers)
    if numbers[0] == 8:
        return "8.4.mysql_aurora." + ".".join(str(number) for number in numbers)
    return f"8.0.mysql_aurora.3.{numbers[1]:02}.{numbers[2] if len(numbers) > 2 else 0}"


def _is_creatable(engine: AuroraEngine, numbers: Release) -> bool:
    if any(numbers[: len(kept)] == kept for kept in LONG_TERM[engine]):
        return True
    return numbers not in WITHDRAWN[engine] and has(OLDEST, engine, written(engine, numbers))


def aurora_version_problems(engine: AuroraEngine, version: str) -> list[Problem]:
    """Aurora creates supported releases only, and has its own way to write MySQL's."""
    majors = ", ".join(FAMILIES[engine])
    oldest = " or ".join(written(engine, numbers) for numbers in OLDEST[engine])
    numbers = release(engine, version)
    if version in FAMILIES[engine]:
        return []
    if numbers is None and engine == "aurora-mysql":
        reason = "Aurora MySQL's versions are written like 8.0.mysql_aurora.3.10.3"
        remedy = f"choose {majors.replace(', ', ' or ')}, or a whole release such as 8.0.mysql_aurora.3.10.3"
    elif numbers is None:
        reason, remedy = "a version is a number such as 17 or 17.6", f"choose one of {majors}"
    elif major_version(engine, version) not in FAMILIES[engine]:
        reason, remedy = "it is not in Aurora's standard support", f"choose one of {majors}"
    elif not _is_creatable(engine, numbers):
        reason, remedy = "Aurora no longer creates this release", f"choose {oldest}, or newer, or {majors} alone"
    else:
        return []
    source = f"{AURORA_GUIDE}/Aurora.VersionPolicy.html"
    return [Problem(key="version", value=version, reason=reason, remedy=remedy, source=source)]
