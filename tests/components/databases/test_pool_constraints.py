"""What RDS Proxy and PgBouncer can't do. D3."""

from typing import Any

import pytest

from components.databases.pool_constraints import pause_problems, pool_problems, user_problems

RIGHT: dict[str, Any] = {
    "pooling": "proxy",
    "engine": "postgres",
    "max_connections_percent": 80,
    "borrow_timeout_seconds": 30,
    "idle_seconds": 600,
    "mode": "transaction",
    "session_pinning_filters": (),
}


def problems(**changed: Any) -> list[str]:
    return [str(problem) for problem in pool_problems(**(RIGHT | changed))]


@pytest.mark.parametrize("pooling", ["proxy", "pgbouncer"])
def test_the_defaults_are_fine(pooling: str) -> None:
    assert problems(pooling=pooling) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"pooling": "pgbouncer", "engine": "aurora-mysql"},
            "pooling is pgbouncer: PgBouncer is for PostgreSQL, and this is aurora-mysql; choose proxy or none",
        ),
        ({"mode": "session"}, "pool.mode is session: RDS Proxy lends a connection for a transaction"),
        ({"max_connections_percent": 101}, "pool.max_connections_percent is 101: AWS takes 1 to 100 percent"),
        ({"borrow_timeout_seconds": 0}, "pool.borrow_timeout_seconds is 0: AWS takes 1 to 3600 seconds"),
        ({"idle_seconds": 28_801}, "pool.idle_seconds is 28801: AWS takes 1 to 28800 seconds"),
        (
            {"session_pinning_filters": ["EXCLUDE_VARIABLE_SETS"]},
            "pool.session_pinning_filters is EXCLUDE_VARIABLE_SETS: session pinning filters are for RDS Proxy before "
            "MySQL only",
        ),
    ],
)
def test_what_a_pool_can_not_do_is_refused(changed: dict[str, Any], says: str) -> None:
    (problem,) = problems(**changed)
    assert problem.startswith(says)


def test_mysql_knows_a_filter() -> None:
    assert problems(engine="mysql", session_pinning_filters=["EXCLUDE_VARIABLE_SETS"]) == []


def test_a_database_that_should_pause_has_no_proxy() -> None:
    (problem,) = pause_problems("proxy", 0)
    assert str(problem).startswith("serverless.min_acu is 0: RDS Proxy keeps connections open")
    assert pause_problems("pgbouncer", 0) == pause_problems("proxy", 0.5) == []


def test_a_pool_needs_users_and_a_proxy_takes_100_logins() -> None:
    assert [problem.reason[:30] for problem in user_problems("proxy", 0)] == ["no service uses this database,"]
    assert user_problems("proxy", 100) == user_problems("pgbouncer", 201) == user_problems("none", 0) == []
    assert "RDS Proxy takes 100" in str(user_problems("proxy", 101)[0])
