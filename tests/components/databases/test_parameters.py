"""What an instance is told, as plain data. D1, D7, O1."""

from typing import Any

import pytest

from components.databases.engines import exported_logs
from components.databases.parameters import AT_ONCE, SET_BY_STACK, connections_of, created, parameters, preloaded

DEFAULTS: dict[str, Any] = {
    "max_connections": 100,
    "slow_query_ms": 1000,
    "extensions": (),
    "database_name": "app",
    "chosen": {},
}


def group(engine: Any, **changed: Any) -> dict[str, tuple[str, str]]:
    made = parameters(engine, **(DEFAULTS | changed))
    assert len({one.name for one in made}) == len(made)
    return {one.name: (one.value, one.apply_method) for one in made}


def test_postgresql_forces_tls_and_logs_what_takes_longer_than_a_second() -> None:
    assert group("postgres") == {
        "log_min_duration_statement": ("1000", "immediate"),
        "max_connections": ("100", "pending-reboot"),
        "rds.force_ssl": ("1", "pending-reboot"),
        "shared_preload_libraries": ("pg_stat_statements", "pending-reboot"),
    }


def test_mysql_forces_tls_and_logs_to_files_what_takes_longer_than_a_second() -> None:
    assert group("mysql") == {
        "log_output": ("FILE", "pending-reboot"),
        "long_query_time": ("1", "immediate"),
        "max_connections": ("100", "pending-reboot"),
        "require_secure_transport": ("1", "pending-reboot"),
        "slow_query_log": ("1", "immediate"),
    }


@pytest.mark.parametrize(
    ("milliseconds", "seconds", "method"),
    [(1, "0.001", "immediate"), (1500, "1.5", "immediate"), (10_000, "10", "pending-reboot")],
)
def test_mysqls_slow_is_in_seconds_and_its_own_default_would_be_a_change_for_ever(
    milliseconds: int, seconds: str, method: str
) -> None:
    assert group("mysql", slow_query_ms=milliseconds)["long_query_time"] == (seconds, method)


def test_pg_cron_keeps_its_jobs_where_the_application_is() -> None:
    made = group("postgres", extensions=("pg_trgm", "pg_cron"), database_name="orders")
    assert made["cron.database_name"] == ("orders", "pending-reboot")
    assert made["shared_preload_libraries"][0] == "pg_stat_statements,pg_cron"


def test_only_what_must_be_loaded_is_and_in_one_order() -> None:
    assert preloaded(["vector", "pgaudit", "auto_explain"]) == "pg_stat_statements,auto_explain,pgaudit"
    assert preloaded(["auto_explain", "pgaudit", "pg_stat_statements"]) == preloaded(["pgaudit", "auto_explain"])


def test_the_application_gets_its_extensions_and_the_statistics_but_no_mere_library() -> None:
    assert created(["vector", "auto_explain"]) == ("pg_stat_statements", "vector")


@pytest.mark.parametrize(("engine", "name"), [("postgres", "work_mem"), ("mysql", "wait_timeout")])
def test_a_dynamic_parameter_takes_effect_at_once_and_any_other_waits_for_a_restart(engine: Any, name: str) -> None:
    made = group(engine, chosen={name: "600", "some_static_one": "1"})
    assert (made[name], made["some_static_one"]) == (("600", "immediate"), ("1", "pending-reboot"))


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_the_stack_sets_what_it_says_that_it_sets(engine: Any) -> None:
    everything = group(engine, extensions=("pg_cron",))
    assert set(everything) == set(SET_BY_STACK[engine])
    assert AT_ONCE[engine] & set(everything) == set()


def test_a_replica_of_postgresql_accepts_no_fewer_connections_than_its_writer() -> None:
    assert connections_of("postgres", "db.m7g.large", "db.t4g.medium") == (873, 873)
    assert connections_of("postgres", "db.m7g.large", "db.r7g.large") == (873, 1774)
    assert connections_of("postgres", "db.m7g.large", None) == (873, 873)


def test_a_replica_of_mysql_accepts_what_its_class_does() -> None:
    writer, replica = connections_of("mysql", "db.m7g.large", "db.t4g.medium")
    assert replica < writer


def test_failed_sign_ins_by_iam_are_logged_where_there_are_any() -> None:
    assert exported_logs("postgres", iam_authentication=False) == ("postgresql", "upgrade")
    assert exported_logs("mysql", iam_authentication=True) == ("error", "slowquery", "iam-db-auth-error")
