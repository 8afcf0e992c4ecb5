"""The engines of RDS that a database may have: versions, ports, logs. Facts of AWS, free of Pulumi."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

RdsEngine = Literal["postgres", "mysql"]
"""Engines of RDS instances by AWS's names; Aurora's are in `aurora_versions`."""

RELEASES = "docs.aws.amazon.com/AmazonRDS/latest"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """What one engine is on RDS."""

    title: str
    """Its name for people."""
    port: int
    """TCP port that clients expect."""
    oldest: Mapping[str, int]
    """Major versions that can be created, and the oldest minor release of each that still can."""
    logs: tuple[str, ...]
    """Logs that go to CloudWatch Logs."""
    example: str
    """A major version and a release of it."""
    source: str
    """AWS's calendar of releases."""


ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        "postgres": Engine(
            title="PostgreSQL",
            port=5432,
            oldest=MappingProxyType({"14": 18, "15": 13, "16": 9, "17": 5, "18": 1}),
            logs=("postgresql", "upgrade"),
            example="17 or 17.6",
            source=f"{RELEASES}/PostgreSQLReleaseNotes/postgresql-release-calendar.html",
        ),
        "mysql": Engine(
            title="MySQL",
            port=3306,
            oldest=MappingProxyType({"8.0": 42, "8.4": 5}),
            logs=("error", "slowquery"),
            example="8.4 or 8.4.6",
            source=f"{RELEASES}/UserGuide/MySQL.Concepts.VersionMgmt.html",
        ),
    }
)
"""Versions as AWS's API listed them in November 2026. PostgreSQL's are all in standard support; MySQL 8.0 can be
created, and costs Extended Support since August 2026."""

IAM_LOG = "iam-db-auth-error"
"""Why sign-ins by IAM tokens failed (EnableCloudwatchLogsExports in
docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""


def major_version(engine: RdsEngine, version: str) -> str:
    """`17` of `17.6`, `8.4` of `8.4.6`."""
    return version.partition(".")[0] if engine == "postgres" else ".".join(version.split(".")[:2])


def follows_minor_releases(engine: RdsEngine, version: str) -> bool:
    """Whether AWS chooses the minor release."""
    return version == major_version(engine, version)


def family(engine: RdsEngine, version: str) -> str:
    """Family of parameter groups, `postgres17`."""
    return f"{engine}{major_version(engine, version)}"


def exported_logs(engine: RdsEngine, *, iam_authentication: bool) -> tuple[str, ...]:
    """Logs that go to CloudWatch Logs; that of IAM sign-ins only where there are any."""
    return (*ENGINES[engine].logs, *([IAM_LOG] if iam_authentication else []))
