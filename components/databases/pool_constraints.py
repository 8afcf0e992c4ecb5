"""What RDS Proxy and PgBouncer can't do for a database."""

from collections.abc import Sequence
from typing import Literal

from components.constraints import Problem, within
from components.databases.connection_budget import Pooling
from components.sizing import DatabaseEngine

RDS_GUIDE = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
PGBOUNCER_GUIDE = "pgbouncer.org/config.html"
MOST_USERS = 100
"""Logins of a proxy: 200 secrets, two for each.

Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html#rds-proxy.limits
"""
PoolMode = Literal["transaction", "session"]


def engine_problems(pooling: Pooling, engine: DatabaseEngine) -> list[Problem]:
    """PgBouncer speaks PostgreSQL's protocol and no other."""
    if pooling != "pgbouncer" or "mysql" not in engine:
        return []
    return [
        Problem(
            key="pooling",
            value=pooling,
            reason=f"PgBouncer is for PostgreSQL, and this is {engine}",
            remedy="choose proxy or none",
            source="pgbouncer.org",
        )
    ]


def mode_problems(pooling: Pooling, mode: PoolMode) -> list[Problem]:
    """RDS Proxy decides by itself when a connection is free."""
    if pooling != "proxy" or mode == "transaction":
        return []
    return [
        Problem(
            key="pool.mode",
            value=mode,
            reason="RDS Proxy lends a connection for a transaction, and for the session only if it must (pinning)",
            remedy="leave it out, or choose pooling: pgbouncer",
            source=f"{RDS_GUIDE}/rds-proxy-pinning.html",
        )
    ]


def limit_problems(
    pooling: Pooling, max_connections_percent: int, borrow_timeout_seconds: int, idle_seconds: int
) -> list[Problem]:
    """AWS's ranges; PgBouncer takes any number, and is held to the same."""
    source = f"{RDS_GUIDE}/rds-proxy-connections.html" if pooling == "proxy" else PGBOUNCER_GUIDE
    return [
        *within("pool.max_connections_percent", max_connections_percent, 1, 100, "percent", source),
        *within("pool.borrow_timeout_seconds", borrow_timeout_seconds, 1, 3600, "seconds", source),
        *within("pool.idle_seconds", idle_seconds, 1, 28_800, "seconds", source),
    ]


def filter_problems(pooling: Pooling, engine: DatabaseEngine, filters: Sequence[str]) -> list[Problem]:
    """Only MySQL's proxies know a filter."""
    if not filters or (pooling == "proxy" and "mysql" in engine):
        return []
    return [
        Problem(
            key="pool.session_pinning_filters",
            value=", ".join(filters),
            reason="session pinning filters are for RDS Proxy before MySQL only",
            remedy="take them out",
            source=f"{RDS_GUIDE}/rds-proxy-pinning.html",
        )
    ]


def pause_problems(pooling: Pooling, min_acu: float) -> list[Problem]:
    """A proxy keeps connections open, so the database that should pause never does."""
    if pooling != "proxy" or min_acu > 0:
        return []
    return [
        Problem(
            key="serverless.min_acu",
            value=f"{min_acu:g}",
            reason="RDS Proxy keeps connections open, and an instance that has one never pauses",
            remedy="choose 0.5 or more, or pooling: pgbouncer (which closes idle ones) or none",
            source="docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html",
        )
    ]


def user_problems(pooling: Pooling, users: int) -> list[Problem]:
    """A proxy signs in as so many users and no more, and as none without one."""
    if pooling == "none" or (users and (pooling == "pgbouncer" or users <= MOST_USERS)):
        return []
    return [
        Problem(
            key="pooling",
            value=pooling,
            reason=f"{users} services use this database; RDS Proxy takes {MOST_USERS}"
            if users
            else "no service uses this database, so there is nobody whose connections could be shared",
            remedy="use several databases" if users else "name it as the database of a service, or choose none",
            source=f"{RDS_GUIDE}/rds-proxy.html#rds-proxy.limits",
        )
    ]


def pool_problems(
    *,
    pooling: Pooling,
    engine: DatabaseEngine,
    max_connections_percent: int,
    borrow_timeout_seconds: int,
    idle_seconds: int,
    mode: PoolMode,
    session_pinning_filters: Sequence[str],
) -> list[Problem]:
    """All that makes no sense of a pool."""
    return [
        *engine_problems(pooling, engine),
        *mode_problems(pooling, mode),
        *limit_problems(pooling, max_connections_percent, borrow_timeout_seconds, idle_seconds),
        *filter_problems(pooling, engine, session_pinning_filters),
    ]
